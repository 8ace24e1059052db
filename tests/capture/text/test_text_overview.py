"""What came of texting, and what waits for a person."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.models import Location, Visit
from intake.sms.consent.consent import record_opt_out
from intake.sms.models import OutboxText, TextSurvey
from intake.sms.queue import line
from intake.survey.models import Channel
from intake.survey.recording.record_answer import NewAsk, save_ask
from tests.clients import Client
from tests.making import Make

SignIn = Callable[[Client, Staff], None]


@pytest.fixture
def place(app: Flask, make: Make) -> Location:
    make.sources()
    return make.location("Uptown")


@pytest.fixture
def elsewhere(app: Flask, make: Make) -> Location:
    return make.location("Harbour")


@pytest.fixture
def manager(client: Client, make: Make, place: Location, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("manager", locations=[place]))
    return client


def words(body: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def survey(make: Make, place: Location, phone: str, *, answers_after: int | None = None, **values: object) -> Visit:
    """A texted visit; answered that many minutes after the text left, or not."""
    visit: Visit = make.visit(place, make.patient(mobile_e164=phone))
    text = make.text(visit, **values)
    ask = save_ask(NewAsk(Channel.TEXT, "en", clock.now(), visit_id=visit.id))
    found = TextSurvey(
        visit_id=visit.id,
        ask_id=ask.id,
        phone_e164=phone,
        location_id=place.id,
        language="en",
        step="asked",
        opened_at=clock.now(),
    )
    db.session.add(found)
    if answers_after is not None and text.sent_at is not None:
        from intake.survey.models import Outcome
        from intake.survey.recording.record_answer import NewMention, Submission, record_answer

        named = (NewMention(make.source().id),)
        record_answer(
            Submission(f"00000000-0000-4000-8000-{visit.id:012d}", ask.id, Outcome.ANSWERED, clock.now(), named)
        )
        make.reply(visit, "1", received_at=text.sent_at + timedelta(minutes=answers_after), outcome="answer")
    db.session.flush()
    return visit


def test_before_anything_was_texted_the_overview_says_how_it_begins(manager: Client) -> None:
    page = words(manager.get("/texts").text)

    assert "Nothing was texted in these 30 days" in page
    assert "No carrier is set up yet" in page


def test_the_overview_counts_what_became_of_each_text(
    manager: Client, make: Make, place: Location, elsewhere: Location
) -> None:
    survey(make, place, "+15185550101", answers_after=4)
    survey(make, place, "+15185550102", answers_after=20)
    survey(make, place, "+15185550103", state="sent")
    survey(make, place, "+15185550104", state="failed", reason="landline", sent_at=None)
    survey(make, place, "+15185550105", state="uncertain", sent_at=None)
    survey(make, elsewhere, "+15185550106", answers_after=1)
    record_opt_out("+15185550103", reason="word")
    record_opt_out("+15185550106", reason="word")

    page = words(manager.get("/texts").text)

    assert "2 of 3 patients who were texted answered, half of them within 12 minutes." in page
    assert "Sent 3" in page
    assert "Delivered 2 67%" in page
    assert "Opted out 1 33%" in page
    assert "Did not arrive 1 25%" in page
    assert "1 This is a landline." in page
    assert "Harbour" not in page


def test_the_figures_come_as_a_file(manager: Client, make: Make, place: Location) -> None:
    survey(make, place, "+15185550101", answers_after=4)

    lines = manager.get("/texts/overview.csv").text.splitlines()

    assert lines[1] == "Uptown,1,1,1,0,0,0,0,0,4.0"
    assert lines[2] == "All,1,1,1,0,0,0,0,0,4.0"


def test_only_the_days_asked_for_count(manager: Client, make: Make, place: Location) -> None:
    long_ago = clock.now() - timedelta(days=60)
    survey(make, place, "+15185550101", queued_at=long_ago, sent_at=long_ago)
    day = long_ago.date().isoformat()

    assert "Nothing was texted" in words(manager.get("/texts").text)
    assert "Sent 1" in words(manager.get(f"/texts?from={(long_ago - timedelta(days=1)).date()}&to={day}").text)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=soon", "isn’t a day"),
        ("from=2026-03-02&to=2026-03-01", "must come before"),
        ("from=1990-01-01", "two years at a time"),
    ],
)
def test_days_that_cannot_be_looked_at_are_refused_kindly(manager: Client, query: str, says: str) -> None:
    response = manager.get(f"/texts?{query}")

    assert response.status_code == 422
    assert says in words(response.text)


def test_sending_is_paused_with_a_reason_and_resumed(
    app: Flask, manager: Client, make: Make, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pydantic import SecretStr

    assert manager.post("/texts/pause", data={"because": "complaint"}).status_code == 403
    assert not line.is_paused()
    sign_in(manager, make.staff("manager", all_locations=True))

    texting = {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr("t" * 32), "twilio_sender": "+15185550100"}
    monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update=texting))

    paused = manager.post("/texts/pause", data={"because": "complaint"}, follow_redirects=True)

    assert "Sending is paused since today" in words(paused.text)
    assert "a patient complained" in words(paused.text)
    assert line.is_paused()
    manager.post("/texts/resume")
    assert not line.is_paused()
    assert "Nothing sends texts at the moment" in words(manager.get("/texts").text)


def test_the_front_desk_reads_figures_but_does_not_switch_the_line(
    client: Client, make: Make, place: Location, sign_in: SignIn
) -> None:
    sign_in(client, make.staff("front_desk", locations=[place]))

    assert client.get("/texts").status_code == 200
    assert client.post("/texts/pause", data={"because": "staff"}).status_code == 403


def test_replies_that_nothing_could_deal_with_wait_for_a_person(
    manager: Client, make: Make, place: Location, elsewhere: Location
) -> None:
    visit = make.visit(place, make.patient("Marta", "Reyes", mobile_e164="+15185550101"))
    left = make.reply(visit, "asdf <b>qwer</b>")
    make.reply(None, "is this the dentist", outcome="unknown_sender")
    make.reply(make.visit(elsewhere, make.patient(mobile_e164="+15185550102")), "not for these eyes")
    make.reply(None, "nor this", outcome="unknown_sender", from_e164="+15185550102")
    make.reply(visit, "3", outcome="answer")

    before = manager.get("/texts/replies")

    assert "asdf &lt;b&gt;qwer&lt;/b&gt;" in before.text
    assert "is this the dentist" in before.text
    assert "(518) 555-0198" in before.text
    assert "these eyes" not in before.text
    assert "nor this" not in before.text
    assert "Inbox 2" in words(before.text)
    manager.post(f"/texts/replies/{left.id}/seen")
    after = manager.get("/texts/replies").text
    assert "asdf" not in after
    assert "is this the dentist" in after


def test_whoever_was_asked_once_more_has_an_hour_before_somebody_looks(
    manager: Client, make: Make, place: Location
) -> None:
    visit = make.visit(place)
    make.reply(visit, "hmm?", outcome="unreadable")
    make.reply(make.visit(place), "well", outcome="unreadable", received_at=clock.now() - timedelta(hours=2))

    page = words(manager.get("/texts/replies").text)

    assert "hmm?" not in page.split("Replies", 1)[1]
    assert "well" in page


def test_replies_that_nobody_reads_are_shown_with_the_reason(manager: Client, make: Make, place: Location) -> None:
    make.reply(make.visit(place), "2", handled_at=None, outcome=None, received_at=clock.now() - timedelta(minutes=9))

    assert "the worker that reads replies isn’t running" in words(manager.get("/texts/replies").text)


@pytest.mark.parametrize(("arrived", "state"), [("yes", "sent"), ("no", "failed"), ("maybe", "uncertain")])
def test_a_person_decides_about_an_uncertain_text_and_nothing_is_sent_twice(
    manager: Client, make: Make, place: Location, arrived: str, state: str
) -> None:
    from intake.sms.models import SendAttempt

    visit = make.visit(place, make.patient("Marta", "Reyes"))
    text = make.text(visit, state="uncertain", sent_at=None)
    db.session.add(SendAttempt(id="6f1c8f0e-0000-4000-8000-00000000000a", outbox_id=text.id, started_at=clock.now()))
    assert "Marta Reyes" in manager.get("/texts/replies").text

    manager.post(f"/texts/uncertain/{text.id}", data={"arrived": arrived})

    assert db.session.get_one(OutboxText, text.id).state == state
    assert db.session.query(OutboxText).count() == 1


def test_nothing_to_look_at_says_so(manager: Client, place: Location) -> None:
    assert "Nothing waits for you" in words(manager.get("/texts/replies").text)
