"""Steps of the patient's pages: which there are, and which is next."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from intake.directory.models import SourceKind
from intake.directory.sources.records import OTHER_CODE
from intake.survey.question.choices import SourceChoice, drawn_order, in_order
from intake.survey.recording.record_answer import NewMention


class StepKind(StrEnum):
    SOURCES = "sources"
    # Which one of those below a source: Facebook below social media.
    BELOW = "below"
    PHYSICIAN = "physician"
    PERSON = "person"
    WORDS = "words"
    MAIN = "main"
    # May we thank the person they named?
    THANKS = "thanks"
    # What brought them back after a year or more?
    RETURN = "return"


@dataclass(frozen=True)
class QuestionStep:
    """One page. `choice`: the source it is about; None for the first page and for the last one, `MAIN`."""

    kind: StepKind
    choice: SourceChoice | None = None

    @property
    def key(self) -> str:
        """Return how the page is named in forms and in `steps_done`."""
        return f"{self.kind}:{self.choice.source_id}" if self.choice else str(self.kind)


FIRST, BACK_AGAIN = QuestionStep(StepKind.SOURCES), QuestionStep(StepKind.RETURN)
WHICH = {SourceKind.PHYSICIAN: StepKind.PHYSICIAN, SourceKind.PATIENT: StepKind.PERSON}


class Offer:
    """What one ask offers, in its own order: `top` as kept with the ask, `below` each source drawn from the ask's id.

    Drawing those below from the id shows them in the same order again after a reload without keeping it.
    """

    def __init__(self, available: Sequence[SourceChoice], options: Sequence[str], ask_id: int) -> None:
        self.top = in_order(available, options) if options else list(available)
        self._ask_id = ask_id
        self._by_id = {each.source_id: (each, top) for top in available for each in (top, *top.children)}

    def below(self, choice: SourceChoice) -> list[SourceChoice]:
        return drawn_order(choice.children, random.Random(self._ask_id))  # noqa: S311 - an order, not a secret

    def find(self, source_id: int | None) -> SourceChoice | None:
        found = self._by_id.get(source_id or 0)
        return found[0] if found else None

    def top_of(self, source_id: int | None) -> SourceChoice | None:
        """The choice of the first page that this source is, or is below of."""
        found = self._by_id.get(source_id or 0)
        return found[1] if found else None

    def other(self) -> SourceChoice | None:
        return next((choice for choice in self.top if choice.code == OTHER_CODE), None)


def steps_for(
    offer: Offer, named: Sequence[NewMention], done: Collection[str] = (), *, came_back: bool = False
) -> list[QuestionStep]:
    """Return every step after these sources were named, in order; the first alone while none is.

    What was read out of somebody's own words isn't asked about again; the page they wrote on stays in the count.
    """
    steps = [FIRST]
    # No confidence means that a person chose it.
    chosen = [each.source_id for each in named if each.confidence is None]
    tops = [top for top in map(offer.top_of, chosen) if top]
    steps += [QuestionStep(StepKind.BELOW, top) for top in dict.fromkeys(tops) if top.children]
    for choice in dict.fromkeys(choice for choice in map(offer.find, chosen) if choice):
        if choice.asks_which and choice is not offer.other():
            steps.append(QuestionStep(WHICH.get(SourceKind(choice.kind), StepKind.WORDS), choice))
    other = offer.other()
    if other is not None and other.asks_which:
        words = QuestionStep(StepKind.WORDS, other)
        if words.key in seen(done) or other.source_id in chosen:
            steps.append(words)
    if len(named) > 1:
        steps.append(QuestionStep(StepKind.MAIN))
    if any(each.referrer_name for each in named if each.confidence is None):
        steps.append(QuestionStep(StepKind.THANKS))
    if named and came_back:
        steps.append(BACK_AGAIN)
    return steps


def next_step(steps: Sequence[QuestionStep], done: Collection[str]) -> QuestionStep | None:
    """Return the first step that isn't done; None when all are."""
    return next((step for step in steps if step.key not in done), None)


def may_grow(steps: Sequence[QuestionStep], due: QuestionStep, other: SourceChoice | None) -> bool:
    """Return whether the answer to this page or to one after it may bring further pages, so that no total is known."""
    thanks_known = any(step.kind is StepKind.THANKS for step in steps)
    for step in steps[steps.index(due) :]:
        named_there = step.kind is StepKind.PERSON and not thanks_known
        if step.kind in (StepKind.SOURCES, StepKind.BELOW) or named_there or step.choice is other is not None:
            return True
    return False


def find_step(steps: Sequence[QuestionStep], key: str) -> QuestionStep | None:
    return next((step for step in steps if step.key == key), None)


REOPENED = "~"


def seen(done: Collection[str]) -> set[str]:
    """Return the steps filled in or skipped at least once, those gone back to included."""
    return {key.removeprefix(REOPENED) for key in done}


def without_last(steps: Sequence[QuestionStep], done: Sequence[str]) -> list[str]:
    """Return `done` after going back one page, which is open again and still known as filled in."""
    left_behind = [step.key for step in steps if step.key in done]
    return reopened(left_behind[-1], done) if left_behind else list(done)


def reopened(key: str, done: Sequence[str]) -> list[str]:
    return [*without(key, done), f"{REOPENED}{key}"]


def without(key: str, done: Sequence[str]) -> list[str]:
    return [each for each in done if each.removeprefix(REOPENED) != key]
