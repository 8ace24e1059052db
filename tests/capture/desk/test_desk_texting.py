"""Texts at the desk: who agreed, what is sent by hand, what was said, and no texts any more."""

import html
import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select

from intake import clock
from intake.accounts.models import AuditEntry, Staff
from intake.capture.text.conversation.reply import read_replies
from intake.db import db
from intake.directory.models import Location, Visit
from intake.sms.consent.consent import is_stopped, may_be_texted, record_consent, record_opt_out
from intake.sms.models import OutboxText, TextConsent, TextPlan, TextState, TextStop, TextSurvey
from intake.sms.queue import line
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.models import Ask
from tests.clients import Client
from tests.making import Make

SignIn = Callable[[Client, Staff], None]
PHONE = "+15185550123"
_sids = itertools.count(9_000)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Noon in New York, inside every window; the worker lives."""
    moment = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


@pytest.fixture
def carrier_set_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    texting = {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr("t" * 32), "twilio_sender": "+15185550100"}
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update=texting))


@pytest.fixture
def place(app: Flask, make: Make, carrier_set_up: None, noon: datetime) -> Location:
    make.sources()
    line.record_heartbeat("test")
    return make.location("Uptown")


@pytest.fixture
def visit(place: Location, make: Make) -> Visit:
    make.visit(place, make.patient("Somebody", "Else", mobile_e164="+15185550199"))
    found: Visit = make.visit(place, make.patient("Marta", "Reyes", mobile_e164=PHONE))
    return found


@pytest.fixture
def desk(client: Client, make: Make, place: Location, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("front_desk", locations=[place], name="Nora Finch"))
    return client


def agree(visit: Visit) -> None:
    record_consent(phone_e164=PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")


def words(body: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def texts() -> list[OutboxText]:
    return list(db.session.scalars(select(OutboxText).order_by(OutboxText.id)))


def page(desk: Client, visit: Visit) -> str:
    return words(desk.get(f"/desk/visits/{visit.id}/text").text)


def write(app: Flask, body: str) -> None:
    """The patient texts, and a worker reads it."""
    receive(ArrivedText(f"SM{next(_sids):032x}", PHONE, "+15185550100", body, 0, clock.now(), "webhook"))
    db.session.commit()
    read_replies(app.config["SETTINGS"])


def test_the_patient_is_asked_for_consent_before_any_text(desk: Client, visit: Visit) -> None:
    before = page(desk, visit)
    response = desk.post(f"/desk/visits/{visit.id}/text")

    assert "Has not agreed to texts" in before
    assert "May we text you one question" in before
    assert response.status_code == 422
    assert "has not agreed to texts. Ask them first" in words(response.text)
    assert texts() == []


def test_consent_is_kept_with_time_source_wording_and_who_noted_it(desk: Client, visit: Visit, noon: datetime) -> None:
    response = desk.post(f"/desk/visits/{visit.id}/text-consent", data={"mobile": "518 555 0123"})

    given = db.session.scalars(select(TextConsent)).one()
    assert response.status_code == 303
    assert (given.phone_e164, given.patient_id, given.source, given.given_at) == (PHONE, visit.patient_id, "desk", noon)
    assert given.wording_version == "2026-11"
    assert given.staff_id is not None
    assert "Agreed today 12:00 pm, at the desk, noted by Nora Finch (wording 2026-11)" in page(desk, visit)
    assert texts() == []


def test_one_press_notes_consent_and_sends(desk: Client, visit: Visit) -> None:
    response = desk.post(
        f"/desk/visits/{visit.id}/text-consent", data={"mobile": "", "then": "send"}, follow_redirects=True
    )

    (sent,) = texts()
    assert sent.phone_e164 == PHONE
    assert sent.visit_id == visit.id
    assert "Marta Reyes: the text is on its way." in words(response.text)
    assert "Text queued" in words(response.text)


def test_a_number_typed_at_the_desk_becomes_the_patients(desk: Client, place: Location, make: Make) -> None:
    visit = make.visit(place, make.patient(mobile_e164=None))

    wrong = desk.post(f"/desk/visits/{visit.id}/text-consent", data={"mobile": "12 34", "then": "send"})
    none = desk.post(f"/desk/visits/{visit.id}/text-consent", data={"mobile": ""})
    right = desk.post(f"/desk/visits/{visit.id}/text-consent", data={"mobile": "(518) 555-0144", "then": "send"})

    assert (wrong.status_code, none.status_code, right.status_code) == (422, 422, 303)
    assert 'value="12 34"' in wrong.text
    assert "Type the mobile number" in words(none.text)
    assert visit.patient.mobile_e164 == "+15185550144"
    assert [text.phone_e164 for text in texts()] == ["+15185550144"]


def test_a_visit_is_texted_once(desk: Client, visit: Visit) -> None:
    agree(visit)

    first = desk.post(f"/desk/visits/{visit.id}/text")
    second = desk.post(f"/desk/visits/{visit.id}/text")

    assert (first.status_code, second.status_code) == (303, 422)
    assert "Nobody is asked twice" in words(second.text)
    assert len(texts()) == 1


def no_phone(visit: Visit, make: Make) -> None:
    visit.patient.mobile_e164 = None


def has_stopped(visit: Visit, make: Make) -> None:
    agree(visit)
    record_opt_out(PHONE, reason="word")


def has_answered(visit: Visit, make: Make) -> None:
    agree(visit)
    make.answer(visit, make.source())


def did_not_come(visit: Visit, make: Make) -> None:
    agree(visit)
    visit.status = "no_show"


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        (no_phone, "no mobile number"),
        (has_stopped, "has said STOP"),
        (has_answered, "answered already"),
        (did_not_come, "did not come"),
    ],
)
def test_a_text_that_must_not_leave_is_refused_kindly(
    desk: Client, visit: Visit, make: Make, arrange: Callable[[Visit, Make], None], says: str
) -> None:
    arrange(visit, make)

    response = desk.post(f"/desk/visits/{visit.id}/text")

    assert response.status_code == 422
    assert says in words(response.text)
    assert texts() == []


def test_two_children_on_one_phone_are_asked_one_after_the_other(
    desk: Client, visit: Visit, place: Location, make: Make
) -> None:
    agree(visit)
    sibling = make.visit(place, make.patient("Luis", "Reyes", mobile_e164=PHONE))
    record_consent(phone_e164=PHONE, patient_id=sibling.patient_id, source="desk", wording_version="1")

    desk.post(f"/desk/visits/{visit.id}/text")
    response = desk.post(f"/desk/visits/{sibling.id}/text")

    assert "Another survey is open on this phone" in words(response.text)
    assert len(texts()) == 1


def after_hours(monkeypatch: pytest.MonkeyPatch, place: Location, noon: datetime) -> str:
    monkeypatch.setattr(clock, "now", lambda: noon + timedelta(hours=10))
    line.record_heartbeat("test")
    return "the text leaves tomorrow 9:00 am, when texting hours begin"


def used_up(monkeypatch: pytest.MonkeyPatch, place: Location, noon: datetime) -> str:
    db.session.add(TextPlan(location_id=place.id, enabled=False, daily_cap=0))
    return "used up, so it leaves tomorrow"


def paused(monkeypatch: pytest.MonkeyPatch, place: Location, noon: datetime) -> str:
    line.pause("staff")
    return "sending is paused; the text leaves when it is resumed"


def no_worker(monkeypatch: pytest.MonkeyPatch, place: Location, noon: datetime) -> str:
    line.state().worker_seen_at = None
    return "leaves as soon as the worker runs"


@pytest.mark.parametrize("because", [after_hours, used_up, paused, no_worker])
def test_a_text_that_has_to_wait_says_until_when(
    desk: Client,
    visit: Visit,
    place: Location,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
    because: Any,
    make: Make,
    sign_in: SignIn,
) -> None:
    agree(visit)
    says = because(monkeypatch, place, noon)
    sign_in(desk, make.staff("front_desk", locations=[place]))

    response = desk.post(f"/desk/visits/{visit.id}/text", follow_redirects=True)

    assert says in words(response.text)
    assert len(texts()) == 1


def test_a_location_opens_and_closes_at_its_own_hours(
    desk: Client, visit: Visit, place: Location, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(visit)
    db.session.add(
        TextPlan(location_id=place.id, enabled=False, opens=datetime.min.time().replace(hour=13), closes=noon.time())
    )

    assert "It leaves today 1:00 pm, when texting hours begin." in page(desk, visit)


def test_dont_text_is_one_tap_that_can_be_taken_back(desk: Client, visit: Visit) -> None:
    agree(visit)
    desk.post(f"/desk/visits/{visit.id}/text")

    response = desk.post(f"/desk/visits/{visit.id}/no-texts", follow_redirects=True)

    assert "Nothing is texted to Marta Reyes’s phone any more." in words(response.text)
    assert f'action="/desk/visits/{visit.id}/texts-again"' in response.text
    assert is_stopped(PHONE)
    assert [text.state for text in texts()] == [TextState.CANCELLED]
    assert "No texts, noted at the desk" in page(desk, visit)
    desk.post(f"/desk/visits/{visit.id}/texts-again")
    assert not is_stopped(PHONE)


def test_the_desk_cannot_lift_what_the_phone_itself_said(desk: Client, visit: Visit) -> None:
    record_opt_out(PHONE, reason="word")

    desk.post(f"/desk/visits/{visit.id}/texts-again")
    response = desk.post(f"/desk/visits/{visit.id}/text-consent", data={"mobile": PHONE, "then": "send"})

    assert response.status_code == 422
    assert is_stopped(PHONE)
    assert db.session.scalar(select(func.count(TextConsent.id))) == 0
    assert db.session.scalars(select(TextStop.reason)).one() == "word"


@pytest.mark.parametrize(
    ("reason", "says"),
    [("phrase", "asked for none, in a sentence"), ("wrong_number", "wrong number"), ("died", "said to have died")],
)
def test_an_inferred_stop_is_set_right_with_the_patient_present(
    desk: Client, visit: Visit, reason: str, says: str
) -> None:
    agree(visit)
    record_opt_out(PHONE, reason=reason, patient_id=None if reason == "phrase" else visit.patient_id)
    assert says in page(desk, visit)

    desk.post(f"/desk/visits/{visit.id}/texts-again")

    assert may_be_texted(PHONE, patient_id=visit.patient_id)


def test_the_conversation_shows_every_text_and_what_it_was_read_as(app: Flask, desk: Client, visit: Visit) -> None:
    agree(visit)
    desk.post(f"/desk/visits/{visit.id}/text")
    (asked,) = texts()
    asked.state, asked.sent_at, asked.delivered_at = TextState.DELIVERED, clock.now(), clock.now()
    options = db.session.get_one(Ask, db.session.scalars(select(TextSurvey)).one().ask_id).options
    write(app, f"{options.index('insurance') + 1} <b>thanks</b> 👍")
    write(app, str(options.index("insurance") + 1))

    body = desk.get(f"/desk/visits/{visit.id}/text").text
    shown = words(body)

    assert "How did you hear about us?" in shown
    assert "Delivered today 12:00 pm" in shown
    assert "<b>thanks</b>" not in body
    assert "Insurance" in shown.split("Read as", 1)[1]
    assert "Thank you for telling us." in shown
    assert f'href="/desk/visits/{visit.id}/answer"' in body


def test_reading_a_conversation_is_noted(committed_app: Flask, make: Make, sign_in: SignIn) -> None:
    place = make.location()
    visit = make.visit(place, make.patient(mobile_e164=PHONE))
    client = committed_app.test_client()
    sign_in(client, make.staff(locations=[place]))  # type: ignore[arg-type]

    client.get(f"/desk/visits/{visit.id}/text", base_url=committed_app.config["SETTINGS"].public_url)

    read = db.session.scalars(select(AuditEntry).where(AuditEntry.actor_kind == "staff")).one()
    assert (read.action, read.subject_id, read.location_id) == ("text.conversation", visit.id, place.id)
    assert PHONE not in str(read.details)


def test_stop_stands_in_the_conversation_that_it_ended(app: Flask, desk: Client, visit: Visit) -> None:
    agree(visit)
    desk.post(f"/desk/visits/{visit.id}/text")
    write(app, "please stop texting me")

    shown = page(desk, visit)

    assert "please stop texting me" in shown
    assert "Taken for STOP" in shown
    assert "No texts: asked for none, in a sentence today" in shown


def test_without_a_carrier_the_desk_says_who_sets_one_up(
    app: Flask, desk: Client, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update={"twilio_sender": ""}))
    agree(visit)

    assert "Texting isn’t set up yet. An administrator does that under Texts." in page(desk, visit)
    assert desk.post(f"/desk/visits/{visit.id}/text").status_code == 422


def test_a_walk_in_can_agree_on_the_spot(desk: Client, place: Location, make: Make) -> None:
    given = {"mrn": "W-1", "first_name": "Ida", "last_name": "Marsh", "language": "", "visit_type": "new"}
    given |= {"agrees": "y"}

    refused = desk.post(f"/desk/visits/new?location={place.id}", data=given)
    added = desk.post(f"/desk/visits/new?location={place.id}", data=given | {"mobile": "518 555 0177"})

    assert refused.status_code == 422
    assert "Type the mobile number that they agreed for" in words(refused.text)
    assert added.status_code == 303, words(added.text)
    assert db.session.scalars(select(TextConsent.phone_e164)).all() == ["+15185550177"]
