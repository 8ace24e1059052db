"""A paired device is a tablet that asks, or a display that hangs on a wall.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kiosk_device", sa.Column("purpose", sa.String(10), nullable=False, server_default="asking"))


def downgrade() -> None:
    # What hung on a wall would be a tablet that asks: none of it stays paired.
    op.execute("UPDATE kiosk_device SET token_hash = NULL, pairing_code_hash = NULL WHERE purpose = 'wall'")
    op.drop_column("kiosk_device", "purpose")
