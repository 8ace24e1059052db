"""Whether a text asks to be left alone, and whether it says that the phone isn't the patient's.

47 CFR 64.1200(a)(10): a person may revoke consent by any reasonable means that clearly expresses it; the carrier
matches single English words only, so the rest is for us. The other half matters as much: "ad at the trolley stop",
"my doctor told me to stop smoking" and "opted out of my insurance's list" ask nobody for anything.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from intake.survey.spotting.lexicon import FIRST_NAMES, ORDINARY, ORDINARY_SPANISH, SMALL_WORDS
from intake.survey.text_kind.misspellings import respelled, stop_meant
from intake.survey.text_kind.reply_words import (
    bare,
    clauses,
    phrases,
    plain_form,
    said_elsewhere,
    sentences,
    whole_texts,
    word_set,
)

# After a complaint ("I never asked for texts") this many words more are an answer, which goes on.
_MORE_THAN_A_COMPLAINT = 2
# "Stop google": so short that the wish is the word itself.
_SHORT = 3
# "Stop I heard from my cousin": what begins here is something else.
_A_NEW_SENTENCE = ("i", "im", "ive", "we", "my", "it", "u", "you", "dont", "no")
# Between two commas these are a wish, whatever stands beside them.
_UNMISTAKABLE = frozenset(
    {"stop", "unsubscribe", "alto", "parar", "opt out", "remove me", "take me off", "leave me alone"}
)
_COMMA = re.compile(r"[,\u060c\u3001]")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_SPELLED_OUT = re.compile(r"\b(?:[a-z] ){3,}[a-z]\b")
_NOT = re.compile(
    r"^(?:(?:no|sorry|hi|hello|hey|um|perdon|hola|this|its|it|thats|that) )*"
    r"(?:im not|i am not|i aint|this is not|this isnt|thats not|it isnt|isnt|not|(?:yo )?no soy|(?:est[ae] )?no es) "
    r"(?P<title>(?:mr|mrs|ms|miss|sr|sra|senor|senora|don|dona) )?(?P<name>\w+)(?P<second> \w+)?"
    r"(?: (?:s )?(?:phone|number|cell|anymore|any more|here|telefono|numero|sorry|lol))*$"
)
# "This is Dave, not Susan"; "I don't know any Maria".
_SOMEBODY_ELSE = re.compile(
    r"\b(?:(?:this is|im|i am|soy) \w+(?: \w+)? (?:not|no)|(?:dont|do not) know (?:any|a|who)"
    r"|no conozco a(?: ningun[ao]?)?|^(?:sorry )?(?:theres )?no) "
    r"(?P<name>\w+)(?: \w+)?(?: is| here| at this number| lives here| aqui)?$"
)


_LAST_AND_FIRST = re.compile(r"\s*[A-Z][\w'’-]+,\s*[A-Z][\w'’-]+\.?\s*")
_SOMEBODY_SPEAKS = re.compile(r"\b(?:im not|i am not|i aint|no soy)\b")
_ABOUT_THE_PHONE = re.compile(r"\b(?:here|aqui|number|phone|numero|telefono)$")
_NEGATION = re.compile(r"\b(?:no|not|dont|never|cant)\b")


class OptOut(StrEnum):
    """`WORD`: the bare word, on which a carrier acts too; `SENTENCE`: inferred; `DOUBTFUL`: to be asked about once."""

    WORD = "word"
    SENTENCE = "phrase"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True)
class Wish:
    """A wish to be left alone, and what the text says beside it."""

    opt_out: OptOut
    rest: str = ""


def opt_out_in(text: str) -> Wish | None:
    """The wish to be left alone that a text expresses, or None. Linear in the length of the text."""
    plain = _undrawn(plain_form(text))
    if not plain:
        return None
    stops = whole_texts("stop")
    if _is_bare(plain, stops):
        return Wish(OptOut.WORD)
    if said_elsewhere("stop", plain):
        return Wish(OptOut.SENTENCE, _rest(text, lambda part: said_elsewhere("stop", part)))
    doubtful = False
    for sentence in sentences(text):
        said = _undrawn(respelled(plain_form(sentence)))
        found = _in_sentence(sentence, said, stops)
        if found == OptOut.SENTENCE:
            return Wish(OptOut.SENTENCE, _rest(text, lambda part: _in_sentence(part, part, stops) is not None))
        doubtful = doubtful or found == OptOut.DOUBTFUL
    return Wish(OptOut.DOUBTFUL) if doubtful else None


def may_be_a_name(text: str, language: str | None) -> bool:
    """Whether a word for stop may as well be the name that was asked for: "Stopp", "Cansell", "Alto, Maria".

    Not where it is one in English, Spanish or the survey's `language`, unless it stands for a last name before a comma.
    """
    if _LAST_AND_FIRST.fullmatch(text):
        return True
    said = bare(_undrawn(plain_form(text)))
    meant = whole_texts("stop", "es") | whole_texts("stop", language or "en")
    # Nobody is called "Stpo".
    slipped = len(said) == len("stop") and set(said) == set("stop")
    return said.isascii() and said.isalpha() and said not in meant and not slipped


def wants_to_hear_again(text: str) -> bool:
    """Whether a text asks for texts to start again; "I hit stop by mistake" does."""
    for sentence in sentences(text):
        plain = plain_form(sentence)
        found = phrases("start_again").search(plain)
        if found and not _NEGATION.search(plain[: found.start()]):
            return True
    return False


def says_stop_plainly(text: str) -> bool:
    """Whether what stands between two commas is an unmistakable word for stop: "Stop, my daughter sent me"."""
    parts = (part for sentence in sentences(text) for part in _COMMA.split(sentence))
    return any(bare(_undrawn(plain_form(part))) in _UNMISTAKABLE for part in parts)


def asks_to_go_on(text: str) -> bool:
    """ "Please don't stop, I like the reminders"."""
    return any(phrases("asks_to_go_on").search(plain_form(sentence)) for sentence in sentences(text))


def is_wrong_number(text: str) -> bool:
    """Whether whoever has this phone says that it isn't the patient's; not where the phone is one of the family's."""
    said = sentences(text.replace("#", " number "))
    for sentence in said:
        as_written = phrases("other_wrong_number").sub(" ", plain_form(sentence))
        plain = respelled(as_written)
        if said_elsewhere("wrong_number", as_written):
            return True
        if phrases("wrong_number").search(plain) and not _of_the_family(plain):
            return True
        if len(said) > 1 and plain.startswith(("not ", "no ")) and not _ABOUT_THE_PHONE.search(plain):
            # "Not Instagram. Facebook." sets an answer right.
            continue
        match = _NOT.match(plain)
        if _goes_on_after_comma(sentence):
            speaks = _SOMEBODY_SPEAKS.search(plain) is not None
            match = _NOT.match(plain_form(sentence.partition(",")[0])) if speaks else None
        if match and (match["title"] or _reads_as_name(match["name"], sentence)):
            return True
        match = _SOMEBODY_ELSE.search(plain)
        if match and _reads_as_name(match["name"], sentence):
            return True
    return False


