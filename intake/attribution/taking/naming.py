"""What a page is called that somebody is about to keep: the name that stands in the field until they type another."""

from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import select

from intake.attribution.asked import TIME
from intake.attribution.periods import PRESETS, UnreadablePeriod, read_period
from intake.attribution.taking.opening import find
from intake.attribution.taking.saving import LONGEST_NAME
from intake.attribution.words import COMPARISON_PAGE, COSTS_PAGE, CUT_PAGES, OVERVIEW_PAGE, TRUST_PAGE, say_period
from intake.clock import clinic_today
from intake.db import db
from intake.directory.models import Location

PAGES = {
    "reports.totals": OVERVIEW_PAGE,
    "reports.trust": TRUST_PAGE,
    "reports.compare": COMPARISON_PAGE,
    "reports.costs": COSTS_PAGE,
    "reports.rows": "Visits behind a figure",
    "referring.physicians": "Referrals from physicians",
    "referring.physician": "Referrals of a physician",
    "referring.sent": "Sent by a physician",
}


def name_of(address: str, *, time_zone: str) -> str:
    """'Sources, this month', 'Time, May 2026, Riverside': the page, its days, its location; for whoever may open it."""
    query = dict(parse_qsl(urlsplit(address).query))
    parts = [_page(find(address).endpoint, query.get("by", "")), _days(query, time_zone)]
    if code := query.get("location"):
        parts.append(db.session.scalar(select(Location.name).where(Location.code == code)) or "")
    if query.get("leaving") == "yes":
        parts.append("for others")
    return ", ".join(filter(None, parts))[:LONGEST_NAME]


def _page(endpoint: str, by: str) -> str:
    if endpoint == "reports.totals" and by:
        return "Time" if by == TIME else CUT_PAGES.get(by, "")
    return PAGES[endpoint]


def _days(query: dict[str, str], time_zone: str) -> str:
    if name := query.get("period"):
        return PRESETS.get(name, "").lower()
    if not query.get("from") and not query.get("to"):
        return ""
    try:
        return say_period(read_period(query.get("from"), query.get("to"), today=clinic_today(time_zone)))
    except UnreadablePeriod:
        return ""
