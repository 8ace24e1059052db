"""What the physicians' reports say in words."""

from markupsafe import Markup, escape

from intake.attribution.filters.request import Which
from intake.attribution.referrers.listing import ReferrerList
from intake.attribution.referrers.status import FalseAlarms, ReferrerStatus, StatusName, Windows
from intake.attribution.statistics.counts import SURE
from intake.web.ui.formatting import percent, say_long_date

STATUS_LABELS = {
    StatusName.DECLINING: "Declining",
    StatusName.LAPSED: "Lapsed",
    StatusName.NEW: "New",
    StatusName.REACTIVATED: "Reactivated",
    StatusName.STEADY: "Steady",
    StatusName.QUIET: "Quiet",
}
STATUS_MEANINGS = {
    StatusName.DECLINING: "fewer in the last 90 days than in the 90 before, beyond chance (p < 0.05)",
    StatusName.LAPSED: "silent for longer than their own pace explains (p < 0.05)",
    StatusName.NEW: "first ever referral within the last 90 days",
    StatusName.REACTIVATED: "back within the last 90 days after at least 365 silent ones",
    StatusName.STEADY: "referred in the last 12 months, and no more or less than chance explains",
    StatusName.QUIET: "none in the last 12 months, with too few before to call it lapsed",
}
STATUS_ICONS = {
    StatusName.DECLINING: "sort-down",
    StatusName.LAPSED: "moon",
    StatusName.NEW: "star",
    StatusName.REACTIVATED: "arrow-counterclockwise",
    StatusName.STEADY: "dash-lg",
    StatusName.QUIET: "hourglass-split",
}
WHICH_LABELS = {
    Which.ALL: "All known to be sent",
    Which.CAME: "Those who came",
    Which.DID_NOT_COME: "Those who did not come",
    Which.CHARTED: "Those who came, named in the chart",
    Which.CALLED: "Callers without a visit yet",
}
TIER_MEANINGS = {"A": "12 or more in the last 12 months", "B": "4 to 11", "C": "1 to 3"}
ORDER_LABELS = {
    "missed": "Most missed",
    "most": "Most in 12 months",
    "latest": "Latest",
    "name": "By name",
}


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
        return "No physician has been named in the last 12 months."
    who = "One physician" if sent == 1 else f"{sent:,} physicians"
    text = f"{who} sent {visits:,} {'visit' if visits == 1 else 'visits'} in the last 12 months"
    told = []
    for status, one, many in (
        (StatusName.DECLINING, "is declining", "are declining"),
        (StatusName.LAPSED, "has lapsed", "have lapsed"),
        (StatusName.NEW, "is new", "are new"),
        (StatusName.REACTIVATED, "is back after a year or more", "are back after a year or more"),
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
    chance, silence = standing.chance_of_so_few, standing.chance_of_silence
    told = f"{last}."
    if standing.status == StatusName.LAPSED and silence is not None:
        told = (
            f"Silent for {standing.silent_days:,} days, longer than their pace before explains ({_p(silence)}). "
            f"About {standing.missed:.1f} referrals are missed in 90 days."
        )
    elif standing.status == StatusName.NEW:
        told = f"First ever referral {say_long_date(standing.first_day)}."
        if standing.since_records_began:
            began = say_long_date(windows.records_began)
            told = f"First named {say_long_date(standing.first_day)}; records began {began}."
    elif standing.status == StatusName.REACTIVATED:
        told = f"Back after at least 365 silent days: {last}."
    elif standing.status == StatusName.QUIET:
        told = f"None for {standing.silent_days:,} days, and too few before to tell that from chance."
    elif chance is not None and standing.status == StatusName.DECLINING:
        told = f"{last}: fewer than chance explains ({_p(chance)}). About {standing.missed:.1f} referrals are missed."
    elif chance is not None:
        told = f"{last}: no fewer than chance explains ({_p(chance)})."
    return told


def ago(days: int) -> str:
    """'today', 'yesterday', '12 days ago'."""
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")


def false_alarm_sentence(expected: FalseAlarms, found: ReferrerList) -> str:
    """How much of what is flagged chance alone would flag."""
    if not expected.compared and not expected.watched:
        return "Nobody has sent enough patients yet to tell a change from chance."
    declining, lapsed = (found.statuses.get(each, 0) for each in (StatusName.DECLINING, StatusName.LAPSED))
    return (
        f"Chance alone would flag about {expected.declining:.1f} of the {expected.compared:,} physicians who can be "
        f"compared as declining, and at most {expected.lapsed:.1f} of the {expected.watched:,} who can be watched as "
        f"lapsed, even if nobody had changed (each test at {percent(SURE, 0)}). Flagged are {declining:,} and"
        f" {lapsed:,}."
    )


def exposure_sentence(windows: Windows) -> str:
    """Whether the two windows were weighed differently."""
    if not windows.adjusted:
        return "The two windows of 90 days count alike."
    ratio = windows.exposure / windows.exposure_before
    return (
        "The windows are weighed by clinic days and by how many of the eligible were asked and answered: "
        f"the last 90 days weigh {ratio:.2f} times the 90 before."
    )


def _p(chance: float) -> str:
    text = "p < 0.001" if chance < 0.001 else f"p = {chance:.3f}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")
