"""Call slips name the patient where somebody else calls for them.

Downgrade: loses these names.
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_slip", sa.Column("patient_name", sa.String(160), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("call_slip", "patient_name")
