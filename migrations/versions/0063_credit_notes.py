"""Amounts spent may be below nothing: credit notes, which add up and never take another's place.

Downgrade: takes credits back; their amounts are written as nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _check("a_credit_adds_up", "cents >= 0 OR NOT replaces", instead_of="not_below_nothing")


def downgrade() -> None:
    op.execute(
        sa.text("UPDATE spend SET cents = 0, undone_at = COALESCE(undone_at, CURRENT_TIMESTAMP) WHERE cents < 0")
    )
    _check("not_below_nothing", "cents >= 0", instead_of="a_credit_adds_up")


def _check(name: str, claim: str, *, instead_of: str) -> None:
    with op.batch_alter_table("spend") as table:
        table.drop_constraint(op.f(f"ck_spend_{instead_of}"), type_="check")
        table.create_check_constraint(op.f(f"ck_spend_{name}"), claim)
