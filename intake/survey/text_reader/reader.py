"""The reader of free answers: which sources of the practice's own list, doctors or friends an answer names.

Plain data in, plain data out: no database, no web. Everything read carries a confidence and the reason for it, so
that a person can see why, and every quoted piece is the patient's own words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from intake.survey.name_reader.doctors import named_doctors
from intake.survey.name_reader.known_names import AskedNames, KnownNames, KnownPatient
from intake.survey.name_reader.linking import PhysicianCandidate, link_physician
from intake.survey.name_reader.lookups import looked_up
from intake.survey.name_reader.misread_names import judge_names
from intake.survey.name_reader.own_people import judge_ours, mark_ours
from intake.survey.name_reader.people import give_names
from intake.survey.name_reader.practice_names import KnownPractice
from intake.survey.spotting.concepts import name as concept_name
from intake.survey.spotting.concepts import top
from intake.survey.spotting.lexicon import SMALL_WORDS
from intake.survey.spotting.phrases import GUESS
from intake.survey.spotting.practice_sources import PracticeSource, SourceIndex, build_index
from intake.survey.spotting.spotter import Marked, SpottedTerm, mark, spot
from intake.survey.text_kind.no_answers import Answering, answering, leaves_it_to_another
from intake.survey.text_reader.composing import compose, naming, steering
from intake.survey.text_reader.confidence import facts, likelihood
from intake.survey.text_reader.foreign_pieces import FoundPhrase
from intake.survey.text_reader.other_languages import in_other_language
from intake.survey.text_reader.unread import list_items_unread

__all__ = [
    "SURE_ENOUGH",
    "AnswerReading",
    "KnownNames",
    "PhysicianCandidate",
    "PracticeSource",
    "ReadMention",
    "ReadOutcome",
    "SourceIndex",
    "build_index",
    "read_answer",
]

# At and above this a mention counts as its source at once, marked as suggested; below it, it waits for a person.
# `bench/matching` measures what share of the mentions above it are right.
SURE_ENOUGH = 0.955

_HEDGED, _EITHER = 0.87, 0.8
# A bare name and the like is for a person to judge, however often it turns out right.
_GUESSED = 0.8
# Word lists without a grammar are right as often, and for a person to judge.
_OTHER_LANGUAGE = 0.85
# How many words before and after a doctor's name may tell which one: the specialty, the town.
_AROUND = 6
_OR = frozenset({"or", "o", "u"})
_FIRST = frozenset(["first", "originally", "primero", "originalmente", "initially"])
_DECIDED = frozenset(["decided", "chose", "choose", "convinced", "because", "decidi", "decidio", "elegi", "convencio"])

NOBODY_KNOWN = KnownNames()
_NO_ANSWER = "NO_ANSWER"
_CAME_WITH = frozenset({_NO_ANSWER, "friend_family", "doctor"})
NOT_LISTED = "nothing on the list is meant"
NO_ANSWER = "it doesn't say how they heard of the practice"


class ReadOutcome(StrEnum):
    ANSWERED = "answered"
    DONT_REMEMBER = "dont_remember"
    DECLINED = "declined"
    UNMATCHED = "unmatched"


@dataclass(frozen=True)
class ReadMention:
    """One thing named. `source_code` is None when the list has no source for it; `text` are their words.

    `person` is the friend or relative named, `doctor_name` the doctor, as typed. `physician` is set only when more
    than a surname agrees and nobody else fits; otherwise `candidates` hold whom a person may choose from.
    `practice` is the referring practice named, `patients` those of a friend's very name. `confidence` is about the
    source.
    """

    source_code: str | None
    confidence: float
    text: str
    reason: str
    person: str | None = None
    doctor_name: str | None = None
    physician: PhysicianCandidate | None = None
    candidates: tuple[PhysicianCandidate, ...] = ()
    practice: KnownPractice | None = None
    patients: tuple[KnownPatient, ...] = ()
    role: str | None = None
    # The concept meant (see concepts.py), also when the list has no source for it.
    meaning: str | None = None
    # The whole answer is a name or alias of the source, letter for letter.
    exact: bool = False

    @property
    def counts(self) -> bool:
        """Whether it counts as its source at once; else it waits for a person."""
        return self.source_code is not None and self.confidence >= SURE_ENOUGH

    @property
    def proposed(self) -> PhysicianCandidate | KnownPractice | None:
        """The physician whom a person is asked about first, or else the practice."""
        return self.physician or next(iter(self.candidates), None) or self.practice


_WITHOUT_SOURCE = (("DECLINED", ReadOutcome.DECLINED), ("DONT_REMEMBER", ReadOutcome.DONT_REMEMBER))


@dataclass(frozen=True)
class AnswerReading:
    outcome: ReadOutcome
    mentions: tuple[ReadMention, ...] = ()
    reason: str = ""


def read_answer(
    text: str,
    *,
    sources: SourceIndex | Iterable[PracticeSource],
    known: KnownNames = NOBODY_KNOWN,
) -> AnswerReading:
    """Return what an answer says, in English, Spanish or both; never raises, always the same for the same arguments.

    Pass a `SourceIndex` (see `build_index`) to read many answers against one list. `known`: whom the practice knows.
    Only the first two thousand characters are read; the caller keeps the whole text.
    """
    index = sources if isinstance(sources, SourceIndex) else build_index(sources)
    marked = mark(text, index)
    if not marked.tokens:
        asks_back = "?" in text[:200]
        reason = "only a question mark" if asks_back else "no words"
        return AnswerReading(ReadOutcome.DONT_REMEMBER if asks_back else ReadOutcome.UNMATCHED, (), reason)
    if leaves_it_to_another(text):
        return AnswerReading(ReadOutcome.DONT_REMEMBER, (), "somebody else knows")
    asked = AskedNames(known)
    doctors = named_doctors(marked, index)
    doctors += looked_up(marked, asked, _tokens_of(doctors))
    doctors += known.practices.find(marked, _tokens_of(doctors))
    if not doctors and _may_be_foreign(marked, index):
        phrases = in_other_language(text)
        if phrases and not _is_a_label(marked, index):
            return _in_other_language(phrases, marked, index, asked)
    mark_ours(marked, asked, doctors)
    spotted = judge_names(marked, index, spot(marked, index, _tokens_of(doctors)))
    # "Dr Park's Vein Talk" on the list is the talk, not Dr Park.
    doctors = [hit for hit in doctors if not any(other.source and other.overlaps(hit) for other in spotted)]
    marked.hits = sorted([*doctors, *spotted], key=lambda hit: hit.first)
    give_names(marked, index)
    for hit in marked.hits:
        first, last = hit.person_span or (hit.first, hit.last)
        marked.understood.update(range(min(first, hit.first), max(last, hit.last) + 1))
    judge_ours(marked)
    compose(marked)
    answers = _answering(text, marked)
    if answers is Answering.NO:
        whole = marked.piece(0, len(marked.tokens) - 1)
        return AnswerReading(ReadOutcome.UNMATCHED, (ReadMention(None, 0.0, whole, NO_ANSWER),), NO_ANSWER)
    if answers is Answering.DOUBTFUL:
        for hit in naming(marked):
            hit.proposed = True
    mentions = _mentions(marked, index, asked)
    if any(mention.source_code for mention in mentions):
        return AnswerReading(ReadOutcome.ANSWERED, tuple(mentions + _unread_items(marked)))
    return _without_source(marked, mentions, index, asked)


def _may_be_foreign(marked: Marked, index: SourceIndex) -> bool:
    """Whether any word is neither English nor Spanish: asked first, since nearly all answers are."""
    return not marked.text.isascii() or any(not index.speller.knows(token.stem) for token in marked.tokens)


def _is_a_label(marked: Marked, index: SourceIndex) -> bool:
    """Whether all of it is a name of the practice's list, in whatever language."""
    last = len(marked.tokens) - 1
    return any(hit.first == 0 and hit.last == last for hit in index.labels.find(marked.options, marked.joints))


