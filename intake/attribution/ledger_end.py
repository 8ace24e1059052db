"""What the ledger's own rows after a number sum to, as statements to be read beside the tallies."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, literal, select, text

from intake.attribution import folding_sql
from intake.attribution.models import About, TallyTogether
from intake.attribution.periods import Period
from intake.attribution.standing_sums import TAIL
from intake.db import db

# No ledger has a row this far on.
END = 2**62


def entries_after(
    model: Any,
    *,
    days: Period,
    location_ids: Sequence[int],
    keys: Sequence[Any],
    sums: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]] = (),
) -> Callable[[int], Select[Any]]:
    """Selects these sums by `keys` from the ledger's own rows after a number, within days, both included."""
    # Wrapped, so that no planner prefers the index on the day to the few rows at the end of the ledger.
    day = func.coalesce(model.day, model.day).label("day")
    keys = [day if getattr(key, "key", None) == "day" else key for key in keys]

    def tail(after: int) -> Select[Any]:
        return (
            select(literal(TAIL), *sums, *keys)
            .where(model.id > after, model.location_id.in_(location_ids))
            .where(day.element >= days.first_day, day.element <= days.last_day, *conditions)
            .group_by(*(getattr(key, "element", key) for key in keys))
        )

    return tail


def together_after(
    days: Period, location_ids: Sequence[int], by: Sequence[str], *about: About
) -> Callable[[int], Select[Any]]:
    """Selects how the ledger's rows after a number changed which visits name what together."""
    names = ("location_id", "day", "about", "members", "visits")

    def tail(after: int) -> Select[Any]:
        changes = (
            text(folding_sql.together(db.session.get_bind().dialect.name))
            .bindparams(after=after, upto=END)
            .columns(*(getattr(TallyTogether, name) for name in names))
            .subquery("changes")
        )
        keys = [changes.c[name] for name in by]
        only = [changes.c.about.in_([int(each) for each in about])] if about else []
        return (
            select(literal(TAIL), whole(func.sum(changes.c.visits)), *keys)
            .where(changes.c.location_id.in_(location_ids))
            .where(changes.c.day >= days.first_day, changes.c.day <= days.last_day, *only)
            .group_by(*keys)
        )

    return tail


def whole(amount: Any) -> Any:
    """PostgreSQL sums whole numbers into decimals, which cost more to read than to add."""
    return cast(amount, BigInteger)
