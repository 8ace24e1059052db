"""Problems of a schedule file, in words that a person at the front desk can act on."""

from collections.abc import Sequence
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
        return {"row": self.row, "column": self.column or None, "found": plain(self.found), "expected": self.expected}

    def as_note(self) -> dict[str, str | int | None]:
        """The same for what is taken all the same: `note` says how."""
        return {"row": self.row, "column": self.column or None, "found": plain(self.found), "note": self.expected}


@dataclass(frozen=True)
class LeftOut:
    """A row that is nobody's visit, and why."""

    row: int
    reason: str

    def as_json(self) -> dict[str, str | int | None]:
        return {"row": self.row, "reason": self.reason}


@dataclass(frozen=True)
class Question:
    """What only a person can say about a file: until one of `choices` is given, nothing of it is imported.

    `row` is the first of `rows`, None for a question about the file as a whole.
    """

    about: str
    found: str
    choices: tuple[str, ...]
    rows: tuple[int, ...] = ()

    @property
    def row(self) -> int | None:
        return self.rows[0] if self.rows else None

    @property
    def key(self) -> str:
        """What an answer is kept under: the same question about a later file has the same key."""
        return question_key(self.about, self.found)

    def as_json(self) -> dict[str, str | int | list[str] | None]:
        return {"row": self.row, "about": self.about, "found": self.found, "choices": list(self.choices)}


def question_key(about: str, found: str) -> str:
    return f"{about}: {' '.join(found.split())}".casefold()


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


def plain(found: str) -> str:
    """What was found as it stands in the file: without our quotation marks, empty for nothing."""
    if found == "nothing":
        return ""
    return found[1:-1] if found[:1] == "“" and found[-1:] == "”" else found


def rows_in_words(rows: Sequence[int]) -> str:
    """`row 7`, or `rows 7, 9 and 12`; a long list by its beginning."""
    if len(rows) == 1:
        return f"row {rows[0]}"
    shown = [str(row) for row in rows[:12]]
    if len(rows) > len(shown):
        return f"rows {', '.join(shown)} and {len(rows) - len(shown):,} more"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"
