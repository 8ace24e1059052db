"""What changed while a text waited for the morning keeps it from leaving, and the visit isn't taken for asked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from intake import clock
from intake.capture.text.planning.eligibility import refusal_reason
from intake.capture.text.planning.planner import start_survey
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.directory.models import Visit
from intake.sms.carrier.carrier_errors import carrier_error
from intake.sms.consent.consent import record_consent, record_opt_out
from intake.sms.models import OutboxText, TextConsent, TextPurpose, TextState, TextSurvey
from intake.sms.queue.retrying import SendStep, fail
from intake.survey.models import Channel
from intake.survey.recording.record_answer import withdraw_answer
from tests.making import Make
from tests.sms.carriers import PHONE, queue, send, visit_of_phone

pytestmark = pytest.mark.on("sqlite")

OTHER_PHONE = "+15185550188"


@pytest.fixture
def visit(app: Flask, make: Make, noon: None) -> Visit:
    """Somebody who was texted in the evening, to be asked in the morning."""
    make.practice()
    make.sources()
    visit = visit_of_phone(make)
    record_consent(phone_e164=PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")
    start_survey(visit, plan=None)
    db.session.commit()
    return visit


def text_of(visit: Visit) -> OutboxText:
    return db.session.scalars(
        select(OutboxText).where(OutboxText.visit_id == visit.id).order_by(OutboxText.id.desc()).limit(1)
    ).one()


def other_mobile(visit: Visit, _make: Make) -> None:
    visit.patient.mobile_e164 = OTHER_PHONE


def no_mobile(visit: Visit, _make: Make) -> None:
    visit.patient.mobile_e164 = None


def cancelled(visit: Visit, _make: Make) -> None:
    visit.status = "cancelled"


def did_not_come(visit: Visit, _make: Make) -> None:
    visit.status = "no_show"


def moved(visit: Visit, _make: Make) -> None:
    visit.visit_date, visit.scheduled_at = visit.visit_date + timedelta(7), visit.scheduled_at + timedelta(7)


def answered_at_the_desk(visit: Visit, make: Make) -> None:
    make.answer(visit, make.source(), channel=Channel.DESK)


def withdrew(_visit: Visit, _make: Make) -> None:
    db.session.execute(update(TextConsent).values(withdrawn_at=clock.now()))


CHANGES: dict[str, tuple[Callable[[Visit, Make], None], str]] = {
    "another mobile": (other_mobile, "mobile_changed"),
    "no mobile any more": (no_mobile, "mobile_changed"),
    "cancelled": (cancelled, "visit_cancelled"),
    "did not come": (did_not_come, "visit_cancelled"),
    "moved": (moved, "visit_moved"),
    "answered at another door": (answered_at_the_desk, "answered_elsewhere"),
    "consent withdrawn": (withdrew, "no_consent"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_text_is_checked_again_when_it_leaves(
    visit: Visit, make: Make, settings: Settings, carrier: Carrier, change: str
) -> None:
    happens, reason = CHANGES[change]
    text = text_of(visit)
    happens(visit, make)

    assert send(text, settings) == SendStep.DROPPED

    assert (text.state, text.reason) == (TextState.CANCELLED, reason)
    assert carrier.messages == []


@pytest.mark.parametrize(("purpose", "leaves"), [(TextPurpose.REPLY, False), (TextPurpose.HELP, True)])
def test_a_reply_about_a_patient_whose_phone_it_no_longer_is_does_not_leave(
    visit: Visit, settings: Settings, purpose: TextPurpose, leaves: bool
) -> None:
    record_opt_out(PHONE, reason="wrong_number", patient_id=visit.patient_id)

    assert (send(queue(visit, "reply:SM1", purpose=purpose), settings) == SendStep.SENT) is leaves


def test_a_visit_on_another_hour_of_the_same_day_is_still_asked(visit: Visit, settings: Settings) -> None:
    visit.scheduled_at += timedelta(minutes=40)

    assert send(text_of(visit), settings) == SendStep.SENT


@pytest.mark.parametrize("change", ["another mobile", "moved", "consent withdrawn"])
def test_whoever_was_not_asked_after_all_can_be_asked_anew(
    visit: Visit, make: Make, settings: Settings, carrier: Carrier, change: str
) -> None:
    CHANGES[change][0](visit, make)
    send(text_of(visit), settings)
    mobile = visit.patient.mobile_e164
    record_consent(phone_e164=mobile, patient_id=visit.patient_id, source="desk", wording_version="1")

    start_survey(visit, plan=None)
    db.session.commit()

    assert send(text_of(visit), settings) == SendStep.SENT
    assert [message.to for message in carrier.messages] == [mobile]
    assert db.session.query(TextSurvey).count() == 1


@pytest.mark.parametrize(("code", "again"), [(30008, True), (30007, True), (63038, True), (30006, False)])
def test_the_desk_may_ask_again_unless_the_number_was_at_fault(visit: Visit, code: int, again: bool) -> None:
    text = text_of(visit)
    fail(text, code)
    db.session.commit()

    assert (refusal_reason(visit) == "") is again
    visit.patient.mobile_e164 = OTHER_PHONE
    record_consent(phone_e164=OTHER_PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")
    assert refusal_reason(visit) == ""
    assert text.reason == carrier_error(code).name


def test_a_text_that_arrived_is_the_only_one(visit: Visit, settings: Settings) -> None:
    send(text_of(visit), settings)
    visit.patient.mobile_e164 = OTHER_PHONE
    record_consent(phone_e164=OTHER_PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")

    assert "Nobody is asked twice" in refusal_reason(visit)


def test_a_withdrawn_answer_lets_the_text_leave(visit: Visit, make: Make, settings: Settings) -> None:
    make.answer(visit, make.source())
    withdraw_answer(visit_id=visit.id, submission_id="s1", staff_id=make.staff("manager").id)
    db.session.commit()

    assert refusal_reason(visit).startswith("This visit has been asked by text already")
    assert send(text_of(visit), settings) == SendStep.SENT
