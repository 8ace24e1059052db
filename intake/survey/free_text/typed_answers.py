"""Typed answers as recording takes them: for the kiosk's "something else", the link, and texts."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.directory.models import Practice, ReferralSource
from intake.survey.free_text.directory_names import known_names
from intake.survey.free_text.source_cache import source_index
from intake.survey.models import Evidence, MatchState, Outcome
from intake.survey.recording.submission import NewMention
from intake.survey.text_kind.judge import danger_on_a_page
from intake.survey.text_reader.reader import (
    AnswerReading,
    ReadMention,
    ReadOutcome,
    read_answer,
)

_OUTCOMES = {
    ReadOutcome.ANSWERED: Outcome.ANSWERED,
    # Words that nobody understands yet are an answer all the same.
    ReadOutcome.UNMATCHED: Outcome.ANSWERED,
    ReadOutcome.DONT_REMEMBER: Outcome.DONT_REMEMBER,
    ReadOutcome.DECLINED: Outcome.DECLINED,
}


def read_text(text: str, *, location_id: int | None = None) -> AnswerReading:
    """Return what `text` says, by the practice's list of today and the physicians it knows."""
    return read_answer(
        text,
        sources=source_index(_today()),
        known=known_names(location_id=location_id),
    )


def read_for(text: str, *, location_id: int | None = None) -> tuple[Outcome, tuple[NewMention, ...]]:
    """Return what to record for a free answer; pass `text` itself as the submission's verbatim."""
    reading = read_text(text, location_id=location_id)
    codes = [mention.source_code for mention in reading.mentions if mention.source_code]
    ids = dict(
        db.session.execute(select(ReferralSource.code, ReferralSource.id).where(ReferralSource.code.in_(codes))).all()
    )
    return mentions_in(reading, text, ids)


def practice_called(name: str) -> int | None:
    """Return the one referring practice that is called just so, by its name or a nickname; None when that is unsure."""
    mentions = read_text(name).mentions if name else ()
    practices = {each.practice.practice_id for each in mentions if each.practice and each.counts}
    return practices.pop() if len(practices) == 1 else None


def mentions_in(reading: AnswerReading, text: str, ids: Mapping[str, int]) -> tuple[Outcome, tuple[NewMention, ...]]:
    """Return the outcome and mentions of a reading, with the sources' ids by code. Asks no database.

    From SURE_ENOUGH on a mention counts as its source at once; below, it is kept unmatched for the review queue, with
    the confidence. A physician is linked only when more than the surname agrees, a referring
    practice when it is named, a referring patient never.
    """
    outcome = _OUTCOMES[reading.outcome]
    if outcome != Outcome.ANSWERED and danger_on_a_page(text) is not None:
        # "No quiero vivir más" declines nothing.
        reading, outcome = AnswerReading(ReadOutcome.UNMATCHED), Outcome.ANSWERED
    if outcome != Outcome.ANSWERED or not text.strip():
        return outcome, ()
    alone = len(reading.mentions) == 1
    named = [_named(mention, ids, text.strip() if alone else mention.text) for mention in reading.mentions]
    return outcome, _apart(named) or (
        NewMention(None, detail=text.strip(), match_state=MatchState.UNMATCHED, confidence=0),
    )


def _apart(named: Sequence[NewMention]) -> tuple[NewMention, ...]:
    """Without what has the very words of another: words that don't fall apart are one thing for a person to decide."""
    surest = sorted(named, key=lambda mention: mention.source_id is None)
    kept = {mention.detail: mention for mention in reversed(surest)}
    return tuple(mention for mention in named if mention is kept[mention.detail])


def _named(mention: ReadMention, ids: Mapping[str, int], detail: str) -> NewMention:
    source_id = ids.get(mention.source_code or "")
    thousandths = round(mention.confidence * 1000)
    if source_id is None or not mention.counts:
        return NewMention(
            None,
            detail=detail,
            role=mention.role,
            match_state=MatchState.UNMATCHED,
            confidence=thousandths,
        )
    return NewMention(
        source_id,
        detail=detail,
        role=mention.role,
        physician_id=mention.physician.physician_id if mention.physician else None,
        practice_id=mention.practice.practice_id if mention.practice and not mention.physician else None,
        referrer_name=mention.person or "",
        match_state=MatchState.EXACT if mention.exact else MatchState.SUGGESTED,
        confidence=thousandths,
        evidence=Evidence.INFERRED if mention.physician or mention.practice else Evidence.PATIENT_STATED,
    )


def _today() -> date:
    practice = db.session.get(Practice, 1)
    return clock.clinic_today(practice.time_zone) if practice else clock.now().date()
