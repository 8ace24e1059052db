"""What tablets tell of themselves, what they are told, whether they are locked, and who calls for help.

Downgrade: loses it; locked tablets are open again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kiosk_device", sa.Column("health", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("kiosk_device", sa.Column("message", sa.String(200), server_default="", nullable=False))
    op.add_column("kiosk_device", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("kiosk_device", sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("called_at", "locked_at", "message", "health"):
        op.drop_column("kiosk_device", name)
