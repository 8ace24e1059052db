"""The ledger's sums by day and month, and indexes for the visits behind a figure.

The tables start empty and are right at once: what isn't folded yet is read from the ledger itself. `flask totals
fold` folds an old ledger in one go and says how far it is; otherwise the worker catches up by itself.

Downgrade: drops the sums, which follow from the ledger; no data is lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger()
BIG_VALUE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CREDIT = ("primary_units", "any_units", "fractional_units")
COVERAGE = ("eligible", "asked", "answered", "dont_remember", "declined")


def upgrade() -> None:
    op.create_table(
        "tally_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credit_folded_to", BIG_VALUE, server_default="0", nullable=False),
        sa.Column("coverage_folded_to", BIG_VALUE, server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_tally_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_state")),
    )
    op.execute("INSERT INTO tally_state (id) VALUES (1)")
    _create("tally_source", (("source_id", BIG),), CREDIT)
    _create("tally_physician", (("physician_id", BIG), ("source_id", BIG)), CREDIT)
    _create("tally_together", (("about", sa.SmallInteger()), ("members", sa.String(250))), ("visits",))
    _create("tally_coverage", (("channel", sa.String(8)), ("staff_id", BIG)), COVERAGE)
    # The visits behind a source are found by day and source; the day alone is the beginning of the same index.
    op.create_index("ix_credit_entry_day_source", "credit_entry", ["day", "source_id"])
    op.drop_index("ix_credit_entry_day", table_name="credit_entry")
    for name in ("physician_id", "referring_patient_id"):
        named = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_credit_entry_{name}", "credit_entry", [name, "day"], sqlite_where=named, postgresql_where=named
        )


def downgrade() -> None:
    for name in ("referring_patient_id", "physician_id"):
        op.drop_index(f"ix_credit_entry_{name}", table_name="credit_entry")
    op.create_index("ix_credit_entry_day", "credit_entry", ["day"])
    op.drop_index("ix_credit_entry_day_source", table_name="credit_entry")
    for name in ("tally_coverage", "tally_together", "tally_physician", "tally_source", "tally_state"):
        op.drop_table(name)


def _create(name: str, keys: tuple[tuple[str, sa.types.TypeEngine], ...], amounts: tuple[str, ...]) -> None:
    columns = [("location_id", BIG), ("span", sa.SmallInteger()), ("day", sa.Date()), *keys]
    # The order of the key is the order of the table on both databases: a place, a span, then its days.
    order = [column for column, _ in columns]
    if "about" in order:
        order = ["location_id", "span", "about", "day", "members"]
    op.create_table(
        name,
        *(
            sa.Column(column, kind, nullable=False, **({"autoincrement": False} if column != "day" else {}))
            for column, kind in sorted(columns, key=lambda each: order.index(each[0]))
        ),
        *(sa.Column(amount, BIG_VALUE, nullable=False) for amount in amounts),
        sa.PrimaryKeyConstraint(*order, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
