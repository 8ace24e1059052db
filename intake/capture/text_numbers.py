"""Numbers people text back: '3', '1 and 3', '2.', '#4', 'uno', '1️⃣ y 2'. Anything else is words to read."""

import re

from intake.sms.wishes import plain_form

LONGEST = 60
_WORDS = {
    **{
        word: number
        for number, word in enumerate(
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        )
    },
    **{
        word: number
        for number, word in enumerate(
            ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"]
        )
    },
    "eleven": 11,
    "twelve": 12,
    "once": 11,
    "doce": 12,
    "una": 1,
}
_BETWEEN = frozenset(
    [
        "and",
        "y",
        "e",
        "plus",
        "also",
        "tambien",
        "both",
        "ambos",
        "the",
        "number",
        "numbers",
        "numero",
        "numeros",
        "no",
        "option",
        "options",
        "opcion",
        "opciones",
        "choice",
        "choices",
        "answer",
        "respuesta",
        "es",
        "its",
        "it",
        "is",
        "la",
        "el",
        "las",
        "los",
        "mas",
        "con",
    ]
)
_DIGITS = re.compile(r"\d{1,4}")


def numbers_in(body: str) -> list[int] | None:
    """The numbers of a reply that consists of numbers, in order and each once; None when it says anything more."""
    if len(body) > LONGEST:
        return None
    found: list[int] = []
    # A keycap emoji is a digit and two marks; NFKD leaves the digit.
    for word in plain_form(body.replace("\ufe0f", "").replace("\u20e3", " ")).split():
        if _DIGITS.fullmatch(word):
            found.append(int(word))
        elif word in _WORDS:
            found.append(_WORDS[word])
        elif word not in _BETWEEN:
            return None
    return list(dict.fromkeys(found)) or None
