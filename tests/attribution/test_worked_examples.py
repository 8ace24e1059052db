"""docs/attribution.md: every number in it is worked out here, by the functions that the pages use."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.costs.messages import dollars
from intake.attribution.costs.messages import interval as cost_interval
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.periods import Period
from intake.attribution.overview.notable_changes import SURE, alarms_of
from intake.attribution.statistics.cells import HIDDEN_SPAN, hide_in_list
from intake.attribution.statistics.counts import TOO_FEW, ChangeVerdict, change
from intake.attribution.statistics.mixes import compare_mixes
from intake.attribution.statistics.money import cost_per_patient
from intake.attribution.statistics.shares import Interval, difference, simultaneous, wilson, worst_case
from intake.attribution.statistics.silence import silence_p
from intake.attribution.totals.messages import FEW_ANSWERS, percent
from intake.attribution.totals.report import Totals, totals
from intake.attribution.totals.shown_columns import rows_shown, shown_sum
from intake.survey.models import Channel, View
from intake.survey.recording.record_answer import NewAsk, save_ask
from intake.web.ui.formatting import percents
from tests.making import Make

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "attribution.md"
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
# Numbers that are names: of an interval, of works, of file names.
NOT_FIGURES = re.compile(r"95%|\(\d{4}[a-z]?\)|27,720|https?://\S+|`[^`]*`|^#+ .*$", re.MULTILINE)


def said(ends: Interval | tuple[float, float]) -> str:
    return f"{ends[0] * 100:.1f} to {percent(ends[1])}"


def points(ends: Interval) -> str:
    low, high = (f"{end * 100:+.1f}".replace("-", "−") for end in ends)
    return f"{low} to {high} points"


def shares() -> list[str]:
    counts = [46, 30, 22, 12, 8]
    answered, eligible = sum(counts), 142
    at_once = simultaneous(counts, answered)
    return [
        f"with fewer than {FEW_ANSWERS} answers in a period a sentence says that they are too few to tell more.",
        f"{counts[0]} of {answered} answered visits named Doctor: {percent(counts[0] / answered)},"
        f" interval {said(wilson(counts[0], answered))}.",
        f"Read beside four other rows of {counts[1]}, {counts[2]}, {counts[3]} and {counts[4]},"
        f" it is {said(at_once[0])}.",
        f"{eligible} were eligible, so Doctor is {percent(counts[0] / eligible)} of the eligible.",
        f"Whatever the {eligible - answered} without an answer would have said,"
        f" Doctor lies at {said(worst_case(counts[0], answered, eligible))} of all.",
        f"A year before it was 60 of 120, {percent(60 / 120)}: the share changed by"
        f" {points(difference(46, 118, 60, 120))}, which holds 0.",
    ]


def changes() -> list[str]:
    osei, holiday, few = (
        change(3, 14, exposure_now=62, exposure_before=63),
        change(20, 40, exposure_now=10, exposure_before=20),
        change(4, 5),
    )
    by_luck = alarms_of(17, 0.5).rate
    assert few.verdict == ChangeVerdict.TOO_FEW and osei.verdict == ChangeVerdict.FEWER
    return [
        f"3 visits on 62 days open, 14 on 63 before: {osei.ratio:.2f} times as many a day,"
        f" interval {osei.low:.2f} to {osei.high:.2f}, p = {osei.p:.3f}.",
        f"20 on 10 days, 40 on 20: {holiday.ratio:.2f} times as many a day, p = {holiday.p:.2f}.",
        f"4 and 5 are {few.now + few.before} together, fewer than {TOO_FEW}: too few to compare.",
        f"Of 40 physicians with 17 visits in both spans together, each falls below p = {SURE:.2f} by luck with a chance"
        f" of {percent(by_luck)}, so {40 * by_luck:.1f} false alarms are to be expected.",
        f"6 referrals within 365 days, then 250 days of silence: luck alone is silent so long with a chance of"
        f" {percent(silence_p(6, observed_days=365, silent_days=250))}.",
    ]


def others() -> list[str]:
    mix = compare_mixes([[12, 3], [4, 11]])
    cost = cost_per_patient(100_000, 4)
    none = cost_per_patient(10_000, 0)
    cells = [30, 12, 11, 3]
    hides, total = hide_in_list(cells)
    kept = [str(each) for each, hide in zip(cells, hides, strict=True) if not hide]
    return [
        f"Of 12 booked, 8 seen: {percent(8 / 12, 0)}, interval {percents(wilson(8, 12), 0)}.",
        f"At the desk 12 named Doctor and 3 something else, on the tablet 4 and 11: p = {mix.p:.3f}.",
        f"$1,000 spent, 4 new patients: {dollars(cost.cost)} each, interval {cost_interval(cost)}.",
        f"$100 spent and nobody yet: {cost_interval(none)}.",
        f"Figures {HIDDEN_SPAN} are hidden in reports for others, and more until none can be worked out from the rest.",
        f"Of 30, 12, 11 and 3 these are shown: {' and '.join(kept)}; their sum is {'hidden' if total else 'shown'}.",
    ]


def practice(session: Session, make: Make) -> Any:
    """Ten new patients of May 2026."""
    place, sources = make.location("Riverside"), make.sources()
    told = [
        ("doctor", "online_search"),
        ("doctor",),
        ("friend_family",),
        ("facebook", "instagram"),
        ("doctor", "tv", "friend_family"),
    ]
    for codes in told:
        make.answer(make.visit(place, day=date(2026, 5, 12)), *(sources[code] for code in codes))
    for outcome in ("declined", "dont_remember"):
        make.answer(make.visit(place, day=date(2026, 5, 13)), outcome=outcome)
    save_ask(NewAsk(Channel.LINK, "en", clock.now(), visit_id=make.visit(place, day=date(2026, 5, 14)).id))
    for _ in range(2):
        make.visit(place, day=date(2026, 5, 15))
    session.flush()
    return place


def views(place: Any) -> list[str]:
    def report(view: View) -> Totals:
        return totals(period=MAY, view=view, by=SOURCE, location_ids={place.id})

    found = {view: report(view) for view in View}
    part = found[View.PRIMARY].coverage
    sentences = [
        f"Of {part.eligible} new patients {part.asked} were asked and {part.answered} answered, coverage"
        f" {percent(part.share)}: {part.never_asked} were not asked, {part.awaiting} has not replied,"
        f" {part.declined} declined and {part.dont_remember} doesn't remember.",
    ]
    cells: dict[str, dict[View, str]] = {}
    for view, each in found.items():
        for top in rows_shown(each):
            for row in top.below or (top,):
                cells.setdefault(row.line.name.label, {})[view] = row.credit
    for label, by_view in cells.items():
        shown = [by_view.get(view, "0") for view in View]
        sentences.append(f"| {label} | {' | '.join(shown)} |")
    sums = [shown_sum(found[view], rows_shown(found[view])).credit for view in View]
    sentences.append(f"| Sum | {' | '.join(sums)} |")
    social = next(line for line in found[View.ANY].rolled_up if line.name.key == "social_media")
    sentences.append(f"Under any mention Social media counts {social.units // 27720}, not {len(social.children)}.")
    return sentences


def test_every_number_of_the_document_is_worked_out(session: Session, make: Make) -> None:
    sentences = [*views(practice(session, make)), *shares(), *changes(), *others()]
    text = " ".join(DOCUMENT.read_text(encoding="utf-8").split("\n")) if DOCUMENT.exists() else ""
    missing = [each for each in sentences if each not in text]
    assert not missing, "\n".join(missing)
    rest = DOCUMENT.read_text(encoding="utf-8").replace("\n", " ")
    for each in sentences:
        rest = rest.replace(each, "")
    found = re.findall(r"\S*\d\S*", NOT_FIGURES.sub("", rest))
    assert not found, f"numbers that no test works out: {found}"


@pytest.mark.parametrize("name", ["shares", "changes", "others"])
def test_examples_are_sentences(name: str) -> None:
    assert all(each[-1] in ".|" for each in globals()[name]())
