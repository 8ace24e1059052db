"""How far a share may be off by chance alone."""

from math import sqrt

Z_95 = 1.959963984540054


def wilson(successes: float, of: int, z: float = Z_95) -> tuple[float, float]:
    """Lower and upper end of the Wilson score interval for a share; (0, 1) when nothing was observed.

    Chosen because it keeps its promised coverage for small numbers and shares near 0 or 1, where the textbook
    interval fails, and never leaves [0, 1]: Brown, Cai and DasGupta, "Interval Estimation for a Binomial
    Proportion", Statistical Science 16 (2001) 101–133. Shares of fractional credit are taken as they are.
    """
    if of <= 0:
        return 0.0, 1.0
    share = min(max(successes / of, 0.0), 1.0)
    center = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, min(center - half, share)), min(1.0, max(center + half, share))
