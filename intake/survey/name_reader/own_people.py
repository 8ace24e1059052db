"""Our own people in an answer. They send nobody here; what else is said tells what is meant.

"I see Dr Obi" means having been here, "googled Dr Tanaka" a search, "my husband sees Dr Obi" the husband.
"""

from intake.survey.name_reader.known_names import AskedNames, OwnMatch, name_words
from intake.survey.name_reader.linking import PhysicianCandidate
from intake.survey.name_reader.name_words import quoted_name
from intake.survey.spotting import kinds
from intake.survey.spotting.lexicon import SMALL_WORDS, words
from intake.survey.spotting.phrases import LIKELY
from intake.survey.spotting.spotter import Marked, SpottedTerm

# Steers the reading: one of our own people is named.
OURS = "OURS"
_SEES = words(
    "see saw seen seeing patient patients visited been treated had go went goes visit paciente veo vi visto visito"
)
_PLANNED = words("to want wants need needs here appointment appt scheduled today tomorrow cita para con vengo for")
_BEFORE_A_DOCTOR = words("el la dra dr doctor doctora del al with of by")
_IS_MINE = ("is my", "was my", "has been my", "es mi", "fue mi", "era mi")
_TREATS = words(
    "treated treats treat did done fixed operated helped saw sees seen cares atiende atendio opero trato vio ve"
)
_OF_MINE = words("my me mi mis")
_BESIDE = SMALL_WORDS | words("by from of de del por the an here aqui")


def ours(marked: Marked, first: int, last: int, own: OwnMatch) -> SpottedTerm:
    """One of our own people at these tokens."""
    reason = f"'{quoted_name(marked, first, last)}' names {own.provider.name}, who works here"
    return SpottedTerm(first, last, OURS, LIKELY, reason, own=True)


def mark_ours(marked: Marked, asked: AskedNames, doctors: list[SpottedTerm]) -> None:
    """Tell our own people among the doctors named; one whose surname an outside physician has too is a question."""
    for hit in doctors:
        if hit.person is None or hit.concept != "doctor":
            continue
        glued = hit.person_span is not None and hit.first == hit.person_span[0]
        said = [word.removeprefix("dr") if glued else word for word in name_words(hit.person)]
        own = asked.known.own_provider(said)
        if own is None:
            continue
        outside = [] if own.by_full_name else _of_surname(asked.physicians(" ".join(said)), said)
        if outside and own.misspelled:
            # Spelled as the other one is.
            continue
        hit.own, hit.proposed = True, bool(outside)
        if not outside:
            hit.concept = OURS
        hit.reason = f"'{marked.piece(hit.first, hit.last)}' names {own.provider.name}, who works here"
        if outside:
            hit.reason += ", or somebody outside with this surname"


def judge_ours(marked: Marked) -> None:
    """Read what is said of our own people: who has seen them is returning, and whom they "refer" nobody sent."""
    for hit in [hit for hit in marked.hits if hit.own]:
        marked.hits = [other for other in marked.hits if other is hit or not _is_said_of(marked, hit, other)]
        for other in marked.hits:
            # "I was referred to Dr Obi" doesn't say by whom.
            other.proposed |= other.concept == "referral"
        others = [other for other in marked.hits if other is not hit and not other.concept.isupper()]
        if _has_seen(marked, hit) and all(other.concept == "returning" for other in others):
            hit.concept, hit.person, hit.person_span, hit.titled = "returning", None, None, False
            hit.confidence, hit.proposed = LIKELY, True
            hit.reason += ", and has seen them before"
        elif others and hit.concept == "doctor":
            # One who may be ours or not gives way to whatever else is said.
            hit.concept = OURS


def _is_said_of(marked: Marked, own: SpottedTerm, other: SpottedTerm) -> bool:
    """ "Dr Lindqvist is my doctor", "Dr Obi, vascular surgeon", "referred by Dr Obi", "Dr Obi recommended"."""
    after = other.first > own.last
    first, last = (own.last + 1, other.first - 1) if after else (other.last + 1, own.first - 1)
    # "Obi, is my daughter's doctor": whose doctor it is stands between as well.
    whose = {at for hit in marked.hits if hit.concept in kinds.SOMEBODY for at in range(hit.first, hit.last + 1)}
    between = [marked.word(at) for at in range(first, last + 1) if at not in whose]
    if other.concept == "doctor" and not other.person:
        said = not after or any(marked.joints[own.last + 1 : other.first + 1]) or not between
        is_mine = " ".join(between[:2]) in _IS_MINE or between[:1] in (["my"], ["the"], ["is"], ["mi"], ["es"])
        near = all(word in _BESIDE or word in _OF_MINE or word in ("is", "was", "es") for word in between)
        return near and (is_mine or said) and "by" not in between
    if other.concept == "referral":
        return all(word in _BESIDE or word in ("who", "has", "had") for word in between) and (
            after or "to" not in between
        )
    return after and other.weak and not other.person and not between and other.concept == "somebody"


def _has_seen(marked: Marked, hit: SpottedTerm) -> bool:
    before = marked.words(hit.first - 6, hit.first - 1)
    after = marked.words(hit.last + 1, hit.last + 4)
    if " ".join(after[:2]) in _IS_MINE or " ".join(after[:3]) in _IS_MINE:
        return True
    if (_TREATS & set(after[:2]) and _OF_MINE & set(after)) or after[:1] in (["patient"], ["paciente"]):
        return True
    while before and before[-1] in _BEFORE_A_DOCTOR:
        before.pop()
    if before and before[-1] in _TREATS and _OF_MINE & set(before):
        return True
    plans = _PLANNED & {*before[-3:], *after[:1]}
    return bool(_SEES & set(before)) and (not plans or bool({"been", "paciente", "patient"} & set(before)))


def _of_surname(found: list[PhysicianCandidate], said: list[str]) -> list[PhysicianCandidate]:
    return [each for each in found if each.nearby and set(said) & set(name_words(each.last_name))]
