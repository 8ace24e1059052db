"""Mentions with words are found without reading the many that have none.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    words = sa.text("detail_normal <> ''")
    op.create_index("ix_mention_words", "mention", ["source_id"], sqlite_where=words, postgresql_where=words)


def downgrade() -> None:
    op.drop_index("ix_mention_words", "mention")
