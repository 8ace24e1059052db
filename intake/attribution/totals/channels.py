"""Sources rolled up into the channel at the top that they belong to."""

from typing import Any

from intake.attribution.filters.date_basis import DatedSums
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import Period
from intake.attribution.totals.sums import Sums
from intake.survey.models import View


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
