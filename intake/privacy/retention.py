"""How long things are kept: each kind with its usual period, the shortest allowed one and why. The worker runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import String, cast, delete, exists, or_, select, true

from intake import clock, log
from intake.accounts.audit import audit_trail, chain
from intake.accounts.models import AuditEntry, AuditSeal
from intake.capture.models import LateAnswer
from intake.chores import CHORES, every
from intake.config import Settings, current_settings
from intake.db import db
from intake.directory import kept_files
from intake.directory.brought_files.models import BroughtFile
from intake.directory.models import Caller, Patient, Visit
from intake.directory.schedule import uploads
from intake.privacy import erasing, holds
from intake.privacy.models import RetentionPeriod
from intake.privacy.personal_columns import ERASED
from intake.sms.models import InboundText, OutboxText, TextConsent, TextState, TextStop, TextSurvey
from intake.survey.models import Answer, Mention, PatientReferral
from intake.web.ui.template_context import practice_facts


def years(count: int) -> int:
    """Return the days of so many years, their leap days with them."""
    return -(-count * 1461 // 4)


SIX_YEARS = years(6)
# At once in one transaction, so that nobody waits for it.
BATCH = 200
AUDIT_BATCH = 5000
LOOK_EVERY_SECONDS = 3600.0
# A larger embedded file is written anew by hand, with flask privacy forget.
LARGEST_AT_NIGHT = 1_000_000_000
NIGHT = range(5)
_OPEN = (TextState.QUEUED, TextState.CLAIMED, TextState.SENDING, TextState.UNCERTAIN)


@dataclass(frozen=True)
class RetainedKind:
    """What is kept for how many days. None: for ever. `law` says where the shortest allowed period comes from."""

    key: str
    name: str
    what_goes: str
    usual_days: int | None
    least_days: int
    law: str
    # Forgets up to BATCH of what is older than this moment; returns how many.
    forget: Callable[[datetime], int]


def _forget_texts(before: datetime) -> int:
    left = select(OutboxText.id).where(
        OutboxText.queued_at < before,
        OutboxText.state.not_in(_OPEN),
        OutboxText.phone_e164.not_like(f"{ERASED}%"),
        _not_of_held(OutboxText.visit_id, OutboxText.phone_e164),
    )
    came = select(InboundText.id).where(
        InboundText.received_at < before,
        InboundText.handled_at.is_not(None),
        InboundText.from_e164.not_like(f"{ERASED}%"),
        _not_of_held(InboundText.visit_id, InboundText.from_e164),
    )
    asked = select(TextSurvey.id).where(
        TextSurvey.opened_at < before,
        TextSurvey.closed_at.is_not(None),
        TextSurvey.phone_e164.not_like(f"{ERASED}%"),
        _not_of_held(TextSurvey.visit_id, TextSurvey.phone_e164),
    )
    outbox, inbound, surveys = (_some(query) for query in (left, came, asked))
    erasing.messages_at_carrier(inbound, outbox)
    for name, ids in (("outbox_text", outbox), ("inbound_text", inbound), ("text_survey", surveys)):
        erasing.overwrite(name, ids)
    return len(outbox) + len(inbound) + len(surveys)


def _forget_words(before: datetime) -> int:
    of_answer = exists().where(Mention.answer_id == Answer.id, Mention.detail != "")
    named = exists().where(
        Mention.answer_id == Answer.id, PatientReferral.mention_id == Mention.id, PatientReferral.referrer_name != ""
    )
    ids = _some(
        select(Answer.id).where(
            Answer.answered_at < before,
            or_(Answer.verbatim != "", of_answer, named),
            _not_of_held(Answer.visit_id),
        )
    )
    mentions = list(db.session.scalars(select(Mention.id).where(Mention.answer_id.in_(ids))))
    links = list(db.session.scalars(select(PatientReferral.id).where(PatientReferral.mention_id.in_(mentions))))
    with erasing.permitted():
        for name, rows in (("answer", ids), ("mention", mentions), ("patient_referral", links)):
            erasing.overwrite(name, rows)
    return len(ids)


def _forget_callers(before: datetime) -> int:
    ids = _some(
        select(Caller.id).where(
            Caller.called_at < before, Caller.visit_id.is_(None), Caller.last_name.not_like("caller %")
        )
    )
    answers = list(db.session.scalars(select(Answer.id).where(Answer.caller_id.in_(ids))))
    mentions = list(db.session.scalars(select(Mention.id).where(Mention.answer_id.in_(answers))))
    links = list(db.session.scalars(select(PatientReferral.id).where(PatientReferral.caller_id.in_(ids))))
    with erasing.permitted():
        rows = {"caller": ids, "call_slip": ids, "answer": answers, "mention": mentions, "patient_referral": links}
        for name, found in rows.items():
            erasing.overwrite(name, found)
    # Answers of tablets that the desk put aside are nobody's either.
    aside = select(LateAnswer.id).where(LateAnswer.settled_at < before, LateAnswer.visit_id.is_(None))
    db.session.execute(delete(LateAnswer).where(LateAnswer.id.in_(aside)))
    return len(ids)


def _forget_consents(before: datetime) -> int:
    ended = select(TextConsent.id).where(
        TextConsent.withdrawn_at < before, TextConsent.phone_e164.not_like(f"{ERASED}%")
    )
    lifted = select(TextStop.id).where(TextStop.resumed_at < before, TextStop.phone_e164.not_like(f"{ERASED}%"))
    consents = _some(ended.where(holds.of_patients_not_held(TextConsent.patient_id)))
    stops = _some(lifted.where(holds.of_patients_not_held(TextStop.patient_id)))
    erasing.overwrite("text_consent", consents)
    erasing.overwrite("text_stop", stops)
    return len(consents) + len(stops)


def _forget_patients(before: datetime) -> int:
    """Erase who had no visit since then, chart by chart: what else names them stays, as nobody is there to say."""
    later = exists().where(Visit.patient_id == Patient.id, Visit.scheduled_at >= before)
    some = select(Patient.id).where(Patient.created_at < before, Patient.erased_at.is_(None), ~later)
    done = 0
    for patient_id in _some(some.where(holds.of_patients_not_held(Patient.id))):
        chart = db.session.get(Patient, patient_id, populate_existing=True)
        if chart is None or chart.erased_at is not None or _came_since(patient_id, before):
            continue
        try:
            erasing.erase(patient_id, also=(), secrets=current_settings().secret_keys)
        except erasing.CannotErase:
            continue
        done += 1
    return done


def _came_since(patient_id: int, before: datetime) -> bool:
    """Whether another chart of the same person has a later visit."""
    charts = erasing.person(patient_id).ids
    query = select(Visit.id).where(Visit.patient_id.in_(charts), Visit.scheduled_at >= before)
    return db.session.scalar(query.limit(1)) is not None


def _forget_audit(before: datetime) -> int:
    """Cut the beginning of the trail off, up to a sealed entry that stays; the cut is in the trail itself."""
    before = min(before, clock.now() - timedelta(days=SIX_YEARS))
    first_kept = db.session.execute(
        select(AuditSeal.position, AuditSeal.entry_id)
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditEntry.at >= before)
        .order_by(AuditSeal.position)
        .limit(1)
    ).first()
    if first_kept is None:
        return 0
    old = select(AuditSeal.position, AuditSeal.entry_id, AuditSeal.hash).where(AuditSeal.position < first_kept.position)
    rows = db.session.execute(old.order_by(AuditSeal.position).limit(AUDIT_BATCH)).all()
    if not rows:
        return 0
    last = rows[-1]
    with erasing.permitted():
        db.session.execute(delete(AuditSeal).where(AuditSeal.position <= last.position))
        db.session.execute(delete(AuditEntry).where(AuditEntry.id.in_([row.entry_id for row in rows])))
    audit_trail.record(chain.CUT, position=last.position, hash=last.hash)
    return len(rows)


def _forget_late_answers(before: datetime) -> int:
    """Forget what a tablet had kept, once somebody has said whose it is or put it aside."""
    there = or_(LateAnswer.birth_date.is_not(None), cast(LateAnswer.content, String) != "{}")
    ids = _some(select(LateAnswer.id).where(LateAnswer.settled_at < before, there, _not_of_held(LateAnswer.visit_id)))
    erasing.overwrite("late_answer", ids)
    return len(ids)


def _forget_spooled(before: datetime) -> int:
    folder = current_settings().spool_folder
    old = [path for path in folder.glob("*.unreadable") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


KINDS = (
    RetainedKind(
        "texts",
        "Texts",
        "words and numbers of texts to and from patients, here and at the carrier",
        years(2),
        90,
        "Nothing asks for longer; conversations must be over.",
        _forget_texts,
    ),
    RetainedKind(
        "words",
        "Free words",
        "patients’ own words and friends’ names in answers; what they were counted as stays",
        None,
        years(1),
        "A year, so that the year’s answers can still be read again.",
        _forget_words,
    ),
    RetainedKind(
        "callers",
        "Calls",
        "names, numbers and words of callers who never came, and offline answers that were put aside",
        years(2),
        90,
        "Nothing asks for longer.",
        _forget_callers,
    ),
    RetainedKind(
        "consents",
        "Consents",
        "numbers of consents taken back and stops lifted; those that hold stay",
        SIX_YEARS,
        years(5),
        "47 CFR 64.1200(d)(6) has a request to stop honored for five years, 28 U.S.C. 1658 allows claims for four.",
        _forget_consents,
    ),
    RetainedKind(
        "patients",
        "Patients",
        "everything of patients who had no visit since, as if each had been erased",
        None,
        SIX_YEARS,
        "45 CFR 164.316(b)(2)(i) and 164.528: six years. Your state may ask for longer.",
        _forget_patients,
    ),
    RetainedKind(
        "audit",
        "Audit trail",
        "who did and saw what",
        None,
        SIX_YEARS,
        "45 CFR 164.316(b)(2)(i): six years. The database refuses to part with younger entries.",
        _forget_audit,
    ),
    RetainedKind(
        "late_answers",
        "Late answers",
        "what a tablet took while it was offline, once somebody has said whose it is",
        90,
        7,
        "Nothing asks for longer; the answer itself is with the visit.",
        _forget_late_answers,
    ),
    RetainedKind(
        "unread_events",
        "Unreadable texts",
        "texts that waited in the spool and could not be read, still encrypted",
        30,
        7,
        "Nothing asks for longer; the carrier is asked for them again each hour.",
        _forget_spooled,
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}


class PeriodTooShort(ValueError):
    """The period is below what is allowed for the kind."""


def periods() -> dict[str, int | None]:
    """Return for how many days each kind is kept; None: for ever."""
    said = {row.kind: row.days for row in db.session.scalars(select(RetentionPeriod))}
    return {kind.key: said.get(kind.key, kind.usual_days) for kind in KINDS}


def set_period(key: str, days: int | None, *, staff_id: int) -> bool:
    """Keep a kind for so many days; returns whether that is a change. Raises PeriodTooShort. Flushes."""
    kind = BY_KEY[key]
    if days is not None and days < kind.least_days:
        raise PeriodTooShort(key)
    if periods()[key] == days:
        return False
    facts: dict[str, Any] = {"kind": key, "days": days, "changed_at": clock.now(), "changed_by_id": staff_id}
    db.session.merge(RetentionPeriod(**facts))
    db.session.flush()
    audit_trail.record("retention.changed", kind=key, days=days)
    return True


def forget_some() -> int:
    """Forget a batch of each kind that ran out; returns how much was. Commits each."""
    uploads.forget_old_uploads()
    kept_files.forget_old(BroughtFile, "reading")
    db.session.commit()
    if holds.practice_is_held():
        return 0
    done = 0
    for key, days in periods().items():
        if days is None:
            continue
        forgotten = BY_KEY[key].forget(clock.now() - timedelta(days=days))
        if forgotten:
            erasing.owe_compaction()
        if forgotten and key != "audit":
            audit_trail.record("retention.forgotten", kind=key, rows=forgotten)
        db.session.commit()
        done += forgotten
        if forgotten:
            log.logger().info("retention", kind=key, rows=forgotten)
    return done


def _is_night() -> bool:
    _name, time_zone = practice_facts()
    return clock.local(clock.now(), time_zone).hour in NIGHT


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]

    def keep() -> int:
        done = forget_some()
        if done == 0:
            largest = LARGEST_AT_NIGHT if _is_night() else erasing.LARGEST_AT_ONCE
            erasing.compact_if_owed(settings, largest=largest)
        return done

    CHORES.add(app, every(LOOK_EVERY_SECONDS, keep, while_done=1))


def _some(query: Any) -> list[int]:
    return list(db.session.scalars(query.order_by(*query.selected_columns).limit(BATCH)))


def _not_of_held(visit_id: Any, phone: Any = None) -> Any:
    """SQL: what hangs on this visit, or came from this telephone, is of nobody on hold."""
    held = holds.held_charts()
    if not held:
        return true()
    visits = select(Visit.id).where(Visit.patient_id.in_(held))
    free = or_(visit_id.is_(None), visit_id.not_in(visits))
    if phone is None:
        return free
    phones = select(Patient.mobile_e164).where(Patient.id.in_(held), Patient.mobile_e164.is_not(None))
    return free & phone.not_in(phones)
