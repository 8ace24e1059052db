"""What a reply to the survey's question chooses: numbers in the order this person was shown, words, or both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select

from intake.capture.text_meanings import asks_back, wants_another_option
from intake.capture.text_numbers import Choice, choice_in, numbers_in
from intake.db import db
from intake.directory.models import ReferralSource, SourceKind, SourceTranslation
from intake.directory.sources import OTHER_CODE
from intake.sms.wishes import plain_form
from intake.survey import wording
from intake.survey.models import MatchState, Outcome
from intake.survey.reading import read_for, read_text
from intake.survey.recording import Named

# From this confidence on (thousandths) there is something in it for a person to read, and asking again would annoy.
WORTH_READING = 500
LONGEST_NAME = 4


class Reading(StrEnum):
    ANSWER = "answer"
    # Something is meant, nobody can be sure what: kept for a person.
    DOUBTFUL = "doubtful"
    # "Something else", alone: their words are what we want to know.
    OTHER = "other"
    QUESTION = "question"
    UNREAD = "unread"


@dataclass(frozen=True)
class Chosen:
    """`doctors`: what to look a doctor up by, the most telling first."""

    reading: Reading
    outcome: Outcome = Outcome.ANSWERED
    named: tuple[Named, ...] = ()
    doctors: tuple[str, ...] = ()


def choose(body: str, options: Sequence[str], *, location_id: int) -> Chosen:
    """What this reply says to someone who was shown `options`, source codes in that order."""
    numbers = numbers_in(body, last=len(options))
    if numbers is not None:
        return _by_number(numbers, options)
    if wants_another_option(body):
        return Chosen(Reading.OTHER)
    choice = choice_in(body)
    if choice is not None and 1 <= choice.number <= len(options):
        chosen = _with_words(choice, options, location_id)
        if chosen is not None:
            return chosen
    taken_off = _taken_off_since(body, options)
    if taken_off is not None:
        return Chosen(Reading.ANSWER, named=(Named(taken_off.id),))
    return _by_words(body, location_id)


def _taken_off_since(body: str, options: Sequence[str]) -> ReferralSource | None:
    """The option they were shown whose very words these are, though it has left the list since."""
    said = plain_form(body)
    ended = [source for source in _sources(options).values() if source.active_until is not None]
    if not said or not ended:
        return None
    translated = {
        (row.source_id, row.language): row.label
        for row in db.session.scalars(
            select(SourceTranslation).where(SourceTranslation.source_id.in_([source.id for source in ended]))
        )
    }
    for source in ended:
        for language in wording.languages():
            label = wording.source_label(source, language.code, translated.get((source.id, language.code)))
            if said == plain_form(label):
                return source
    return None


def _by_number(numbers: list[int], options: Sequence[str]) -> Chosen:
    if any(not 1 <= number <= len(options) for number in numbers):
        return Chosen(Reading.UNREAD)
    codes = [options[number - 1] for number in numbers]
    if codes == [OTHER_CODE]:
        return Chosen(Reading.OTHER)
    sources = _sources(codes)
    named = tuple(Named(sources[code].id) for code in codes if code in sources)
    return Chosen(Reading.ANSWER, named=named) if named else Chosen(Reading.UNREAD)


def _by_words(body: str, location_id: int) -> Chosen:
    outcome, read = read_for(body, location_id=location_id)
    if outcome != Outcome.ANSWERED:
        wordless = not plain_form(body) and "?" in body
        return Chosen(Reading.QUESTION) if wordless else Chosen(Reading.ANSWER, outcome)
    if any(mention.source_id for mention in read):
        codes = _codes(read)
        if codes == [OTHER_CODE] and len(body.split()) <= LONGEST_NAME:
            return Chosen(Reading.OTHER)
        return Chosen(Reading.ANSWER, named=read, doctors=_doctors(body, read, location_id))
    if asks_back(body):
        return Chosen(Reading.QUESTION)
    doubtful = any((mention.confidence or 0) >= WORTH_READING for mention in read)
    return Chosen(Reading.DOUBTFUL if doubtful else Reading.UNREAD, named=read)


def _with_words(choice: Choice, options: Sequence[str], location_id: int) -> Chosen | None:
    """The option of that number with what was said about it; None when the words mean something else altogether."""
    code = options[choice.number - 1]
    sources = _sources([code])
    if code not in sources:
        return None
    source = sources[code]
    outcome, read = read_for(choice.rest, location_id=location_id)
    sure = tuple(mention for mention in read if mention.source_id) if outcome == Outcome.ANSWERED else ()
    if choice.joined:
        return _beside(choice.rest, source, sure, location_id)
    if source.kind == SourceKind.PATIENT:
        return _with_person(choice.rest, source, sure, location_id)
    if source.kind == SourceKind.PHYSICIAN:
        return _with_doctor(choice.rest, source, sure, location_id)
    return _with_remark(choice.rest, source, sure)


def _with_remark(rest: str, source: ReferralSource, sure: tuple[Named, ...]) -> Chosen | None:
    if sure:
        within = {row.id for row in _family(source)}
        return Chosen(Reading.ANSWER, named=sure) if any(mention.source_id in within for mention in sure) else None
    if source.code == OTHER_CODE:
        return Chosen(Reading.DOUBTFUL, named=(Named(None, detail=rest, match_state=MatchState.UNMATCHED),))
    return Chosen(Reading.ANSWER, named=(Named(source.id, detail=rest),))


def _beside(rest: str, source: ReferralSource, sure: tuple[Named, ...], location_id: int) -> Chosen:
    others = tuple(mention for mention in sure if mention.source_id != source.id)
    unread = () if sure else (Named(None, detail=rest, match_state=MatchState.UNMATCHED),)
    return Chosen(Reading.ANSWER, named=(Named(source.id), *others, *unread), doctors=_doctors(rest, sure, location_id))


def _with_person(rest: str, source: ReferralSource, sure: tuple[Named, ...], location_id: int) -> Chosen | None:
    reading = read_text(rest, location_id=location_id)
    person = next((mention.person for mention in reading.mentions if mention.person), None)
    if person is None and sure and source.code not in _codes(sure):
        return None
    related = any(mention.source_code == source.code for mention in reading.mentions)
    if person is None and not related and len(rest.split()) <= LONGEST_NAME:
        person = rest
    same = next((mention for mention in sure if mention.source_id == source.id), Named(source.id, detail=rest))
    others = (mention for mention in sure if mention.source_id != source.id)
    return Chosen(Reading.ANSWER, named=(replace(same, referrer_name=person or ""), *others))


def _with_doctor(rest: str, source: ReferralSource, sure: tuple[Named, ...], location_id: int) -> Chosen | None:
    if sure and source.code not in _codes(sure):
        return None
    named = sure if len(sure) > 1 else (Named(source.id, detail=rest),)
    return Chosen(Reading.ANSWER, named=named, doctors=_doctors(rest, named, location_id))


def _doctors(text: str, named: tuple[Named, ...], location_id: int) -> tuple[str, ...]:
    """The name alone and the words around it, which may tell the town, of the first doctor in a text."""
    detail = next((mention.detail for mention in named if mention.detail and mention.source_id), "")
    reading = read_text(text, location_id=location_id)
    name = next((mention.doctor_name for mention in reading.mentions if mention.doctor_name), None)
    return tuple(dict.fromkeys(words for words in (detail, name) if words))


def _sources(codes: Sequence[str]) -> dict[str, ReferralSource]:
    return {row.code: row for row in db.session.scalars(select(ReferralSource).where(ReferralSource.code.in_(codes)))}


def _codes(named: tuple[Named, ...]) -> list[str]:
    ids = [mention.source_id for mention in named if mention.source_id]
    codes = dict(
        db.session.execute(select(ReferralSource.id, ReferralSource.code).where(ReferralSource.id.in_(ids))).all()
    )
    return [codes[found] for found in ids]


def _family(source: ReferralSource) -> list[ReferralSource]:
    """The source and what stands under it."""
    children = select(ReferralSource).where(ReferralSource.parent_id == source.id)
    return [source, *db.session.scalars(children)]
