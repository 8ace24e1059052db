"""Sums of the rollups and of the ledger's rows after their watermark.

What the rollups say is read in one statement with the watermark. The ledger is append-only, so adding its rows after
that number makes the sum exact, however far a refresh comes meanwhile, and for as long as it is kept.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import g, has_request_context
from sqlalchemy import BigInteger, Select, cast, func, literal, null, select, text, union_all

from intake.attribution.filters.periods import Period
from intake.attribution.rollup import refresh_sql
from intake.attribution.rollup.models import (
    ABSENT,
    EVERYWHERE,
    FOLDED_TO,
    LEDGER_OF,
    CoMentionKind,
    CoMentionRollup,
    CoverageRollup,
    PhysicianRollup,
    RollupState,
    SourceRollup,
)
from intake.attribution.rollup.parts import Part, parts_of, single_days
from intake.attribution.rollup.period_cache import period_cache
from intake.cached_property import cached_property
from intake.db import db, is_reading
from intake.directory.models import Location
from intake.id_filters import among
from intake.once_a_look import once_a_look
from intake.survey.outcomes import REPLIES

COVERAGE = ("eligible", "asked", *map(str, REPLIES))
# Rollups of coverage hold these only location by location.
APART = {"location_id", "channel", "staff_id"}
WATERMARK = -1
# Rows of the ledger that are added with every look before the rollups are read again.
MOST_BEHIND = 2_000
TRIES = 20

# Key → amounts.
Rows = dict[tuple[Any, ...], tuple[int, ...]]


@dataclass(frozen=True)
class State:
    """How far either ledger was folded at a moment, how far it reached, and where these locations' sums are."""

    folded_to: Mapping[Any, int]
    last: Mapping[Any, int]
    times_begun: int
    places: tuple[int, ...]


@dataclass(frozen=True)
class Folded:
    """What was made of the rollups when they were folded up to the row `after`."""

    made: Any
    after: int
    times_begun: int

    def serves(self, ledger: Any, now: State) -> bool:
        """Whether it is right at this moment once the rows after it are added, and these are few."""
        same = self.times_begun == now.times_begun and self.after <= now.folded_to[ledger]
        return same and now.last[ledger] - self.after <= MOST_BEHIND


def state_now(location_ids: Sequence[int]) -> State:
    """Where the rollups stand. The request at hand is told how much it reads beside them; see trigger.py."""
    return once_a_look("rollup_state", tuple(location_ids), lambda: _state_now(location_ids))


def _state_now(location_ids: Sequence[int]) -> State:
    apart = select(func.count()).where(Location.id.not_in(location_ids)).scalar_subquery()
    newest = [select(func.max(model.id)).scalar_subquery() for model in FOLDED_TO]
    row = db.session.execute(select(*FOLDED_TO.values(), *newest, RollupState.times_begun, apart)).one()
    folded_to = dict(zip(FOLDED_TO, row[:2], strict=True))
    last = {model: number or 0 for model, number in zip(FOLDED_TO, row[2:4], strict=True)}
    if has_request_context():
        backlog = sum(max(0, last[model] - folded) for model, folded in folded_to.items())
        g.ledger_backlog = max(backlog, g.get("ledger_backlog", 0))
    # Where these are all the locations there are, they are one place.
    return State(folded_to, last, row[4], (EVERYWHERE,) if row[5] == 0 else tuple(location_ids))


