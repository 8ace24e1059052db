"""Doctors given by name: "Dr. Patel", "la doctora Ramírez", "Jane Holloway MD", "drsmith". Names, never identities."""

from intake.survey.name_reader.name_words import (
    MOST_NAMES,
    is_cased,
    is_meaningful,
    is_name_like,
    is_ordinary,
    quoted_name,
)
from intake.survey.spotting.lexicon import FIRST_NAMES, SMALL_WORDS, words
from intake.survey.spotting.practice_sources import SourceIndex, lexicon
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.spotting.surnames import is_surname

_TITLES = words("dr dra drs")
_DOCTOR_WORDS = words("doctor doctora doc docter doctr doktor dctor docta")
_CREDENTIALS = words("md np dpm dds dmd fnp aprn phd facs")
_CASED_CREDENTIALS = words("DO PA RN")
_PARTICLES = words("de la del van von der los las mc san santa bin da di du le")
# What follows a title without being a name, and isn't an everyday word either.
_NO_NAMES = words(
    "office offices referral referred refered recommended referal reccomended prescribed ordered md hospital insurance "
    "directory specialist friend google im is was list group nurse clinic website site"
)
# Not even with a capital: headings and careless capitals.
_NEVER_NAMES = words("google office referral im told sent recommended referred website from who")


def named_doctors(marked: Marked, index: SourceIndex) -> list[SpottedTerm]:
    """Doctors by name. Taken before any word of the name can mean something else ("Dr. Bing", "Dr. Friend")."""
    hits: list[SpottedTerm] = []
    taken = -1
    for at in range(len(marked.tokens)):
        if at > taken and (hit := _doctor_at(marked, index, at, after=taken)):
            hits.append(hit)
            taken = hit.last
    return hits


def _doctor_at(marked: Marked, index: SourceIndex, at: int, *, after: int) -> SpottedTerm | None:
    token = marked.tokens[at]
    title = token.word in _TITLES
    if title or token.word in _DOCTOR_WORDS:
        last = None if token.possessive else _last_of_name(marked, index, at, title=title)
        return None if last is None else _hit(marked, at, last, name_at=at + 1)
    if token.word.startswith("dr") and len(token.word) > 5:
        # "drpatel", "DrSmith"; but "drivng" is a misspelling, and Drouin a name of its own.
        unknown = not index.speller.knows(token.stem) and index.speller.respell(token.stem) is None
        unknown &= not is_surname(token.stem)
        return _hit(marked, at, at, name_at=at) if unknown else None
    if token.word in _CREDENTIALS or (token.text in _CASED_CREDENTIALS and not marked.flat):
        first = at
        while first - 1 > after and at - first < MOST_NAMES and is_name_like(marked, index, first - 1, cased=True):
            first -= 1
            if marked.joints[first]:
                break
        if first == at and at - 2 > after and _is_uncased_name(marked, at - 2):
            first = at - 2
        return _hit(marked, first, at, name_at=first) if first < at else None
    return None


def _is_uncased_name(marked: Marked, at: int) -> bool:
    """ "kevin bell md": in small letters a given name and any word but a usual one, where nothing was said before."""
    begins = (at == 0 or marked.joints[at]) and not any(marked.joints[at + 1 : at + 3])
    return (
        begins and marked.word(at) in FIRST_NAMES and marked.word(at + 1) not in SMALL_WORDS | _NEVER_NAMES | _NO_NAMES
    )


def _hit(marked: Marked, first: int, last: int, *, name_at: int) -> SpottedTerm:
    return SpottedTerm(
        first,
        last,
        "doctor",
        0.97,
        f"'{quoted_name(marked, first, last)}' names a doctor",
        person=quoted_name(marked, name_at, last),
        person_span=(name_at, last),
        titled=True,
        phrase="doctor",
    )


def _last_of_name(marked: Marked, index: SourceIndex, title_at: int, *, title: bool) -> int | None:
    """The last token of the name after a title, or None when what follows is no name."""
    last = None
    for at in range(title_at + 1, min(title_at + 2 + MOST_NAMES, len(marked.tokens))):
        token = marked.tokens[at]
        if marked.joints[at] and token.gap.strip() != ".":
            break
        if token.word in _PARTICLES and at + 1 < len(marked.tokens) and is_cased(marked, at + 1):
            continue
        if not _is_part(marked, index, at, first=last is None, title=title):
            break
        last = at
        if token.possessive:
            break
    return last


def _is_part(marked: Marked, index: SourceIndex, at: int, *, first: bool, title: bool) -> bool:
    token = marked.tokens[at]
    cased = is_cased(marked, at)
    if not token.stem.isalpha() or token.word in _CREDENTIALS or _means_google(index, token.stem):
        return False
    if len(token.word) == 1:
        return cased or (title and token.word not in "aeioy")
    # After a given name comes a surname, whatever else the word may mean: "Dr. Cristina Porch".
    if not first and marked.word(at - 1) in FIRST_NAMES and token.word not in SMALL_WORDS | _NEVER_NAMES:
        strange = not index.speller.knows(token.stem) and not _begins_specialty(marked, at)
        if cased or strange:
            return True
    if is_ordinary(token.word) or token.word in _NO_NAMES or (not first and is_meaningful(marked, index, at)):
        # "Dr. Long", "Dr. Friend": an everyday word is a name when it is written as one, right after the title.
        return title and first and cased and token.word not in _NEVER_NAMES
    if _begins_specialty(marked, at) and not (first and title and cased):
        return False
    unknown = not index.speller.knows(token.stem) and (cased or first or index.speller.respell(token.stem) is None)
    return unknown or token.word in FIRST_NAMES or (first and title) or (first and cased)


def _means_google(index: SourceIndex, word: str) -> bool:
    """ "dr. goggle" is nobody's name."""
    meant = index.speller.respell(word)
    node = lexicon().root.children.get(meant.word if meant else word)
    return node is not None and any(meaning.concept == "google" for meaning in node.meanings)


def _begins_specialty(marked: Marked, at: int) -> bool:
    """Whether "hart doctor", "foot specialist", "cardiology" starts here: a specialty, not a surname."""
    found = lexicon().find(marked.options[at : at + 4], [False, *marked.joints[at + 1 : at + 4]])
    return any(hit.first == 0 and hit.meaning.concept == "doctor" for hit in found)