def _goes_on_after_comma(sentence: str) -> bool:
    """ "Not Facebook, Instagram" sets an answer right; "not Karen, sorry" doesn't."""
    _, comma, after = sentence.partition(",")
    rest = set(plain_form(after).split()) - word_set("polite") - word_set("courtesy")
    return bool(comma) and bool(rest)


def tells_of_a_death(text: str) -> bool:
    """Whether a text says that the patient, or somebody of theirs, has died; not where it goes on to an answer."""
    for sentence in sentences(text):
        plain = plain_form(sentence)
        found = phrases("died").search(plain)
        if found is None or _is_about_a_doctor(found.group()):
            continue
        around = f"{plain[: found.start()]} {plain[found.end() :]}"
        if not phrases("sent_by").search(around) and not re.match(r"(?:before|when|after|since|antes|cuando)\b", plain):
            return True
    return False


def _is_bare(plain: str, stops: frozenset[str]) -> bool:
    said = bare(plain)
    if said in stops or plain in stops or plain.replace(" ", "") in stops or set(said.split()) == {"stop"}:
        return True
    return said.replace("0", "o").replace("5", "s") in stops or stop_meant(said)


def _in_sentence(sentence: str, plain: str, stops: frozenset[str]) -> OptOut | None:
    plain = plain_form(plain)
    if not plain:
        return None
    if _is_bare(plain, stops) or any(bare(plain_form(part)) in _UNMISTAKABLE for part in _COMMA.split(sentence)):
        return OptOut.SENTENCE
    kept = phrases("goes_on").sub(lambda match: match.group() if _by_you(plain, match.start()) else " ", plain)
    kept = " ".join(kept.split())
    for name, told in (("stop", ("told", "told_of_others")), ("wish", ("told_of_others",))):
        for match in phrases(name).finditer(kept):
            before = kept[: match.start()].strip()
            if not any(phrases(way).search(before) for way in told):
                return OptOut.SENTENCE
    history = phrases("history").search(kept)
    if history:
        more = len(kept[history.end() :].split())
        return OptOut.SENTENCE if more <= _MORE_THAN_A_COMPLAINT else OptOut.DOUBTFUL
    return _the_word_itself(sentence, kept.split())


