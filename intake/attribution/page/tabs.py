"""The pages of the reports as tabs: the overview, the dimensions by group, and the pages beside them."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.page.scope import ReportScope

BESIDE = (("Side by side", "reports.compare"), ("Costs", "reports.costs"), ("How sure", "reports.trust"))


@dataclass(frozen=True)
class ReportTab:
    label: str
    address: str
    here: bool
    below: tuple["ReportTab", ...] = ()


def tabs(asked: ReportScope, offered: Collection[Dimension], *, here: str = "") -> list[ReportTab]:
    """The tabs of a report page; `here` is the endpoint of a page that is neither the overview nor a dimension's."""
    on_dimension = not here and not asked.is_overview
    found = [ReportTab("Overview", asked.address(is_overview=True), not here and asked.is_overview)]
    if asked.leaving:
        # Others get sources first.
        found = []
    for label, group in groupby(offered, key=lambda dimension: dimension.group):
        several = list(group)
        below = tuple(
            ReportTab(each.heading, asked.address(by=each), on_dimension and asked.by == each)
            for each in several
            if len(several) > 1
        )
        start = {"fits_period": True} if several[0].is_calendar else {"by": several[0]}
        found.append(ReportTab(label, asked.address(**start), on_dimension and asked.by in several, below))
    return found + [
        ReportTab(label, asked.address(endpoint, is_overview=True), here == endpoint) for label, endpoint in BESIDE
    ]
