"""How the question was put, beside what came back: by way of asking, and by where on the list an answer stood."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import entries_within
from intake.db import db
from intake.directory.models import Visit
from intake.survey.models import Answer, Ask, Channel, CreditEntry, Mention, Outcome

# Only these draw a new order for every patient; the desk and the text keep the practice's own.
DRAWN_ANEW = (Channel.KIOSK, Channel.LINK)
# The newest answers say enough, and a page should not wait for a hundred thousand lists.
MOST_ANSWERS = 10_000
OTHER = "other"


# Where a tile stood that was seen only by scrolling: it is chosen less, wherever it is on the list.
BELOW_FOLD = 900


@dataclass
class Positions:
    """How often a source stood at each place of the list, and how often what stood there was chosen, from place 0."""

    answers: int = 0
    stood: Counter[tuple[int, str]] = field(default_factory=Counter)
    chosen_at: Counter[int] = field(default_factory=Counter)
    chosen: Counter[str] = field(default_factory=Counter)
    # Whose answers these were, newest first.
    visits_at: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def places(self) -> list[int]:
        """Return the places that anything stood at, `BELOW_FOLD` last."""
        return sorted({place for place, _ in self.stood})


def primary_units_by_channel(*, period: Period, location_ids: Collection[int]) -> dict[tuple[str, int | None], int]:
    """(way of asking, source as recorded) → credit of what was named first, so that a visit counts once."""
    query = (
        select(CreditEntry.channel, CreditEntry.source_id, func.sum(CreditEntry.primary_units))
        .where(*entries_within(CreditEntry, period, location_ids))
        .group_by(CreditEntry.channel, CreditEntry.source_id)
    )
    return {(row[0], row[1]): int(row[2]) for row in db.session.execute(query) if row[2]}


def positions(*, period: Period, location_ids: Collection[int], lists: Lists) -> Positions:
    """Where on the list what was chosen stood, for lists in a new order for each patient.

    First answers as given, corrections left out: the order can only have moved those. "Something else" always
    stands last, so it is left out.
    """
    found = Positions()
    for options, source_id, visit_id, in_view in _first_choices(period, location_ids):
        shown = [code for code in options if code != OTHER]
        chosen = lists.sources[_on_the_list(source_id, lists)].code if source_id in lists.sources else ""
        if chosen not in shown or len(shown) < 2:
            continue
        found.answers += 1
        found.chosen[chosen] += 1
        seen = len(shown) if in_view is None else in_view
        places = [place if place < seen else BELOW_FOLD for place in range(len(shown))]
        found.chosen_at[places[shown.index(chosen)]] += 1
        found.visits_at[places[shown.index(chosen)]].append(visit_id)
        found.stood.update(zip(places, shown, strict=True))
    return found


def _first_choices(period: Period, location_ids: Collection[int]) -> Iterator[Any]:
    query = (
        select(Ask.options, Mention.source_id, Answer.visit_id, Answer.in_view)
        .join(Answer, Answer.ask_id == Ask.id)
        .join(Mention, (Mention.answer_id == Answer.id) & (Mention.rank == 1))
        .join(Visit, Visit.id == Answer.visit_id)
        .where(
            Visit.visit_date >= period.first_day,
            Visit.visit_date <= period.last_day,
            Visit.location_id.in_(sorted(location_ids)),
            Answer.turn == 1,
            Answer.outcome == Outcome.ANSWERED,
            Ask.channel.in_(DRAWN_ANEW),
        )
        .order_by(Answer.id.desc())
        .limit(MOST_ANSWERS)
    )
    yield from db.session.execute(query)


def _on_the_list(source_id: int, lists: Lists) -> int:
    """The source at the top as the list had it: a merge came later and moved nobody's finger."""
    parent = lists.sources[source_id].parent_id
    return parent if parent is not None else source_id
