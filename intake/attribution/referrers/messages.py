"""What the physicians' reports say in words."""

from markupsafe import Markup, escape

from intake.attribution.filters.request import SentRequest, Which
from intake.attribution.referrers.history import KnownBy
from intake.attribution.referrers.listing import ReferrerList
from intake.attribution.referrers.status import (
    LEAST_SILENT_CLINIC_DAYS,
    FalseAlarms,
    ReferrerStatus,
    StatusName,
    Windows,
)
from intake.attribution.statistics.counts import SURE
from intake.web.ui.formatting import percent, say_long_date, say_span

STATUS_LABELS = {
    StatusName.QUIETER: "Quieter than usual",
    StatusName.LAPSED: "Lapsed",
    StatusName.NEW: "New",
    StatusName.BACK: "Back",
    StatusName.GROWING: "Growing",
    StatusName.STEADY: "Steady",
    StatusName.INACTIVE: "Inactive",
}
STATUS_MEANINGS = {
    StatusName.QUIETER: "fewer in the last 90 days than in the 90 before, beyond chance (p < 0.05)",
    StatusName.LAPSED: f"silent on {LEAST_SILENT_CLINIC_DAYS} clinic days or more, and for longer than their own pace"
    " explains (p < 0.05)",
    StatusName.NEW: "first ever referral within the last 90 days",
    StatusName.BACK: "back within the last 90 days after at least 365 silent ones",
    StatusName.GROWING: "more in the last 90 days than in the 90 before, beyond chance (p < 0.05)",
    StatusName.STEADY: "referred in the last 365 days, and no more or less than chance explains",
    StatusName.INACTIVE: "none in the last 365 days",
}
STATUS_ICONS = {
    StatusName.QUIETER: "sort-down",
    StatusName.LAPSED: "moon",
    StatusName.NEW: "star",
    StatusName.BACK: "arrow-counterclockwise",
    StatusName.GROWING: "arrow-up-right",
    StatusName.STEADY: "dash-lg",
    StatusName.INACTIVE: "hourglass-split",
}
WHICH_LABELS = {
    Which.ALL: "All known to be sent",
    Which.CAME: "Those who came",
    Which.DID_NOT_COME: "Those who did not come",
    Which.CHARTED: "Those who came, named in the chart",
    Which.SAID: "Those who came and said so",
    Which.BOTH: "Those who came, named in the chart and said so",
    Which.CHART_ALONE: "Those who came, named in the chart alone",
    Which.CALLED: "Callers without a visit yet",
}
TIER_MEANINGS = {"A": "12 or more in the last 365 days", "B": "4 to 11", "C": "1 to 3"}
ORDER_LABELS = {
    "missed": "Most missed",
    "most": "Most in 365 days",
    "latest": "Latest",
    "name": "By name",
}


def shown(sent: SentRequest) -> str:
    """What a page of those sent lists: 'Those who came and said so', of which days."""
    if sent.days is None:
        return WHICH_LABELS[sent.came]
    days = say_span(sent.days.first_day, sent.days.last_day)
    label = "Referrals" if sent.came == Which.ALL else WHICH_LABELS[sent.came]
    return f"{label}, {days}"


def status_label(standing: ReferrerStatus) -> str:
    """'New since records began' while nobody can know of earlier referrals."""
    if standing.status == StatusName.NEW and standing.since_records_began:
        return "New since records began"
    return STATUS_LABELS[standing.status]


