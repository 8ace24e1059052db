"""Two-way: a reply is answered by text, recorded as an answer, handed to a colleague, done and put back."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from intake import clock
from intake.accounts.models import Staff
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.planner import start_survey
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.directory.models import Location, Visit
from intake.sms.consent.consent import record_consent, record_opt_out
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextState
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Ask, Channel, Outcome
from tests.clients import Client
from tests.databases import settings_for
from tests.making import Make
from tests.sms.carriers import running, send

PHONE = "+15185550123"
# Noon in New York on a weekday: everybody may be texted.
NOON = datetime.fromisoformat("2026-05-12T16:00:00+00:00")
SignIn = Callable[[Client, Staff], None]
pytestmark = pytest.mark.on("sqlite")


@pytest.fixture(autouse=True)
def at_noon() -> object:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def place(make: Make, texting_set_up: None) -> Location:
    make.practice()
    make.sources()
    return make.location("Uptown")


@pytest.fixture
def texting_set_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = Carrier()
    given = {
        "twilio_account_sid": carrier.account_sid,
        "twilio_auth_token": carrier.auth_token,
        "twilio_sender": carrier.number,
    }
    monkeypatch.setitem(app.config, "SETTINGS", settings_for(app.config["SETTINGS"].database_url, **given))


@pytest.fixture
def visit(make: Make, place: Location) -> Visit:
    found: Visit = make.visit(
        place, make.patient("Marta", "Reyes", mobile_e164=PHONE), at=(NOON - timedelta(hours=3)).time()
    )
    record_consent(phone_e164=PHONE, patient_id=found.patient_id, source="desk", wording_version="1")
    return found


@pytest.fixture
def desk(client: Client, make: Make, place: Location, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("front_desk", locations=[place], name="Amara Desk"))
    return client


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def written(text: InboundText, body: str = "We open at 9.", **values: str) -> dict[str, str]:
    return {"body": body, "submission_id": str(uuid.uuid4()), **values}


def staff_texts() -> list[OutboxText]:
    return list(db.session.scalars(select(OutboxText).where(OutboxText.purpose == TextPurpose.STAFF)))


def says(app: Flask, body: str, phone: str = PHONE) -> InboundText:
    sid = f"SM{uuid.uuid4().hex}"
    receive(ArrivedText(sid, phone, "+15185550100", body, 0, clock.now(), "webhook"))
    db.session.commit()
    read_replies(app.config["SETTINGS"])
    return db.session.scalars(select(InboundText).where(InboundText.message_sid == sid)).one()


def test_a_reply_is_answered_through_the_outbox_once_and_is_done(
    desk: Client, app: Flask, make: Make, visit: Visit
) -> None:
    text = make.reply(visit, "when do you open?", outcome="errand")
    form = written(text)

    first = desk.post(f"/texts/replies/{text.id}/answer", data=form)
    desk.post(f"/texts/replies/{text.id}/answer", data=form)

    assert first.status_code == 303
    [sent] = staff_texts()
    assert (sent.body, sent.phone_e164, sent.visit_id, sent.state) == ("We open at 9.", PHONE, visit.id, "queued")
    assert text.seen_at is not None
    inbox = desk.get("/texts/replies").text
    assert "when do you open?" not in inbox
    assert "Amara Desk" in words(desk.get(f"/texts/replies/{text.id}").text)


def test_two_who_answer_at_once_see_each_other(desk: Client, make: Make, visit: Visit) -> None:
    text = make.reply(visit, "when do you open?", outcome="errand")
    desk.post(f"/texts/replies/{text.id}/answer", data=written(text))

    second = desk.post(f"/texts/replies/{text.id}/answer", data=written(text, "At nine, and closed on Friday."))

    assert second.status_code == 422
    assert "Somebody has written to this phone meanwhile" in words(second.text)
    assert "We open at 9." in words(second.text)
    [shown] = re.findall(r'name="last_seen" value="(\d+)"', second.text)
    desk.post(f"/texts/replies/{text.id}/answer", data=written(text, "Closed on Friday.", last_seen=shown))
    assert [each.body for each in staff_texts()] == ["We open at 9.", "Closed on Friday."]


def test_it_leaves_like_every_text_and_not_a_second_time(desk: Client, app: Flask, make: Make, visit: Visit) -> None:
    text = make.reply(visit, "when do you open?", outcome="errand")
    desk.post(f"/texts/replies/{text.id}/answer", data=written(text))
    carrier = Carrier()
    with running(carrier) as address:
        settings: Settings = app.config["SETTINGS"].model_copy(update={"twilio_api_url": address})
        [sent] = staff_texts()
        send(sent, settings)
        send(sent, settings)

    assert [message.body for message in carrier.sent_to(PHONE)] == ["We open at 9."]


def stopped(visit: Visit, _text: InboundText) -> None:
    record_opt_out(PHONE, reason="word")


def another_channel(_visit: Visit, text: InboundText) -> None:
    text.channel = "whatsapp"


def toll_free(_visit: Visit, text: InboundText) -> None:
    text.from_e164 = "+18005550123"


def from_abroad(_visit: Visit, text: InboundText) -> None:
    text.from_e164 = "+447700900123"


def somebody_else(_visit: Visit, text: InboundText) -> None:
    text.from_e164, text.visit_id = "+15185550177", None


def short_code(_visit: Visit, text: InboundText) -> None:
    text.from_e164, text.visit_id, text.outcome = "73273", None, "short_code"


def a_word(_visit: Visit, text: InboundText) -> None:
    text.from_e164, text.visit_id = "VERIZON", None


REFUSALS = {
    "a short code wrote this": short_code,
    "isn’t a telephone number": a_word,
    "Only START from the phone itself": stopped,
    "another channel": another_channel,
    "toll-free": toll_free,
    "Only numbers of the United States": from_abroad,
    "has agreed to texts": somebody_else,
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    desk: Client, make: Make, visit: Visit, reason: str
) -> None:
    text = make.reply(visit, "call me", outcome="errand")
    REFUSALS[reason](visit, text)
    db.session.commit()

    shown = desk.get(f"/texts/replies/{text.id}")
    refused = desk.post(f"/texts/replies/{text.id}/answer", data=written(text))

    assert reason in words(shown.text)
    assert refused.status_code == 422
    assert reason in words(refused.text)
    assert staff_texts() == []
    assert text.seen_at is None


@pytest.mark.parametrize("body", ["", "   ", "x" * 500, "tap\u200bhere"])
def test_a_text_that_cannot_leave_is_refused_and_stays_on_the_page(
    desk: Client, make: Make, visit: Visit, body: str
) -> None:
    text = make.reply(visit, "call me", outcome="errand")

    refused = desk.post(f"/texts/replies/{text.id}/answer", data=written(text, body))

    assert refused.status_code == 422
    assert body.strip() in refused.text
    assert staff_texts() == []


def test_at_night_it_waits_for_the_morning_and_says_so(
    client: Client, make: Make, visit: Visit, place: Location, at_noon: time_machine.Traveller, sign_in: SignIn
) -> None:
    at_noon.shift(timedelta(hours=10))
    sign_in(client, make.staff("front_desk", locations=[place]))
    text = make.reply(visit, "call me", outcome="errand")

    page = words(client.get(f"/texts/replies/{text.id}").text)

    assert "The text leaves tomorrow 9:00 am, when texting hours begin." in page


def test_who_says_stop_meanwhile_is_not_texted_and_somebody_is_told(
    desk: Client, app: Flask, make: Make, visit: Visit
) -> None:
    text = make.reply(visit, "call me", outcome="errand")
    desk.post(f"/texts/replies/{text.id}/answer", data=written(text, "We call you at two."))

    says(app, "STOP")

    [sent] = staff_texts()
    assert sent.state == TextState.CANCELLED
    page = words(desk.get("/texts/replies").text)
    assert "Your texts that did not arrive" in page
    assert "We call you at two." in page
    assert "the phone has said STOP" in page
    desk.post(f"/texts/unarrived/{sent.id}/seen")
    assert "did not arrive" not in desk.get("/texts/replies").text


def test_what_comes_back_to_a_colleague_is_theirs_and_no_machine_answers_it(
    desk: Client, app: Flask, make: Make, visit: Visit
) -> None:
    start_survey(visit, plan=None)
    db.session.scalars(select(OutboxText)).one().state = "delivered"
    text = make.reply(visit, "can I come tomorrow?", outcome="errand")
    desk.post(f"/texts/replies/{text.id}/answer", data=written(text, "At 9 or at 2, which do you like?"))
    [sent] = staff_texts()
    sent.state, sent.sent_at = TextState.DELIVERED, clock.now()
    before = db.session.scalar(select(func.count()).select_from(OutboxText))

    came = says(app, "2")
    thanks = says(app, "thank you")

    assert (came.outcome, thanks.outcome) == ("to_staff", "courtesy")
    assert current_answers([visit.id]) == {}
    assert db.session.scalar(select(func.count()).select_from(OutboxText)) == before
    assert "Replies to what one of you wrote" in words(desk.get("/texts/replies").text)
    assert says(app, "I can't breathe").outcome == "emergency"


def test_a_reply_is_recorded_by_the_desks_own_form_with_what_can_be_read_ticked(
    desk: Client, app: Flask, make: Make, visit: Visit
) -> None:
    patel = make.physician("Patel", "Anita")
    doctor = make.sources()["doctor"]
    survey = start_survey(visit, plan=None)
    text = make.reply(visit, "my physician Anita Patel sent me", outcome="to_staff")
    db.session.commit()

    page = desk.get(f"/desk/visits/{visit.id}/answer?reply={text.id}").text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    ticked = re.findall(r'name="source" value="(\d+)" id="[^"]+" checked', page)
    assert ticked == [str(doctor.id)]
    assert fields[f"physician-{doctor.id}"] == str(patel.id)
    assert "my physician Anita Patel sent me" in page

    del fields["csrf_token"]
    kept = desk.post(
        f"/desk/visits/{visit.id}/answer",
        data={**fields, "source": ticked, "verbatim": text.body, "outcome": "answered"},
    )

    assert kept.headers["Location"].endswith("/texts/replies")
    answer = current_answers([visit.id])[visit.id]
    assert (answer.mentions[0].source_id, answer.verbatim) == (doctor.id, text.body)
    ask = db.session.get_one(Ask, survey.ask_id)
    assert answer.ask_id == ask.id
    assert ask.channel == Channel.TEXT
    assert text.seen_at is not None
    assert survey.closed_because == "answered"
    undo = re.search(r'action="(/desk/visits/\d+/undo[^"]*)"', desk.get("/texts/replies").text)
    assert undo is not None
    desk.post(undo[1].replace("&amp;", "&"))
    assert current_answers([visit.id])[visit.id].outcome == Outcome.WITHDRAWN
    assert text.seen_at is None


@pytest.mark.parametrize(
    ("body", "ticked", "named"),
    [
        ("My cousin Rosa told me. Can you call me about my bill?", ["friend_family"], "Rosa"),
        ("Facebook. also do you take medicaid", ["facebook"], ""),
        ("what time do you open", [], ""),
    ],
)
def test_an_answer_beside_an_errand_is_ticked_too(
    desk: Client, make: Make, visit: Visit, body: str, ticked: list[str], named: str
) -> None:
    text = make.reply(visit, body, outcome="errand")
    codes = {str(source.id): code for code, source in make.sources().items()}

    page = desk.get(f"/desk/visits/{visit.id}/answer?reply={text.id}").text

    assert [codes[each] for each in re.findall(r'name="source" value="(\d+)" id="[^"]+" checked', page)] == ticked
    assert f'value="{named}"' in page
    assert ("Nothing in it can be read" in page) == (not ticked)


def test_a_reply_of_another_visit_is_not_recorded_for_this_one(
    desk: Client, make: Make, visit: Visit, place: Location
) -> None:
    text = make.reply(make.visit(place), "google")

    page = desk.get(f"/desk/visits/{visit.id}/answer?reply={text.id}").text

    assert "google" not in page
    assert 'name="reply"' not in page


def test_what_may_answer_either_of_two_visits_is_recorded_for_the_one_that_is_chosen(
    desk: Client, make: Make, visit: Visit, place: Location
) -> None:
    sister = make.visit(place, make.patient("Nina", "Reyes", mobile_e164=PHONE))
    record_consent(phone_e164=PHONE, patient_id=sister.patient_id, source="desk", wording_version="1")
    start_survey(sister, plan=None)
    text = make.reply(visit, "google", outcome="which_visit")

    page = desk.get(f"/texts/replies/{text.id}").text

    assert f"/desk/visits/{visit.id}/answer?reply={text.id}" in page
    assert f"/desk/visits/{sister.id}/answer?reply={text.id}" in page
    assert "google" in desk.get(f"/desk/visits/{sister.id}/answer?reply={text.id}").text


def test_a_reply_is_handed_to_a_colleague_who_sees_it_by_name(
    desk: Client, make: Make, visit: Visit, place: Location, app: Flask, sign_in: SignIn
) -> None:
    beth = make.staff("manager", locations=[place], name="Beth Manager")
    stranger = make.staff("front_desk", name="Not Here")
    text = make.reply(visit, "thanks, see you", outcome="courtesy")

    assert desk.post(f"/texts/replies/{text.id}/hand-on", data={"to": str(stranger.id)}).status_code == 422
    assert desk.post(f"/texts/replies/{text.id}/hand-on", data={"to": str(beth.id)}).status_code == 303

    assert "For Beth Manager" in words(desk.get("/texts/replies").text)
    other = app.test_client()
    sign_in(other, beth)
    mine = words(other.get("/texts/replies?mine=1").text)
    assert "Handed to you 1" in mine
    assert "thanks, see you" in mine
    other.post(f"/texts/replies/{text.id}/seen")
    assert "thanks, see you" not in other.get("/texts/replies").text


def test_what_is_done_too_early_is_put_back(desk: Client, make: Make, visit: Visit) -> None:
    text = make.reply(visit, "hm")
    desk.post(f"/texts/replies/{text.id}/seen")
    assert "hm" not in words(desk.get("/texts/replies").text).split("<h1>Inbox", 1)[-1]

    desk.post(f"/texts/replies/{text.id}/put-back")

    assert "Reyes" in desk.get("/texts/replies").text


def test_the_main_menu_counts_what_waits_for_those_who_may_read_it(
    desk: Client, make: Make, visit: Visit, place: Location, app: Flask, sign_in: SignIn
) -> None:
    make.reply(visit, "hm")
    liaison = app.test_client()
    sign_in(liaison, make.staff("administrator", locations=[place]))

    assert "Texts 1 waiting" in words(desk.get("/desk").text)
    assert "waiting" not in words(liaison.get("/texts").text)


def test_pictures_are_said_and_not_kept(desk: Client, make: Make, visit: Visit) -> None:
    text = make.reply(visit, "my card", media_count=2)

    assert "with 2 pictures, not kept" in words(desk.get("/texts/replies").text)
    assert "with 2 pictures, not kept" in words(desk.get(f"/texts/replies/{text.id}").text)


def test_conversations_are_found_by_name_and_number_and_nothing_personal_is_in_an_address(
    desk: Client, make: Make, visit: Visit, place: Location
) -> None:
    make.text(visit)
    make.reply(visit, "my sister")
    make.reply(None, "who is this", from_e164="+15185550188", outcome="unknown_sender")
    make.text(make.visit(make.location("Harbour"), make.patient("Elsa", "Elsewhere", mobile_e164="+15185550166")))

    every = words(desk.get("/texts/conversations").text)
    by_name = words(desk.post("/texts/conversations", data={"find": "marta rey"}).text)
    by_number = desk.post("/texts/conversations", data={"find": "(518) 555-0123"})
    by_part = words(desk.post("/texts/conversations", data={"find": "0188"}).text)

    assert "Marta Reyes" in every and "who is this" in every and "Elsewhere" not in every
    assert "my sister" in by_name and "who is this" not in by_name
    assert "my sister" in by_number.text
    assert "who is this" in by_part and "Marta" not in by_part
    addresses = re.findall(r'(?:href|action)="([^"]+)"', by_number.text)
    assert not any("518" in address or "arta" in address for address in addresses)
    assert "Nobody found" in desk.post("/texts/conversations", data={"find": "elsewhere"}).text