def _in_other_language(
    phrases: list[FoundPhrase], marked: Marked, index: SourceIndex, asked: AskedNames
) -> AnswerReading:
    """What the words of another language name: proposals, or that they don't remember or say."""
    whole = marked.piece(0, len(marked.tokens) - 1)
    mentions: list[ReadMention] = []
    # "I came with my mother" names nobody who sent them.
    if {phrase.concept for phrase in phrases} <= _CAME_WITH and any(phrase.concept == _NO_ANSWER for phrase in phrases):
        return AnswerReading(ReadOutcome.UNMATCHED, (ReadMention(None, 0.0, whole, NO_ANSWER),), NO_ANSWER)
    for phrase in phrases:
        if not phrase.concept.isupper():
            source = index.source_for(phrase.concept)
            reason = f"'{phrase.phrase}' means {concept_name(phrase.concept)}"
            mention = ReadMention(source, _OTHER_LANGUAGE, phrase.text, reason, meaning=phrase.concept)
            _merge(mentions, _with_name(mention, phrase, asked))
    if any(mention.source_code for mention in mentions):
        return AnswerReading(ReadOutcome.ANSWERED, tuple(mentions))
    for concept, outcome in _WITHOUT_SOURCE:
        if found := next((phrase for phrase in phrases if phrase.concept == concept), None):
            return AnswerReading(outcome, (), f"'{found.phrase}'")
    return AnswerReading(ReadOutcome.UNMATCHED, tuple(mentions) or (ReadMention(None, 0.0, whole, NOT_LISTED),))


