"""Sources rolled up into the channel at the top that they belong to."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import Period
from intake.attribution.totals.sums import Sums
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CreditEntry, View


def credit_at_top(sums: Sums | DatedSums, period: Period | None, *, view: View, lists: Lists) -> dict[Any, int]:
    """Source at the top → credit of everything under it. Only "any mention" has to look again: elsewhere parts add up.

    Under "any mention" a visit that names two sources of one channel counts once for the channel.
    """
    if period is None:
        return {}
    if view == View.ANY:
        return sums.credit(period, by=SOURCE, view=view, level=Level.ROLLED_UP)
    tops: dict[Any, int] = {}
    for key, units in sums.credit(period, by=SOURCE, view=view).items():
        top = lists.top_of(key) if key in lists.sources else key
        tops[top] = tops.get(top, 0) + units
    return tops


def credited_to(
    source_ids: Collection[int], period: Period, *, view: View, sums: Sums | DatedSums, lists: Lists
) -> int:
    """Credit of these sources together; under "any mention" a visit that names several of them counts once."""
    if view != View.ANY:
        credit = sums.credit(period, by=SOURCE, view=view)
        return sum(credit.get(each, 0) for each in source_ids)
    recorded = with_merged(source_ids, lists.source_counts_as)
    dated = sums if isinstance(sums, DatedSums) else DatedSums(Basis.VISIT, sums.location_ids, lists)
    entry: Any = select(CreditEntry.visit_id).where(CreditEntry.source_id.in_(sorted(recorded)))
    named = dated.narrowed(entry, CreditEntry, period).group_by(CreditEntry.visit_id)
    visits = named.having(func.sum(CreditEntry.any_units) > 0).subquery()
    return UNIT * (db.session.scalar(select(func.count()).select_from(visits)) or 0)
