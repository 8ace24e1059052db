"""At which visits a new patient counts, answered by an index. Downgrade: loses nothing.

Of one table alone: whoever writes to several meanwhile waits, and never for one that waits for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    only = sa.text("eligible <> 0")
    op.create_index(
        "ix_coverage_entry_eligible",
        "coverage_entry",
        ["visit_id", "day", "location_id", "eligible"],
        sqlite_where=only,
        postgresql_where=only,
    )


def downgrade() -> None:
    op.drop_index("ix_coverage_entry_eligible", "coverage_entry")
