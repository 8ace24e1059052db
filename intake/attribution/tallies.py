"""Reading tallies: what is folded for a period, and the ledger rows after it, in one statement.

One statement sees one state of the database, so a sum is exact at its moment even while the folder moves rows from
the ledger's end into the tallies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context
from sqlalchemy import BigInteger, ColumnElement, Null, Select, cast, func, literal, null, select, text, union_all

from intake.attribution import folding_sql
from intake.attribution.books import Book, Rows, Wanted, add
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
from intake.attribution.periods import Period, month_end
from intake.attribution.spans import Part, odd_days, parts_of
from intake.db import db
from intake.directory.models import Location
from intake.survey.models import CoverageEntry, CreditEntry

TRIES = 20
# No ledger has a row this far on.
END = 2**62
FOLDED_TO: dict[Any, Any] = {CreditEntry: TallyState.credit_folded_to, CoverageEntry: TallyState.coverage_folded_to}
# What a row of a statement is: a sum of tallies, one of ledger rows after them, where the fold stood, or, from ODD on,
# a sum of the odd days of that number.
FOLDED, TAIL, STATE, ODD = range(4)


@dataclass(frozen=True)
class Tallies:
    """Sums at these locations. Keys are as recorded: no merge is applied, 0 stands for none."""

    location_ids: Collection[int]
    # Whole months within it are read at once, for a report that asks for many of them.
    span: Period
    # Periods that will be asked for: their odd days are read with the months.
    ahead: Collection[Period] = ()
    _state: dict[Any, Any] = field(default_factory=dict)
    _books: dict[Any, Book] = field(default_factory=dict)

    def by_source(self, period: Period, units: str) -> Counter[int]:
        """Credit of each recorded source."""
        own = (func.coalesce(CreditEntry.source_id, 0),)
        rows = self._from_book(period, Wanted(CreditEntry, TallySource, (TallySource.source_id,), own, (units,)))
        return Counter({key: amount for (key,), (amount,) in rows.items() if amount})

    def covered(self, period: Period) -> list[int]:
        """The five counts of coverage."""
        rows = self._from_book(period, Wanted(CoverageEntry, TallyCoverage, (), (), folding_sql.COVERAGE))
        return rows.get((), [0] * len(folding_sql.COVERAGE))

    def by_physician(self, period: Period, units: str) -> Counter[tuple[int, int]]:
        """Credit of mentions that point at a physician, by (physician, source)."""
        keys = (TallyPhysician.physician_id, TallyPhysician.source_id)
        own = (CreditEntry.physician_id, func.coalesce(CreditEntry.source_id, 0))
        tail = self._entries(CreditEntry, period, own, (units,), CreditEntry.physician_id.is_not(None))
        rows = self._read(CreditEntry, TallyPhysician, parts_of(period), keys=keys, amounts=(units,), tail=tail)
        return Counter({(key[0], key[1]): amount for key, (amount,) in rows.items() if amount})

    def physicians_by_month(self, period: Period, units: str, physician_ids: Collection[int]) -> dict[Any, int]:
        """(physician, first day of the month) → credit, for whole months and these physicians only."""
        keys = (TallyPhysician.physician_id, TallyPhysician.day)
        own = (CreditEntry.physician_id, CreditEntry.day)
        named = [model.physician_id.in_(sorted(physician_ids)) for model in (TallyPhysician, CreditEntry)]
        first = period.first_day.replace(day=1)
        part = Part(Span.MONTH, first, period.last_day)
        tail = self._entries(CreditEntry, Period(first, month_end(period.last_day)), own, (units,), named[1])
        rows = self._read(
            CreditEntry, TallyPhysician, [part], keys=keys, amounts=(units,), tail=tail, folded=(named[0],)
        )
        found: Counter[Any] = Counter()
        for (physician_id, day), (amount,) in rows.items():
            found[physician_id, day.replace(day=1)] += amount
        return found

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

        columns = (TallyTogether.about, TallyTogether.members)

        def changed(days: Period, by: Sequence[str]) -> Callable[[int], Select[Any]]:
            names = ("location_id", "day", "about", "members", "visits")

            def tail(after: int) -> Select[Any]:
                changes = (
                    text(folding_sql.together(db.session.get_bind().dialect.name))
                    .bindparams(after=after, upto=END)
                    .columns(*(getattr(TallyTogether, name) for name in names))
                    .subquery("changes")
                )
                keys = [changes.c[name] for name in by]
                return (
                    select(literal(TAIL), _whole(func.sum(changes.c.visits)), *keys)
                    .where(changes.c.location_id.in_(sorted(self.location_ids)))
                    .where(changes.c.day >= days.first_day, changes.c.day <= days.last_day)
                    .group_by(*keys)
                )

            return tail

        if self._spans(period):
            tail = changed(self.span, ("day", "about", "members"))
            rows = self._from_book(period, Wanted(CreditEntry, TallyTogether, columns, (), ("visits",), tail))
        else:
            tail = changed(period, ("about", "members"))
            rows = self._read(
                CreditEntry, TallyTogether, parts_of(period), keys=columns, amounts=("visits",), tail=tail
            )
        found: dict[About, Counter[str]] = {about: Counter() for about in About}
        for (about, members), (visits,) in rows.items():
            found[About(about)][members] += visits
        return found

    def _from_book(self, period: Period, wanted: Wanted) -> Rows:
        """Sums of a period that are put together from months read at once, odd days, and the ledger's end."""
        if not self._spans(period):
            tail = self._entries(wanted.model, period, wanted.own, wanted.amounts)
            parts = parts_of(period)
            return self._read(wanted.model, wanted.tally, parts, keys=wanted.keys, amounts=wanted.amounts, tail=tail)
        name = (wanted.tally, *wanted.amounts)
        for _ in range(TRIES):
            book = self._books.get(name) or self._open_book(wanted)
            if book is not None and all(
                part.span == Span.MONTH or part.days in book.odd_days or self._read_odd_days(book, part.days, wanted)
                for part in parts_of(period)
            ):
                self._books[name] = book
                return book.sums(period)
            # The folder moved on meanwhile: begin again.
            self._forget()
        raise RuntimeError("the tallies never held still")

    def _spans(self, period: Period) -> bool:
        return self.span.first_day <= period.first_day and period.last_day <= self.span.last_day

    def _open_book(self, wanted: Wanted) -> Book | None:
        months = Part(Span.MONTH, self.span.first_day.replace(day=1), self.span.last_day)
        after, places, amounts = self._known(wanted.model), self._known("places"), wanted.amounts
        folded = _folded(wanted.tally, months, places, (wanted.tally.day, *wanted.keys), amounts=amounts)
        tail_of = wanted.tail or self._entries(wanted.model, self.span, (wanted.model.day, *wanted.own), amounts)
        odd = odd_days(self.ahead)
        # Apart from each other by their tag, and of no day, so that they line up with the months.
        odd_selects = [
            _folded(wanted.tally, part, places, (null(), *wanted.keys), amounts=amounts, tag=ODD + number)
            for number, part in enumerate(odd)
        ]
        selects = [folded, tail_of(after), *odd_selects]
        rows = self._at_one_moment(wanted.model, after, selects, len(wanted.keys) + 1, len(amounts))
        if rows is None:
            return None
        book = Book(odd_days={part: {} for part in odd})
        for tag, (day, *key), sums in rows:
            if tag >= ODD:
                book.odd_days[odd[tag - ODD]][tuple(key)] = sums
                continue
            days = book.months if tag == FOLDED else book.tail
            add(days.setdefault(day, {}), {tuple(key): sums})
        return book

    def _read_odd_days(self, book: Book, part: Part, wanted: Wanted) -> bool:
        """Puts these days into the book; False when they are not of the same moment as the rest of it."""
        after = self._known(wanted.model)
        folded = _folded(wanted.tally, part, self._known("places"), wanted.keys, amounts=wanted.amounts)
        rows = self._at_one_moment(wanted.model, after, [folded], len(wanted.keys), len(wanted.amounts))
        if rows is None:
            return False
        book.odd_days[part] = {key: sums for _, key, sums in rows}
        return True

    def _forget(self) -> None:
        self._state.clear()
        self._books.clear()

    def _at_one_moment(
        self, model: Any, after: int, selects: Sequence[Select[Any]], keys: int, amounts: int
    ) -> list[tuple[int, tuple[Any, ...], list[int]]] | None:
        """(tag, key, sums) of selects that begin with tag and sums; None when the fold wasn't at `after` just then.

        One statement sees one state of the database, and the number belongs into it: a planner must know beforehand
        how few rows lie behind it.
        """
        nothing: list[Any] = [null() for _ in range(keys + amounts - 1)]
        state = select(literal(STATE), FOLDED_TO[model], *nothing)
        found = []
        for row in db.session.execute(union_all(*selects, state)).all():
            if row[0] == STATE:
                if row[1] != after:
                    return None
                continue
            found.append((row[0], tuple(row[amounts + 1 :]), [value or 0 for value in row[1 : amounts + 1]]))
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
        folded: Sequence[ColumnElement[bool]] = (),
    ) -> Rows:
        """Sums by `keys` of the parts, and of what `tail` selects after a row; with `apart` location by location."""
        for _ in range(TRIES):
            after, places = self._known(model), self._known("places")
            if apart:
                places = sorted(self.location_ids)
            selects = [_folded(tally, part, places, keys, amounts=amounts).where(*folded) for part in parts]
            rows = self._at_one_moment(model, after, [*selects, tail(after)], len(keys), len(amounts))
            if rows is not None:
                found: Rows = {}
                for _, key, sums in rows:
                    add(found, {key: sums})
                return found
            self._forget()
        raise RuntimeError("the tallies never held still")

    def _entries(
        self,
        model: Any,
        period: Period,
        keys: Sequence[Any],
        amounts: Sequence[str],
        *conditions: ColumnElement[bool],
        tag: int = TAIL,
    ) -> Callable[[int], Select[Any]]:
        """Selects the same sums from the ledger's own rows after a number."""
        # Wrapped, so that no planner prefers the index on the day to the few rows at the end of the ledger.
        day = func.coalesce(model.day, model.day)

        def tail(after: int) -> Select[Any]:
            return (
                select(literal(TAIL), *(_whole(func.sum(getattr(model, name))) for name in amounts), *keys)
                .where(model.id > after, model.location_id.in_(sorted(self.location_ids)))
                .where(day >= period.first_day, day <= period.last_day, *conditions)
                .group_by(*keys)
            )

        return tail


def _folded(
    tally: Any, part: Part, places: Collection[int], keys: Sequence[Any], *, amounts: Sequence[str], tag: int = FOLDED
) -> Select[Any]:
    return (
        select(literal(tag), *(_whole(func.sum(getattr(tally, name)) * part.sign) for name in amounts), *keys)
        .where(tally.location_id.in_(places), tally.span == int(part.span))
        .where(tally.day >= part.first, tally.day <= part.last)
        .group_by(*(key for key in keys if not isinstance(key, Null)))
        # Without a key there would be a row of nothing where there are no days.
        .having(func.count() > 0)
    )


def _whole(amount: Any) -> Any:
    """PostgreSQL sums whole numbers into decimals, which cost more to read than to add."""
    return cast(amount, BigInteger)


def _note(backlog: int) -> None:
    """How many ledger rows the request at hand reads beside the tallies; see folding_along.py."""
    if has_request_context():
        g.ledger_backlog = max(backlog, g.get("ledger_backlog", 0))
