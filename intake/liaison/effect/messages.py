"""What the page says of an effect, in plain words."""

from math import inf

from intake.liaison.effect.estimation.conclusion import Conclusion
from intake.liaison.effect.estimation.estimates import EffectVerdict, JudgedEffect
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW

VERDICTS = {
    EffectVerdict.MORE: "more than would have come anyway",
    EffectVerdict.FEWER: "fewer than would have come anyway",
    EffectVerdict.NO_CLEAR_EFFECT: "no clear effect",
    EffectVerdict.TOO_FEW: "too few to tell",
}


def anyway(judged: JudgedEffect) -> str:
    """What would have come anyway: 'about 540'; a dash where too few tell it, or nothing is expected."""
    expected = judged.estimate.expected
    return f"about {expected:,.0f}" if expected >= 1 and judged.verdict != EffectVerdict.TOO_FEW else "–"


def anyway_span(judged: JudgedEffect) -> str:
    """'498 to 584', or 'at least 12'."""
    low, high = judged.expected_span
    return f"at least {low:,.0f}" if high == inf else f"{low:,.0f} to {high:,.0f}"


def ratio_span(judged: JudgedEffect) -> str:
    """'+18% to +43%', as the change against what would have come anyway."""
    low, high = judged.low - 1, judged.high - 1
    return f"{low:+.0%} or more" if high == inf else f"{low:+.0%} to {high:+.0%}".replace("-", "−")


def headline(found: Conclusion) -> str:
    """The answer in a sentence or two."""
    main = found.main
    if not main.estimate.referrers:
        return "It can’t be told yet: nobody’s contact can be set beside others."
    if main.verdict == EffectVerdict.TOO_FEW:
        return (
            f"It can’t be told yet: {main.estimate.referrers:,} referrers, who sent {main.estimate.observed:,} new"
            f" patients in the {MAIN_WINDOW} days after contact, are too few. It can be as more are contacted."
        )
    sent = (
        f"In the {MAIN_WINDOW} days after contact {main.estimate.referrers:,} referrers sent"
        f" {main.estimate.observed:,} new patients; {anyway(main)} would have come anyway."
    )
    if main.verdict == EffectVerdict.MORE:
        return f"It helped. {sent} That is more than luck."
    if main.verdict == EffectVerdict.FEWER:
        return f"It didn’t help. {sent} That is fewer, and not by luck."
    return f"No clear effect. {sent} An effect of {main.high - 1:+.0%} or more would have been seen."


def how_known(found: Conclusion) -> str:
    """How the comparison was made."""
    if found.by_lot:
        return (
            "The order of rounds was drawn by lot, so those drawn first are set beside those drawn later. Nothing but"
            " chance tells them apart."
        )
    return (
        "They are set beside referrers not yet contacted who looked alike in the twelve months before. Whoever chose"
        " whom to contact may have known more than the counts show; only a drawn order settles that."
    )


def next_step(found: Conclusion) -> str:
    """What would make it surer; empty where nothing is needed."""
    if found.by_lot:
        return ""
    return (
        "Let My day propose the rounds: among targets that are equally due it draws the order, which costs nothing and"
        f" is the only clean proof. {found.drawn} drawn so far."
    )


def naive_warning(found: Conclusion) -> str:
    """Why the simple comparison isn't shown as the answer."""
    before, after = found.before_and_after
    if not before:
        return ""
    change = f"{after / before - 1:+.0%}".replace("-", "−")
    return (
        f"Setting the 90 days after beside the 90 days before would say {change}. Don’t: whoever is visited because few"
        " came lately sends more afterwards by luck alone, and whoever is visited because many came sends fewer."
    )
