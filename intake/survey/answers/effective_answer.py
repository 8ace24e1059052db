"""What an answer means now: which answer of a visit is current, and what its mentions name after decisions and merges.

Answers, mentions, links and decisions are append-only. Pages, files and sums read through here which of them hold.
`flask totals verify` proves it by a computation of its own (attribution/verify/expected_ledger.py).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload

from intake.db import db
from intake.directory.merging.merge import Kind
from intake.directory.models import ReferralSource, SourceKind
from intake.id_filters import among_given, database_kind, given
from intake.survey.models import (
    Answer,
    DecidedAlso,
    Evidence,
    Mention,
    MentionDecision,
    PatientReferral,
    PhysicianReferral,
)

NOT_MATCHED = "Not yet matched to a source"
NAMES_NO_SOURCE = "Names no source"

LinkModel = type[PhysicianReferral] | type[PatientReferral]
Merges = Mapping[Kind, Mapping[int, int]]


@dataclass(frozen=True)
class LinkedReferrer:
    """Who is linked to a mention: physician, practice or patient. `referrer_name`: what was said without a record."""

    physician_id: int | None = None
    referring_patient_id: int | None = None
    referrer_name: str = ""
    evidence: str = ""
    # A referring practice of which no physician is named.
    practice_id: int | None = None


@dataclass(frozen=True)
class EffectiveMention:
    """A mention as it counts: the source that it was recorded with or decided to mean, and who is linked."""

    id: int
    source_id: int | None
    role: str | None
    detail: str
    link: LinkedReferrer | None
    # Further sources that the same words were decided to name, in order.
    beside: tuple[int, ...] = ()
    is_decided: bool = False

    @property
    def names_nothing(self) -> bool:
        """True when it was decided that the words name no source."""
        return self.is_decided and self.source_id is None

    @property
    def source_ids(self) -> tuple[int, ...]:
        """Every source it names; none while nobody has matched it."""
        return () if self.source_id is None else (self.source_id, *self.beside)

    @property
    def unnamed(self) -> str:
        """What a page shows in place of a source's name."""
        return NAMES_NO_SOURCE if self.names_nothing else NOT_MATCHED

    @property
    def physician_id(self) -> int | None:
        return self.link.physician_id if self.link else None

    @property
    def practice_id(self) -> int | None:
        return self.link.practice_id if self.link else None

    @property
    def referring_patient_id(self) -> int | None:
        return self.link.referring_patient_id if self.link else None

    def read_under(self, merges: Merges) -> "EffectiveMention":
        """Return it with the records that the named ones were merged into, each source once."""
        sources = merges[Kind.SOURCES]
        ids = list(dict.fromkeys(sources.get(each, each) for each in self.source_ids))
        link = self.link and replace(
            self.link,
            physician_id=_kept(merges[Kind.PHYSICIANS], self.link.physician_id),
            practice_id=_kept(merges[Kind.PRACTICES], self.link.practice_id),
            referring_patient_id=_kept(merges[Kind.PATIENTS], self.link.referring_patient_id),
        )
        return replace(self, source_id=ids[0] if ids else None, beside=tuple(ids[1:]), link=link)


def effective_mentions(
    answer_ids: Collection[int], *, when_replaced: bool = False
) -> dict[int, list[EffectiveMention]]:
    """Return answer id → its mentions by rank. Takes one statement for any number of answers, two with decisions.

    Of several decisions or links the newest holds that was not undone or ended. `when_replaced`: an answer that
    another one has replaced keeps the links that it had until then.
    """
    if not answer_ids:
        return {}
    statement = _mentions(database_kind(), when_replaced)
    # Of several links the newest comes last.
    newest = {row.id: row for row in db.session.execute(statement, {"answer_ids": given(answer_ids)})}
    beside = _beside({row.decision_id for row in newest.values() if row.decision_id is not None})
    found: dict[int, list[EffectiveMention]] = {}
    for row in newest.values():
        is_decided = row.decision_id is not None
        mention = EffectiveMention(
            id=row.id,
            source_id=row.decided_id if is_decided else row.source_id,
            role=row.role,
            detail=row.detail,
            link=_referrer(row),
            beside=beside.get(row.decision_id, ()),
            is_decided=is_decided,
        )
        found.setdefault(row.answer_id, []).append(mention)
    return found


def current_answers(visit_ids: Collection[int]) -> dict[int, Answer]:
    """Return visit id → its current answer with ask and mentions loaded; a withdrawn one is still returned as such."""
    turns = current_turns(visit_ids)
    rows = db.session.scalars(
        select(Answer)
        .join(turns, (turns.c.visit_id == Answer.visit_id) & (turns.c.turn == Answer.turn))
        .options(selectinload(Answer.mentions), selectinload(Answer.ask))
    )
    return {answer.visit_id: answer for answer in rows if answer.visit_id is not None}


def current_turns(visit_ids: Any) -> Subquery:
    """Subquery (visit_id, turn) of current answers. `visit_ids`: several, or a parameter that expands to them."""
    return (
        select(Answer.visit_id, func.max(Answer.turn).label("turn"))
        .where(Answer.visit_id.in_(visit_ids), Answer.turn.is_not(None))
        .group_by(Answer.visit_id)
        .subquery()
    )


