"""Physicians who send fewer patients than they did, or none any more; and how many of those are only luck."""

from intake.attribution.statistics.counts import SURE
from intake.attribution.statistics.tails import binomial_at_most

FEWEST_TO_LAPSE = 3


def declining_p(recent: int, earlier: int, *, exposure_recent: float = 1.0, exposure_earlier: float = 1.0) -> float:
    """How likely luck alone gives so few recently, given both counts together; 1 when there is nothing to compare.

    One-sided exact conditional test of two Poisson counts: Przyborowski and Wilenski, Biometrika 31 (1940) 313–323.
    """
    if exposure_recent <= 0 or exposure_earlier <= 0 or not recent + earlier:
        return 1.0
    return binomial_at_most(recent, recent + earlier, exposure_recent / (exposure_recent + exposure_earlier))


def false_alarm(both: int, *, exposure_recent: float = 1.0, exposure_earlier: float = 1.0) -> float:
    """How likely somebody with that many in both spans together is called declining though nothing changed.

    Counts come in whole numbers, so it is below 5%, and 0 for a handful. Added over a list it is the number of false
    alarms to expect among its "declining".
    """
    if exposure_recent <= 0 or exposure_earlier <= 0 or both <= 0:
        return 0.0
    share = exposure_recent / (exposure_recent + exposure_earlier)
    likely = 0.0
    for recent in range(both + 1):
        tail = binomial_at_most(recent, both, share)
        if tail >= SURE:
            break
        likely = tail
    return likely


def silence_p(referrals: int, *, observed_days: float, silent_days: float) -> float:
    """How likely nobody comes for so many days from one who sent `referrals` in the days before, nothing changed.

    (D / (D + t)) ** n: given n referrals in D + t days at one steady rate, each falls into the first D days with
    that share, independently (the conditional test of Przyborowski and Wilenski, 1940, with none at the end).
    """
    if silent_days <= 0 or referrals <= 0:
        return 1.0
    if observed_days <= 0:
        return 0.0
    return float((observed_days / (observed_days + silent_days)) ** referrals)


def expected_missed(referrals: int, *, observed_days: float, silent_days: float, arrived: int = 0) -> float:
    """How many more would have come meanwhile at the rate from before; never below 0."""
    if observed_days <= 0:
        return 0.0
    return max(0.0, referrals / observed_days * max(silent_days, 0.0) - arrived)
