"""Eligibility of a visit for a text: whether, why not, and when the text would leave."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.config import Settings
from intake.db import db
from intake.directory.models import DID_NOT_COME, Visit
from intake.directory.patients.new_patients import new_patients_of
from intake.sms.consent.consent import SET_RIGHT_AT_DESK, consent_holds, current_stop, may_be_texted, record_consent
from intake.sms.consent.location_hours import next_open
from intake.sms.consent.textable import why_not_textable
from intake.sms.models import OutboxText, TextConsent, TextPurpose, TextState, TextSurvey
from intake.sms.queue import line
from intake.sms.queue.send_check import may_be_asked_again
from intake.survey.answers.counted_reply import answered_visits
from intake.web.ui.formatting import say_when

# What the patient is told before they agree. A change of the words is a new version; consent keeps the one it was
# given to. The words themselves stand in the language files, under text.consent.
CONSENT_VERSION = "2026-11"
ON_ITS_WAY = "the text is on its way."
NO_CARRIER = "Texting isn’t set up yet. An administrator does that under Texts."
NO_PHONE = "There is no mobile number for this patient."
NO_CONSENT = "This patient has not agreed to texts. Ask them first."
STOPPED = "This phone has said STOP, so nothing is sent to it. Only START from the phone itself changes that."
# By why it stopped. What was inferred from a sentence may be set right with the patient present.
STOPPED_BECAUSE = {
    "staff": "The desk noted that this phone wants no texts.",
    "phrase": "Somebody at this phone asked for no more texts, in a sentence. The patient, if here, can undo that.",
    "wrong_number": "Whoever has this phone says that it isn’t this patient’s. Check the number on the chart.",
    "died": "Somebody at this phone said that the patient has died. Check the chart.",
}


@dataclass(frozen=True)
class CurrentConsent:
    """Consent not withdrawn: when, how, to which wording, and who recorded it."""

    given_at: datetime
    source: str
    wording_version: str
    staff_name: str


@dataclass(frozen=True)
class TextEligibility:
    """Whether a visit may be texted. `refusal`: why not, or empty; `waits`: why it would not leave at once."""

    phone: str | None
    agreed: CurrentConsent | None = None
    stopped_at: datetime | None = None
    stopped_by: str = ""
    survey: TextSurvey | None = None
    refusal: str = ""
    leaves_at: datetime | None = None
    # 'quiet', 'cap', 'paused' or 'worker'; empty when it leaves within seconds.
    waits: str = ""

    @property
    def may_be_asked_for_consent(self) -> bool:
        return self.agreed is None and (not self.stopped_by or self.may_be_set_right)

    @property
    def may_be_set_right(self) -> bool:
        """Return whether the desk may lift the stop with the patient present."""
        return self.stopped_by in SET_RIGHT_AT_DESK


def refusal_reason(visit: Visit) -> str:
    """Return, in words for staff, why this visit can't be asked by text; empty when it can."""
    phone = visit.patient.mobile_e164
    if visit.status in DID_NOT_COME:
        return "This patient did not come, so there is nothing to ask about."
    if _survey(visit.id) is not None and not may_be_asked_again(visit.id, mobile_e164=phone):
        return "This visit has been asked by text already. Nobody is asked twice."
    if _asked_at_another(visit.id):
        return "This patient has been asked by text about another visit. Nobody is asked twice."
    if not phone:
        return NO_PHONE
    if special := why_not_textable(phone):
        return special
    return _no_consent(visit, phone) or _not_now(visit, phone)


def _asked_at_another(visit_id: int) -> bool:
    """Return whether a new patient was texted about another of their visits."""
    new = new_patients_of([visit_id]).get(visit_id)
    others = [each for each in new.visit_ids if each != visit_id] if new else []
    asked = select(TextSurvey.id).where(TextSurvey.visit_id.in_(others))
    return bool(others) and db.session.scalar(asked.limit(1)) is not None


def _no_consent(visit: Visit, phone: str) -> str:
    stop = current_stop(phone, patient_id=visit.patient_id)
    if stop is not None:
        return STOPPED_BECAUSE.get(stop.reason, STOPPED)
    return "" if may_be_texted(phone, patient_id=visit.patient_id) else NO_CONSENT


def _not_now(visit: Visit, phone: str) -> str:
    if answered_visits([visit.id]):
        return "This patient has answered already."
    other = select(TextSurvey.id).where(
        TextSurvey.phone_e164 == phone, TextSurvey.closed_at.is_(None), TextSurvey.visit_id != visit.id
    )
    if db.session.scalar(other.limit(1)) is not None:
        return "Another survey is open on this phone. This one can follow once that is answered, or a day later."
    return ""