def summary(found: ReferrerList) -> str:
    """The list in a sentence."""
    sent = sum(1 for row in found.rows if row.standing.year)
    visits = sum(row.standing.year for row in found.rows)
    if not sent:
        return "No physician is known to have sent anybody in the last 365 days."
    who = "One physician" if sent == 1 else f"{sent:,} physicians"
    text = f"{who} sent {visits:,} {'visit' if visits == 1 else 'visits'} in the last 365 days"
    told = []
    for status, one, many in (
        (StatusName.QUIETER, "is quieter than usual", "are quieter than usual"),
        (StatusName.LAPSED, "has lapsed", "have lapsed"),
        (StatusName.NEW, "is new", "are new"),
        (StatusName.BACK, "is back after a year or more", "are back after a year or more"),
        (StatusName.GROWING, "is growing", "are growing"),
    ):
        if count := sum(1 for row in found.rows if row.standing.status == status):
            told.append(f"{count:,} {one if count == 1 else many}")
    if not told:
        return f"{text}. None of them stands out."
    return f"{text}; {', '.join(told[:-1])}{' and ' if told[:-1] else ''}{told[-1]}."


def reason(standing: ReferrerStatus, windows: Windows) -> str:
    """The reason for a status, with its figures."""
    return _reason(standing, windows).format(recent=f"{standing.recent:,}", before=f"{standing.before:,}")


def reason_with_links(standing: ReferrerStatus, windows: Windows, recent: Markup, before: Markup) -> Markup:
    """The same for a page, where the two counts are links to their visits."""
    return escape(_reason(standing, windows)).format(recent=recent, before=before)


def _reason(standing: ReferrerStatus, windows: Windows) -> str:
    last = "{recent} in the last 90 days, {before} in the 90 before"
    silent = f"None for {standing.silent_days:,} days, {standing.silent_clinic_days:,} of them clinic days"
    told = {
        StatusName.LAPSED: f"{silent}: longer than their pace before explains. "
        f"About {standing.missed:.1f} referrals are missed in 90 days.",
        StatusName.NEW: f"First ever referral {say_long_date(standing.first_day)}.",
        StatusName.BACK: f"Back after at least 365 silent days: {last}.",
        StatusName.INACTIVE: f"{silent}.",
        StatusName.QUIETER: f"{last}: fewer than chance explains. About {standing.missed:.1f} referrals are missed.",
        StatusName.GROWING: f"{last}: more than chance explains.",
        StatusName.STEADY: f"{last}: no more and no fewer than chance explains.",
    }
    if standing.status == StatusName.NEW and standing.since_records_began:
        began = say_long_date(windows.records_began)
        return f"First referral {say_long_date(standing.first_day)}; records began {began}."
    return told[standing.status]


def known_from(known: KnownBy) -> str:
    """How the referrals of the last 90 days are known: 'by chart 3, by patient 4, by both 2'."""
    return f"by chart {known.charted:,}, by patient {known.said:,}, by both {known.both:,}"


def ago(days: int) -> str:
    """'today', 'yesterday', '12 days ago'."""
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")


def false_alarm_sentence(expected: FalseAlarms, found: ReferrerList) -> str:
    """How much of what is flagged chance alone would flag."""
    if not expected.compared and not expected.watched:
        return "Nobody has sent enough patients yet to tell a change from chance."
    quieter, growing, lapsed = (
        found.statuses.get(each, 0) for each in (StatusName.QUIETER, StatusName.GROWING, StatusName.LAPSED)
    )
    return (
        f"Chance alone would flag about {expected.quieter:.1f} of the {expected.compared:,} physicians who can be "
        f"compared as quieter than usual, {expected.growing:.1f} as growing, and at most {expected.lapsed:.1f} of the "
        f"{expected.watched:,} who can be watched as lapsed, even if nobody had changed (each test at "
        f"{percent(SURE, 0)}). Flagged are {quieter:,}, {growing:,} and {lapsed:,}."
    )


def exposure_sentence(windows: Windows) -> str:
    """Whether the two windows were weighed differently."""
    if not windows.adjusted:
        return "The two windows of 90 days are weighed by clinic days."
    ratio = windows.exposure / windows.exposure_before
    return (
        "The windows are weighed by clinic days and by how many of the eligible were asked and answered: "
        f"the last 90 days weigh {ratio:.2f} times the 90 before."
    )
