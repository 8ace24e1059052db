"""Whether somebody may be in danger, looked for in every text whatever else it says. When in doubt, they are.

Wrong about "my friend had a heart attack last year and Dr. X treated her" costs a line about 911; wrong about chest
pain costs more. So only what is plainly told of the past, of others' trade or as a figure of speech is left out.
"""

import re
from enum import StrEnum

from intake.survey.text_kind.misspellings import respelled
from intake.survey.text_kind.reply_words import elsewhere, phrases, phrases_at_end, plain_form, sentences
from intake.survey.text_kind.symptoms import told_in

_CLOSE_BEFORE = 60
# What machines and careful people say for the case that: nobody's emergency.
_ONLY_IF = re.compile(r"^(?:\w+ ){0,3}?(?:if|for|in case of|si|en caso de)\b.{0,40}\b(?:emergenc|urgent|911|urgencia)")
_BUT = re.compile(r"\b(?:but|however|also|pero|tambien|ademas|sin embargo)\b")
_AND = re.compile(r"\b(?:and|y)\b")
_GOES_ON = re.compile(r"\b(?:now|again|back|ahora|otra vez|de nuevo)\b(?! in)")
_ONGOING = re.compile(
    r"\b(?:now|still|again|today|tonight|having|keeps|just (?:collapsed|fell|passed|fainted|had|got|took|went)"
    r"|start(?:ed|ing)|ahora|ahorita|estoy|tengo|acaba de|empez\w+)\b"
)
_PRESENT = re.compile(r"\b(?:cant|wont|cannot|no puedo|hurts|hurting|aches|aching|burns|duele|duelen|doliendo)\b")


class Danger(StrEnum):
    """`SELF_HARM` is told of 988 as well."""

    MEDICAL = "medical"
    SELF_HARM = "self_harm"


def danger_in(text: str, *, by_machine: bool = False) -> Danger | None:
    """The danger that a text speaks of as present, or None. Linear in the length of the text.

    `by_machine`: it reads as an auto-reply, in which "for emergencies call 911" is nobody's.
    """
    plain = respelled(plain_form(text))
    found = None
    for sentence in sentences(text):
        said = respelled(plain_form(sentence))
        if _ONLY_IF.search(said):
            continue
        if _is_present("self_harm", said, plain):
            return Danger.SELF_HARM
        if _is_present("emergency", said, plain) or (not by_machine and _is_present("called", said, plain)):
            found = Danger.MEDICAL
    return found


def wishes_to_die(text: str) -> bool:
    """Whether a text says so in plain words, in any language, and doesn't laugh."""
    plain = respelled(plain_form(text))
    spaced, within = elsewhere("self_harm")
    says_so = phrases("wishes_to_die").search(plain) or spaced.search(plain) or any(entry in plain for entry in within)
    return bool(says_so) and not (phrases("laughs").search(plain) or any(laugh in text for laugh in "😂🤣😆"))


def _is_present(kind: str, sentence: str, whole: str) -> bool:
    spaced, within = elsewhere(kind)
    if any(entry in sentence for entry in within):
        return True
    literal = phrases("figurative").sub(lambda match: " " * len(match.group()), sentence)
    if any(
        _stands(*match.span(), literal, whole, kind)
        for pattern in (phrases(kind), spaced)
        for match in pattern.finditer(literal)
    ):
        return True
    return kind == "emergency" and any(_stands(start, end, literal, whole, kind) for start, end in told_in(literal))


def _stands(start: int, end: int, sentence: str, whole: str, kind: str) -> bool:
    before, after = sentence[:start].rstrip(), sentence[end:].lstrip()
    if _ends_with("negated", before):
        return False
    if phrases("acute").search(whole):
        return True
    if phrases("not_emergency_after").match(after) or _ends_with("not_emergency_before", _AND.split(before)[-1]):
        return False
    if kind == "self_harm":
        around = f"{before} {after}"
        return not (phrases("past_time").search(around) and not _GOES_ON.search(around))
    return not _is_told_of_the_past(sentence[start:end], before, after, sentence, whole)


def _is_told_of_the_past(said: str, before: str, after: str, sentence: str, whole: str) -> bool:
    """It is over where the time is given, or where it is why somebody sent them; never where it goes on."""
    around = f"{before} {after}"
    sent = phrases("sent_by").search(around) is not None
    if phrases("past_time").search(around) and not _GOES_ON.search(around):
        return True
    if sent and _ends_with("for_it", before):
        return True
    if _ONGOING.search(f"{around} {said}") or _PRESENT.search(said):
        return False
    past = phrases("past").search(f"{around} {said}") is not None
    if past and (sent or phrases("sent_by").search(whole.replace(sentence, " "))):
        return True
    # "My neighbor who had a blood clot" tells of the neighbor.
    return re.search(r"\b(?:who (?:had|has|survived)|whose|que (?:tuvo|tenia))(?: \w+){0,2}$", before) is not None


def _ends_with(name: str, before: str) -> bool:
    """Whether what stands right before a sign ends in one of these; "but" begins anew: "Google, but my chest hurts"."""
    return phrases_at_end(name).search(_BUT.split(before[-_CLOSE_BEFORE:])[-1]) is not None
