"""Saved views of the reports, who gets them by e-mail, and what became of each e-mail.

Downgrade: loses them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_saved_view_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_table(
        "digest",
        sa.Column("id", BIG, nullable=False),
        sa.Column("saved_view_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("rhythm", sa.String(8), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by_id", BIG, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_how", sa.String(12), nullable=True),
        sa.CheckConstraint("rhythm IN ('weekly', 'monthly')", name=op.f("ck_digest_rhythm")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_digest_created_by_id")),
        sa.ForeignKeyConstraint(["saved_view_id"], ["saved_view.id"], name=op.f("fk_digest_saved_view_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_digest_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
    )
    op.create_index(op.f("ix_digest_saved_view_id"), "digest", ["saved_view_id"])
    op.create_index(op.f("ix_digest_staff_id"), "digest", ["staff_id"])
    op.create_table(
        "digest_send",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest_id", BIG, nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("problem", sa.String(40), nullable=True),
        sa.Column("with_pdf", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'uncertain')", name=op.f("ck_digest_send_state")
        ),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name=op.f("fk_digest_send_digest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_send")),
        sa.UniqueConstraint("digest_id", "period", name=op.f("uq_digest_send_digest_id_period")),
    )
    op.create_index(op.f("ix_digest_send_state"), "digest_send", ["state"])


def downgrade() -> None:
    op.drop_table("digest_send")
    op.drop_table("digest")
    op.drop_table("saved_view")
