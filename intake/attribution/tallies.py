"""Reading tallies: what is folded for a period, and the ledger rows after it, in one statement.

One statement sees one state of the database, so a sum is exact at its moment even while the folder moves rows from
the ledger's end into the tallies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ColumnElement, Select, func, literal, null, select, text, union_all

from intake.attribution import folding_sql
from intake.attribution.models import (
    EVERYWHERE,
    About,
    Span,
    TallyCoverage,
    TallyPhysician,
    TallySource,
    TallyState,
    TallyTogether,
)
from intake.attribution.periods import Period
from intake.attribution.spans import Part, parts_of
from intake.db import db
from intake.directory.models import Location
from intake.survey.models import CoverageEntry, CreditEntry

TRIES = 20
# No ledger has a row this far on.
END = 2**62
FOLDED_TO: dict[Any, Any] = {CreditEntry: TallyState.credit_folded_to, CoverageEntry: TallyState.coverage_folded_to}


@dataclass(frozen=True)
class Tallies:
    """Sums at these locations. Keys are as recorded: no merge is applied, 0 stands for none."""

    location_ids: Collection[int]
    _state: dict[Any, Any] = field(default_factory=dict)

    def by_source(self, period: Period, units: str) -> Counter[int]:
        """Credit of each recorded source."""
        own = (func.coalesce(CreditEntry.source_id, 0),)
        tail = self._entries(CreditEntry, period, own, (units,))
        rows = self._read(
            CreditEntry, TallySource, parts_of(period), keys=(TallySource.source_id,), amounts=(units,), tail=tail
        )
        return Counter({key: amount for (key,), (amount,) in rows.items() if amount})

    def by_physician(self, period: Period, units: str) -> Counter[tuple[int, int]]:
        """Credit of mentions that point at a physician, by (physician, source)."""
        keys = (TallyPhysician.physician_id, TallyPhysician.source_id)
        own = (CreditEntry.physician_id, func.coalesce(CreditEntry.source_id, 0))
        tail = self._entries(CreditEntry, period, own, (units,), CreditEntry.physician_id.is_not(None))
        rows = self._read(CreditEntry, TallyPhysician, parts_of(period), keys=keys, amounts=(units,), tail=tail)
        return Counter({(key[0], key[1]): amount for key, (amount,) in rows.items() if amount})

    def coverage(self, period: Period, by: Sequence[str], *, days: bool = False) -> dict[tuple[Any, ...], list[int]]:
        """The five counts by these columns, of location_id, day, channel and staff_id; days as they are if `days`."""
        parts = [Part(Span.DAY, period.first_day, period.last_day)] if days else parts_of(period)
        absent = {"channel": "", "staff_id": 0}
        own: list[Any] = [
            func.coalesce(getattr(CoverageEntry, name), absent[name])
            if name in absent
            else getattr(CoverageEntry, name)
            for name in by
        ]
        return self._read(
            CoverageEntry,
            TallyCoverage,
            parts,
            keys=[getattr(TallyCoverage, name) for name in by],
            amounts=folding_sql.COVERAGE,
            tail=self._entries(CoverageEntry, period, own, folding_sql.COVERAGE),
            apart=bool({"location_id", "channel", "staff_id"} & set(by)),
        )

    def together(self, period: Period) -> dict[About, Counter[str]]:
        """Members named together → visits that name them."""

        def tail(after: int) -> Select[Any]:
            names = ("location_id", "day", "about", "members", "visits")
            changes = (
                text(folding_sql.together(db.session.get_bind().dialect.name))
                .bindparams(after=after, upto=END)
                .columns(*(getattr(TallyTogether, name) for name in names))
                .subquery("changes")
            )
            return (
                select(literal(False), func.sum(changes.c.visits), changes.c.about, changes.c.members)
                .where(changes.c.location_id.in_(sorted(self.location_ids)))
                .where(changes.c.day >= period.first_day, changes.c.day <= period.last_day)
                .group_by(changes.c.about, changes.c.members)
            )

        keys = (TallyTogether.about, TallyTogether.members)
        rows = self._read(CreditEntry, TallyTogether, parts_of(period), keys=keys, amounts=("visits",), tail=tail)
        found: dict[About, Counter[str]] = {about: Counter() for about in About}
        for (about, members), (visits,) in rows.items():
            found[About(about)][members] += visits
        return found

    def _known(self, what: Any) -> Any:
        """Where the tallies stood when first asked, and where to read them."""
        if not self._state:
            apart = select(func.count()).where(Location.id.not_in(sorted(self.location_ids))).scalar_subquery()
            newest = [select(func.max(model.id)).scalar_subquery() for model in FOLDED_TO]
            row = db.session.execute(select(*FOLDED_TO.values(), apart, *newest)).one()
            self._state.update(zip(FOLDED_TO, row, strict=False))
            # These are all the locations there are: together they are one place.
            self._state["places"] = [EVERYWHERE] if row[2] == 0 else sorted(self.location_ids)
            _note(sum(max(0, (last or 0) - folded) for last, folded in zip(row[3:], row[:2], strict=True)))
        return self._state[what]

    def _read(
        self,
        model: Any,
        tally: Any,
        parts: Sequence[Part],
        *,
        keys: Sequence[Any],
        amounts: Sequence[str],
        tail: Callable[[int], Select[Any]],
        apart: bool = False,
    ) -> dict[tuple[Any, ...], list[int]]:
        """Sums by `keys` of the parts, and of what `tail` selects after a row; with `apart` location by location."""
        for _ in range(TRIES):
            after, places = self._known(model), self._known("places")
            if apart:
                places = sorted(self.location_ids)
            selects = [_folded(tally, part, places, keys, amounts=amounts) for part in parts]
            nothing: list[Any] = [null() for _ in (*keys, *amounts[1:])]
            # Where the fold stood at this statement's own moment; a planner needs the number itself beforehand.
            state = select(literal(True), FOLDED_TO[model], *nothing)
            found: dict[tuple[Any, ...], list[int]] = {}
            moved = False
            for is_state, *values in db.session.execute(union_all(*selects, tail(after), state)):
                if is_state:
                    moved = values[0] != after
                    continue
                sums = found.setdefault(tuple(values[len(amounts) :]), [0] * len(amounts))
                for place, amount in enumerate(values[: len(amounts)]):
                    sums[place] += int(amount or 0)
            if not moved:
                return found
            self._state.clear()
        raise RuntimeError("the tallies never held still")

    def _entries(
        self, model: Any, period: Period, keys: Sequence[Any], amounts: Sequence[str], *conditions: ColumnElement[bool]
    ) -> Callable[[int], Select[Any]]:
        """Selects the same sums from the ledger's own rows after a number."""
        # Wrapped, so that no planner prefers the index on the day to the few rows at the end of the ledger.
        day = func.coalesce(model.day, model.day)

        def tail(after: int) -> Select[Any]:
            return (
                select(literal(False), *(func.sum(getattr(model, name)) for name in amounts), *keys)
                .where(model.id > after, model.location_id.in_(sorted(self.location_ids)))
                .where(day >= period.first_day, day <= period.last_day, *conditions)
                .group_by(*keys)
            )

        return tail


def _folded(
    tally: Any, part: Part, places: Collection[int], keys: Sequence[Any], *, amounts: Sequence[str]
) -> Select[Any]:
    return (
        select(literal(False), *(func.sum(getattr(tally, name)) * part.sign for name in amounts), *keys)
        .where(tally.location_id.in_(places), tally.span == int(part.span))
        .where(tally.day >= part.first, tally.day <= part.last)
        .group_by(*keys)
    )


def _note(backlog: int) -> None:
    """How many ledger rows the request at hand reads beside the tallies; see folding_along.py."""
    if has_request_context():
        g.ledger_backlog = max(backlog, g.get("ledger_backlog", 0))
