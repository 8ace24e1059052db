"""Answers for display: sources and people named, door, and who recorded them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from intake.accounts.models import KioskDevice, Staff
from intake.db import db
from intake.directory import registry_names
from intake.directory.merging.merge import mappings
from intake.directory.models import Patient, Physician, ReferringPractice
from intake.directory.physicians.records import physician_mapping
from intake.survey.answers.effective_answer import EffectiveMention, Merges, effective_mentions, is_current
from intake.survey.models import Answer, Ask, Evidence, Outcome, PhysicianReferral
from intake.survey.review import source_use
from intake.survey.review.charts.chart_conflicts import chart_is_settled, disagrees
from intake.survey.review.source_use import NamedSource


@dataclass(frozen=True)
class AnsweredSource:
    """One source of an answer, and who was named with it: a record when `linked`, else the words used."""

    source_id: int | None
    label: str
    kind: str
    role: str | None
    who: str = ""
    linked: bool = False
    physician_id: int | None = None
    referring_patient_id: int | None = None
    practice_id: int | None = None


@dataclass(frozen=True)
class ReadableAnswer:
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
    sources: tuple[AnsweredSource, ...]
    # Somebody decided what counts where it and the chart disagree.
    chart_is_settled: bool = False


@dataclass(frozen=True)
class ChartedPhysician:
    """A physician whom the practice's own system names as the referring one."""

    physician_id: int
    name: str


def in_conflict(answer: ReadableAnswer | None, charted: Collection[ChartedPhysician]) -> bool:
    """Return whether the chart names a physician whom the answer doesn't, and nobody has decided what counts."""
    if answer is None or answer.outcome != Outcome.ANSWERED or answer.chart_is_settled or not charted:
        return False
    physicians = [source.physician_id for source in answer.sources if source.physician_id is not None]
    kinds = [source.kind for source in answer.sources if source.source_id is not None]
    # Of several entries in the chart the newest holds, and it comes last.
    return disagrees([each.physician_id for each in charted][-1], physicians, kinds)


def current_answers(visit_ids: Collection[int], *, language: str) -> dict[int, ReadableAnswer]:
    """The current answer of each visit; absent where nobody has answered or the entry was taken back."""
    return current_answers_with_calls(visit_ids, (), language=language)[0]


def current_answers_of_callers(caller_ids: Collection[int], *, language: str) -> dict[int, ReadableAnswer]:
    """As `current_answers`, for people who phoned."""
    return current_answers_with_calls((), caller_ids, language=language)[1]


def current_answers_with_calls(
    visit_ids: Collection[int], caller_ids: Collection[int], *, language: str, merges: Merges | None = None
) -> tuple[dict[int, ReadableAnswer], dict[int, ReadableAnswer]]:
    """As `current_answers` and `current_answers_of_callers`, read in one go. `merges`: where they were read before."""
    kinds = [(subject, ids) for subject, ids in ((Answer.visit_id, visit_ids), (Answer.caller_id, caller_ids)) if ids]
    if not kinds:
        return {}, {}
    counts = or_(*(subject.in_(ids) & is_current(subject) for subject, ids in kinds))
    found = _read(counts & (Answer.outcome != Outcome.WITHDRAWN), language, merges)
    by_visit = {answer.visit_id: answer for answer in found if answer.visit_id is not None}
    return by_visit, {answer.caller_id: answer for answer in found if answer.caller_id is not None}


def answers_of_visit(visit_id: int, *, language: str) -> list[ReadableAnswer]:
    """All answers ever recorded for the visit, the latest first: current, replaced, withdrawn, late."""
    return _read(Answer.visit_id == visit_id, language)


def answers_of_caller(caller_id: int, *, language: str) -> list[ReadableAnswer]:
    """As `answers_of_visit`, for somebody who phoned."""
    return _read(Answer.caller_id == caller_id, language)


def was_recorded(submission_id: str) -> bool:
    """Return whether this submission was recorded before."""
    return db.session.scalar(select(Answer.id).where(Answer.submission_id == submission_id)) is not None


