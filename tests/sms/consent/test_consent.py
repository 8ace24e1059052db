"""Whose consent counts, and until which moment a phone may be texted."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from intake import clock
from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import Patient
from intake.sms.consent.consent import (
    current_stop,
    is_stopped,
    may_be_texted,
    record_consent,
    record_opt_in,
    record_opt_out,
    set_stop_right,
    stopped_phones,
)
from intake.sms.consent.location_hours import next_window, window_containing
from intake.sms.models import OutboxText, TextConsent, TextStop, TextSurvey
from intake.survey.models import Channel
from intake.survey.recording.record_answer import NewAsk, save_ask
from tests.making import Make

PHONE, OTHER_PHONE = "+15185550123", "+15185550124"


def agree(phone: str, patient_id: int | None) -> None:
    record_consent(phone_e164=phone, patient_id=patient_id, source="desk", wording_version="1")


def test_consent_that_was_taken_back_is_none(app: Flask, make: Make) -> None:
    patient, other = make.patient(), make.patient()
    agree(PHONE, patient.id)
    agree(OTHER_PHONE, other.id)
    assert may_be_texted(PHONE, patient_id=patient.id)
    db.session.execute(update(TextConsent).where(TextConsent.patient_id == patient.id).values(withdrawn_at=clock.now()))

    assert not may_be_texted(PHONE, patient_id=patient.id)
    assert may_be_texted(OTHER_PHONE, patient_id=other.id)


def test_what_another_patient_of_the_same_phone_agreed_to_is_not_my_consent(app: Flask, make: Make) -> None:
    mother, child = make.patient(), make.patient()
    agree(PHONE, mother.id)

    assert not may_be_texted(PHONE, patient_id=child.id)
    # About nobody in particular, as a reply to whoever wrote, any consent of the phone will do.
    assert may_be_texted(PHONE, patient_id=None) and not may_be_texted(OTHER_PHONE, patient_id=None)
    # Said by the phone itself it holds for everybody who has it.
    agree(PHONE, None)
    assert may_be_texted(PHONE, patient_id=child.id)


def test_consent_is_kept_with_when_it_was_given_and_put_on_record(app: Flask, make: Make) -> None:
    patient, given_at = make.patient(), datetime(2026, 3, 2, 15, tzinfo=UTC)
    record_consent(
        phone_e164=PHONE,
        patient_id=patient.id,
        source="schedule",
        wording_version="2",
        given_at=given_at,
        staff_id=None,
    )

    kept = db.session.scalars(select(TextConsent)).one()
    assert (kept.given_at, kept.source, kept.wording_version) == (given_at, "schedule", "2")
    assert on_record() == [("consent.given", "patient", patient.id, {"source": "schedule"})]


def test_a_stop_ends_the_texts_and_surveys_of_its_phone_and_of_no_other(app: Flask, make: Make) -> None:
    mine, theirs = survey(make, PHONE), survey(make, OTHER_PHONE)

    assert record_opt_out(PHONE, reason="word")

    assert what_became_of(mine) == ("cancelled", "stopped", "stopped", "closed")
    assert what_became_of(theirs) == ("queued", None, None, "asked")
    assert (is_stopped(PHONE), is_stopped(OTHER_PHONE)) == (True, False)
    assert stopped_phones() == {PHONE}
    assert on_record() == [("texting.stopped", "text_stop", None, {"reason": "word"})]
    # Said again it is nothing new.
    assert not record_opt_out(PHONE, reason="word")


def test_a_stop_about_one_patient_leaves_what_is_about_another_on_the_same_phone(app: Flask, make: Make) -> None:
    mother, child = make.patient(mobile_e164=PHONE), make.patient(mobile_e164=PHONE)
    about_child, about_mother = survey(make, PHONE, child), text_of(make, PHONE, mother)

    assert record_opt_out(PHONE, reason="wrong_number", patient_id=child.id)

    assert what_became_of(about_child) == ("cancelled", "stopped", "stopped", "closed")
    assert about_mother.state == "queued"
    assert is_stopped(PHONE, patient_id=child.id)
    assert not is_stopped(PHONE, patient_id=mother.id) and not is_stopped(PHONE)
    assert stopped_phones() == set()


def test_the_stop_of_the_phone_itself_is_told_before_that_of_a_patient(app: Flask, make: Make) -> None:
    patient = make.patient(mobile_e164=PHONE)
    record_opt_out(PHONE, reason="wrong_number", patient_id=patient.id)
    record_opt_out(PHONE, reason="word")

    stop = current_stop(PHONE, patient_id=patient.id)

    assert stop is not None and stop.reason == "word"


@pytest.mark.parametrize(
    ("reason", "by_yes", "by_start"),
    [
        ("word", True, True),
        ("carrier", True, True),
        ("phrase", False, True),
        ("staff", False, True),
        ("died", False, True),
    ],
)
def test_yes_lifts_the_bare_word_alone_and_start_lifts_every_stop_of_its_phone(
    app: Flask, make: Make, reason: str, by_yes: bool, by_start: bool
) -> None:
    patient = make.patient(mobile_e164=PHONE)
    about = patient.id if reason == "died" else None
    record_opt_out(OTHER_PHONE, reason="word")
    record_opt_out(PHONE, reason=reason, patient_id=about)

    assert record_opt_in(PHONE, by_yes=True) == by_yes
    assert is_stopped(PHONE, patient_id=about) != by_yes
    record_opt_out(PHONE, reason=reason, patient_id=about)
    assert record_opt_in(PHONE) == by_start
    assert not is_stopped(PHONE, patient_id=about)
    assert is_stopped(OTHER_PHONE)
    assert not record_opt_in(PHONE)


@pytest.mark.parametrize(
    ("reason", "lifted"),
    [("staff", True), ("phrase", True), ("wrong_number", True), ("died", True), ("word", False), ("carrier", False)],
)
def test_the_desk_sets_right_what_was_inferred_about_the_patient_who_is_there(
    app: Flask, make: Make, reason: str, lifted: bool
) -> None:
    patient, other = make.patient(mobile_e164=PHONE), make.patient(mobile_e164=PHONE)
    about = patient.id if reason in ("wrong_number", "died") else None
    record_opt_out(PHONE, reason=reason, patient_id=about)
    record_opt_out(PHONE, reason="wrong_number", patient_id=other.id)
    stop = db.session.scalars(select(TextStop).where(TextStop.reason == reason).order_by(TextStop.id)).first()
    assert stop is not None

    assert set_stop_right(PHONE, patient_id=patient.id) == lifted

    assert is_stopped(PHONE, patient_id=patient.id) != lifted
    assert is_stopped(PHONE, patient_id=other.id)
    resumed = [entry for entry in on_record() if entry[0] == "texting.resumed"]
    assert resumed == ([("texting.resumed", "text_stop", stop.id, {})] if lifted else [])


def on_record() -> list[tuple[str, str | None, int | None, dict[str, object]]]:
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(each.action, each.subject_kind, each.subject_id, each.details) for each in entries]


def text_of(make: Make, phone: str, patient: Patient) -> OutboxText:
    visit = make.visit(patient=patient)
    text = make.text(visit, phone_e164=phone, state="queued", sent_at=None)
    db.session.flush()
    return text


def survey(make: Make, phone: str, patient: Patient | None = None) -> TextSurvey:
    """A survey that is out, with a text of it that still waits."""
    text = text_of(make, phone, patient or make.patient(mobile_e164=phone))
    ask = save_ask(NewAsk(Channel.TEXT, "en", clock.now(), visit_id=text.visit_id))
    made = TextSurvey(
        visit_id=text.visit_id,
        ask_id=ask.id,
        phone_e164=phone,
        location_id=text.location_id,
        language="en",
        visit_date=date(2026, 7, 1),
        step="asked",
        opened_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def what_became_of(made: TextSurvey) -> tuple[str, str | None, str | None, str]:
    db.session.expire_all()
    text = db.session.scalars(select(OutboxText).where(OutboxText.visit_id == made.visit_id)).one()
    return text.state, text.reason, made.closed_because, made.step


def test_the_window_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    hours = {"phone_e164": PHONE, "practice_zone": "America/New_York", "opens": time(9), "closes": time(20)}
    opens, closes = datetime(2026, 7, 1, 13, tzinfo=UTC), datetime(2026, 7, 2, 0, tzinfo=UTC)
    moment = timedelta(microseconds=1)

    assert window_containing(opens - moment, **hours) is None
    assert window_containing(opens, **hours) == (opens, closes)
    assert window_containing(closes - moment, **hours) == (opens, closes)
    assert window_containing(closes, **hours) is None
    assert next_window(closes, **hours) == (opens + timedelta(days=1), closes + timedelta(days=1))
