"""What a reply to the question chooses: numbers in the order shown, words, or both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from intake.directory.models import SourceKind
from intake.directory.sources.records import OTHER_CODE
from intake.survey.free_text.typed_answers import mentions_in
from intake.survey.models import MatchState, Outcome
from intake.survey.recording.submission import NewMention
from intake.survey.text_kind.numbers_said import NumberedChoice, choice_in, numbers_in, wants_another_option
from intake.survey.text_kind.reply_words import plain_form
from intake.survey.text_reader.reader import AnswerReading

# From this confidence on (thousandths) there is something in it for a person to read, and asking again would annoy.
WORTH_READING = 500
LONGEST_NAME = 4


class ChoiceKind(StrEnum):
    ANSWER = "answer"
    # Something is meant, nobody can be sure what: kept for a person.
    DOUBTFUL = "doubtful"
    # "Something else", alone: their words are what we want to know.
    OTHER = "other"
    QUESTION = "question"
    UNREAD = "unread"


@dataclass(frozen=True)
class ReplyChoice:
    """What a reply chooses. `doctors`: words to search a doctor by, the most telling first."""

    kind: ChoiceKind
    outcome: Outcome = Outcome.ANSWERED
    named: tuple[NewMention, ...] = ()
    doctors: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownSource:
    """A source of the practice's list, whether it is offered today or not."""

    id: int
    code: str
    kind: str
    parent_code: str | None = None
    # What it was called in each language, as `plain_form`; only of one that has left the list.
    former_labels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class KnownSources:
    """The practice's sources by code, and a reader of words against today's list."""

    sources: Mapping[str, KnownSource]
    read: Callable[[str], AnswerReading]

    def named(self, text: str) -> tuple[Outcome, tuple[NewMention, ...]]:
        """Return what to record for these words."""
        return mentions_in(self.read(text), text, {code: source.id for code, source in self.sources.items()})

    def codes(self, named: Sequence[NewMention]) -> list[str]:
        """Return the codes of the sources named for sure, in order."""
        by_id = {source.id: code for code, source in self.sources.items()}
        return [by_id[mention.source_id] for mention in named if mention.source_id in by_id]


def choose(body: str, options: Sequence[str], known: KnownSources) -> ReplyChoice:
    """Read a reply to `options`, source codes in the order shown. Asks no database."""
    numbers = numbers_in(body, last=len(options))
    if numbers is not None:
        return _by_number(numbers, options, known)
    if wants_another_option(body):
        return ReplyChoice(ChoiceKind.OTHER)
    choice = choice_in(body)
    if choice is not None and 1 <= choice.number <= len(options):
        chosen = _with_words(choice, options, known)
        if chosen is not None:
            return chosen
    taken_off = _taken_off_since(body, options, known)
    if taken_off is not None:
        return ReplyChoice(ChoiceKind.ANSWER, named=(NewMention(taken_off.id),))
    return _by_words(body, known)


def _taken_off_since(body: str, options: Sequence[str], known: KnownSources) -> KnownSource | None:
    """Return the option shown whose label this is, though it has left the list since."""
    said = plain_form(body)
    shown = (known.sources[code] for code in options if code in known.sources)
    return next((source for source in shown if said and said in source.former_labels), None)


def _by_number(numbers: list[int], options: Sequence[str], known: KnownSources) -> ReplyChoice:
    if any(not 1 <= number <= len(options) for number in numbers):
        return ReplyChoice(ChoiceKind.UNREAD)
    codes = [options[number - 1] for number in numbers]
    if codes == [OTHER_CODE]:
        return ReplyChoice(ChoiceKind.OTHER)
    named = tuple(NewMention(known.sources[code].id) for code in codes if code in known.sources)
    return ReplyChoice(ChoiceKind.ANSWER, named=named) if named else ReplyChoice(ChoiceKind.UNREAD)


