"""What becomes of texts in which somebody is in danger."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.capture.text.staff_pages import emergency_alerts
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location
from intake.sms.consent.consent import is_stopped
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextState
from intake.web.ops import mailing
from tests.capture.text.talking import PHONE, Talk
from tests.clients import Client
from tests.making import Make

SignIn = Callable[[Client, Staff], None]
OFFICE = "(518) 555-0199"
pytestmark = pytest.mark.on("sqlite")


def test_an_emergency_is_answered_at_once_and_records_nothing(talk: Talk) -> None:
    (back,) = talk.says("google and now my chest hurts")

    assert "911" in back
    assert OFFICE in back
    assert (talk.outcome, talk.answered(), talk.survey.closed_at) == ("emergency", [], None)
    assert db.session.scalars(select(OutboxText.purpose).order_by(OutboxText.id.desc()).limit(1)).one() == "emergency"
    assert talk.says(talk.number_of("radio") if "radio" in talk.options else "radio")
    assert talk.answered() == ["radio"]


def test_whoever_may_hurt_themselves_is_told_of_988(talk: Talk) -> None:
    (back,) = talk.says("I want to end my life")

    assert "988" in back
    assert OFFICE in back


def test_an_emergency_beside_a_stop_is_answered_and_the_stop_is_honoured(talk: Talk) -> None:
    back = talk.says("stop, I can't breathe")

    assert is_stopped(PHONE)
    assert talk.outcome == "emergency"
    assert sum("911" in text for text in back) == 1
    assert [text.purpose for text in db.session.scalars(select(OutboxText)) if text.state == TextState.QUEUED] == [
        TextPurpose.STOP_CONFIRMATION,
        TextPurpose.EMERGENCY,
    ]


def test_an_emergency_is_answered_in_the_language_it_is_told_in(settings: Settings, make: Make) -> None:
    talk = Talk(settings, make, language="zh")

    (back,) = talk.says("me duele mucho el pecho y no puedo respirar")
    (again,) = talk.says("i dont want to be here anymore")

    assert "Llame" in back or "llame" in back
    assert "988" in again and "call" in again.casefold()


def test_a_stranger_in_an_emergency_is_answered_too(talk: Talk) -> None:
    (back,) = talk.says("call 911 im bleeding out", phone="+15185550177")

    assert "911" in back


def test_the_desk_shows_an_emergency_until_somebody_opens_it(
    talk: Talk, client: Client, make: Make, sign_in: SignIn
) -> None:
    talk.says("chest pain")
    elsewhere = make.location()
    sign_in(client, make.staff("front_desk", locations=[db.session.get_one(Location, talk.visit.location_id)]))
    emergency = db.session.scalars(select(InboundText)).one()

    shown = client.get("/desk/list").text
    assert "A text may be an emergency" in shown
    assert "Ana Whitcombe" in shown
    opened = client.post(f"/texts/emergencies/{emergency.id}/open")

    assert opened.status_code == 303
    assert "A text may be an emergency" not in client.get("/desk/list").text
    assert emergency.seen_at is None
    assert emergency_alerts.unopened(within=[elsewhere.id]) == []


def test_an_emergency_that_nobody_opens_is_mailed_without_content(
    talk: Talk, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = make.staff("manager", locations=[db.session.get_one(Location, talk.visit.location_id)])
    make.staff("manager", locations=[make.location()])
    left: list[tuple[str, str]] = []
    monkeypatch.setattr(mailing, "send", lambda message, _settings: left.append((message["To"], message.as_string())))
    mail = {"smtp_host": "mail.example.org", "mail_from": "a@example.org", "emergency_mail_to": "nurse@example.org"}
    settings = talk.settings.model_copy(update=mail)
    now = clock.now()
    with time_machine.travel(now, tick=False):
        talk.says("chest pain")
        emergency_alerts.mail_alerts(settings)
        emergency_alerts.mail_alerts(settings)
        assert [to for to, _ in left] == ["nurse@example.org"]
    with time_machine.travel(now + timedelta(minutes=11), tick=False):
        emergency_alerts.mail_alerts(settings)
        emergency_alerts.mail_alerts(settings)

    assert [to for to, _ in left] == ["nurse@example.org", manager.email]
    assert all("chest" not in body and "Whitcombe" not in body and PHONE not in body for _, body in left)


class Server:
    """A mail server that refuses some addresses: for now, or for good."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses: dict[str, bool] = {}
        self.asked: list[str] = []
        self.left: list[str] = []
        monkeypatch.setattr(mailing, "send", self._send)

    def _send(self, message: EmailMessage, _settings: Settings) -> None:
        address = str(message["To"])
        self.asked.append(address)
        if address in self.refuses:
            raise mailing.Refused("recipient_refused", self.refuses[address])
        self.left.append(address)


def test_an_address_that_is_refused_for_now_is_tried_again_after_pauses_that_grow(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(monkeypatch)
    server.refuses = {"doctor@example.org": True}
    mail = {"smtp_host": "mail.example.org", "mail_from": "a@example.org"}
    settings = talk.settings.model_copy(update=mail | {"emergency_mail_to": "doctor@example.org, nurse@example.org"})
    now = clock.now()
    tries = []
    with time_machine.travel(now, tick=False) as travelling:
        talk.says("chest pain")
        for minute in range(9):
            travelling.move_to(now + timedelta(minutes=minute))
            emergency_alerts.mail_alerts(settings)
            emergency_alerts.mail_alerts(settings)
            tries.append(server.asked.count("doctor@example.org"))
        server.refuses = {}
        travelling.move_to(now + timedelta(minutes=9, hours=1))
        emergency_alerts.mail_alerts(settings)
        emergency_alerts.mail_alerts(settings)

    assert tries == [1, 2, 2, 3, 3, 3, 3, 3, 4]
    assert server.left == ["nurse@example.org", "doctor@example.org"]


def test_an_address_that_is_refused_for_good_is_named_on_the_set_up_page(
    talk: Talk, client: Client, make: Make, sign_in: SignIn, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(monkeypatch)
    server.refuses = {"old@example.org": False}
    mail = {"smtp_host": "mail.example.org", "mail_from": "a@example.org"}
    settings = talk.settings.model_copy(update=mail | {"emergency_mail_to": "old@example.org,nurse@example.org"})
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    talk.says("chest pain")

    emergency_alerts.mail_alerts(settings)
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        emergency_alerts.mail_alerts(settings)
    sign_in(client, make.staff("administrator"))

    assert server.asked == ["old@example.org", "nurse@example.org"]
    assert "refused to tell old@example.org of an emergency" in client.get("/texts/set-up").text


def test_a_phone_of_a_chart_that_nobody_was_asked_on_is_answered_in_its_language_and_named(
    settings: Settings, make: Make, client: Client, sign_in: SignIn
) -> None:
    talk = Talk(settings, make)
    phone = "+15185550188"
    owner = make.patient("Minh", "Nguyen", mobile_e164=phone, language="vi")
    visit = make.visit(db.session.get_one(Location, talk.visit.location_id), owner)

    (back,) = talk.says("tôi bị đau ngực, khó thở quá", phone=phone)

    assert "cấp cứu" in back or "cap cuu" in back
    sign_in(client, make.staff("front_desk", locations=[visit.location]))
    for address in ("/desk", "/desk/calls"):
        shown = client.get(address).text
        assert "A text may be an emergency</b>: Minh Nguyen" in shown, address
