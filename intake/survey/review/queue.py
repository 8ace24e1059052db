"""Texts that wait for a person to say what they mean, and in how many answers each stands."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import Any

from sqlalchemy import Select, func, select, union_all

from intake.db import db
from intake.directory.models import ReferralSource, SourceKind, Visit
from intake.directory.sources.records import OTHER_CODE
from intake.survey.answers.counted_reply import may_count
from intake.survey.answers.effective_answer import is_current
from intake.survey.ledger.entries import BATCH
from intake.survey.models import Answer, MatchState, Mention, MentionDecision, PhysicianReferral, has_words


class Words(IntEnum):
    """What waits about a text, most urgent first: it counts as nothing, a doctor has no record, a machine read it."""

    UNCOUNTED = 0
    DOCTOR = 1
    SUGGESTED = 2


@dataclass(frozen=True)
class WaitingText:
    """One text, however it was written, in `answers` answers. `source_id` is what it was recorded with."""

    normal: str
    text: str
    answers: int
    first_day: date
    last_day: date
    words: Words = Words.UNCOUNTED
    source_id: int | None = None


# More than this many different texts are read in turns: the commonest first.
MOST_TEXTS = 1_500


def waiting_texts(*, within: Collection[int]) -> list[WaitingText]:
    """Texts of current answers at these locations that nobody has decided about, the commonest first."""
    rows = db.session.execute(
        waiting_mentions(within)
        .with_only_columns(
            Mention.detail_normal,
            Mention.detail,
            Mention.source_id,
            Mention.match_state,
            func.count(Answer.id.distinct()).label("answers"),
            func.min(Visit.visit_date).label("first_day"),
            func.max(Visit.visit_date).label("last_day"),
            func.max(Mention.id).label("newest"),
            maintain_column_froms=True,
        )
        .group_by(Mention.detail_normal, Mention.detail, Mention.source_id, Mention.match_state)
        .order_by(func.count(Answer.id.distinct()).desc(), func.max(Mention.id).desc())
    ).all()
    kinds = _kinds({row.source_id for row in rows})
    found: dict[str, WaitingText] = {}
    for row in rows:
        one = WaitingText(
            normal=row.detail_normal,
            text=row.detail,
            answers=row.answers,
            first_day=row.first_day,
            last_day=row.last_day,
            words=_words(kinds.get(row.source_id), row.match_state),
            source_id=row.source_id,
        )
        found[one.normal] = _combined(found[one.normal], one) if one.normal in found else one
    return sorted(found.values(), key=lambda each: (-each.answers, each.normal))[:MOST_TEXTS]


def some_waiting(*, within: Collection[int], at_most: int) -> list[str]:
    """Different texts that wait, in order; no more than `at_most`, and then any of them."""
    texts = waiting_mentions(within).with_only_columns(Mention.detail_normal, maintain_column_froms=True).distinct()
    return sorted(db.session.scalars(texts.limit(at_most)))


def whole_answers(normals: Collection[str], *, within: Collection[int], limit: int = 3) -> list[str]:
    """What patients said in full, where a text is only a part of it; the newest first."""
    query = (
        waiting_mentions(within)
        .with_only_columns(Answer.verbatim, func.max(Mention.id), maintain_column_froms=True)
        .where(
            Mention.detail_normal.in_(list(normals)[:BATCH]), Answer.verbatim != "", Answer.verbatim != Mention.detail
        )
        .group_by(Answer.verbatim)
        .order_by(func.max(Mention.id).desc())
        .limit(limit)
    )
    return [row[0] for row in db.session.execute(query)]


def waiting_mentions(within: Collection[int]) -> Select[Any]:
    """Mentions, with their answers and visits, whose words wait."""
    decided = select(MentionDecision.id).where(
        MentionDecision.mention_id == Mention.id, MentionDecision.undone_at.is_(None)
    )
    linked = select(PhysicianReferral.id).where(
        PhysicianReferral.mention_id == Mention.id, PhysicianReferral.ended_at.is_(None)
    )
    other = select(ReferralSource.id).where(ReferralSource.code == OTHER_CODE)
    physicians = select(ReferralSource.id).where(ReferralSource.kind == SourceKind.PHYSICIAN)
    # Each branch has an index of its own; one condition with OR would read every mention there ever was.
    open_mentions = union_all(
        select(Mention.id).where(Mention.source_id.is_(None), has_words()),
        select(Mention.id).where(Mention.match_state == MatchState.SUGGESTED),
        select(Mention.id).where(Mention.source_id.in_(other), has_words()),
        select(Mention.id).where(Mention.source_id.in_(physicians), has_words(), ~linked.correlate(Mention).exists()),
    )
    # Wrapped, so that no planner begins with the visits, which are everybody's, to end at the few that wait.
    answer_id = func.coalesce(Mention.answer_id, Mention.answer_id)
    visit_id = func.coalesce(Answer.visit_id, Answer.visit_id)
    return (
        select(Mention.id)
        .join(Answer, Answer.id == answer_id)
        .join(Visit, Visit.id == visit_id)
        .where(
            Mention.id.in_(open_mentions),
            func.coalesce(Mention.detail_normal, "") != "",
            is_current(),
            ~decided.exists(),
            Visit.location_id.in_(within),
            may_count(),
        )
    )


def _kinds(source_ids: Collection[int | None]) -> dict[int | None, tuple[str, str]]:
    rows = db.session.execute(
        select(ReferralSource.id, ReferralSource.kind, ReferralSource.code).where(ReferralSource.id.in_(source_ids))
    )
    return {row.id: (row.kind, row.code) for row in rows}


def _words(source: tuple[str, str] | None, match_state: str) -> Words:
    if source is None or source[1] == OTHER_CODE:
        return Words.UNCOUNTED
    if source[0] == SourceKind.PHYSICIAN and match_state != MatchState.SUGGESTED:
        return Words.DOCTOR
    return Words.SUGGESTED


def _combined(one: WaitingText, other: WaitingText) -> WaitingText:
    """The same words written differently, or recorded with different sources; how most wrote it stands for all."""
    first = min(one.words, other.words)
    return replace(
        one,
        answers=one.answers + other.answers,
        first_day=min(one.first_day, other.first_day),
        last_day=max(one.last_day, other.last_day),
        words=first,
        source_id=(one if one.words == first else other).source_id,
    )
