"""What physicians were given in a year, what is left, and whether something more would be too much.

The entries are the touchpoints' own. The limit is the practice's, so sums hold all its locations, and merged records of
a physician are one physician.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.models import Physician
from intake.directory.registry_names import physician_name
from intake.id_filters import among
from intake.liaison.gifts.limits import limits
from intake.liaison.gifts.messages import over_limit
from intake.liaison.page.parts import Received
from intake.liaison.touchpoints.queries import gifts


@dataclass(frozen=True)
class Allowance:
    """One physician's calendar year in cents. `limit` is None while none is known: then nothing may be given."""

    given: int
    limit: int | None

    @property
    def left(self) -> int:
        return max(0, (self.limit or 0) - self.given)


def allowances(
    year: int, physician_ids: Collection[int] | None = None, *, lists: Lists | None = None, but: int | None = None
) -> dict[int, Allowance]:
    """Physician, as they are read now, → their year; of those asked for, or of everybody who got something.

    The touchpoint `but` is left out.
    """
    counts_as = (lists or lists_as_of_now()).physician_counts_as
    wanted = None if physician_ids is None else {counts_as.get(each, each) for each in physician_ids}
    records = None if wanted is None else with_merged(wanted, counts_as)
    given: Counter[int] = Counter(dict.fromkeys(wanted or (), 0))
    for each in gifts(
        first_day=date(year, 1, 1), last_day=date(year, 12, 31), physician_ids=records, but_touchpoint=but
    ):
        given[counts_as.get(each.physician_id, each.physician_id)] += each.cents
    limit = limits().of_year(year)
    return {each: Allowance(cents, limit) for each, cents in given.items()}


def refusal(received: Sequence[Received], touchpoint_id: int | None) -> str:
    """Why this is more than the limit allows, in a sentence; "" when it isn't. Locks the physicians until the end of
    the transaction, so that two gifts at once can't both find room.
    """
    counts_as = lists_as_of_now().physician_counts_as
    more: Counter[tuple[int, int]] = Counter()
    for each in received:
        more[counts_as.get(each.physician_id, each.physician_id), each.day.year] += each.cents
    ids = sorted({one for one, _ in more})
    db.session.execute(select(Physician.id).where(among(Physician.id, ids)).order_by(Physician.id).with_for_update())
    for year in sorted({year for _, year in more}):
        known = allowances(year, [one for one, of in more if of == year], but=touchpoint_id)
        for one, allowance in sorted(known.items()):
            if (cents := more[one, year]) > allowance.left:
                return over_limit(names([one])[one], year, allowance.given, allowance.limit, cents)
    return ""


def names(physician_ids: Collection[int]) -> Mapping[int, str]:
    """Physician → name, in the order of names."""
    query = select(Physician).where(among(Physician.id, sorted(physician_ids)))
    found = {one.id: physician_name(one.first_name, one.last_name, one.credential) for one in db.session.scalars(query)}
    return dict(sorted(found.items(), key=lambda each: each[1]))
