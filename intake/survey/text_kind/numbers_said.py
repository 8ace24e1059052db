"""Numbers in replies: '3', '1 and 3', '#4 please', 'I think the second one', 'uno', '1️⃣ y 2', '2 - my sister'.

A number that counts something else is not a choice: "2 friends told me", "Dr Patel on 5th", "3 years ago".
"""

import re
from dataclasses import dataclass

from intake.survey.spotting.lexicon import words
from intake.survey.text_kind.reply_words import plain_form

LONGEST = 80
_WORDS = {
    word: number
    for row in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "_ first second third fourth fifth sixth seventh eighth ninth tenth",
        "_ 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th",
        "_ primera segunda tercera cuarta quinta sexta septima octava novena decima",
        "_ primero segundo tercero cuarto quinto sexto septimo octavo noveno decimo",
        "_ una",
    )
    for number, word in enumerate(row.split())
    if word != "_"
}
_LAST = frozenset(["last", "ultima", "ultimo"])
_POINTING = frozenset(word for word in _WORDS if word.endswith(("st", "nd", "rd", "th"))) | {"second", "third", *_LAST}
# What people put around a number without changing it.
_AROUND = words(
    """
    and y e plus also tambien both ambos the number numbers num numero numeros no option options opcion opciones choice
    choices answer answers respuesta es its it is la el las los mas con i id ill im my mi me we pick picked choose chose
    select selected go going with for would will say said think believe guess probably prolly maybe perhaps definitely
    pretty sure mostly mainly was were be that thats this please pls plz thanks thank thx ty you gracias por favor creo
    que pienso fue era seria tal vez quizas quiza escojo elijo escogi elegi digo contesto para hi hello hey hola ok okay
    yes si yeah yep good morning afternoon buenos buenas dias tardes noches sorry perdon sir maam dear hon honey
    senor senora senorita joven mija mijo oiga disculpe ponga pongale marque le lol haha jaja
    """
)
_DIGITS = re.compile(r"\d{1,4}")
# A choice at the beginning, and words about it: "2 - Linda", "1. Dr Patel", "opción 4 mi plan".
_LEADING = re.compile(
    r"\s*(?:(?:#|no\.|num\.?|number|n[uú]mero|option|opci[oó]n)\s*)?"
    r"(?P<number>\d{1,2})(?P<mark>[.):](?=\s|[^\W\d])|\s*[-–—,;=/&+](?=\s)|(?=\s))\s*(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_JOINING = re.compile(r"(?:and|y|e|plus|also|tambien|también|&|\+)\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_ITEM = re.compile(r"(?:^|\s)\d[.)](?:\s|$)")
_OTHER = re.compile(
    r"(?:none|neither|nothing|ningun[oa]?s?|nada|no es ningun[oa]?)"
    r"(?: (?:of|de|del|the|these|those|them|above|that|listed|here|on|list|options?|choices?|apply|applies|"
    r"est[aeo]s?|es[aeo]s?|las|los|la|lista|ell[ao]s|arriba|anterior(?:es)?|opciones|aqui))+"
    r"|(?:its |it was )?not (?:on|in) (?:the|your|this) list|no (?:esta|aparece) en la lista"
)
# After a bare number these tell that it counts something.
_COUNTED = words(
    """
    of de people persons person friend family different or o more other others separate gente am pm mile min minute
    hour day week month year block st nd rd th fm ave avenue street star great good new best old
    """
)


@dataclass(frozen=True)
class NumberedChoice:
    """A number at the head of a text with words after it; `joined`: the words name something beside it."""

    number: int
    rest: str
    joined: bool


def numbers_in(body: str, *, last: int = 0) -> list[int] | None:
    """Return the numbers of a reply that says nothing else, in order, each once; None when it says more.

    `last` is what "the last one" means; without it that is no number.
    """
    if len(body) > LONGEST:
        return None
    found: list[int] = []
    before = ""
    # A keycap emoji is a digit and two marks; NFKD leaves the digit.
    for word in plain_form(body.replace("\ufe0f", "").replace("\u20e3", " ")).split():
        # "The first one" is one choice, and "that one" none.
        pointed = word in ("one", "una", "uno") and (before in _POINTING or before in ("that", "this"))
        if _DIGITS.fullmatch(word):
            found.append(int(word))
        elif word in _LAST and last:
            found.append(last)
        elif word in _WORDS and not pointed:
            found.append(_WORDS[word])
        elif word not in _AROUND and not pointed:
            return None
        before = word
    return list(dict.fromkeys(found)) or None


def choice_in(body: str) -> NumberedChoice | None:
    """Return a leading number and the words after it; None when the number counts something, or there is none."""
    match = _LEADING.fullmatch(body.replace("\ufe0f", "").replace("\u20e3", " "))
    if match is None:
        return None
    rest, mark = match["rest"].strip(), match["mark"].strip()
    if _ITEM.search(rest):
        # "1. my doctor 2. my mom": a list of their own.
        return None
    joining = _JOINING.fullmatch(rest)
    if joining or mark in ("&", "+"):
        return NumberedChoice(int(match["number"]), joining["rest"] if joining else rest, joined=True)
    first = (plain_form(rest).split() or [""])[0]
    counts = first in _COUNTED or (len(first) > 3 and first.endswith("s") and not rest[:1].isupper())
    if not mark and counts:
        return None
    return NumberedChoice(int(match["number"]), rest, joined=False)


def wants_another_option(body: str) -> bool:
    """Return whether a reply means 'none of these'."""
    return _OTHER.fullmatch(plain_form(body)) is not None
