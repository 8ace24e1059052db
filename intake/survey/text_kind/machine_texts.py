"""Texts that no person wrote: a phone's reactions to a message, and answers that a machine gives by itself.

An iPhone sends `Liked “…”` with the whole message quoted, Google Messages an emoji, "to" and the quote between
invisible spaces; each in the phone's language. What quotes one of our own texts is one in any language.
"""

import re
import unicodedata
from collections.abc import Sequence

from intake.survey.spotting.lexicon import words
from intake.survey.text_kind.reply_words import elsewhere, phrases, plain_form, said_elsewhere, sentences

_INVISIBLE = dict.fromkeys(map(ord, "\u200a\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\ufe0f\u202f"))
_OPENING, _CLOSING = "“„«「『\"‘'❝‚", "”“»」』\"’'❞"
_QUOTED = re.compile(rf"(?P<head>[^{_OPENING}]{{0,60}})[{_OPENING}]\s?(?P<quote>.+)", re.DOTALL)
_LONGEST_TAIL = 40
_LONGEST_HEAD = 6
_AUXILIARIES = ("hat", "ha", "a", "已对", "已對", "已")
_SHORTEST_QUOTE = 12
_JOINERS = words("to removed from a de auf an para di su на от 에 に 对 對 給 给 へ sa sur")
# Machines say this beside what gives them away; an emergency that they name is nobody's.
_SAY_AT_MOST = 600


def is_reaction(text: str, sent: Sequence[str] = ()) -> bool:
    """Whether a text is a reaction to a message. `sent`: our recent texts to this phone, which it may quote."""
    seen = text.translate(_INVISIBLE).strip()
    if _quotes_ours(seen, sent) or _object(seen):
        return True
    match = _QUOTED.match(seen)
    return match is not None and _does_something(match["head"].strip(), match["quote"])


def _does_something(head: str, quote: str) -> bool:
    """Whether what stands around a quote is what a phone says of a reaction, in one of the languages."""
    plain = plain_form(head)
    if not head or (plain in _AUXILIARIES and head.isalpha()):
        # Japanese, Korean, Chinese and German say what was done after the quote.
        tail = max((quote.rfind(letter) for letter in _CLOSING), default=-1)
        after = plain_form(quote[tail + 1 :])
        return tail > 0 and len(after) <= _LONGEST_TAIL and said_elsewhere("reaction", after)
    if not _closes(quote):
        return False
    emoji = any(_is_emoji(letter) for letter in head)
    return (
        (emoji and set(plain.split()) <= _JOINERS)
        or (len(plain.split()) <= _LONGEST_HEAD and _begins_elsewhere(plain))
        or phrases("reaction_verbs").fullmatch(_with_emoji(head)) is not None
    )


def is_only_emoji(text: str) -> bool:
    """Whether a text is nothing but pictures, with or without a skin tone."""
    return _is_emoji(text.translate(_INVISIBLE).strip() or " ")


def is_auto_reply(text: str) -> bool:
    """Whether a phone or a mailbox answers by itself."""
    if len(text) > _SAY_AT_MOST:
        return False
    plain = plain_form(text)
    return said_elsewhere("auto_reply", plain) or any(
        phrases("auto_reply").search(part) for part in [*map(plain_form, sentences(text)), plain]
    )


def _quotes_ours(seen: str, sent: Sequence[str]) -> bool:
    """Whether it is one of ours, whole or cut short, in quotation marks, with little around it."""
    for ours in sent:
        said = plain_form(ours)
        match = re.search(rf"[{_OPENING}]\s?(?P<quote>.+)", seen, re.DOTALL)
        if match is None or not said:
            continue
        quote = plain_form(_unclosed(match["quote"]))
        if len(quote) >= _SHORTEST_QUOTE and (said.startswith(quote) or quote.startswith(said)):
            tail = len(plain_form(match["quote"])) - len(quote)
            return match.start() <= _LONGEST_TAIL and tail <= _LONGEST_TAIL
    return False


def _closes(quote: str) -> bool:
    """Whether nothing is said after the quote; one that is cut short may lack its end."""
    ends = [at for at, letter in enumerate(quote) if letter in _CLOSING]
    if not ends:
        return True
    return not plain_form(quote[ends[-1] + 1 :]) and len(plain_form(quote)) > 0


def _unclosed(quote: str) -> str:
    ends = [at for at, letter in enumerate(quote) if letter in '”“»」』"']
    inner = quote[: ends[-1]] if ends else quote
    return inner.rstrip(" .…")


def _object(seen: str) -> bool:
    """ "Liked an image": pictures are quoted by what they are."""
    plain = _with_emoji(seen)
    match = phrases("reaction_verbs").match(plain) or re.match(r"emoji (?:to|a)\b", plain)
    return match is not None and phrases("reaction_objects").fullmatch(plain[match.end() :].strip()) is not None


def _begins_elsewhere(plain: str) -> bool:
    spaced, within = elsewhere("reaction")
    return spaced.match(plain) is not None or plain.startswith(within)


def _with_emoji(head: str) -> str:
    """As `plain_form`, with one mark in place of every emoji."""
    return plain_form("".join("emoji" if _is_emoji(letter) else letter for letter in head))


def _is_emoji(text: str) -> bool:
    return all(unicodedata.category(letter) in ("So", "Sk", "Mn", "Cn", "Zs", "Cf", "Po") for letter in text) and any(
        unicodedata.category(letter) in ("So", "Cn") or letter in "‼⁉❓❗" for letter in text
    )
