"""Thanks to patients who send others: what the new patient agreed to, who was thanked; what brought patients back.

Downgrade: loses all three.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "thanks_wish",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=False),
        sa.Column("wish", sa.String(8), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("device_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_thanks_wish_visit_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_thanks_wish_staff_id")),
        sa.ForeignKeyConstraint(["device_id"], ["kiosk_device.id"], name=op.f("fk_thanks_wish_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thanks_wish")),
    )
    op.create_index(op.f("ix_thanks_wish_visit_id"), "thanks_wish", ["visit_id"])
    op.create_table(
        "patient_thanks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=False),
        sa.Column("referring_patient_id", BIG, nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("thanked_at", MOMENT, nullable=False),
        sa.Column("thanked_by_id", BIG, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_patient_thanks_visit_id")),
        sa.ForeignKeyConstraint(
            ["referring_patient_id"], ["patient.id"], name=op.f("fk_patient_thanks_referring_patient_id")
        ),
        sa.ForeignKeyConstraint(["thanked_by_id"], ["staff.id"], name=op.f("fk_patient_thanks_thanked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_thanks")),
    )
    op.create_index(op.f("ix_patient_thanks_visit_id"), "patient_thanks", ["visit_id"])
    op.create_index(op.f("ix_patient_thanks_referring_patient_id"), "patient_thanks", ["referring_patient_id"])
    op.create_table(
        "return_reason",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=True),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_return_reason_visit_id")),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_return_reason_source_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_return_reason_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_reason")),
    )
    op.create_index(op.f("ix_return_reason_visit_id"), "return_reason", ["visit_id"])
    op.create_index(op.f("ix_return_reason_source_id"), "return_reason", ["source_id"])


def downgrade() -> None:
    op.drop_table("return_reason")
    op.drop_table("patient_thanks")
    op.drop_table("thanks_wish")
