"""What the tallies and the ledger's rows after them say, in one statement, and what a process remembers of it.

One statement sees one state of the database, so a sum is exact at its moment even while the folder moves rows from
the ledger's end into the tallies. What the tallies said is remembered together with the row up to which they were
folded then. That never ages, since rows before it can no longer change; each look adds the rows after it.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Select, func, literal, null, select, union_all

from intake.attribution.models import EVERYWHERE, TallyState
from intake.attribution.remembering import memory
from intake.db import db, is_reading
from intake.directory.models import Location
from intake.survey.models import CoverageEntry, CreditEntry

FOLDED_TO: dict[Any, Any] = {CreditEntry: TallyState.credit_folded_to, CoverageEntry: TallyState.coverage_folded_to}
# What a row of a statement is: a sum of tallies, one of ledger rows after them, where the fold stood, or, from ODD on,
# a sum of the odd days of that number.
FOLDED, TAIL, STATE, ODD = range(4)
# So many rows are added up with every look before the tallies are read again.
MOST_BEHIND = 2_000

Tagged = list[tuple[int, tuple[Any, ...], tuple[int, ...]]]


@dataclass(frozen=True)
class State:
    """How far either ledger was folded at a moment, how far it reached, and where these locations' sums are."""

    folded_to: dict[Any, int]
    last: dict[Any, int]
    times_begun: int
    places: tuple[int, ...]

    @property
    def backlog(self) -> int:
        return sum(max(0, self.last[model] - folded) for model, folded in self.folded_to.items())


@dataclass(frozen=True)
class Standing:
    """What the tallies said when folded up to `after`, made of whatever `make` gave."""

    made: Any
    after: int
    times_begun: int

    def serves(self, model: Any, now: State) -> bool:
        """Whether it is right at this moment once the rows after it are added, and these are few."""
        same = self.times_begun == now.times_begun and self.after <= now.folded_to[model]
        return same and now.last[model] - self.after <= MOST_BEHIND


def state_now(location_ids: Sequence[int]) -> State:
    """Where the tallies stand. The request at hand is told how much it reads beside them; see folding_along.py."""
    apart = select(func.count()).where(Location.id.not_in(location_ids)).scalar_subquery()
    newest = [select(func.max(model.id)).scalar_subquery() for model in FOLDED_TO]
    row = db.session.execute(select(*FOLDED_TO.values(), *newest, TallyState.times_begun, apart)).one()
    found = State(
        folded_to=dict(zip(FOLDED_TO, row[:2], strict=True)),
        last={model: last or 0 for model, last in zip(FOLDED_TO, row[2:4], strict=True)},
        times_begun=row[4],
        # These are all the locations there are: together they are one place.
        places=(EVERYWHERE,) if row[5] == 0 else tuple(location_ids),
    )
    if has_request_context():
        g.ledger_backlog = max(found.backlog, g.get("ledger_backlog", 0))
    return found


def standing_and_later(
    name: Hashable,
    model: Any,
    now: State,
    *,
    folded: Callable[[], Sequence[Select[Any]]],
    tail: Callable[[int], Select[Any]],
    amounts: int,
    make: Callable[[Tagged], tuple[Any, int]],
) -> tuple[Any, Tagged] | None:
    """What `make` gives of the tallies' rows (and how many it keeps), and the rows of the ledger after them.

    None when the folder moved on meanwhile. What was made under this name is remembered, so it must not be changed
    and must depend on nothing but the name and the tallies' rows.
    """
    kept: Standing | None = memory().last(name)
    if kept is not None and kept.serves(model, now):
        if now.last[model] <= kept.after:
            return kept.made, []
        return kept.made, _read([tail(kept.after)], amounts)
    after = now.folded_to[model]
    selects = folded()
    columns = [null() for _ in range(len(selects[0].selected_columns) - 2)]
    rows = _read([*selects, tail(after), select(literal(STATE), FOLDED_TO[model], *columns)], amounts)
    if any(tag == STATE and sums[0] != after for tag, _, sums in rows):
        return None
    made, size = make([row for row in rows if row[0] not in (TAIL, STATE)])
    if is_reading():
        # What another transaction may still take back is not remembered.
        memory().keep(name, Standing(made, after, now.times_begun), rows=size)
    return made, [row for row in rows if row[0] == TAIL]


def _read(selects: Sequence[Select[Any]], amounts: int) -> Tagged:
    """(tag, key, sums) of selects that begin with tag and sums."""
    query: Any = selects[0] if len(selects) == 1 else union_all(*selects)
    rows = db.session.execute(query).all()
    return [(row[0], tuple(row[amounts + 1 :]), tuple([value or 0 for value in row[1 : amounts + 1]])) for row in rows]
