"""Reading tallies: what is folded for a period, and the ledger rows after it."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Null, Select, func, literal, null, select

from intake.attribution import folding_sql
from intake.attribution.books import Book, Opened, Rows, Wanted, add
from intake.attribution.ledger_end import entries_after, together_after, whole
from intake.attribution.models import About, Span, TallyCoverage, TallyPhysician, TallySource, TallyTogether
from intake.attribution.periods import Period, month_end
from intake.attribution.physician_days import PhysicianDays, day_by_day, in_texts, named_in
from intake.attribution.spans import Part, odd_days, parts_of
from intake.attribution.standing_sums import (
    FOLDED,
    ODD,
    TAIL,
    State,
    Tagged,
    standing_and_later,
    state_now,
)
from intake.survey.models import CoverageEntry, CreditEntry

TRIES = 20


@dataclass(frozen=True)
class Tallies:
    """Sums at these locations. Keys are as recorded: no merge is applied, 0 stands for none."""

    location_ids: Collection[int]
    # Whole months within it are read at once, for a report that asks for many of them.
    span: Period
    # Periods that will be asked for: their odd days are read with the months.
    ahead: Collection[Period] = ()
    _states: list[State] = field(default_factory=list)
    _books: dict[Any, Opened] = field(default_factory=dict)

    def by_source(self, period: Period, units: str) -> Counter[int]:
        """Credit of each recorded source."""
        own = (func.coalesce(CreditEntry.source_id, 0),)
        rows = self._from_book(period, Wanted(CreditEntry, TallySource, (TallySource.source_id,), own, (units,)))
        return Counter({key: amount for (key,), (amount,) in rows.items() if amount})

    def covered(self, period: Period) -> tuple[int, ...]:
        """The five counts of coverage."""
        rows = self._from_book(period, Wanted(CoverageEntry, TallyCoverage, (), (), folding_sql.COVERAGE))
        return rows.get((), (0,) * len(folding_sql.COVERAGE))

    def by_physician(self, period: Period, units: str) -> Counter[tuple[int, int]]:
        """Credit of mentions that point at a physician, by (physician, source)."""
        keys = (TallyPhysician.physician_id, TallyPhysician.source_id)
        own = (CreditEntry.physician_id, func.coalesce(CreditEntry.source_id, 0))
        tail = self._entries(CreditEntry, period, own, (units,), CreditEntry.physician_id.is_not(None))
        rows = self._read(CreditEntry, TallyPhysician, parts_of(period), keys=keys, amounts=(units,), tail=tail)
        return Counter({(key[0], key[1]): amount for key, (amount,) in rows.items() if amount})

    def physicians(self, period: Period, units: str) -> Rows:
        """Credit of mentions that point at each physician."""
        own = (CreditEntry.physician_id,)
        tail = self._entries(CreditEntry, period, own, (units,), CreditEntry.physician_id.is_not(None))
        keys = (TallyPhysician.physician_id,)
        return self._read(CreditEntry, TallyPhysician, parts_of(period), keys=keys, amounts=(units,), tail=tail)

    def physicians_by_month(self, period: Period, units: str, physician_ids: Collection[int]) -> dict[Any, int]:
        """(physician, first day of the month) → credit, for whole months and these physicians only."""
        keys = (TallyPhysician.physician_id, TallyPhysician.day)
        own = (CreditEntry.physician_id, CreditEntry.day)
        named = [model.physician_id.in_(sorted(physician_ids)) for model in (TallyPhysician, CreditEntry)]
        first = period.first_day.replace(day=1)
        part = Part(Span.MONTH, first, period.last_day)
        tail = self._entries(CreditEntry, Period(first, month_end(period.last_day)), own, (units,), named[1])
        rows = self._read(
            CreditEntry,
            TallyPhysician,
            [part],
            keys=keys,
            amounts=(units,),
            tail=tail,
            folded=(named[0],),
            about=tuple(sorted(physician_ids)),
        )
        found: Counter[Any] = Counter()
        for (physician_id, day), (amount,) in rows.items():
            found[physician_id, day.replace(day=1)] += amount
        return found

    def coverage(self, period: Period, by: Sequence[str], *, days: bool = False) -> Rows:
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

        columns = (TallyTogether.about, TallyTogether.members)

        if self._spans(period):
            tail = together_after(self.span, self._locations, ("day", "about", "members"))
            rows = self._from_book(period, Wanted(CreditEntry, TallyTogether, columns, (), ("visits",), tail))
        else:
            tail = together_after(period, self._locations, ("about", "members"))
            rows = self._read(
                CreditEntry, TallyTogether, parts_of(period), keys=columns, amounts=("visits",), tail=tail
            )
        found: dict[About, Counter[str]] = {about: Counter() for about in About}
        for (about, members), (visits,) in rows.items():
            found[About(about)][members] += visits
        return found

    def physician_days(self, period: Period) -> tuple[PhysicianDays, Rows]:
        """Days and credit under "any mention" of each physician as folded, the same object for as long as that holds;
        and (physician, day) → credit of the ledger's rows after it.
        """
        entries = entries_after(
            CreditEntry,
            days=period,
            location_ids=self._locations,
            keys=(CreditEntry.physician_id.label("physician_id"), CreditEntry.day),
            sums=[whole(func.sum(CreditEntry.any_units)).label("units")],
            conditions=[CreditEntry.physician_id.is_not(None)],
        )

        def tail(after: int) -> Select[Any]:
            return in_texts(entries(after), TAIL)

        def folded() -> list[Select[Any]]:
            return [day_by_day(period, self._state.places)]

        def make(rows: Tagged) -> tuple[PhysicianDays, int]:
            found = PhysicianDays.of((day, named) for _, (named, day), _ in rows)
            return found, found.size

        days, later = self._standing(
            "physician days", period, model=CreditEntry, folded=folded, tail=tail, amounts=1, make=make
        )
        return days, {(each, day): (units,) for _, (named, day), _ in later for each, units in named_in(named)}

    def physicians_together(self, period: Period) -> Rows:
        """(day, members) → visits that name these physicians, of whom there are several, or one several times."""
        keys = (TallyTogether.day, TallyTogether.members)
        return self._read(
            CreditEntry,
            TallyTogether,
            [Part(Span.DAY, period.first_day, period.last_day)],
            keys=keys,
            amounts=("visits",),
            tail=together_after(period, self._locations, ("day", "members"), About.PHYSICIANS),
            folded=(TallyTogether.about == int(About.PHYSICIANS),),
            about=About.PHYSICIANS,
        )

    def _from_book(self, period: Period, wanted: Wanted) -> Rows:
        """Sums of a period that are put together from months read at once, odd days, and the ledger's end."""
        if not self._spans(period):
            tail = wanted.tail or self._entries(wanted.model, period, wanted.own, wanted.amounts)
            parts = parts_of(period)
            return self._read(wanted.model, wanted.tally, parts, keys=wanted.keys, amounts=wanted.amounts, tail=tail)
        name = (wanted.tally, *wanted.amounts)
        odd = {part.days for part in parts_of(period) if part.span == Span.DAY}
        opened = self._books.get(name)
        if opened is None or not odd <= opened.book.odd_days.keys():
            # Whoever says beforehand what will be asked for reads it all at once.
            known = odd_days(self.ahead) if opened is None else [*opened.book.odd_days]
            opened = self._books[name] = self._open_book(wanted, list(dict.fromkeys([*known, *sorted(odd, key=repr)])))
        return opened.sums(period)

    def _spans(self, period: Period) -> bool:
        return self.span.first_day <= period.first_day and period.last_day <= self.span.last_day

    def _open_book(self, wanted: Wanted, odd: Sequence[Part]) -> Opened:
        months = Part(Span.MONTH, self.span.first_day.replace(day=1), self.span.last_day)
        amounts = wanted.amounts
        tail_of = wanted.tail or self._entries(wanted.model, self.span, (wanted.model.day, *wanted.own), amounts)

        def folded() -> list[Select[Any]]:
            places = self._state.places
            whole = _folded(wanted.tally, months, places, (wanted.tally.day, *wanted.keys), amounts=amounts)
            # Apart from each other by their tag, and of no day, so that they line up with the months.
            keys = (null(), *wanted.keys)
            return [
                whole,
                *(
                    _folded(wanted.tally, part, places, keys, amounts=amounts, tag=ODD + number)
                    for number, part in enumerate(odd)
                ),
            ]

        def make(rows: Tagged) -> tuple[Book, int]:
            by_month: dict[date, Rows] = {}
            by_part: dict[Part, Rows] = {part: {} for part in odd}
            for tag, (day, *key), sums in rows:
                if tag >= ODD:
                    by_part[odd[tag - ODD]][tuple(key)] = sums
                else:
                    by_month.setdefault(day, {})[tuple(key)] = sums
            book = Book(by_month, by_part)
            return book, book.size

        name = ("book", wanted.tally, *amounts, months, tuple(odd))
        book, later = self._standing(
            *name, model=wanted.model, folded=folded, tail=tail_of, amounts=len(amounts), make=make
        )
        tail: dict[date, Rows] = {}
        for _, (day, *key), sums in later:
            add(tail.setdefault(day, {}), {tuple(key): sums})
        return Opened(book, tail)

    @property
    def _state(self) -> State:
        """Where the tallies stood when first asked, and where to read them."""
        if not self._states:
            self._states.append(state_now(self._locations))
        return self._states[-1]

    @cached_property
    def _locations(self) -> list[int]:
        return sorted(self.location_ids)

    def _standing(self, *name: Hashable, model: Any, **reading: Any) -> tuple[Any, Tagged]:
        """As standing_and_later, of a moment at which the folder held still."""
        for _ in range(TRIES):
            found = standing_and_later((*name, self._state.places), model, self._state, **reading)
            if found is not None:
                return found
            # The folder moved on meanwhile: begin again.
            self._states.clear()
            self._books.clear()
        raise RuntimeError("the tallies never held still")

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
        folded: Sequence[ColumnElement[bool]] = (),
        about: Hashable = None,
    ) -> Rows:
        """Sums by `keys` of the parts, and of what `tail` selects after a row; with `apart` location by location.

        `about` names what else the conditions `folded` depend on.
        """

        def selects() -> list[Select[Any]]:
            places = self._locations if apart else self._state.places
            return [_folded(tally, part, places, keys, amounts=amounts).where(*folded) for part in parts]

        def make(rows: Tagged) -> tuple[Rows, int]:
            found: Rows = {}
            for _, key, sums in rows:
                add(found, {key: sums})
            return found, len(found)

        own = tuple(self._locations) if apart else None
        name = ("rows", tally, tuple(parts), tuple(key.key for key in keys), *amounts, own, about)
        found, later = self._standing(*name, model=model, folded=selects, tail=tail, amounts=len(amounts), make=make)
        if not later:
            return found
        found = dict(found)
        for _, key, sums in later:
            add(found, {key: sums})
        return found

    def _entries(
        self,
        model: Any,
        period: Period,
        keys: Sequence[Any],
        amounts: Sequence[str],
        *conditions: ColumnElement[bool],
    ) -> Callable[[int], Select[Any]]:
        """Selects the same sums from the ledger's own rows after a number."""
        sums = [whole(func.sum(getattr(model, name))) for name in amounts]
        return entries_after(
            model, days=period, location_ids=self._locations, keys=keys, sums=sums, conditions=conditions
        )


def _folded(
    tally: Any, part: Part, places: Collection[int], keys: Sequence[Any], *, amounts: Sequence[str], tag: int = FOLDED
) -> Select[Any]:
    return (
        select(literal(tag), *(whole(func.sum(getattr(tally, name)) * part.sign) for name in amounts), *keys)
        .where(tally.location_id.in_(places), tally.span == int(part.span))
        .where(tally.day >= part.first, tally.day <= part.last)
        .group_by(*(key for key in keys if not isinstance(key, Null)))
        # Without a key there would be a row of nothing where there are no days.
        .having(func.count() > 0)
    )
