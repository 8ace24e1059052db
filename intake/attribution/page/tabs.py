"""The pages of the reports as tabs: Overview, Sources, Costs, and More for the rest."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from flask import Flask, request

from intake.accounts.current import may_open
from intake.attribution.filters.access import reads_reports
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.request import TIME
from intake.attribution.page.scope import ReportScope
from intake.web.http.url_converters import fixed_address

# The groups of dimensions that stand behind Sources; the others stand behind More, one under another name.
SOURCES = frozenset({"Sources", "Physicians", "Patients"})
NAMED = {"Asking": "How asked"}
REPORTS, COSTS = "reports.totals", "reports.costs"
BESIDE = (("Side by side", "reports.compare"), ("How sure", "reports.trust"))
# Of no period.
KEPT = (
    ("Monthly report", "reports.month"),
    ("Calls", "call_figures.calls"),
    ("Who comes again", "returns.returns"),
    ("Saved views", "saved_views.saved"),
    ("E-mails", "digests.digests"),
    ("Today", "wall.today"),
)


@dataclass(frozen=True)
class ReportTab:
    label: str
    address: str
    here: bool


@dataclass(frozen=True)
class ReportTabs:
    """`first` stand in a row, `more` behind them in a menu; `below` are the pages beside the one at hand."""

    first: tuple[ReportTab, ...]
    more: tuple[ReportTab, ...]
    below: tuple[ReportTab, ...] = ()


def init_app(app: Flask) -> None:
    app.jinja_env.globals["report_tabs"] = tabs_of_no_period


def tabs(asked: ReportScope, offered: Collection[Dimension], *, here: str = "") -> ReportTabs:
    """Return the tabs of a page that is asked for; `here` is the endpoint of one that is of no dimension."""
    on_dimension = not here and not asked.is_overview

    def starts_with(each: Dimension) -> str:
        return asked.address(fits_period=True) if each.is_calendar else asked.address(by=each)

    found = _tabs(offered, starts_with, lambda endpoint: asked.address(endpoint, is_overview=True), here)
    group = _group(asked.by)
    beside = [each for each in offered if _group(each) == group] if on_dimension else []
    below = [ReportTab(each.heading, asked.address(by=each), asked.by == each) for each in beside if len(beside) > 1]
    if not here:
        on = "Overview" if asked.is_overview else group
        found = replace(found, first=_marked(found.first, on), more=_marked(found.more, on))
    return replace(found, below=tuple(below))


def tabs_of_no_period() -> ReportTabs | None:
    """Return the tabs for a page that is of no period, such as the saved views; None for readers of no reports."""
    if not reads_reports():
        return None
    start = fixed_address(REPORTS)
    return _tabs(
        DIMENSIONS,
        lambda each: f"{start}?by={TIME if each.is_calendar else each}",
        fixed_address,
        request.endpoint or "",
    )


def _tabs(
    offered: Collection[Dimension], starts_with: Callable[[Dimension], str], page: Callable[[str], str], here: str
) -> ReportTabs:
    starts = {_group(each): each for each in reversed(list(offered)) if each.group not in SOURCES}
    more = [ReportTab(label, starts_with(each), False) for label, each in reversed(starts.items())]
    more += [ReportTab(label, page(endpoint), here == endpoint) for label, endpoint in BESIDE]
    more += [
        ReportTab(label, fixed_address(endpoint), here == endpoint) for label, endpoint in KEPT if may_open(endpoint)
    ]
    first = (
        ReportTab("Overview", page(REPORTS), False),
        ReportTab("Sources", starts_with(SOURCE), False),
        ReportTab("Costs", page(COSTS), here == COSTS),
    )
    return ReportTabs(first, tuple(more))


def _group(by: Dimension) -> str:
    return "Sources" if by.group in SOURCES else NAMED.get(by.group, by.group)


def _marked(found: tuple[ReportTab, ...], label: str) -> tuple[ReportTab, ...]:
    return tuple(replace(tab, here=tab.label == label) for tab in found)
