"""Which replies a person has looked at, and finding those that wait for one.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text(
    "seen_at IS NULL AND outcome IN"
    " ('unknown_sender', 'left_to_a_person', 'afterwards', 'stopped', 'unreadable', 'asked_for_words')"
)


def upgrade() -> None:
    op.add_column("inbound_text", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("inbound_text", sa.Column("seen_by_id", BIG, nullable=True))
    op.create_index("ix_inbound_text_for_a_person", "inbound_text", ["id"], sqlite_where=WAITS, postgresql_where=WAITS)


def downgrade() -> None:
    op.drop_index("ix_inbound_text_for_a_person", "inbound_text")
    op.drop_column("inbound_text", "seen_by_id")
    op.drop_column("inbound_text", "seen_at")
