"""Links of callers to patients, found without reading those of visits. Downgrade: loses nothing.

Of one table alone: whoever writes to several meanwhile waits, and never for one that waits for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    only = sa.text("caller_id IS NOT NULL")
    op.create_index(
        "ix_patient_referral_caller", "patient_referral", ["caller_id"], sqlite_where=only, postgresql_where=only
    )


def downgrade() -> None:
    op.drop_index("ix_patient_referral_caller", "patient_referral")
