"""Tallies say how often they were made anew, so that nobody trusts what was read of the former ones.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tally_state", sa.Column("times_begun", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("tally_state", "times_begun")
