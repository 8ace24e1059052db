"""The sources that an answer names, as each page changes them: from those so far to those now."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from intake.capture.patient_flow.steps import Offer
from intake.survey.free_text.typed_answers import practice_called
from intake.survey.models import Answer, Evidence, MentionRole
from intake.survey.question.choices import SourceChoice
from intake.survey.recording.mentions import recorded_mentions
from intake.survey.recording.record_answer import NewMention


def named_in(answer: Answer | None) -> list[NewMention]:
    """Return the sources of a recorded answer, to record again with what the next page adds."""
    return [] if answer is None else list(recorded_mentions(answer.id))


def with_sources(before: Sequence[NewMention], chosen: Sequence[SourceChoice]) -> list[NewMention]:
    """Return these choices of the first page, in the order tapped, with the details known already."""
    now = []
    for choice in chosen:
        covered = {choice.source_id, *(child.source_id for child in choice.children)}
        kept = [_without_main(each) for each in before if each.source_id in covered and was_chosen(each)]
        now += kept or [NewMention(choice.source_id)]
    return now


def with_below(before: Sequence[NewMention], top: SourceChoice, chosen: Sequence[SourceChoice]) -> list[NewMention]:
    """Put the chosen sources below `top` in its place; `top` itself when none was chosen."""
    covered = {top.source_id, *(child.source_id for child in top.children)}
    known = {each.source_id: each for each in before}
    instead = [known.get(child.source_id, NewMention(child.source_id)) for child in chosen] or [
        NewMention(top.source_id)
    ]
    now: list[NewMention] = []
    for each in before:
        if each.source_id not in covered:
            now.append(each)
        elif instead:
            now += instead
            instead = []
    return now + instead


def with_physician(
    before: Sequence[NewMention], choice: SourceChoice, *, physician_id: int | None, detail: str
) -> list[NewMention]:
    if physician_id is None:
        return with_details(before, choice, detail)
    return [
        replace(each, physician_id=physician_id, practice_id=None, detail=detail, evidence=Evidence.PATIENT_STATED)
        if each.source_id == choice.source_id
        else each
        for each in before
    ]


def with_person(before: Sequence[NewMention], choice: SourceChoice, name: str) -> list[NewMention]:
    """Add the referring person's name as typed; staff match it to a record later."""
    return [
        replace(each, referrer_name=name, detail=name) if each.source_id == choice.source_id else each
        for each in before
    ]


def with_words(before: Sequence[NewMention], choice: SourceChoice, read: Sequence[NewMention]) -> list[NewMention]:
    """Put what was read in the patient's words in place of "something else", or beside the choice that it repeats.

    Nothing read (they left the page out): "something else" itself stands again.
    """
    place = next((index for index, each in enumerate(before) if not was_chosen(each) or _is(each, choice)), len(before))
    chosen = [each for each in before if was_chosen(each) and not _is(each, choice)]
    again = {each.source_id: each for each in read}
    fresh = [each for each in read if each.source_id is None or each.source_id not in {one.source_id for one in chosen}]
    if not read:
        fresh = [NewMention(choice.source_id)]
    chosen = [_joined(each, again[each.source_id]) if each.source_id in again else each for each in chosen]
    return chosen[:place] + fresh + chosen[place:]


def with_details(before: Sequence[NewMention], choice: SourceChoice, text: str) -> list[NewMention]:
    """Add the patient's words on which one of `choice` it was, and the practice or hospital that they name."""
    said: dict[str, Any] = {"detail": text}
    if choice.names_practices:
        practice_id = practice_called(text)
        evidence = Evidence.INFERRED if practice_id else Evidence.PATIENT_STATED
        said |= {"physician_id": None, "practice_id": practice_id, "evidence": evidence}
    return [replace(each, **said) if each.source_id == choice.source_id else each for each in before]


def with_main(before: Sequence[NewMention], place: int) -> list[NewMention]:
    """Move the source that mattered most, by its place so far, to the front."""
    first = replace(before[place], role=MentionRole.DECIDED_BECAUSE)
    rest = [each for index, each in enumerate(before) if index != place]
    return [first, *(_without_main(each) for each in rest)]


def details(named: Collection[NewMention]) -> str:
    """Return what the patient wrote about single sources, each piece once, in the order of the pages."""
    return "\n".join(dict.fromkeys(each.detail for each in named if each.detail))


def tapped_order(offer: Offer, codes: Sequence[str], tapped: str) -> list[SourceChoice]:
    """Return the choices in the order tapped where the page's script tells it, else as shown."""
    wanted = set(codes)
    shown = [choice for choice in offer.top if choice.code in wanted]
    order = [code for code in dict.fromkeys(tapped.split(",")) if code in wanted]
    return sorted(shown, key=lambda choice: order.index(choice.code) if choice.code in order else len(order))


def was_chosen(named: NewMention) -> bool:
    """Return whether it was chosen, rather than read in words."""
    return named.confidence is None and named.source_id is not None


def _is(named: NewMention, choice: SourceChoice) -> bool:
    return named.source_id == choice.source_id


def _without_main(named: NewMention) -> NewMention:
    return replace(named, role=None) if named.role == MentionRole.DECIDED_BECAUSE else named


def _joined(chosen: NewMention, read: NewMention) -> NewMention:
    """Join a source that was chosen with what was written about it."""
    if chosen.physician_id is not None or chosen.practice_id is not None or chosen.referrer_name:
        return chosen
    return replace(
        chosen,
        detail=chosen.detail or read.detail,
        physician_id=read.physician_id,
        practice_id=read.practice_id,
        referrer_name=read.referrer_name,
        evidence=read.evidence,
    )
