"""Texts that ask us something, and texts that the reader tripped over, wait for a person too.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE = "'unknown_sender', 'left_to_a_person', 'afterwards', 'stopped', 'unreadable', 'asked_for_words'"


def upgrade() -> None:
    _index(f"{BEFORE}, 'question', 'failed'")


def downgrade() -> None:
    _index(BEFORE)


def _index(outcomes: str) -> None:
    waits = sa.text(f"seen_at IS NULL AND outcome IN ({outcomes})")
    op.drop_index("ix_inbound_text_for_a_person", "inbound_text")
    op.create_index("ix_inbound_text_for_a_person", "inbound_text", ["id"], sqlite_where=waits, postgresql_where=waits)
