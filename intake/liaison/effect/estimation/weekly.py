"""Weekly referrals around the first contact, of those contacted and of their lookalikes."""

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
    sets: dict[int, tuple[list[list[int]], list[list[int]]]] = {}
    for each, group in comparison.matched:
        if id(group) not in sets:
            some = group[:: 1 + len(group) // MOST_BESIDE]
            sets[id(group)] = [_weekly(one, _free_until(one, observed)) for one in some], []
        sets[id(group)][1].append(_weekly(each, observed.end))
    found = []
    for place, week in enumerate(range(-WEEKS, WEEKS)):
        referrers, came, alike = 0, 0, 0.0
        for some_weeks, several in sets.values():
            over = [counts[place] for counts in several if place < len(counts)]
            beside = [counts[place] for counts in some_weeks if place < len(counts)]
            if over and beside:
                referrers += len(over)
                came += sum(over)
                alike += len(over) * sum(beside) / len(beside)
        if referrers:
            found.append(EffectWeek(week, referrers, 100 * came / referrers, 100 * alike / referrers))
    return found


def _weekly(one: Contacted | Lookalike, end: int) -> list[int]:
    """Counts of the weeks around `on` that are over before `end`, from the first."""
    weeks = range(-WEEKS, min(WEEKS, (end - one.on) // 7) + 1)
    return one.referrer.history.between(one.on + 7 * week for week in weeks)


def _free_until(one: Lookalike, observed: Observed) -> int:
    contacted = one.referrer.contacted_on
    return observed.end if contacted is None else min(contacted, observed.end)
