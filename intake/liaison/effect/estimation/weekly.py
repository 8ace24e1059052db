"""Weekly referrals around the first contact, of those contacted and of their lookalikes."""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.liaison.effect.estimation.lookalikes import Comparison, Contacted, Lookalike
from intake.liaison.effect.estimation.referrers import WEEKS, Observed

# So many lookalikes of each likeness are enough for a picture.
MOST_BESIDE = 30


@dataclass(frozen=True)
class EffectWeek:
    """Referrals per hundred referrers in a week; week 0 begins with the contact. `referrers` are those contacted."""

    week: int
    referrers: int
    contacted: float
    alike: float


def weeks_around(comparison: Comparison, observed: Observed) -> list[EffectWeek]:
    """From 26 weeks before the first contact to 26 after, as far as they are over; whoever has no lookalike is left
    out, and a lookalike counts up to their own contact.
    """
    sets: dict[int, tuple[Sequence[Lookalike], list[Contacted]]] = {}
    for each, group in comparison.matched:
        some: Sequence[Lookalike] = group[:: 1 + len(group) // MOST_BESIDE]
        sets.setdefault(id(group), (some, []))[1].append(each)
    found = []
    for week in range(-WEEKS, WEEKS):
        start, end = 7 * week, 7 * week + 7
        referrers, came, alike = 0, 0, 0.0
        for some, several in sets.values():
            over = [each for each in several if each.on + end <= observed.end]
            beside = [one for one in some if _is_free(one, one.on + end, observed)]
            if over and beside:
                referrers += len(over)
                came += sum(each.referrer.history.within(each.on + start, each.on + end) for each in over)
                theirs = sum(one.referrer.history.within(one.on + start, one.on + end) for one in beside)
                alike += len(over) * theirs / len(beside)
        if referrers:
            found.append(EffectWeek(week, referrers, 100 * came / referrers, 100 * alike / referrers))
    return found


def _is_free(one: Lookalike, until: int, observed: Observed) -> bool:
    contacted = one.referrer.contacted_on
    return until <= observed.end and (contacted is None or until <= contacted)
