"""Keyboard shortcuts of the sources: digits for the first nine, then a letter of the name."""

from collections.abc import Sequence

from intake.survey.question.choices import SourceChoice

# Keys with a meaning of their own on the desk: arrived, don't remember, up and down, in more words, rather not say,
# tablet, undo, walk-in, personal link.
RESERVED = frozenset("adjkmrtuwq")
DIGITS = "123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def keys_for(choices: Sequence[SourceChoice]) -> dict[int, str]:
    """Source id → key, in the practice's order, counted again from 1 below a parent; absent once the keys run out."""
    keys = {}
    taken = set(RESERVED)
    for position, choice in enumerate(choices):
        keys[choice.source_id] = DIGITS[position] if position < len(DIGITS) else _free_letter(choice.label, taken)
        taken.add(keys[choice.source_id])
        keys.update({child.source_id: digit for child, digit in zip(choice.children, DIGITS, strict=False)})
    return {source_id: key for source_id, key in keys.items() if key}


def _free_letter(label: str, taken: set[str]) -> str:
    candidates = [letter for letter in label.casefold() if letter in LETTERS] + list(LETTERS)
    return next((letter for letter in candidates if letter not in taken), "")