def text_eligibility(visit: Visit, settings: Settings) -> TextEligibility:
    """Return what the desk shows before it sends. Reads only."""
    phone = visit.patient.mobile_e164
    refusal = refusal_reason(visit) if settings.texting else NO_CARRIER
    if not phone:
        return TextEligibility(None, refusal=refusal, survey=_survey(visit.id))
    stop = current_stop(phone, patient_id=visit.patient_id)
    leaves_at, waits = (None, "") if refusal else when_it_leaves(phone, visit.location_id, settings)
    return TextEligibility(
        phone,
        agreed=_agreed(phone, visit.patient_id),
        stopped_at=stop.stopped_at if stop else None,
        stopped_by=stop.reason if stop else "",
        survey=_survey(visit.id),
        refusal=refusal or ("" if leaves_at else "No hour is allowed in all the places this number may be in."),
        leaves_at=leaves_at,
        waits=waits,
    )


def note_consent(visit: Visit, *, source: str, staff_id: int | None = None) -> None:
    """Record the patient's consent to today's wording, for the number on their chart, once. Flushes."""
    phone = visit.patient.mobile_e164
    if phone and _agreed(phone, visit.patient_id) is None:
        record_consent(
            phone_e164=phone,
            patient_id=visit.patient_id,
            source=source,
            wording_version=CONSENT_VERSION,
            staff_id=staff_id,
        )


def when_it_leaves(phone: str, location_id: int | None, settings: Settings) -> tuple[datetime | None, str]:
    """Return when a text queued now would leave (None: never), and what it would wait for."""
    now = clock.now()
    window = next_open(now, phone_e164=phone, location_id=location_id, settings=settings)
    if window is None:
        return None, "quiet"
    if line.is_paused():
        return window[0], "paused"
    if window[0] > now:
        return window[0], "quiet"
    if line.is_held() or line.texts_left(location_id, settings=settings) <= 0:
        return window[0], "cap"
    return window[0], "" if line.worker_lives() else "worker"


def leaving_sentence(visit: Visit, settings: Settings) -> str:
    """Return that the text is on its way, or when and why it leaves later."""
    phone = visit.patient.mobile_e164
    if not phone:
        return ON_ITS_WAY
    return what_it_waits_for(phone, visit.location_id, visit.location.time_zone, settings) or ON_ITS_WAY


def what_it_waits_for(phone: str, location_id: int | None, time_zone: str, settings: Settings) -> str:
    """Return when and why a text queued now leaves later; empty when it leaves within seconds."""
    leaves_at, waits = when_it_leaves(phone, location_id, settings)
    if leaves_at is None or not waits:
        return ""
    when = say_when(leaves_at, time_zone)
    return {
        "quiet": f"the text leaves {when}, when texting hours begin.",
        "cap": "today’s texts are used up, so it leaves tomorrow.",
        "paused": "sending is paused; the text leaves when it is resumed.",
    }.get(waits, "the text leaves as soon as the worker runs.")


def survey_texts(visit_ids: list[int]) -> dict[int, tuple[str, datetime | None]]:
    """Visit id → state of its survey's text and when it left, for the desk's list."""
    if not visit_ids:
        return {}
    rows = db.session.execute(
        select(OutboxText.visit_id, OutboxText.state, OutboxText.sent_at)
        .where(OutboxText.visit_id.in_(visit_ids), OutboxText.purpose == TextPurpose.SURVEY)
        # Of a visit that was asked anew, the last one.
        .order_by(OutboxText.id)
    )
    return {row.visit_id: (row.state, row.sent_at) for row in rows if row.state != TextState.CANCELLED}


def _survey(visit_id: int) -> TextSurvey | None:
    return db.session.scalars(select(TextSurvey).where(TextSurvey.visit_id == visit_id)).one_or_none()


def _agreed(phone: str, patient_id: int) -> CurrentConsent | None:
    row = db.session.execute(
        select(TextConsent, Staff.name)
        .outerjoin(Staff, Staff.id == TextConsent.staff_id)
        .where(consent_holds(phone, patient_id))
        .order_by(TextConsent.given_at.desc(), TextConsent.id.desc())
        .limit(1)
    ).one_or_none()
    return CurrentConsent(row[0].given_at, row[0].source, row[0].wording_version, row[1] or "") if row else None
