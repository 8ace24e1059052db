"""Answers as people read them: what was said, whom it named, at which door, by whom."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from intake.accounts.models import KioskDevice, Staff
from intake.db import db
from intake.directory.models import Patient, Physician, ReferralSource, SourceKind, SourceTranslation
from intake.directory.names import proper
from intake.directory.patients import as_kept
from intake.survey import standing, wording
from intake.survey.models import Answer, Ask, Evidence, Mention, Outcome, PatientReferral, PhysicianReferral


@dataclass(frozen=True)
class Said:
    """One source of an answer, and who was named with it: a record when `linked`, else the words used."""

    source_id: int | None
    label: str
    kind: str
    role: str | None
    who: str = ""
    linked: bool = False
    physician_id: int | None = None
    referring_patient_id: int | None = None
    referring_patient_mrn: str = ""


@dataclass(frozen=True)
class Given:
    """An answer; `turn` None means that another one already counted when it came."""

    answer_id: int
    submission_id: str
    ask_id: int
    visit_id: int | None
    caller_id: int | None
    turn: int | None
    outcome: str
    verbatim: str
    answered_at: datetime
    recorded_at: datetime
    channel: str
    language: str
    staff_name: str
    device_name: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Charted:
    """The physician whom the practice's own system names as the referring one."""

    physician_id: int
    name: str


def in_conflict(given: Given | None, charted: Collection[Charted]) -> bool:
    """True when the chart names a physician and the answer names another one, or no physician at all.

    "A doctor", without saying which, agrees with any chart; so does not remembering or not saying.
    """
    if given is None or given.outcome != Outcome.ANSWERED or not charted:
        return False
    named = {said.physician_id for said in given.said if said.physician_id}
    if named:
        return named.isdisjoint(each.physician_id for each in charted)
    return all(said.kind != SourceKind.PHYSICIAN for said in given.said)


def current_answers(visit_ids: Collection[int], *, language: str) -> dict[int, Given]:
    """The current answer of each visit; absent where nobody has answered or the entry was taken back."""
    found = _current(Answer.visit_id, visit_ids, language)
    return {given.visit_id: given for given in found if given.visit_id is not None}


def answered_visits(visit_ids: Collection[int]) -> set[int]:
    """Those of the visits that have an answer which stands; cheaper than reading what it says."""
    rows = db.session.execute(
        select(Answer.visit_id, Answer.outcome)
        .where(Answer.visit_id.in_(visit_ids), Answer.turn.is_not(None))
        .order_by(Answer.turn)
    )
    outcomes = {row.visit_id: row.outcome for row in rows}
    return {visit_id for visit_id, outcome in outcomes.items() if outcome != Outcome.WITHDRAWN}


def current_answers_of_callers(caller_ids: Collection[int], *, language: str) -> dict[int, Given]:
    """As `current_answers`, for people who phoned."""
    found = _current(Answer.caller_id, caller_ids, language)
    return {given.caller_id: given for given in found if given.caller_id is not None}


def answers_of_visit(visit_id: int, *, language: str) -> list[Given]:
    """Everything that was ever recorded for the visit, the latest first: current, replaced, taken back, late."""
    return _read(Answer.visit_id == visit_id, language)


def answers_of_caller(caller_id: int, *, language: str) -> list[Given]:
    """As `answers_of_visit`, for somebody who phoned."""
    return _read(Answer.caller_id == caller_id, language)


def was_recorded(submission_id: str) -> bool:
    """Whether this very submission has been kept before."""
    return db.session.scalar(select(Answer.id).where(Answer.submission_id == submission_id)) is not None


def charted_physicians(visit_ids: Collection[int]) -> dict[int, tuple[Charted, ...]]:
    """The documented referring physicians of these visits."""
    found: dict[int, list[Charted]] = defaultdict(list)
    if visit_ids:
        query = (
            select(PhysicianReferral.visit_id, Physician)
            .join(Physician, Physician.id == PhysicianReferral.physician_id)
            .where(
                PhysicianReferral.visit_id.in_(visit_ids),
                PhysicianReferral.evidence == Evidence.DOCUMENTED,
                PhysicianReferral.ended_at.is_(None),
            )
            .order_by(PhysicianReferral.id)
        )
        for visit_id, physician in db.session.execute(query):
            found[visit_id or 0].append(Charted(physician.id, physician_name(physician)))
    return {visit_id: tuple(each) for visit_id, each in found.items()}


def source_labels(language: str) -> dict[int, str]:
    """The label of every source, also of those no longer offered: old answers still name them."""
    query = select(ReferralSource, SourceTranslation.label).outerjoin(
        SourceTranslation,
        (SourceTranslation.source_id == ReferralSource.id) & (SourceTranslation.language == language),
    )
    return {source.id: wording.source_label(source, language, label) for source, label in db.session.execute(query)}


