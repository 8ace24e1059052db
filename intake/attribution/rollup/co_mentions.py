"""What "any mention" counts twice, and takes back. Plain arithmetic; no database.

Under "any mention" a visit counts once for each thing it names. Sums of mentions count it twice where two of its
mentions fall into the same row: two campaigns under one channel, two physicians of one practice, twins that were
merged. Visits that name more than one thing are kept as their members, and each takes back all but one of what falls
into a row.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

JOINT = "."
KINDS = 4


class Points(IntEnum):
    """At whom a mention points, beside its source."""

    NOBODY = 0
    PHYSICIAN = 1
    PATIENT = 2
    # At a referring practice and no physician of it.
    PRACTICE = 3


@lru_cache(maxsize=65_536)
def source_members(members: str) -> tuple[tuple[int, Points], ...]:
    """The sources (0: none) that stand together in `members`, each with at whom it points."""
    pairs = (divmod(int(number), KINDS) for number in members.split(JOINT))
    return tuple((source, Points(points)) for source, points in pairs)


def person_members(members: str) -> tuple[int, ...]:
    """The physicians (or practices, below 0) or patients that stand together in `members`, once for each mention."""
    return tuple(int(number) for number in members.split(JOINT))


def counted_twice(
    together: Mapping[str, int], read: Callable[[str], Iterable[Any]], row_of: Callable[[Any], Hashable | None]
) -> Counter[Any]:
    """Row → visits counted more than once in it. `row_of` gives a member's row, None for one that has no part."""
    twice: Counter[Any] = Counter()
    for members, visits in together.items():
        if not visits:
            continue
        rows = [row for row in map(row_of, read(members)) if row is not None]
        # Most visits name things of different rows.
        if len(set(rows)) < len(rows):
            for row, times in Counter(rows).items():
                if times > 1:
                    twice[row] += (times - 1) * visits
    return twice
