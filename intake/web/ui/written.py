"""What somebody has written: text that can be seen, not only spaces and invisible characters."""

import unicodedata
from typing import Any

from wtforms.validators import InputRequired, StopValidation

# Within Persian and Hindi names and emoji, and beside words of two directions.
_JOINERS_AND_MARKS = frozenset("\u200c\u200d\u200e\u200f")


def is_blank(text: str) -> bool:
    """Return whether nothing of the text can be seen: spaces, joiners of no letters, nothing at all."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def is_unfit(text: str, *, lines: bool = False) -> bool:
    """Return whether a character in it breaks pages and files, turns around what stands beside it or means nothing.

    `lines`: several lines are fine. Other spaces than the usual one are, too: they come along when text is pasted.
    """
    return not all(
        letter.isprintable()
        or unicodedata.category(letter) == "Zs"
        or letter in _JOINERS_AND_MARKS
        or (lines and letter == "\n")
        for letter in text
    )


class Written(InputRequired):
    """Refuse a field that is empty, or has nothing that can be seen."""

    def __call__(self, form: Any, field: Any) -> None:
        super().__call__(form, field)
        if isinstance(field.data, str) and is_blank(field.data):
            field.errors[:] = []
            raise StopValidation(self.message)
