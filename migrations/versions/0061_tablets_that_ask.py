"""The browser that gave a tablet's code and waits to be confirmed. Downgrade: such a browser must be paired anew."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kiosk_device", sa.Column("claim_hash", sa.String(64)))


def downgrade() -> None:
    op.drop_column("kiosk_device", "claim_hash")
