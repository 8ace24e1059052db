"""Figures compared with what they should be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# So many wrong figures are kept to be told; all are counted and repaired.
MOST_KEPT = 1_000


@dataclass(frozen=True)
class WrongFigure:
    """One sum that is not what it should be. `key` holds the columns that its row is found by."""

    table: str
    key: Mapping[str, Any]
    column: str
    stands: int
    should_stand: int


@dataclass
class TableComparison:
    """How many figures were compared, how many are wrong, and the first of these."""

    figures: int = 0
    wrong_figures: int = 0
    wrong: list[WrongFigure] = field(default_factory=list)

    def note(self, figure: WrongFigure) -> None:
        """Count a wrong figure."""
        self.wrong_figures += 1
        if len(self.wrong) < MOST_KEPT:
            self.wrong.append(figure)

    def add(self, part: "TableComparison") -> None:
        """Take up what was found in another part."""
        self.figures += part.figures
        self.wrong_figures += part.wrong_figures
        self.wrong += part.wrong[: MOST_KEPT - len(self.wrong)]
