"""Each mail about an emergency is a row: one address that is refused is tried again by itself, and others aren't.

Downgrade: loses which mails about emergencies left and which were refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "emergency_mail",
        sa.Column("id", BIG, nullable=False),
        sa.Column("inbound_id", BIG, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(20), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound_text.id"], name=op.f("fk_emergency_mail_inbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_mail")),
    )
    op.create_index("ix_emergency_mail_inbound_id", "emergency_mail", ["inbound_id"])
    op.create_index("ix_emergency_mail_due", "emergency_mail", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)


def downgrade() -> None:
    op.drop_table("emergency_mail")
