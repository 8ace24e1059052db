"""Keyboard shortcuts of the sources: digits for the first ten, - for something else, then a letter of the name."""

from collections.abc import Sequence

from intake.directory.sources.records import OTHER_CODE
from intake.survey.question.choices import SourceChoice

# Keys with a meaning of their own on the desk: arrived, correct, don't remember, up and down, in more words, accept the
# call, personal link, rather not say, tablet, undo, walk-in, text.
RESERVED = frozenset("acdjkmpqrtuwx")
DIGITS = "123456789"
TENTH, REST = "0", "-"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def keys_for(choices: Sequence[SourceChoice]) -> dict[int, str]:
    """Source id → key, in the practice's order, counted again from 1 below a parent; absent once the keys run out."""
    keys = {}
    taken = set(RESERVED)
    for position, choice in enumerate(choices):
        key = DIGITS[position] if position < len(DIGITS) else _guessable_key(choice, taken)
        keys[choice.source_id] = key
        taken.add(key)
        keys.update({child.source_id: digit for child, digit in zip(choice.children, DIGITS, strict=False)})
    return {source_id: key for source_id, key in keys.items() if key}


def _guessable_key(choice: SourceChoice, taken: set[str]) -> str:
    """Return 0 for the tenth, - for "something else", else the first free letter of the label, or any that is left."""
    if choice.code == OTHER_CODE and REST not in taken:
        return REST
    if TENTH not in taken:
        return TENTH
    candidates = [letter for letter in choice.label.casefold() if letter in LETTERS] + list(LETTERS)
    return next((letter for letter in candidates if letter not in taken), "")
