"""Answers that a tablet took while it was offline and that fit no visit, or several: they wait for the desk.

Downgrade: loses those that wait.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "late_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entry_id", sa.String(36), nullable=False),
        sa.Column("location_id", BIG, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("visit_id", BIG, nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_late_answer_location_id")),
        sa.ForeignKeyConstraint(["device_id"], ["kiosk_device.id"], name=op.f("fk_late_answer_device_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_late_answer_visit_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["staff.id"], name=op.f("fk_late_answer_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_answer")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_late_answer_entry_id")),
    )
    op.create_index("ix_late_answer_waiting", "late_answer", ["location_id", "settled_at"])


def downgrade() -> None:
    op.drop_table("late_answer")