def _current(subject: InstrumentedAttribute[int | None], ids: Collection[int], language: str) -> list[Given]:
    if not ids:
        return []
    latest: Subquery = (
        select(subject.label("subject"), func.max(Answer.turn).label("turn"))
        .where(subject.in_(ids))
        .group_by(subject)
        .subquery()
    )
    condition = select(latest.c.turn).where(latest.c.subject == subject, latest.c.turn == Answer.turn).exists()
    return [given for given in _read(subject.in_(ids) & condition, language) if given.outcome != Outcome.WITHDRAWN]


def _read(condition: ColumnElement[bool], language: str) -> list[Given]:
    rows = db.session.execute(
        select(Answer, Ask.channel, Ask.language, Staff.name, KioskDevice.name)
        .join(Ask, Ask.id == Answer.ask_id)
        .outerjoin(Staff, Staff.id == Answer.staff_id)
        .outerjoin(KioskDevice, KioskDevice.id == Answer.device_id)
        .where(condition)
        .order_by(Answer.recorded_at.desc(), Answer.id.desc())
    ).all()
    said = _said([answer.id for answer, *_ in rows], language)
    return [
        Given(
            answer_id=answer.id,
            submission_id=answer.submission_id,
            ask_id=answer.ask_id,
            visit_id=answer.visit_id,
            caller_id=answer.caller_id,
            turn=answer.turn,
            outcome=answer.outcome,
            verbatim=answer.verbatim,
            answered_at=answer.answered_at,
            recorded_at=answer.recorded_at,
            channel=channel,
            language=asked_in,
            staff_name=staff_name or "",
            device_name=device_name or "",
            said=tuple(said.get(answer.id, ())),
        )
        for answer, channel, asked_in, staff_name, device_name in rows
    ]


def _said(answer_ids: Collection[int], language: str) -> dict[int, list[Said]]:
    if not answer_ids:
        return {}
    referrer = aliased(Patient)
    rows = db.session.execute(
        select(
            Mention,
            ReferralSource,
            SourceTranslation.label,
            Physician,
            referrer,
            PatientReferral.referrer_name,
            func.coalesce(PhysicianReferral.ended_at, PatientReferral.ended_at).label("ended_at"),
        )
        .outerjoin(ReferralSource, ReferralSource.id == Mention.source_id)
        .outerjoin(
            SourceTranslation,
            (SourceTranslation.source_id == ReferralSource.id) & (SourceTranslation.language == language),
        )
        .outerjoin(PhysicianReferral, PhysicianReferral.mention_id == Mention.id)
        .outerjoin(Physician, Physician.id == PhysicianReferral.physician_id)
        .outerjoin(PatientReferral, PatientReferral.mention_id == Mention.id)
        .outerjoin(referrer, referrer.id == PatientReferral.referring_patient_id)
        .where(Mention.answer_id.in_(answer_ids))
        .order_by(Mention.answer_id, Mention.rank, PhysicianReferral.id, PatientReferral.id)
    ).all()
    # A mention that was linked anew later has several links: the one that stands, else the last, is what to show.
    best: dict[int, Any] = {}
    for row in rows:
        mention = row[0]
        if mention.id not in best or best[mention.id].ended_at is not None:
            best[mention.id] = row
    decided = _decided([row[0].id for row in rows if row[0].source_id is None], language)
    kept = as_kept({row[4].id for row in best.values() if row[4] is not None})
    said: dict[int, list[Said]] = defaultdict(list)
    for mention, source, label, physician, recorded, referrer_name, _ in best.values():
        patient = kept.get(recorded.id) if recorded is not None else None
        linked = physician is not None or patient is not None
        who = physician_name(physician) if physician else patient_name(patient) if patient else referrer_name
        said[mention.answer_id].append(
            Said(
                source_id=mention.source_id,
                label=wording.source_label(source, language, label) if source else decided.get(mention.id, ""),
                kind=source.kind if source else "",
                role=mention.role,
                who=who or mention.detail,
                linked=linked,
                physician_id=physician.id if physician else None,
                referring_patient_id=patient.id if patient else None,
                referring_patient_mrn=patient.mrn if patient else "",
            )
        )
    return said


def _decided(mention_ids: Collection[int], language: str) -> dict[int, str]:
    """Write-in → label of the source that somebody decided it means."""
    if not mention_ids:
        return {}
    labels = source_labels(language)
    decided = standing.decided_sources(db.session.connection(), mention_ids)
    beside = standing.sources_beside(db.session.connection(), list(decided))
    return {
        mention_id: ", ".join(labels.get(each or 0, "") for each in (source_id, *beside.get(mention_id, ())))
        for mention_id, source_id in decided.items()
    }


def patient_name(patient: Patient) -> str:
    return f"{patient.first_name} {patient.last_name}".strip()


def physician_name(physician: Physician) -> str:
    name = f"{proper(physician.first_name)} {proper(physician.last_name)}".strip()
    return f"{name}, {physician.credential}" if physician.credential else name
