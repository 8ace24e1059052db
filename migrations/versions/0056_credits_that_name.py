"""Which visits name a physician, answered by an index. Downgrade: loses nothing.

Of one table alone: whoever writes to several meanwhile waits, and never for one that waits for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    only = sa.text("physician_id IS NOT NULL")
    op.create_index(
        "ix_credit_entry_named",
        "credit_entry",
        ["visit_id", "physician_id", "any_units"],
        sqlite_where=only,
        postgresql_where=only,
    )


def downgrade() -> None:
    op.drop_index("ix_credit_entry_named", "credit_entry")