def _by_words(body: str, known: KnownSources) -> ReplyChoice:
    outcome, read = known.named(body)
    if outcome != Outcome.ANSWERED:
        wordless = not plain_form(body) and "?" in body
        return ReplyChoice(ChoiceKind.QUESTION) if wordless else ReplyChoice(ChoiceKind.ANSWER, outcome)
    if any(mention.source_id for mention in read):
        codes = known.codes(read)
        if codes == [OTHER_CODE] and len(body.split()) <= LONGEST_NAME:
            return ReplyChoice(ChoiceKind.OTHER)
        return ReplyChoice(ChoiceKind.ANSWER, named=read, doctors=_doctors(body, read, known))
    if "?" in body:
        return ReplyChoice(ChoiceKind.QUESTION)
    doubtful = any((mention.confidence or 0) >= WORTH_READING for mention in read)
    return ReplyChoice(ChoiceKind.DOUBTFUL if doubtful else ChoiceKind.UNREAD, named=read)


def _with_words(choice: NumberedChoice, options: Sequence[str], known: KnownSources) -> ReplyChoice | None:
    """Return the numbered option with the words about it; None when the words name another source."""
    code = options[choice.number - 1]
    if code not in known.sources:
        return None
    source = known.sources[code]
    outcome, read = known.named(choice.rest)
    sure = tuple(mention for mention in read if mention.source_id) if outcome == Outcome.ANSWERED else ()
    if choice.joined:
        return _beside(choice.rest, source, sure, known)
    if source.kind == SourceKind.PATIENT:
        return _with_person(choice.rest, source, sure, known)
    if source.kind == SourceKind.PHYSICIAN:
        return _with_doctor(choice.rest, source, sure, known)
    return _with_remark(choice.rest, source, sure, known)


def _with_remark(
    rest: str, source: KnownSource, sure: tuple[NewMention, ...], known: KnownSources
) -> ReplyChoice | None:
    if sure:
        family = (each.id for each in known.sources.values() if source.code in (each.code, each.parent_code))
        within = set(family)
        return (
            ReplyChoice(ChoiceKind.ANSWER, named=sure) if any(mention.source_id in within for mention in sure) else None
        )
    if source.code == OTHER_CODE:
        return ReplyChoice(
            ChoiceKind.DOUBTFUL, named=(NewMention(None, detail=rest, match_state=MatchState.UNMATCHED),)
        )
    return ReplyChoice(ChoiceKind.ANSWER, named=(NewMention(source.id, detail=rest),))


def _beside(rest: str, source: KnownSource, sure: tuple[NewMention, ...], known: KnownSources) -> ReplyChoice:
    others = tuple(mention for mention in sure if mention.source_id != source.id)
    unread = () if sure else (NewMention(None, detail=rest, match_state=MatchState.UNMATCHED),)
    return ReplyChoice(
        ChoiceKind.ANSWER, named=(NewMention(source.id), *others, *unread), doctors=_doctors(rest, sure, known)
    )


def _with_person(
    rest: str, source: KnownSource, sure: tuple[NewMention, ...], known: KnownSources
) -> ReplyChoice | None:
    reading = known.read(rest)
    person = next((mention.person for mention in reading.mentions if mention.person), None)
    if person is None and sure and source.code not in known.codes(sure):
        return None
    related = any(mention.source_code == source.code for mention in reading.mentions)
    if person is None and not related and len(rest.split()) <= LONGEST_NAME:
        person = rest
    same = next((mention for mention in sure if mention.source_id == source.id), NewMention(source.id, detail=rest))
    others = (mention for mention in sure if mention.source_id != source.id)
    return ReplyChoice(ChoiceKind.ANSWER, named=(replace(same, referrer_name=person or ""), *others))


def _with_doctor(
    rest: str, source: KnownSource, sure: tuple[NewMention, ...], known: KnownSources
) -> ReplyChoice | None:
    if sure and source.code not in known.codes(sure):
        return None
    named = sure if len(sure) > 1 else (NewMention(source.id, detail=rest),)
    return ReplyChoice(ChoiceKind.ANSWER, named=named, doctors=_doctors(rest, named, known))


def _doctors(text: str, named: tuple[NewMention, ...], known: KnownSources) -> tuple[str, ...]:
    """Return search words for the first doctor in a text: the name with the words around it, then alone."""
    detail = next((mention.detail for mention in named if mention.detail and mention.source_id), "")
    reading = known.read(text)
    name = next((mention.doctor_name for mention in reading.mentions if mention.doctor_name), None)
    return tuple(dict.fromkeys(words for words in (detail, name) if words))
