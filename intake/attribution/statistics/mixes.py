"""Whether answers differ by who asks, or by which option stood first."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb

from intake.attribution.statistics.counts import SURE
from intake.attribution.statistics.tails import chi_square_above

# Cochran: no expected count below 1, and no more than a fifth of them below 5.
LEAST_EXPECTED = 1.0
USUAL_EXPECTED = 5.0
MOST_BELOW_USUAL = 0.2


class Method(StrEnum):
    CHI_SQUARE = "chi-square"
    EXACT = "exact"
    TOO_FEW = "too-few"


@dataclass(frozen=True)
class Mix:
    """Outcome of a comparison. `p` is None when there was too little to compare.

    `kept` are the columns that were compared each for itself; the rest were counted together as one more column.
    """

    method: Method
    p: float | None
    statistic: float | None = None
    degrees: int | None = None
    kept: tuple[int, ...] = ()

    @property
    def differs(self) -> bool:
        return self.p is not None and self.p < SURE


def compare_mixes(table: Sequence[Sequence[int]]) -> Mix:
    """Whether the rows (ways of asking) give different mixes over the columns (sources).

    Pearson's chi-square, with the rarest columns counted together until Cochran's rule for expected counts holds
    (Cochran, "Some Methods for Strengthening the Common χ² Tests", Biometrics 10 (1954) 417–451). A two-by-two
    table too small for that is compared by Fisher's exact test ("Statistical Methods for Research Workers", 5th
    ed., 1934, § 21.02). Nothing is drawn at random, so the same table always says the same.
    """
    rows = [list(row) for row in table if sum(row)]
    columns = [place for place in range(len(table[0]) if table else 0) if sum(row[place] for row in rows)]
    if len(rows) < 2 or len(columns) < 2:
        return Mix(Method.TOO_FEW, None)
    by_size = sorted(columns, key=lambda place: (-sum(row[place] for row in rows), place))
    for kept in range(len(by_size), 0, -1):
        # Pooling one column alone would change nothing.
        rest = by_size[kept:]
        if len(rest) == 1 or kept + bool(rest) < 2:
            continue
        pooled = [
            [row[place] for place in by_size[:kept]] + ([sum(row[x] for x in rest)] if rest else []) for row in rows
        ]
        if _holds_cochran(pooled):
            statistic, degrees = _chi_square(pooled)
            p = chi_square_above(statistic, degrees)
            return Mix(Method.CHI_SQUARE, p, statistic, degrees, tuple(sorted(by_size[:kept])))
    if len(rows) == 2:
        first = by_size[0]
        a, c = rows[0][first], rows[1][first]
        return Mix(Method.EXACT, fisher_exact(a, sum(rows[0]) - a, c, sum(rows[1]) - c), kept=(first,))
    return Mix(Method.TOO_FEW, None)


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of a two-by-two table: every table with the same margins that is no likelier than this one.

    Fisher, "Statistical Methods for Research Workers", 5th ed. (1934), § 21.02.
    """
    first, second, column = a + b, c + d, a + c
    every = comb(first + second, column)
    # Whole numbers, so that equally likely tables are equally likely.
    ways = [comb(first, x) * comb(second, column - x) for x in range(max(0, column - second), min(first, column) + 1)]
    seen = comb(first, a) * comb(second, c)
    return sum(way for way in ways if way <= seen) / every


def compare_with_expected(observed: Sequence[int], expected: Sequence[float]) -> Mix:
    """Whether counts follow what was to be expected of them: say, how often the option at each position was chosen,
    beside how often the options standing there are chosen wherever they stand.

    Pearson's chi-square (Philosophical Magazine 50 (1900) 157–175), neighbours counted together until Cochran's rule
    (1954) holds. `expected` is scaled to the same sum.
    """
    scale = sum(observed) / sum(expected) if sum(expected) > 0 else 0.0
    pairs = [(seen, mean * scale) for seen, mean in zip(observed, expected, strict=True) if seen or mean]
    while len(pairs) > 1 and not _enough(sorted(mean for _, mean in pairs)):
        place = min(range(len(pairs)), key=lambda each: pairs[each][1])
        beside = place - 1 if place else 1
        low, high = sorted((place, beside))
        pairs[low : high + 1] = [(pairs[low][0] + pairs[high][0], pairs[low][1] + pairs[high][1])]
    if len(pairs) < 2 or any(mean <= 0 for _, mean in pairs):
        return Mix(Method.TOO_FEW, None)
    statistic = sum((seen - mean) ** 2 / mean for seen, mean in pairs)
    degrees = len(pairs) - 1
    return Mix(Method.CHI_SQUARE, chi_square_above(statistic, degrees), statistic, degrees)


def _holds_cochran(table: list[list[int]]) -> bool:
    return _enough([each for row in _expected(table) for each in row])


def _enough(expected: Sequence[float]) -> bool:
    below = sum(1 for each in expected if each < USUAL_EXPECTED)
    return min(expected) >= LEAST_EXPECTED and below <= MOST_BELOW_USUAL * len(expected)


def _expected(table: list[list[int]]) -> list[list[float]]:
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    total = sum(rows)
    return [[row * column / total for column in columns] for row in rows]


def _chi_square(table: list[list[int]]) -> tuple[float, int]:
    statistic = sum(
        (seen - mean) ** 2 / mean
        for row, means in zip(table, _expected(table), strict=True)
        for seen, mean in zip(row, means, strict=True)
    )
    return statistic, (len(table) - 1) * (len(table[0]) - 1)
