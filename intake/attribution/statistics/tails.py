"""Tail probabilities and quantiles of the binomial, Poisson and chi-square distributions.

All three are incomplete beta or gamma integrals, computed by series and by Lentz's continued fractions as in Press,
Teukolsky, Vetterling and Flannery, "Numerical Recipes", 3rd ed. (2007), sections 6.2 and 6.4. Quantiles are found by
Newton steps that never leave a bracket, so they end however odd the numbers are.
"""

from collections.abc import Callable
from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

_TINY = 1e-300
_CLOSE = 1e-15
_STEPS = 10_000
# Beyond so many deviations from its mean no binomial has a chance worth counting.
_DEVIATIONS = 11
# … and so many counts further off where it leans to one side.
_SKEW = 40


def normal_quantile(probability: float) -> float:
    """The standard normal value below which this probability lies."""
    return NormalDist().inv_cdf(probability)


def binomial_at_most(count: int, of: int, share: float) -> float:
    """P(X ≤ count) for X binomial."""
    if count < 0:
        return 0.0
    return 1.0 if count >= of else beta_below(of - count, count + 1, 1.0 - share)


def binomial_at_least(count: int, of: int, share: float) -> float:
    """P(X ≥ count) for X binomial."""
    if count <= 0:
        return 1.0
    return 0.0 if count > of else beta_below(count, of - count + 1, share)


def binomial_rare(of: int, share: float, chance: float) -> tuple[int, float]:
    """The largest count with P(X ≤ count) < `chance` for X binomial, and that probability; −1 and 0 when none has.

    Added up term by term from where terms are too small to matter, so that the region costs no more than one tail.
    """
    if not 0 < share < 1:
        return -1, 0.0
    count = max(0, int(of * share - _DEVIATIONS * sqrt(of * share * (1 - share))) - _SKEW)
    term = exp(_log_binomial(of, count) + count * log(share) + (of - count) * log1p(-share))
    below, ratio = 0.0, share / (1 - share)
    while below + term < chance and count <= of:
        below += term
        term *= ratio * (of - count) / (count + 1)
        count += 1
    return count - 1, below


def _log_binomial(of: int, count: int) -> float:
    return lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)


def beta_below(a: float, b: float, x: float) -> float:
    """P(B ≤ x) for B beta distributed: the regularized incomplete beta function."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges fast on the side of the mean where the tail is.
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b


def beta_quantile(a: float, b: float, probability: float) -> float:
    """The x with P(B ≤ x) = probability."""
    constant = lgamma(a + b) - lgamma(a) - lgamma(b)

    def density(x: float) -> float:
        return exp(constant + (a - 1) * log(x) + (b - 1) * log1p(-x))

    mean = a / (a + b)
    near = mean + normal_quantile(probability) * sqrt(mean * (1 - mean) / (a + b + 1))
    start = near if 0 < near < 1 else mean / 2 if near <= 0 else (1 + mean) / 2
    return _solved(lambda x: beta_below(a, b, x), density, probability, low=0.0, high=1.0, start=start)


def gamma_below(shape: float, x: float) -> float:
    """P(G ≤ x) for G gamma distributed with scale 1: the regularized lower incomplete gamma function."""
    if x <= 0:
        return 0.0
    return _gamma_series(shape, x) if x < shape + 1 else 1.0 - _gamma_fraction(shape, x)


def gamma_quantile(shape: float, probability: float) -> float:
    """The x with P(G ≤ x) = probability."""

    def density(x: float) -> float:
        return exp((shape - 1) * log(x) - x - lgamma(shape))

    high = shape + 40 * sqrt(shape) + 40
    near = shape + normal_quantile(probability) * sqrt(shape)
    start = near if near > 0 else shape / 2
    return _solved(lambda x: gamma_below(shape, x), density, probability, low=0.0, high=high, start=start)


def chi_square_above(value: float, degrees: int) -> float:
    """P(X ≥ value) for X chi-square distributed."""
    if value <= 0:
        return 1.0
    shape, x = degrees / 2, value / 2
    return 1.0 - _gamma_series(shape, x) if x < shape + 1 else _gamma_fraction(shape, x)


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return value


def _gamma_series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for n in range(1, _STEPS):
        term *= x / (shape + n)
        total += term
        if term < total * _CLOSE:
            break
    return total * exp(shape * log(x) - x - lgamma(shape))


def _gamma_fraction(shape: float, x: float) -> float:
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / _away_from_zero(b)
    value = d
    for n in range(1, _STEPS):
        term = -n * (n - shape)
        b += 2.0
        d = 1.0 / _away_from_zero(term * d + b)
        c = _away_from_zero(b + term / c)
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return value * exp(shape * log(x) - x - lgamma(shape))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _solved(
    below: Callable[[float], float],
    density: Callable[[float], float],
    probability: float,
    *,
    low: float,
    high: float,
    start: float,
) -> float:
    x = start
    for _ in range(200):
        error = below(x) - probability
        low, high = (low, x) if error > 0 else (x, high)
        slope = density(x)
        following = x - error / slope if slope > 0 else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= 1e-10 * max(following, 1e-12):
            return following
        x = following
    return x