def is_current(subject: InstrumentedAttribute[int | None] = Answer.visit_id) -> ColumnElement[bool]:
    """SQL condition on an answer: no later one replaced it. `subject`: its column of visit or caller."""
    later = aliased(Answer)
    replaced = select(later.id).where(getattr(later, subject.key) == subject, later.turn > Answer.turn)
    return and_(Answer.turn.is_not(None), ~replaced.correlate(Answer).exists())


def decision_that_holds(mention_id: Any) -> Any:
    """SQL expression: id of the newest decision about this mention that was not undone, or NULL."""
    newest = aliased(MentionDecision)
    return (
        select(func.max(newest.id)).where(newest.mention_id == mention_id, newest.undone_at.is_(None)).scalar_subquery()
    )


@lru_cache(maxsize=16)
def link_holds(model: LinkModel) -> ColumnElement[bool]:
    """SQL condition on a link: not ended, nor set aside by a decision about its mention.

    A decision sets aside the earlier links to a physician, unless it makes such a link itself; and those to a patient,
    unless it makes one itself or still means a friend.
    """
    return and_(model.ended_at.is_(None), ~_is_set_aside(model))


def is_documented(link: Any) -> ColumnElement[bool]:
    """SQL condition on a physician's link: the chart names this physician now."""
    return and_(link.evidence == Evidence.DOCUMENTED, link.ended_at.is_(None))


def _held_until_replaced(model: LinkModel) -> ColumnElement[bool]:
    """As `link_holds`; a link that ended with its answer holds, one of an undone decision doesn't."""
    undone = aliased(MentionDecision)
    taken_back = select(undone.id).where(
        undone.mention_id == model.mention_id, own_link(undone, model) == model.id, undone.undone_at.is_not(None)
    )
    ended_with_answer = ~taken_back.correlate(model).exists()
    return and_(or_(model.ended_at.is_(None), ended_with_answer), ~_is_set_aside(model))


def _is_set_aside(model: LinkModel) -> ColumnElement[bool]:
    # The decision that holds, said so that a database may look for all links' decisions at once.
    decision, newer = aliased(MentionDecision), aliased(MentionDecision)
    replaced = select(newer.id).where(
        newer.mention_id == decision.mention_id, newer.id > decision.id, newer.undone_at.is_(None)
    )
    without = select(decision.id).where(
        decision.mention_id == model.mention_id,
        decision.undone_at.is_(None),
        own_link(decision, model).is_(None),
        ~replaced.correlate(decision).exists(),
    )
    if _is_of_patients(model):
        friends = select(ReferralSource.id).where(
            ReferralSource.id == decision.source_id, ReferralSource.kind == SourceKind.PATIENT
        )
        without = without.where(~friends.correlate(decision).exists())
    return without.correlate(model).exists()


def own_link(decision: Any, model: LinkModel) -> Any:
    """Return the column of `decision` that refers to links of this kind."""
    return decision.patient_referral_id if _is_of_patients(model) else decision.physician_referral_id


def _is_of_patients(model: LinkModel) -> bool:
    inspected: Any = inspect(model)
    return inspected.mapper.class_ is PatientReferral


@cache
def _mentions(kind: str, when_replaced: bool) -> Any:
    """Built once: to compose it takes longer than to run it."""
    decision, physician, patient = MentionDecision, PhysicianReferral, PatientReferral
    holds = _held_until_replaced if when_replaced else link_holds
    return (
        select(
            Mention.answer_id,
            Mention.id,
            Mention.source_id,
            Mention.role,
            Mention.detail,
            decision.id.label("decision_id"),
            decision.source_id.label("decided_id"),
            physician.id.label("physician_link_id"),
            physician.physician_id,
            physician.practice_id,
            physician.evidence.label("physician_evidence"),
            patient.id.label("patient_link_id"),
            patient.referring_patient_id,
            patient.referrer_name,
            patient.evidence.label("patient_evidence"),
        )
        .select_from(Mention)
        .outerjoin(decision, decision.id == decision_that_holds(Mention.id).correlate(Mention))
        .outerjoin(physician, (physician.mention_id == Mention.id) & holds(physician))
        .outerjoin(patient, (patient.mention_id == Mention.id) & holds(patient))
        .where(among_given(Mention.answer_id, "answer_ids", kind))
        .order_by(Mention.answer_id, Mention.rank, physician.id, patient.id)
    )


def _referrer(row: Any) -> LinkedReferrer | None:
    # A mention names one person; should both be linked, the patient counts.
    if row.patient_link_id is not None:
        return LinkedReferrer(None, row.referring_patient_id, row.referrer_name, row.patient_evidence)
    if row.physician_link_id is not None:
        return LinkedReferrer(row.physician_id, evidence=row.physician_evidence, practice_id=row.practice_id)
    return None


def _beside(decision_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return decision id → the further sources that it names, in order, where there are any."""
    if not decision_ids:
        return {}
    also = select(DecidedAlso.owner_id, DecidedAlso.source_id).where(DecidedAlso.owner_id.in_(decision_ids))
    found: dict[int, tuple[int, ...]] = {}
    for owner_id, source_id in db.session.execute(also.order_by(DecidedAlso.id)):
        found[owner_id] = (*found.get(owner_id, ()), source_id)
    return found


def _kept(merged: Mapping[int, int], record_id: int | None) -> int | None:
    return None if record_id is None else merged.get(record_id, record_id)
