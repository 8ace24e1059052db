"""What a text is by lists of words and by grammar: English and Spanish in full, other languages by their phrases.

An emergency is looked for in every text, whatever else it is. Then: what a machine wrote, a wish to be left alone, to
go on or for help; a wrong number or a death; an errand; a correction; and what is left may be an answer.
"""

import re
from collections.abc import Sequence

from intake.survey.text_kind.emergencies import danger_in
from intake.survey.text_kind.errands import is_errand
from intake.survey.text_kind.kinds import Judged, LastQuestion, TextKind
from intake.survey.text_kind.machine_texts import is_auto_reply, is_only_emoji, is_reaction
from intake.survey.text_kind.misspellings import respelled
from intake.survey.text_kind.numbers_said import numbers_in
from intake.survey.text_kind.opt_outs import (
    OptOut,
    Wish,
    is_wrong_number,
    may_be_a_name,
    opt_out_in,
    tells_of_a_death,
    wants_to_hear_again,
)
from intake.survey.text_kind.reply_words import (
    LONGEST_READ,
    bare,
    phrases,
    plain_form,
    said_elsewhere,
    sentences,
    whole_texts,
    word_set,
)

_STARRED = re.compile(r"\s*\*+\s*(?P<after>[^*\s][^*]*)|\s*(?P<before>[^*\s][^*]{0,60}?)\s*\*+\s*")
_INSTEAD = re.compile(
    r"\W*(?:not|no)\s+(?:es\s+)?(?:(?:the|el|la)\s+)?\d{1,2}\W+(?:but\s+|sino\s+|es\s+|it'?s\s+)?(?:(?:the|el|la)\s+)?"
    r"(?P<after>\d{1,2})\W*|\W*no(?:\W+no)+\W+(?:(?:the|el|la|it'?s|es)\s+)?(?P<instead>\d{1,2})\W*",
    re.IGNORECASE,
)
_NOT_THAT = re.compile(
    r"\W*(?P<before>\d{1,2})\W+(?:not|no)\s+\d{1,2}\W*|\W*\d{1,2}\s+no\s*[,.;]\s*(?P<after>\d{1,2})\W*", re.IGNORECASE
)
_ONLY_A_NUMBER = re.compile(r"\W*\d{1,2}\W*")
_DIGIT = re.compile(r"\d")
_SHORT_OBJECTION = 4
_LAST_LETTER = re.compile(r"[^\W_]\s*$")


def judge_by_rules(
    text: str,
    *,
    asked: LastQuestion = LastQuestion.QUESTION,
    language: str | None = None,
    sent: Sequence[str] = (),
) -> Judged:
    """What the rules alone take `text` for; arguments as of `judge`."""
    text = text[:LONGEST_READ]
    wordless = is_only_emoji(text) and not plain_form(text)
    if is_reaction(text, sent) or (asked == LastQuestion.NOTHING and wordless):
        return Judged(TextKind.REACTION)
    by_machine = is_auto_reply(text)
    named = asked == LastQuestion.WHO and plain_form(text) in word_set("also_names")
    # "Socorro" is a cry for help, and a woman's name where one was asked for.
    danger = None if named else danger_in(text, by_machine=by_machine)
    wish = opt_out_in(text)
    if danger is None and by_machine and (wish is None or wish.opt_out != OptOut.WORD):
        return Judged(TextKind.AUTO_REPLY)
    if danger is None and wants_to_hear_again(text):
        return Judged(TextKind.START)
    if asked == LastQuestion.WHO and wish is not None and may_be_a_name(text, language):
        wish = Wish(OptOut.DOUBTFUL)
    corrected = _corrected(text, asked)
    wrong_phone = _is_wrong_phone(text, corrected, asked)
    death = tells_of_a_death(text)
    if wish is not None and wish.opt_out != OptOut.DOUBTFUL:
        return Judged(TextKind.STOP, danger, wish.opt_out, wish.rest, wrong_phone, death)
    if danger is not None:
        return Judged(TextKind.EMERGENCY, danger)
    kind = _word_for_the_line(text, asked) or (TextKind.WRONG_NUMBER if wrong_phone or death else None)
    if kind is None and _ONLY_A_NUMBER.fullmatch(corrected or ""):
        kind = TextKind.CORRECTION
    if kind is None:
        # "My number is 3" gives no telephone number.
        asks = numbers_in(text) is None and is_errand(text)
        kind = TextKind.ERRAND if asks else TextKind.ANSWER if corrected is None else TextKind.CORRECTION
    rest = corrected or "" if kind == TextKind.CORRECTION else ""
    return Judged(kind, None, wish.opt_out if wish else None, rest, wrong_phone, death)


def _is_wrong_phone(text: str, corrected: str | None, asked: LastQuestion) -> bool:
    """ "I put the wrong number, should be 3" is about the list."""
    if may_object(text, asked) or _DIGIT.search(corrected or ""):
        return False
    return is_wrong_number(text)


def may_object(text: str, asked: LastQuestion) -> bool:
    """Whether a text is as short as "not her", which answers "is it this one?"."""
    return asked == LastQuestion.CONFIRM and len(text.split()) <= _SHORT_OBJECTION


def is_unfinished(text: str) -> bool:
    """Whether a text breaks off in the middle ("It was my"), so that the rest is likely on its way."""
    words = plain_form(text).split()
    return bool(words) and words[-1] in word_set("unfinished") and _LAST_LETTER.search(text) is not None


def _word_for_the_line(text: str, asked: LastQuestion) -> TextKind | None:
    plain = plain_form(text)
    if plain == "yes":
        # The carrier takes it for START, so nobody is ever asked to answer with it.
        return None if asked == LastQuestion.CONFIRM else TextKind.START
    if bare(plain) in whole_texts("start"):
        return TextKind.START
    if bare(plain) in whole_texts("help") or plain in whole_texts("help"):
        return TextKind.HELP
    said = [plain_form(sentence) for sentence in sentences(text)]
    return TextKind.HELP if said and all(map(phrases("asks_who").fullmatch, said)) else None


def _corrected(text: str, asked: LastQuestion) -> str | None:
    """What is said instead of something before; None when nothing is corrected, empty when nothing is left."""
    for pattern in (_STARRED, _INSTEAD, _NOT_THAT):
        if match := pattern.fullmatch(text):
            return next(part for part in match.groups() if part).strip()
    first = [respelled(plain_form(part)) for part in [text, *sentences(text)]]
    strong = any(phrases("correction").search(part) for part in first)
    weak = any(phrases("correction_after").search(part) or said_elsewhere("correction", part) for part in first)
    if not strong and not (asked == LastQuestion.NOTHING and weak):
        return None
    return said_instead(text)


def said_instead(text: str) -> str:
    """The text from the first word on that isn't part of "sorry, I meant"."""
    words = list(re.finditer(r"[^\s,.:;!-]+", text))
    head = word_set("correction_head")
    for at, word in enumerate(words):
        plain = plain_form(word.group())
        following = plain_form(words[at + 1].group()) if at + 1 < len(words) else ""
        owns_up = plain in ("my", "mi") and following in ("mistake", "bad", "answer", "apologies", "error", "respuesta")
        if plain and plain not in head and not owns_up:
            return text[word.start() :].strip()
    return ""
