"""Whether somebody may be in danger, looked for in every text whatever else it says. When in doubt, they are.

Wrong about "my friend had a heart attack last year and Dr. X treated her" costs a line about 911; wrong about chest
pain costs more. So only what is plainly told of the past, of others' trade or as a figure of speech is left out.
"""

import re
from enum import StrEnum
from functools import cache

from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY
from intake.survey.text_kind.reply_words import elsewhere, phrases, phrases_at_end, plain_form, sentences

# What people in a hurry misspell; "cheast pian" is read as what it is.
_KEYS = (
    *(
        "chest",
        "pain",
        "pains",
        "breathe",
        "breath",
        "breathing",
        "attack",
        "stroke",
        "bleeding",
        "suicide",
        "suicidal",
    ),
    *("ambulance", "overdose", "overdosed", "emergency", "unconscious", "seizure", "fainted", "collapsed", "myself"),
    *("pecho", "respirar", "infarto", "ambulancia", "sangrando", "emergencia"),
)
_SHORTEST_RESPELLED = 5
_RESPELLED = {
    "hart attack": "heart attack",
    "hart attck": "heart attack",
    "pian": "pain",
    "breth": "breath",
    "brethe": "breathe",
}
_CLOSE_BEFORE = 60
# What machines and careful people say for the case that: nobody's emergency.
_ONLY_IF = re.compile(r"^(?:\w+ ){0,3}?(?:if|for|in case of|si|en caso de)\b.{0,40}\b(?:emergenc|urgent|911|urgencia)")
_ONGOING = re.compile(r"\b(?:now|still|again|today|tonight|having|keeps|ahora|ahorita|estoy|tengo)\b")


class Danger(StrEnum):
    """`SELF_HARM` is told of 988 as well."""

    MEDICAL = "medical"
    SELF_HARM = "self_harm"


def danger_in(text: str) -> Danger | None:
    """The danger that a text speaks of as present, or None. Linear in the length of the text."""
    plain = plain_form(text)
    found = None
    for sentence in sentences(text):
        said = _respelled(plain_form(sentence))
        if _ONLY_IF.search(said):
            continue
        if _is_present("self_harm", said, plain):
            return Danger.SELF_HARM
        if _is_present("emergency", said, plain):
            found = Danger.MEDICAL
    return found


def _is_present(kind: str, sentence: str, whole: str) -> bool:
    spaced, within = elsewhere(kind)
    if any(entry in sentence for entry in within):
        return True
    literal = phrases("figurative").sub(lambda match: " " * len(match.group()), sentence)
    return any(
        _stands(match, literal, whole, kind)
        for pattern in (phrases(kind), spaced)
        for match in pattern.finditer(literal)
    )


def _stands(match: re.Match[str], sentence: str, whole: str, kind: str) -> bool:
    before, after = sentence[: match.start()].rstrip(), sentence[match.end() :].lstrip()
    if _ends_with("negated", before):
        return False
    if phrases("acute").search(whole):
        return True
    if phrases("not_emergency_after").match(after) or _ends_with("not_emergency_before", before):
        return False
    if kind == "self_harm":
        return not (phrases("past_time").search(sentence) and phrases("sent_by").search(sentence))
    return not _is_told_of_the_past(match.group(), before, after, sentence, whole)


def _is_told_of_the_past(said: str, before: str, after: str, sentence: str, whole: str) -> bool:
    """It is over where the time is given, or where it is why somebody sent them; never where it goes on."""
    around = f"{before} {after}"
    sent = phrases("sent_by").search(around) is not None
    if phrases("past_time").search(around) and not re.search(r"\b(?:now|again|ahora)\b", around):
        return True
    if sent and _ends_with("for_it", before):
        return True
    if _ONGOING.search(f"{around} {said}") or re.search(r"\b(?:cant|wont|cannot|no puedo)\b", said):
        return False
    past = phrases("past").search(f"{around} {said}") is not None
    if past and (sent or phrases("sent_by").search(whole.replace(sentence, " "))):
        return True
    # "My neighbor who had a blood clot" tells of the neighbor.
    return re.search(r"\b(?:who (?:had|has|survived)|whose|que (?:tuvo|tenia))(?: \w+){0,2}$", before) is not None


def _ends_with(name: str, before: str) -> bool:
    """Whether what stands right before a sign ends in one of these."""
    return phrases_at_end(name).search(before[-_CLOSE_BEFORE:]) is not None


def _respelled(plain: str) -> str:
    words = [_key(word) for word in plain.split()]
    said = " ".join(words)
    for wrong, right in _RESPELLED.items():
        said = re.sub(rf"\b{wrong}\b", right, said)
    return said


def _key(word: str) -> str:
    if len(word) < _SHORTEST_RESPELLED or word in ORDINARY or word in FIRST_NAMES or word in _known():
        return word
    return next(
        (key for key in _KEYS if abs(len(key) - len(word)) <= 1 and word[0] == key[0] and _one_slip(word, key)), word
    )


@cache
def _known() -> frozenset[str]:
    """The words of the signs themselves, which are no misspellings of each other."""
    written = " ".join(phrases(kind).pattern for kind in ("emergency", "self_harm", "figurative", "sent_by", "past"))
    return frozenset(re.findall(r"[a-z]+", written))


def _one_slip(word: str, key: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two have changed places."""
    if word == key:
        return True
    start = next(
        (at for at, (one, other) in enumerate(zip(word, key, strict=False)) if one != other), min(len(word), len(key))
    )
    one, other = word[start:], key[start:]
    if len(one) == len(other):
        return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return longer[1:] == shorter
