"""What can be wrong with a schedule file, told the way a person at the front desk can act on."""

from dataclasses import dataclass

LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Wrong:
    """One thing wrong: where (row and column as the person sees them in the sheet), what is there, what should be."""

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
    """The file is no table that could be a schedule; `wrong` says what it is instead and what to do."""

    def __init__(self, found: str, expected: str, row: int | None = None) -> None:
        self.wrong = Wrong(row, "", found, expected)
        super().__init__(str(self.wrong))


def quoted(text: str) -> str:
    """What was found, in quotation marks; a long text by its beginning and its length."""
    text = text.strip()
    if not text:
        return "nothing"
    shown = "".join(letter if letter.isprintable() else "·" for letter in text[:LONGEST_QUOTE])
    return f"“{shown}”" if len(text) <= LONGEST_QUOTE else f"“{shown}…” ({len(text):,} characters)"