def _with_name(mention: ReadMention, phrase: FoundPhrase, asked: AskedNames) -> ReadMention:
    """A mention with the friend or doctor named there, and whom of those we know the name may mean."""
    if not phrase.person:
        return mention
    if phrase.concept == "friend_family":
        return replace(mention, person=phrase.person, patients=tuple(asked.patients(phrase.person)))
    link = link_physician(phrase.person, [], asked.physicians)
    return replace(mention, doctor_name=phrase.person, physician=link.physician, candidates=link.candidates)


def _answering(text: str, marked: Marked) -> Answering:
    """Whether it answers at all; what is understood word for word always does."""
    rest = (token.word for at, token in enumerate(marked.tokens) if at not in marked.understood)
    if not naming(marked) or all(word in SMALL_WORDS for word in rest):
        return Answering.YES
    return answering(text)


def _tokens_of(hits: list[SpottedTerm]) -> set[int]:
    return {at for hit in hits for at in range(hit.first, hit.last + 1)}


def _without_source(
    marked: Marked, mentions: list[ReadMention], index: SourceIndex, asked: AskedNames
) -> AnswerReading:
    for concept, outcome in _WITHOUT_SOURCE:
        said = steering(marked, concept)
        if said and not mentions:
            hit = said[0]
            meaning = "they would rather not say" if concept == "DECLINED" else "they don't remember"
            return AnswerReading(outcome, (), f"'{marked.piece(hit.first, hit.last)}' means {meaning}")
    if mentions:
        return AnswerReading(ReadOutcome.UNMATCHED, tuple(mentions))
    if phrases := in_other_language(marked.text, unread=True):
        return _in_other_language(phrases, marked, index, asked)
    whole = marked.piece(0, len(marked.tokens) - 1)
    return AnswerReading(ReadOutcome.UNMATCHED, (ReadMention(None, 0.0, whole, NOT_LISTED),))


def _unread_items(marked: Marked) -> list[ReadMention]:
    """The items of a list ("Google, Zorbo") that nothing was found in, so that a person sees them."""
    return [ReadMention(None, 0.0, marked.piece(first, last), NOT_LISTED) for first, last in list_items_unread(marked)]


