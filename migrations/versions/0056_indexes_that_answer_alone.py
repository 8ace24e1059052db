"""Indexes that answer alone what is asked of every visit and its ledger. Downgrade: loses nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

NAMED = ("ix_credit_entry_named", "credit_entry", ["visit_id", "physician_id", "any_units"], "physician_id IS NOT NULL")
DOCUMENTED = ("ix_visit_documented_name", "visit", ["documented_name"], "documented_name <> ''")
CALLED = ("ix_patient_referral_caller", "patient_referral", ["caller_id"], "caller_id IS NOT NULL")
ELIGIBLE = (
    "ix_coverage_entry_eligible",
    "coverage_entry",
    ["visit_id", "day", "location_id", "eligible"],
    "eligible <> 0",
)
MADE = (NAMED, ELIGIBLE, DOCUMENTED, CALLED)


def upgrade() -> None:
    for name, table, columns, only in MADE:
        op.create_index(name, table, columns, sqlite_where=sa.text(only), postgresql_where=sa.text(only))
    op.drop_index("ix_visit_day", "visit")
    op.create_index("ix_visit_day", "visit", ["location_id", "visit_date", "status"])


def downgrade() -> None:
    op.drop_index("ix_visit_day", "visit")
    op.create_index("ix_visit_day", "visit", ["location_id", "visit_date"])
    for name, table, _, _ in MADE:
        op.drop_index(name, table)
