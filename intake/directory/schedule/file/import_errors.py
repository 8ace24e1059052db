"""Problems of a schedule file, in words that a person at the front desk can act on."""

from dataclasses import dataclass

LONGEST_QUOTE = 60


@dataclass(frozen=True)
class ImportProblem:
    """One problem: row and column as they stand in the sheet, what is there, and what was expected."""

    row: int | None
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"row {self.row}" if self.row else "", self.column) if part)
        sentence = f"found {self.found}; expected {self.expected}."
        return f"{place[0].upper()}{place[1:]}: {sentence}" if place else f"{sentence[0].upper()}{sentence[1:]}"

    def as_json(self) -> dict[str, str | int | None]:
        return {"row": self.row, "column": self.column or None, "found": self.found, "expected": self.expected}


class UnreadableFile(Exception):
    """The file is no table that could be a schedule; `problem` says what it is instead and what to do."""

    def __init__(self, found: str, expected: str, row: int | None = None) -> None:
        self.problem = ImportProblem(row, "", found, expected)
        super().__init__(str(self.problem))


def quoted(text: str) -> str:
    """Put a text in quotation marks; a long one by its beginning and its length."""
    text = text.strip()
    if not text:
        return "nothing"
    shown = "".join(letter if letter.isprintable() else "·" for letter in text[:LONGEST_QUOTE])
    return f"“{shown}”" if len(text) <= LONGEST_QUOTE else f"“{shown}…” ({len(text):,} characters)"
