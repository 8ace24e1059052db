"""What the conversation does with texts that are no plain answer."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select

from intake import clock
from intake.accounts.models import Staff
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.planner import start_survey
from intake.capture.text.staff_pages import emergency_alerts
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, ReferralSource, Visit
from intake.sms.consent.consent import is_stopped, may_be_texted, record_consent
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextState, TextStop, TextSurvey
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Answer, Ask
from intake.web.ops import mailing
from tests.clients import Client
from tests.linked import links_of
from tests.making import Make

PHONE = "+15185550111"
SignIn = Callable[[Client, Staff], None]
OFFICE = "(518) 555-0199"
pytestmark = pytest.mark.on("sqlite")


class Talk:
    """A new patient who was asked by text, and texts back."""

    def __init__(self, settings: Settings, make: Make, *, language: str = "en") -> None:
        self.settings, self.number = settings, 0
        self.visit: Visit = make.visit(patient=make.patient("Ana", "Whitcombe", mobile_e164=PHONE, language=language))
        self.patient_id = self.visit.patient_id
        record_consent(phone_e164=PHONE, patient_id=self.patient_id, source="desk", wording_version="1")
        survey = start_survey(self.visit, plan=None)
        survey.language = language
        self.options = list(db.session.get_one(Ask, survey.ask_id).options)
        text = db.session.scalars(select(OutboxText)).one()
        text.state, text.sent_at = TextState.SENT, clock.now()
        self.asked = text.body

    def says(self, body: str, *, phone: str = PHONE, opt_out_type: str = "") -> list[str]:
        """What we text back to it."""
        self.number += 1
        before = set(db.session.scalars(select(OutboxText.id)))
        arrived = ArrivedText(
            f"SM{self.number:032x}", phone, "+15185550100", body, 0, clock.now(), "webhook", opt_out_type=opt_out_type
        )
        receive(arrived)
        db.session.commit()
        read_replies(self.settings)
        return [text.body for text in db.session.scalars(select(OutboxText)) if text.id not in before]

    def number_of(self, code: str) -> str:
        return str(self.options.index(code) + 1)

    @property
    def outcome(self) -> str | None:
        return db.session.scalars(select(InboundText.outcome).order_by(InboundText.id.desc()).limit(1)).one()

    @property
    def survey(self) -> TextSurvey:
        return db.session.scalars(select(TextSurvey)).one()

    def answered(self) -> list[str]:
        given = current_answers([self.visit.id]).get(self.visit.id)
        codes = {source.id: source.code for source in db.session.scalars(select(ReferralSource))}
        return [codes.get(mention.source_id or 0, "") for mention in given.mentions] if given else []

    def named(self) -> str:
        mention = current_answers([self.visit.id])[self.visit.id].mentions[0]
        return links_of([mention.id])[mention.id].referrer_name


@pytest.fixture
def settings(app: Flask, make: Make) -> Settings:
    make.sources()
    make.practice(phone_e164="+15185550199")
    carrier = {"twilio_account_sid": "AC1", "twilio_auth_token": SecretStr("t" * 32), "twilio_sender": "+15185550100"}
    changed: Settings = app.config["SETTINGS"].model_copy(update=carrier)
    return changed


@pytest.fixture
def talk(settings: Settings, make: Make) -> Talk:
    return Talk(settings, make)


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


def test_a_number_after_the_thanks_is_shown_beside_the_answer_before_it(
    talk: Talk, client: Client, make: Make, sign_in: SignIn
) -> None:
    talk.says(talk.number_of("insurance"))
    other = talk.number_of("online_search")
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert talk.says(other) == []
    sign_in(client, make.staff("front_desk", locations=[db.session.get_one(Location, talk.visit.location_id)]))

    shown = " ".join(re.sub(r"<[^>]+>", " ", client.get("/texts/replies").text).split())

    assert (talk.outcome, talk.answered()) == ("afterwards", ["insurance"])
    assert f"Before, they had answered {talk.number_of('insurance')} and then wrote {other}" in shown


@pytest.mark.parametrize("words", ["do you take medicaid?", "need a refill from Dr Chen"])
def test_an_errand_gets_one_kind_reply_and_leaves_the_survey_open(talk: Talk, words: str) -> None:
    (back,) = talk.says(words)

    assert OFFICE in back
    assert (talk.outcome, talk.answered(), talk.survey.closed_at) == ("errand", [], None)
    assert talk.says("please call me") == []
    assert talk.outcome == "errand"


def test_reactions_and_auto_replies_are_nothing(talk: Talk) -> None:
    assert talk.says(f"Liked “{talk.asked}”") == []
    assert talk.says("I'm driving with Do Not Disturb While Driving turned on. I'll see your message later.") == []
    assert (
        talk.says("(I'm not receiving notifications. If this is urgent, reply “urgent” to send a notification.)") == []
    )
    assert not is_stopped(PHONE)
    assert talk.says(talk.number_of("insurance"))
    assert talk.answered() == ["insurance"]
    assert talk.says("Thank you!") == []
    assert talk.outcome == "courtesy"


def test_a_correction_counts_after_the_thanks_and_in_between(talk: Talk) -> None:
    talk.says(talk.number_of("friend_family"))
    talk.says(f"sorry I meant {talk.number_of('insurance')}")
    assert talk.answered() == ["insurance"]
    assert talk.survey.closed_because == "answered"

    assert talk.says("actually it was google")
    assert talk.answered() == ["online_search"]
    turns = select(func.count(Answer.id)).where(Answer.visit_id == talk.visit.id)
    assert db.session.scalar(turns) == 3


def test_a_correction_after_two_days_or_of_nothing_readable_waits_for_a_person(talk: Talk) -> None:
    talk.says(talk.number_of("insurance"))
    assert talk.says("oops") == []
    assert talk.outcome == "unclear_correction"
    with time_machine.travel(clock.now() + timedelta(hours=49), tick=False):
        assert talk.says("sorry I meant google") == []

    assert talk.outcome == "unclear_correction"
    assert talk.answered() == ["insurance"]


def test_two_halves_sent_within_seconds_are_one_reply(talk: Talk) -> None:
    assert talk.says("It was my") == []
    talk.says("cousin Rosa")

    assert talk.answered() == ["friend_family"]
    assert talk.named() == "Rosa"


def test_half_a_reply_is_read_alone_when_nothing_follows(talk: Talk) -> None:
    talk.says("heard from")
    with time_machine.travel(clock.now() + timedelta(seconds=30), tick=False):
        read_replies(talk.settings)

    assert talk.outcome == "unreadable"


def test_what_stands_beside_a_stop_counts(talk: Talk) -> None:
    (back,) = talk.says("Stop. I heard from Dr Patel")

    assert is_stopped(PHONE)
    assert talk.answered() == ["doctor"]
    assert back.startswith("Riverside Vein Clinic: You won't get any more texts")
    assert db.session.scalars(select(TextStop.reason)).one() == "phrase"


def test_a_stop_is_confirmed_in_the_surveys_language(settings: Settings, make: Make) -> None:
    (back,) = Talk(settings, make, language="es").says("ALTO")

    assert "Ya no recibira mas mensajes" in back
    assert db.session.scalars(select(TextStop.reason)).one() == "word"


def test_where_a_stop_is_in_doubt_they_are_asked_once(talk: Talk) -> None:
    back = talk.says("I never asked for texts but my cousin Lena told me about you")

    assert not is_stopped(PHONE)
    assert sum("reply STOP to end" in text for text in back) == 1
    # Beside a complaint the cousin is kept, and counts once a person has said so.
    assert talk.answered() == [""]


def test_yes_lifts_no_stop_that_was_inferred_and_start_does(talk: Talk) -> None:
    talk.says("please leave me alone, take me off your list")
    talk.says("YES")
    assert is_stopped(PHONE)
    talk.says("START")
    assert not is_stopped(PHONE)
    talk.says("STOP")
    talk.says("yes")
    assert not is_stopped(PHONE)


@pytest.mark.parametrize(("words", "outcome"), [("wrong number", "wrong_number"), ("she passed away in May", "died")])
def test_a_wrong_number_or_a_death_ends_texting_for_that_patient(
    talk: Talk, make: Make, words: str, outcome: str
) -> None:
    sibling = make.patient(mobile_e164=PHONE)
    record_consent(phone_e164=PHONE, patient_id=sibling.id, source="desk", wording_version="1")

    assert len(talk.says(words)) == 1

    assert (talk.outcome, talk.answered()) == (outcome, [])
    assert not may_be_texted(PHONE, patient_id=talk.patient_id)
    assert may_be_texted(PHONE, patient_id=sibling.id)
    talk.says("YES")
    assert not may_be_texted(PHONE, patient_id=talk.patient_id)


def test_who_wishes_for_no_texts_beside_a_death_gets_none_about_anybody(talk: Talk, make: Make) -> None:
    sibling = make.patient(mobile_e164=PHONE)
    record_consent(phone_e164=PHONE, patient_id=sibling.id, source="desk", wording_version="1")

    talk.says("she passed away in May, stop sending this")

    assert talk.outcome == "died"
    assert not may_be_texted(PHONE, patient_id=sibling.id)


def test_a_short_code_is_kept_and_not_answered(talk: Talk) -> None:
    assert talk.says("Your verification code is 884213. Reply STOP to unsubscribe", phone="73273") == []
    assert talk.outcome == "short_code"
    assert db.session.scalars(select(TextStop)).all() == []


def test_a_stop_on_another_channel_belongs_to_its_number_alone(talk: Talk) -> None:
    assert talk.says("STOP", phone=f"whatsapp:{PHONE}") == []
    assert db.session.scalars(select(TextStop.phone_e164)).all() == [PHONE]
    assert talk.says("google", phone="rcs:+15185550123") == []
    assert talk.outcome == "other_channel"


def test_help_is_not_answered_twice(talk: Talk) -> None:
    assert talk.says("HELP", opt_out_type="HELP") == []
    assert len(talk.says("HELP")) == 1