def _mentions(marked: Marked, index: SourceIndex, asked: AskedNames) -> list[ReadMention]:
    made: list[ReadMention] = []
    hits = naming(marked)
    for hit in hits:
        mention = _mention(hit, marked, index, confidence=_confidence(hit, hits, marked))
        if hit.concept == "doctor" and hit.person:
            mention = _linked(mention, hit, marked, asked)
        elif mention.person:
            mention = replace(mention, patients=tuple(asked.patients(mention.person)))
        if hit.record_id is not None:
            mention = replace(mention, practice=asked.known.practices.practice(hit.record_id))
        _merge(made, mention)
    return made


def _confidence(hit: SpottedTerm, hits: list[SpottedTerm], marked: Marked) -> float:
    """How likely it is that this is meant, less where they say themselves that they aren't sure."""
    confidence = likelihood(facts(hit, hits, marked))
    if steering(marked, "HEDGE", "DONT_REMEMBER"):
        confidence *= _HEDGED
    if len(hits) > 1 and any(token.word in _OR for token in marked.tokens):
        confidence *= _EITHER
    if hit.confidence <= GUESS or hit.proposed:
        confidence = min(confidence, _GUESSED)
    return round(confidence, 4)


def _mention(hit: SpottedTerm, marked: Marked, index: SourceIndex, *, confidence: float) -> ReadMention:
    source = hit.source or index.source_for(hit.concept)
    reason = hit.reason
    if source is None:
        reason += f", but the list has no source for {concept_name(top(hit.concept))}"
    elif not hit.source and index.sources[source].code != hit.concept:
        reason += f", here {index.sources[source].label}"
    first, last = hit.first, hit.last
    if hit.person_span:
        first, last = min(first, hit.person_span[0]), max(last, hit.person_span[1])
    person = hit.person if top(hit.concept or "other") == "friend_family" else None
    exact = bool(hit.source) and not hit.letters_off and first == 0 and last == len(marked.tokens) - 1
    role = _role(hit, marked)
    quoted = marked.piece(first, last)
    return ReadMention(
        source_code=source,
        confidence=confidence,
        text=quoted,
        reason=reason,
        person=person,
        doctor_name=hit.person if hit.concept == "doctor" else None,
        role=role,
        meaning=hit.concept or None,
        exact=exact,
    )


def _role(hit: SpottedTerm, marked: Marked) -> str | None:
    before = {
        token.word
        for at, token in enumerate(marked.tokens)
        if at < hit.first and marked.segments[at] == marked.segments[hit.first]
    }
    if before & _DECIDED:
        return "decided_because"
    if before & _FIRST and {"heard", "saw", "found", "learned", "supe", "escuche", "vi"} & before:
        return "first_heard"
    return None


def _merge(made: list[ReadMention], mention: ReadMention) -> None:
    """One mention a source, except for two doctors or two friends who are each named."""
    for place, old in enumerate(made):
        if old.source_code != mention.source_code or old.source_code is None:
            continue
        both_named = _named(old) and _named(mention) and _named(old) != _named(mention)
        if both_named:
            continue
        better = mention if _named(mention) and not _named(old) else old
        practice = old.practice or mention.practice
        made[place] = replace(better, confidence=max(old.confidence, mention.confidence), practice=practice)
        return
    made.append(mention)


def _named(mention: ReadMention) -> str | None:
    return mention.person or mention.doctor_name


def _linked(mention: ReadMention, hit: SpottedTerm, marked: Marked, asked: AskedNames) -> ReadMention:
    """The physician record that a named doctor is, or the records it may be."""
    assert hit.person is not None
    around = marked.words(hit.first - _AROUND, hit.first - 1) + marked.words(hit.last + 1, hit.last + _AROUND)
    link = link_physician(hit.person, around, asked.physicians)
    if link.physician:
        reason = f"{mention.reason}: {link.reason}"
        return replace(mention, physician=link.physician, candidates=link.candidates, reason=reason)
    return replace(mention, candidates=link.candidates, reason=f"{mention.reason}; {link.reason}")