@dataclass(frozen=True)
class Rollups:
    """Sums at these locations, by what was recorded: no merge is applied, 0 stands for none."""

    location_ids: Collection[int]
    # Periods that will be asked for: sums by source and coverage are read for all of them at once.
    ahead: Collection[Period] = ()
    _states: list[State] = field(default_factory=list)
    _found: dict[Any, dict[Period, Rows]] = field(default_factory=dict)

    def by_source(self, period: Period, units: str) -> Counter[int]:
        """Credit of each source."""
        rows = self._once(SourceRollup, period, ("source_id",), (units,), ahead=self.ahead)
        return Counter({key: amount for (key,), (amount,) in rows.items() if amount})

    def source_days(self, period: Period, units: str, source_ids: Collection[int]) -> dict[date, int]:
        """Day → credit of these sources together; a visit that names two of them counts with both."""
        only = ("source_id", tuple(sorted(source_ids)))
        rows = self._read(SourceRollup, [period], ("day",), (units,), parts=single_days, only=only)[period]
        return {key: amount for (key,), (amount,) in rows.items() if amount}

    def covered(self, period: Period) -> tuple[int, ...]:
        """The five counts of coverage."""
        rows = self._once(CoverageRollup, period, (), COVERAGE, ahead=self.ahead)
        return rows.get((), (0,) * len(COVERAGE))

    def coverage(self, period: Period, by: str) -> Rows:
        """The five counts by location_id, day, channel or staff_id."""
        parts = single_days if by == "day" else parts_of
        return self._once(CoverageRollup, period, (by,), COVERAGE, parts=parts)

    def by_physician(self, period: Period, units: str) -> dict[tuple[int, int], int]:
        """Credit of mentions that point at a physician, by (physician, source)."""
        rows = self._once(PhysicianRollup, period, ("physician_id", "source_id"), (units,))
        return {(key[0], key[1]): amount for key, (amount,) in rows.items() if amount}

    def physicians(self, period: Period, units: str) -> Rows:
        """Credit of mentions that point at each physician."""
        return self._once(PhysicianRollup, period, ("physician_id",), (units,))

    def co_mentions(self, period: Period, about: CoMentionKind) -> dict[str, int]:
        """Members named together → visits that name them."""
        rows = self._once(CoMentionRollup, period, ("about", "members"), ("visits",), ahead=self.ahead)
        return {members: visits for (of, members), (visits,) in rows.items() if of == about}

    def physician_co_mentions(self, period: Period) -> Rows:
        """(day, members) → visits that name these physicians, of whom there are several, or one several times."""
        only = ("about", (int(CoMentionKind.PHYSICIANS),))
        days = self._read(CoMentionRollup, [period], ("day", "members"), ("visits",), parts=single_days, only=only)
        return days[period]

    @property
    def state(self) -> State:
        """Where the rollups stood when first asked."""
        if not self._states:
            self._states.append(state_now(self._locations))
        return self._states[-1]

    def folded(
        self,
        name: Hashable,
        ledger: Any,
        selects: Callable[[], Sequence[Select[Any]]],
        make: Callable[[list[Any]], tuple[Any, int]],
    ) -> Folded:
        """What `make` gives of the rows of selects over rollups (and how many it keeps).

        Kept under this name for as long as it holds, so it must not be changed and must depend on nothing else.
        """
        key = (name, self.state.places)
        kept: Folded | None = period_cache().get(key)
        if kept is not None and kept.serves(ledger, self.state):
            return kept
        for _ in range(TRIES):
            after = self.state.folded_to[ledger]
            several = selects()
            empty = [null() for _ in range(len(several[0].selected_columns) - 2)]
            query = union_all(*several, select(literal(WATERMARK), FOLDED_TO[ledger], *empty))
            rows = list(db.session.execute(query))
            if all(row[1] == after for row in rows if row[0] == WATERMARK):
                made, size = make([row for row in rows if row[0] != WATERMARK])
                found = Folded(made, after, self.state.times_begun)
                if is_reading():
                    # What another transaction may still take back is not kept.
                    period_cache().keep(key, found, rows=size)
                return found
            # A refresh ended meanwhile.
            self._states.clear()
        raise RuntimeError("the rollups never held still")

    def later(
        self,
        rollup: Any,
        days: Period,
        by: Sequence[str],
        amounts: Sequence[str],
        *,
        after: int,
        only: tuple[str, tuple[int, ...]] | None = None,
        shaped: Callable[[Select[Any]], Select[Any]] = lambda query: query,
    ) -> list[Any]:
        """(day, *key, *amounts) of the ledger's own rows after a number, within these days, as `shaped`."""
        ledger = LEDGER_OF[rollup]
        if self.state.last[ledger] <= after:
            return []
        row, conditions = ledger, [ledger.id > after]
        if rollup is CoMentionRollup:
            changes = text(refresh_sql.co_mentions(db.session.get_bind().dialect.name))
            typed = (getattr(rollup, name) for name in ("location_id", "day", "about", "members", "visits"))
            row, conditions = changes.bindparams(after=after, upto=2**62).columns(*typed).subquery().c, []
        columns: dict[str, Any] = {name: getattr(row, name) for name in by}
        if rollup is PhysicianRollup:
            columns["physician_id"] = func.coalesce(row.physician_id, -row.practice_id)
            conditions.append(columns["physician_id"].is_not(None))
        if only:
            conditions.append(among(getattr(row, only[0]), only[1]))
        # Wrapped, so that no planner prefers the index on the day to the few rows at the end of the ledger.
        day = func.coalesce(row.day, row.day)
        keys = [
            func.coalesce(columns[name], ABSENT[name]).label(name) if name in ABSENT else columns[name].label(name)
            for name in by
        ]
        sums = [_whole(func.sum(getattr(row, name))).label(name) for name in amounts]
        query = (
            select(day.label("day"), *keys, *sums)
            .where(row.location_id.in_(self._locations), day >= days.first_day, day <= days.last_day, *conditions)
            .group_by(day, *keys)
        )
        return list(db.session.execute(shaped(query)))

    def _once(
        self,
        rollup: Any,
        period: Period,
        by: tuple[str, ...],
        amounts: tuple[str, ...],
        *,
        parts: Callable[[Period], tuple[Part, ...]] = parts_of,
        ahead: Collection[Period] = (),
    ) -> Rows:
        """As `_read`, once for a report, whose parts ask for the same sums. Not to be changed."""
        found = self._found.setdefault((rollup, by, amounts), {})
        if period not in found:
            periods = [period] if found or period not in ahead else list(dict.fromkeys(ahead))
            found |= self._read(rollup, periods, by, amounts, parts=parts)
        return found[period]

    def _read(
        self,
        rollup: Any,
        periods: Sequence[Period],
        by: Sequence[str],
        amounts: Sequence[str],
        *,
        parts: Callable[[Period], tuple[Part, ...]] = parts_of,
        only: tuple[str, tuple[int, ...]] | None = None,
    ) -> dict[Period, Rows]:
        """Sums of each period by these columns. `only` narrows to rows that hold one of these in a column."""
        wanted = {period: parts(period) for period in periods}
        stretches = list(dict.fromkeys((each.span, each.first, each.last) for of in wanted.values() for each in of))
        apart = rollup is CoverageRollup and not APART.isdisjoint(by)

        def selects() -> list[Select[Any]]:
            places = self._locations if apart else self.state.places
            keys = [getattr(rollup, name) for name in by]
            sums = [_whole(func.sum(getattr(rollup, name))) for name in amounts]
            narrowed = [among(getattr(rollup, only[0]), only[1])] if only else []
            return [
                select(literal(number), *sums, *keys)
                .where(rollup.location_id.in_(places), rollup.span == int(span), *narrowed)
                .where(rollup.day >= first, rollup.day <= last)
                .group_by(*keys)
                # Without a key there would be a row of nothing where there are no days.
                .having(func.count() > 0)
                for number, (span, first, last) in enumerate(stretches)
            ]

        def make(rows: list[Any]) -> tuple[dict[Period, Rows], int]:
            of_stretch: list[Rows] = [{} for _ in stretches]
            for row in rows:
                of_stretch[row[0]][tuple(row[len(amounts) + 1 :])] = tuple(row[1 : len(amounts) + 1])
            found: dict[Period, Rows] = {period: {} for period in periods}
            for period, several in wanted.items():
                for part in several:
                    _add(found[period], of_stretch[stretches.index((part.span, part.first, part.last))], part.sign)
            return found, 1 + sum(map(len, found.values()))

        name = (rollup, tuple(periods), parts, tuple(by), tuple(amounts), only, tuple(self._locations) if apart else ())
        folded = self.folded(name, LEDGER_OF[rollup], selects, make)
        days = Period(min(each.first_day for each in periods), max(each.last_day for each in periods))
        later = self.later(rollup, days, by, amounts, after=folded.after, only=only)
        if not later:
            return dict(folded.made)
        found = {period: dict(rows) for period, rows in folded.made.items()}
        for day, *rest in later:
            for period in periods:
                if period.first_day <= day <= period.last_day:
                    _add(found[period], {tuple(rest[: len(by)]): tuple(rest[len(by) :])})
        return found

    @cached_property
    def _locations(self) -> list[int]:
        return sorted(self.location_ids)


def _add(found: Rows, rows: Rows, sign: int = 1) -> None:
    for key, amounts in rows.items():
        have = found.get(key)
        found[key] = tuple((have[number] if have else 0) + sign * amount for number, amount in enumerate(amounts))


def _whole(amount: Any) -> Any:
    """PostgreSQL sums whole numbers into decimals, which cost more to read than to add."""
    return cast(amount, BigInteger)
