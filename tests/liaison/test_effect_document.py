"""docs/effect.md: every number in it is worked out here, or is one that the bench prints."""

import re
from pathlib import Path

from bench.effect import A_MONTH, EFFECT, LEAST_POWER, MOST_FALSE_CALLS, WORLDS
from intake.attribution.statistics.counts import SURE
from intake.liaison.effect.estimation.estimates import (
    FEWEST_EXPECTED,
    FEWEST_REFERRERS,
    NOT_BY_LOT,
    WORTH_KNOWING,
    judged,
)
from intake.liaison.effect.estimation.expectation import fitted
from intake.liaison.effect.estimation.lookalikes import FEWEST_ALIKE, Matched
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW, WINDOWS
from intake.liaison.effect.messages import anyway_span, ratio_span

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "effect.md"
NOT_FIGURES = re.compile(r"\(\d{4}\)|`[^`]*`|^#+ .*$", re.MULTILINE)


def examples() -> list[str]:
    prior = fitted([0, 1, 2, 2, 3, 5, 8, 11, 4, 0], 365)
    many, few = (prior.expected(count, 365, 90).mean for count in (8, 1))
    found = judged(90, {90: Matched(60, 190, 150.0, 1.1, 90.0)})[90]
    return [
        "Ten referrers sent 0, 1, 2, 2, 3, 5, 8, 11, 4 and 0 in a year:"
        f" shape {prior.shape:.2f}, {prior.days:.0f} days.",
        f"Of the one who sent 8, {many:.2f} are expected in the next 90 days, not {8 * 90 / 365:.2f};"
        f" of the one who sent 1 {few:.2f}, not {90 / 365:.2f}.",
        "60 contacted referrers sent 190; 150 were expected, variance 90 from rates not known and from lookalikes being"
        " few, counts varying 1.1 times as much as Poisson's:"
        f" {found.ratio:.2f} times as many, interval {ratio_span(found)}.",
        f"{anyway_span(found)} would have come anyway.",
        f"at least {FEWEST_ALIKE} (coarsened",
        f"lies above {NOT_BY_LOT:.2f} times as many",
        f"Once at least {FEWEST_REFERRERS} were drawn and {FEWEST_EXPECTED:.0f} referrals are expected",
        f"with fewer than {FEWEST_REFERRERS} referrers or {FEWEST_EXPECTED:.0f} expected referrals",
        f"nothing and {WORTH_KNOWING:.2f} times as many",
        f"one chance of error of {SURE:.0%}",
        f"The {MAIN_WINDOW} days after contact are asked first. {WINDOWS[0]} and {WINDOWS[2]} days",
        f"a true {EFFECT - 1:+.0%} over {MAIN_WINDOW} days with {WORLDS['+30 %, drawn'].referrers} referrers of"
        f" {A_MONTH} a month",
    ]


def test_every_number_of_the_document_is_worked_out() -> None:
    text = rest = DOCUMENT.read_text(encoding="utf-8")
    missing = [each for each in examples() if each not in text]
    assert not missing, "\n".join(missing)
    for each in examples():
        rest = rest.replace(each, "")
    body, measured = rest.split("## How often it is right")
    assert not re.findall(r"\S*\d\S*", NOT_FIGURES.sub("", body.replace("90-day", "")))
    # What the bench printed, within what it demands.
    false_aimed, false_drawn = (float(each) for each in re.findall(r"in (\d\.\d)%", measured)[:2])
    assert max(false_aimed, false_drawn) <= 100 * MOST_FALSE_CALLS
    assert float(re.findall(r"found in ([\d.]+)%", measured)[0]) >= 100 * LEAST_POWER
