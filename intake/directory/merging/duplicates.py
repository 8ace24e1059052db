"""Likely duplicates: pairs of records of any kind that may be one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeVar

from intake.directory.merging.merge import Kind, Pair, known_apart, mapping

# A name that so many share says nothing; comparing all of them with each other would take minutes.
MOST_ALIKE = 60

Row = TypeVar("Row")


@dataclass(frozen=True)
class Alike:
    """Two records and why they may be one. `strength` orders what a page shows; it is no probability."""

    kind: Kind
    lower_id: int
    higher_id: int
    reasons: tuple[str, ...]
    strength: float

    @property
    def ids(self) -> Pair:
        return self.lower_id, self.higher_id


def still_open(kind: Kind, found: Iterable[Alike | None]) -> list[Alike]:
    """Pairs that are neither merged nor known to be two; each once, the likeliest first."""
    merged, apart = mapping(kind), known_apart(kind)
    best: dict[Pair, Alike] = {}
    for alike in found:
        # A merged record is compared as part of the one that was kept.
        if alike is None or alike.ids in apart or alike.lower_id == alike.higher_id:
            continue
        if alike.lower_id in merged or alike.higher_id in merged:
            continue
        if alike.ids not in best or best[alike.ids].strength < alike.strength:
            best[alike.ids] = alike
    return sorted(best.values(), key=lambda alike: (-alike.strength, alike.ids))


def pairs_sharing(rows: Iterable[Row], keys: Callable[[Row], Iterable[Any]]) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows that have a key in common; a key that too many share is passed over."""
    # Most keys are one row's alone: a list for each would be a million lists.
    alone: dict[Any, Row] = {}
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        for key in set(keys(row)):
            first = alone.setdefault(key, row)
            if first is not row:
                groups.setdefault(key, [first]).append(row)
    for group in groups.values():
        if len(group) <= MOST_ALIKE:
            yield from combinations(group, 2)
