"""Days and statuses of visits, and names that charts hold, answered by indexes. Downgrade: loses nothing.

Of one table alone: whoever writes to several meanwhile waits, and never for one that waits for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The strongest lock first: nobody who waits for a weaker one holds it up.
    op.drop_index("ix_visit_day", "visit")
    op.create_index("ix_visit_day", "visit", ["location_id", "visit_date", "status"])
    only = sa.text("documented_name <> ''")
    op.create_index("ix_visit_documented_name", "visit", ["documented_name"], sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    op.drop_index("ix_visit_day", "visit")
    op.create_index("ix_visit_day", "visit", ["location_id", "visit_date"])
    op.drop_index("ix_visit_documented_name", "visit")
