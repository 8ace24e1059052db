"""A next step that nobody promised to the office: marked by a column instead of by its first words.

Downgrade: writes the words before the text again; of a text that has no room for them the end is lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promise", sa.Column("for_us", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE promise SET for_us = true, text = substr(text, 9) WHERE substr(text, 1, 8) = 'For us: '")


def downgrade() -> None:
    op.execute("UPDATE promise SET text = substr('For us: ' || text, 1, 300) WHERE for_us")
    op.drop_column("promise", "for_us")
