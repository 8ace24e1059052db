"""Replies to "is it this one?": yes or no.

Only the words of the text count here; English and Spanish, whatever the case, accents and punctuation.
"""

import re

from intake.survey.spotting.lexicon import words
from intake.survey.text_kind.reply_words import plain_form, whole_texts

_WORD = re.compile(r"[^\s.,!;:–—-]+")
_LONGEST_NO = 4
_AGREED = re.compile(r"(?:thats|that is|it is|its|es) (?:him|her|it|the one|right|correct|ella|el|esa|ese|correcto)\b")
# Left when "no, it's Dr" says no name.
_POINTING = words(
    "no es ella el la her him it is its not that thats the one this else someone other doctor doctora dr dra another "
    "mi my esa ese un una a it was fue era otro otra sorry perdon"
)


def agrees(body: str, language: str) -> bool:
    """Return whether a reply means yes to "is it this one?"."""
    plain = plain_form(body)
    said = plain.split()
    first = bool(said) and said[0] in whole_texts("yes", language)
    return first or bool(_AGREED.match(plain)) or plain in whole_texts("yes", language) or "\U0001f44d" in body


def objection(body: str, language: str) -> str | None:
    """Return what follows a no to "is it this one?": another name, or ''. None when it isn't a no."""
    words_of_it = list(_WORD.finditer(body))
    said = [plain_form(word.group()) for word in words_of_it]
    no = next((count for count in range(min(_LONGEST_NO, len(said)), 0, -1) if _is_no(said[:count], language)), 0)
    if not no:
        return None
    rest = body[words_of_it[no].start() :].strip() if no < len(said) else ""
    return "" if set(plain_form(rest).split()) <= _POINTING else rest


def _is_no(said: list[str], language: str) -> bool:
    return " ".join(said) in whole_texts("no", language) | {"2"}
