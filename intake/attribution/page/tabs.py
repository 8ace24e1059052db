"""Tabs of the report pages: the overview, the dimensions by what they are about, and what stands beside them."""

from collections.abc import Collection
from dataclasses import dataclass

from intake.attribution.filters.dimensions import Cut
from intake.attribution.page.scope import ReportScope
from intake.attribution.totals.messages import CUT_HEADINGS

GROUPS = {
    "Sources": (Cut.SOURCE, Cut.KIND),
    "Physicians": (Cut.PHYSICIAN, Cut.PRACTICE),
    "Patients": (Cut.PATIENT,),
    "Places": (Cut.LOCATION, Cut.PROVIDER),
    "Asking": (Cut.STAFF, Cut.CHANNEL),
    "Time": (Cut.MONTH, Cut.WEEK, Cut.DAY),
}
BESIDE = (("Side by side", "reports.compare"), ("Costs", "reports.costs"), ("How sure", "reports.trust"))


@dataclass(frozen=True)
class ReportTab:
    label: str
    address: str
    here: bool
    below: tuple["ReportTab", ...] = ()


def tabs(asked: ReportScope, offered: Collection[Cut], *, here: str = "") -> list[ReportTab]:
    """Return the tabs of a report page; `here` is the endpoint of one that is no overview and no dimension."""
    on_cut = not here and not asked.is_overview
    found = [ReportTab("Overview", asked.address(is_overview=True), not here and asked.is_overview)]
    if asked.leaving:
        # Others get its sources as the first of the cuts.
        found = []
    for label, group in GROUPS.items():
        cuts = [cut for cut in group if cut in offered]
        below = tuple(
            ReportTab(CUT_HEADINGS[cut], asked.address(by=cut), on_cut and asked.by == cut)
            for cut in cuts
            if len(cuts) > 1
        )
        if cuts:
            start = {"fits_period": True} if group == GROUPS["Time"] else {"by": cuts[0]}
            found.append(ReportTab(label, asked.address(**start), on_cut and asked.by in cuts, below))
    return found + [
        ReportTab(label, asked.address(endpoint, is_overview=True), here == endpoint) for label, endpoint in BESIDE
    ]
