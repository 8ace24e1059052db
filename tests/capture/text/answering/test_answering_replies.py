"""Two-way: a reply is answered by text and recorded as an answer."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from intake import clock
from intake.capture.text.planning.planner import start_survey
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.directory.models import Location, Visit
from intake.sms.consent.consent import record_consent, record_opt_out
from intake.sms.models import InboundText, OutboxText, TextState
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Ask, Channel, Outcome
from tests.capture.text.answering.replies import PHONE, SignIn, says, staff_texts, words, written
from tests.clients import Client
from tests.making import Make
from tests.sms.carriers import running, send

pytestmark = pytest.mark.on("sqlite")


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