def _the_word_itself(sentence: str, words: list[str]) -> OptOut | None:
    """ "Stop" at the head or the end of a sentence, where it may be a verb or a place to wait for a bus."""
    polite = word_set("polite")
    politely = [word for word in words if word not in polite]
    while words and words[-1] in polite:
        words = words[:-1]
    if not politely or "stop" not in (politely[0], words[-1]):
        return None
    shouts = re.search(r"\bSTOP\b", sentence) is not None and sentence.upper() != sentence
    if politely[0] == "stop":
        return _stop_first(politely, shouts)
    before = " ".join(words[:-1])
    if phrases("verb_before_stop").search(before):
        return OptOut.SENTENCE
    if phrases("noun_before_stop").search(before):
        return None
    return OptOut.SENTENCE if shouts else OptOut.DOUBTFUL


def _stop_first(words: list[str], shouts: bool) -> OptOut | None:
    following = words[1] if len(words) > 1 else ""
    if phrases("after_stop_is_noun").fullmatch(following):
        return None
    short = len(words) <= _SHORT or following in _A_NEW_SENTENCE
    return OptOut.SENTENCE if short or shouts else OptOut.DOUBTFUL


def _by_you(plain: str, at: int) -> bool:
    """ "You won't stop texting me" complains of us; "my wife won't stop telling me about you" doesn't."""
    return re.search(r"\b(?:you|u|guys|yall|people)$", plain[:at].rstrip()) is not None and "dont stop" not in plain


def _rest(text: str, asks: Callable[[str], bool]) -> str:
    """What a text says beside the wish: its clauses that don't express one."""
    parts = clauses(text)
    kept = [part for part in parts if not asks(_undrawn(plain_form(part)))]
    if len(kept) == len(parts):
        kept = []
    head = re.match(r"\W*stop\b[\s,.!:;-]*(?P<rest>.+)", text, re.IGNORECASE | re.DOTALL)
    return ". ".join(kept) or (head["rest"].strip() if head else "")


def _of_the_family(plain: str) -> bool:
    """ "Not my phone, my daughter's": the phone is known to whoever writes, and the patient may well be reached."""
    return phrases("kin_phone").search(plain) is not None


def _is_about_a_doctor(said: str) -> bool:
    return re.search(r"\b(?:dr|doctor|doctora|doc)\b", said) is not None


def _reads_as_name(word: str, sentence: str) -> bool:
    """A given name, or a word with a capital that nobody uses otherwise."""
    if word in FIRST_NAMES:
        return True
    if len(word) < 3 or word in ORDINARY | ORDINARY_SPANISH | SMALL_WORDS or not word.isalpha():
        return False
    return word.capitalize() in sentence and sentence != sentence.upper()


def _undrawn(plain: str) -> str:
    """ "Stoppp" and "S T O P" are the same word."""
    joined = _SPELLED_OUT.sub(lambda match: match.group().replace(" ", ""), plain)
    return _DRAWN_OUT.sub(r"\1", joined)
