"""Locations that rows name: this one, another of the practice's, or one that nobody knows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from intake.directory.schedule.file.import_errors import Question, question_key, quoted, rows_in_words

LOCATION_NAME = "location name"
LEAVE_OUT = "leave them out"


@dataclass(frozen=True)
class Places:
    """Names and codes, casefolded: of the location that a file is read for, called `name`, and of the others.

    Without a name nothing is known of locations at all.
    """

    name: str = ""
    own: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    def may_be_other(self, text: str) -> bool:
        """Whether another location's name stands in a text, as in “Lakeside Vein - Northgate Office”."""
        return _names(text, self.others)

    def is_own(self, text: str) -> bool:
        return text.casefold() not in self.others and _names(text, self.own)


def _names(text: str, places: Collection[str]) -> bool:
    said = f" {text.casefold()} "
    return text.casefold() in places or any(len(each) > 3 and f" {each} " in said for each in places)


@dataclass
class NamedPlaces:
    """What the rows of a file name, while they are read."""

    own_rows: int = 0
    unknown: dict[str, list[int]] = field(default_factory=dict)

    def ask(self, places: Places, answers: Mapping[str, str]) -> tuple[list[Question], list[str], set[int]]:
        """Questions, notes, and the rows that somebody said belong elsewhere.

        A name that nobody knows is asked about where no row names this location; with one location there is no doubt.
        """
        questions, notes, out = [], [], set[int]()
        for text, rows in self.unknown.items():
            answer = answers.get(question_key(LOCATION_NAME, text))
            if answer == LEAVE_OUT:
                out.update(rows)
            elif answer == places.name or not places.others:
                continue
            elif self.own_rows and not places.may_be_other(text):
                notes.append(
                    f"{quoted(text)} in {rows_in_words(rows)} is no location that Intake knows; "
                    f"taken for {places.name}."
                )
            else:
                questions.append(Question(LOCATION_NAME, text, (places.name, LEAVE_OUT), tuple(rows)))
        return questions, notes, out