def charted_physicians(
    visit_ids: Collection[int], mapping: Mapping[int, int] | None = None
) -> dict[int, tuple[ChartedPhysician, ...]]:
    """The documented referring physicians of these visits, each as the record that it was merged into.

    `mapping`: the merges of physicians, where they were read before.
    """
    if not visit_ids:
        return {}
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
    entries = [(visit_id, physician) for visit_id, physician in db.session.execute(query)]
    merged = mapping if mapping is not None else physician_mapping() if entries else {}
    kept = _rows(Physician, {merged.get(physician.id) for _, physician in entries})
    found: dict[int, list[ChartedPhysician]] = defaultdict(list)
    for visit_id, recorded in entries:
        physician = kept.get(merged.get(recorded.id, 0), recorded)
        found[visit_id or 0].append(ChartedPhysician(physician.id, physician_name(physician)))
    return {visit_id: tuple(each) for visit_id, each in found.items()}


def _read(condition: ColumnElement[bool], language: str, merges: Merges | None = None) -> list[ReadableAnswer]:
    rows = db.session.execute(
        select(Answer, Ask.channel, Ask.language, Staff.name, KioskDevice.name, chart_is_settled())
        .join(Ask, Ask.id == Answer.ask_id)
        .outerjoin(Staff, Staff.id == Answer.staff_id)
        .outerjoin(KioskDevice, KioskDevice.id == Answer.device_id)
        .where(condition)
        .order_by(Answer.recorded_at.desc(), Answer.id.desc())
    ).all()
    sources = _sources([answer.id for answer, *_ in rows], language, merges)
    return [
        ReadableAnswer(
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
            sources=tuple(sources.get(answer.id, ())),
            chart_is_settled=settled,
        )
        for answer, channel, asked_in, staff_name, device_name, settled in rows
    ]


def _sources(
    answer_ids: Collection[int], language: str, merges: Merges | None = None
) -> dict[int, list[AnsweredSource]]:
    mentions = effective_mentions(answer_ids, when_replaced=True)
    if not mentions:
        return {}
    merges = mappings() if merges is None else merges
    read = {each: [one.read_under(merges) for one in several] for each, several in mentions.items()}
    every = [mention for several in read.values() for mention in several]
    named = _Named(
        source_use.labelled(language),
        _rows(Physician, {each.physician_id for each in every}),
        _rows(Patient, {each.referring_patient_id for each in every}),
        _rows(ReferringPractice, {each.practice_id for each in every}),
    )
    return {each: [source for mention in several for source in named.by(mention)] for each, several in read.items()}


@dataclass(frozen=True)
class _Named:
    """What the sources, physicians, patients and practices that mentions name are called."""

    sources: dict[int, NamedSource]
    physicians: dict[int, Physician]
    patients: dict[int, Patient]
    practices: dict[int, ReferringPractice]

    def by(self, mention: EffectiveMention) -> list[AnsweredSource]:
        physician = self.physicians.get(mention.physician_id or 0)
        patient = self.patients.get(mention.referring_patient_id or 0)
        practice = self.practices.get(mention.practice_id or 0)
        who = physician_name(physician) if physician else patient_name(patient) if patient else ""
        who = who or (practice.name if practice else "")
        source = self.sources[mention.source_id] if mention.source_id else None
        first = AnsweredSource(
            source_id=mention.source_id,
            label=source.label if source else mention.unnamed if mention.names_nothing else "",
            kind=source.kind if source else "",
            role=mention.role,
            who=who or (mention.link.referrer_name if mention.link else "") or mention.detail,
            linked=bool(who),
            physician_id=physician.id if physician else None,
            referring_patient_id=patient.id if patient else None,
            practice_id=practice.id if practice else None,
        )
        return [
            first,
            *(AnsweredSource(each, self.sources[each].label, self.sources[each].kind, None) for each in mention.beside),
        ]


def _rows(model: Any, ids: Collection[int | None]) -> dict[int, Any]:
    wanted = {each for each in ids if each is not None}
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(wanted)))} if wanted else {}


def patient_name(patient: Patient) -> str:
    return f"{patient.first_name} {patient.last_name}".strip()


def physician_name(physician: Physician) -> str:
    return registry_names.physician_name(physician.first_name, physician.last_name, physician.credential)
