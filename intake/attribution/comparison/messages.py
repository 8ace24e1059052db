"""Sentences of a comparison."""

from markupsafe import Markup, escape

from intake.attribution.comparison.comparison import MixRow, TwoRows, TwoSides
from intake.attribution.statistics.counts import Change, ChangeVerdict
from intake.attribution.statistics.shares import Interval
from intake.attribution.totals.messages import credits_shown
from intake.survey.models import View
from intake.web.ui.formatting import percent

_RATES = "{}: {} new patients on {}; {}: {} on {}. "


def rate_sentence(found: TwoSides, *counts: Markup) -> str:
    """Say how many new patients came a day open. `counts`: both as links to their visits, for a page."""
    first, second, test = found.first, found.second, found.patients
    if not first.days or not second.days:
        return "On one side nobody came at all, so nothing can be compared."
    one, two = counts or (f"{first.coverage.eligible:,}", f"{second.coverage.eligible:,}")
    said = escape(_RATES) if counts else _RATES
    sentence = said.format(first.label, one, _days(first.days), second.label, two, _days(second.days))
    return sentence + _verdict(test, "as many a day")


def rows_sentence(found: TwoRows, view: View) -> str:
    """Say the counts of two rows, and whether they differ."""
    first, second = found.first, found.second
    shown = credits_shown(view, [first.units, second.units])
    sentence = f"{first.name.label}: {shown[0]}; {second.name.label}: {shown[1]}."
    return f"{sentence} {_verdict(found.apart, 'as many')}"


def replies_sentence(found: TwoSides) -> str:
    first, second = found.first.coverage.share, found.second.coverage.share
    if first is None or second is None:
        return ""
    sure = "" if found.replies.low > 0 or found.replies.high < 0 else "; the difference may be luck"
    return f"Answered: {percent(first)} and {percent(second)}{sure}."


def replies_sureness(found: TwoSides) -> str:
    """Say how far apart the shares that answered are; empty where nobody came on one side."""
    if found.first.coverage.share is None or found.second.coverage.share is None:
        return ""
    return f"The shares that answered are {points(found.replies)} apart (95% interval)."


def apart(row: MixRow) -> str:
    """'+3.1 points', as the shares stand; a dash where one side has no answers."""
    first, second = row.shares
    if first is None or second is None:
        return "–"
    return f"{(first - second) * 100:+.1f} points".replace("-", "−")


def points(apart: Interval) -> str:
    """'between −3.1 and +8.0 points'."""
    low, high = (f"{end * 100:+.1f}".replace("-", "−") for end in apart)
    return f"{low} to {high} points"


def _verdict(test: Change, what: str) -> str:
    if test.verdict == ChangeVerdict.TOO_FEW:
        return "Too few to compare."
    if test.ratio is None or test.high is None:
        return "The first has some and the second none." if test.verdict == ChangeVerdict.MORE else "That may be luck."
    said = f"{test.ratio:.1f} times {what}"
    return f"{said}." if test.verdict != ChangeVerdict.NO_CLEAR_CHANGE else f"{said}, which may be luck."


def sureness(test: Change) -> str:
    """Say how far off the ratio may be; empty where there is none."""
    if test.ratio is None or test.high is None or test.verdict == ChangeVerdict.TOO_FEW:
        return ""
    return f"{test.ratio:.2f} times: 95% interval {test.low:.2f}–{test.high:.2f}."


def _days(days: int) -> str:
    return "1 day open" if days == 1 else f"{days:,} days open"
