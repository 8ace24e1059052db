"""Webhooks: what is genuine is done once; what is forged, repeated, late or out of order does no harm."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import event, func, select
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from intake import clock, create_app
from intake.config import Settings
from intake.db import db
from intake.sms.consent.consent import is_stopped, record_consent
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextPurpose, TextState, TextStop
from intake.sms.queue.outbox import NewText, queue_text
from intake.sms.queue.spool import replay, waiting
from intake.sms.queue.webhooks import handle_event
from tests.clients import Client
from tests.making import Make

pytestmark = pytest.mark.both

ORIGIN = "https://intake.example.org"
ACCOUNT = "AC" + "1" * 32
TOKEN, NEXT_TOKEN = "a" * 32, "b" * 32
OURS, PHONE = "+15185550100", "+15185550123"
SID, OTHER_SID = "SM" + "1" * 32, "SM" + "2" * 32


@pytest.fixture
def settings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Settings:
    changed = app.config["SETTINGS"].model_copy(
        update={
            "public_url": ORIGIN,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": SecretStr(TOKEN),
            "twilio_auth_token_secondary": SecretStr(NEXT_TOKEN),
            "twilio_sender": OURS,
        }
    )
    monkeypatch.setitem(app.config, "SETTINGS", changed)
    return changed


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Everything said to the database."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        # Where the wall is tried, each request begins and ends as another role.
        if not statement.endswith(("SET ROLE intake_web", "RESET ROLE")):
            said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


def text_from_a_person(**changes: str) -> dict[str, str]:
    form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "Body": "google", "From": PHONE, "MessageSid": SID}
    form |= {"NumMedia": "0", "NumSegments": "1", "SmsMessageSid": SID, "SmsSid": SID, "SmsStatus": "received"}
    return form | {"To": OURS} | changes


def news(status: str, sid: str = SID, **changes: str) -> dict[str, str]:
    form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "From": OURS, "To": PHONE}
    return form | {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status} | changes


def post(
    client: Client, path: str, form: Any, *, token: str = TOKEN, signed_for: str = ORIGIN, sent: Any = None
) -> int:
    """Sign `form` for an address and send it, or send `sent` under its signature."""
    signature = RequestValidator(token).compute_signature(f"{signed_for}{path}", form)
    return send(client, path, form if sent is None else sent, {"X-Twilio-Signature": signature})


def send(client: Client, path: str, form: Any, headers: dict[str, str], method: str = "POST", **more: Any) -> int:
    return client.open(path, method=method, data=form, headers=headers, base_url=ORIGIN, **more).status_code


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("token", [TOKEN, NEXT_TOKEN])
def test_a_text_from_a_person_is_kept_with_either_token(client: Client, settings: Settings, token: str) -> None:
    assert post(client, "/sms/inbound", text_from_a_person(), token=token) == 200

    (kept,) = db.session.scalars(select(InboundText))
    assert (kept.message_sid, kept.from_e164, kept.body, kept.arrived_by) == (SID, PHONE, "google", "webhook")


def test_a_text_with_a_nul_in_it_is_kept_without(client: Client, settings: Settings) -> None:
    assert post(client, "/sms/inbound", text_from_a_person(Body="goo\x00gle")) == 200

    assert db.session.scalars(select(InboundText.body)).all() == ["google"]


@dataclass(frozen=True)
class Forgery:
    """A request that is not the carrier's: how it was signed, and what was sent under that signature."""

    form: dict[str, str] = field(default_factory=text_from_a_person)
    token: str = TOKEN
    signed_for: str = ORIGIN
    sent: Any = None
    path: str = "/sms/inbound"


# An address that is the same in every process of a run.
STATUS = "/sms/status/5f4b4f3e-2d6c-4e0a-9a39-6f1f0c2b7a11"
FORGERIES = {
    "wrong token": Forgery(token="c" * 32),
    "signed for http": Forgery(signed_for=ORIGIN.replace("https", "http")),
    "signed for another host": Forgery(signed_for="https://evil.example.org"),
    "changed parameter": Forgery(sent=text_from_a_person(Body="STOP")),
    "changed sender": Forgery(sent=text_from_a_person(From="+15185550199")),
    "extra parameter": Forgery(sent=text_from_a_person(OptOutType="STOP")),
    "missing parameter": Forgery(sent={k: v for k, v in text_from_a_person().items() if k != "Body"}),
    "repeated parameter": Forgery(sent=MultiDict([*text_from_a_person().items(), ("Body", "google")])),
    "repeated parameter, other value": Forgery(sent=MultiDict([*text_from_a_person().items(), ("Body", "STOP")])),
    "repeated account": Forgery(sent=MultiDict([*text_from_a_person().items(), ("AccountSid", ACCOUNT)])),
    "another account": Forgery(form=text_from_a_person(AccountSid="AC" + "9" * 32)),
    "no account": Forgery(form={k: v for k, v in text_from_a_person().items() if k != "AccountSid"}),
    "no message number": Forgery(form={k: v for k, v in text_from_a_person().items() if k != "MessageSid"}),
    "another destination": Forgery(form=text_from_a_person(To="+15185550177")),
    "no destination": Forgery(form={k: v for k, v in text_from_a_person().items() if k != "To"}),
    "oversized body": Forgery(form=text_from_a_person(Body="x" * 70_000)),
    "status with a wrong token": Forgery(form=news("failed"), token="c" * 32, path=STATUS),
    "status of another account": Forgery(form=news("failed", AccountSid="AC2"), path=STATUS),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_webhook_is_refused_before_the_database_is_asked(
    client: Client, settings: Settings, statements: list[str], forgery: Forgery
) -> None:
    status = post(
        client, forgery.path, forgery.form, token=forgery.token, signed_for=forgery.signed_for, sent=forgery.sent
    )

    assert status == 403
    assert statements == []
    assert count(InboundText) == count(TextStop) == 0


@pytest.mark.parametrize("signature", [None, "", "AAAA", "é"])
@pytest.mark.parametrize("path", ["/sms/inbound", STATUS])
def test_without_a_right_signature_nothing_happens(
    client: Client, settings: Settings, statements: list[str], path: str, signature: str | None
) -> None:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}

    assert send(client, path, text_from_a_person(), headers) == 403
    assert statements == []


def test_a_body_that_tells_no_length_is_not_read_past_the_limit(client: Client, settings: Settings) -> None:
    form = text_from_a_person(Body="x" * 200_000)
    signature = RequestValidator(TOKEN).compute_signature(f"{ORIGIN}/sms/inbound", form)
    response = client.post(
        "/sms/inbound",
        input_stream=BytesIO(urlencode(form).encode()),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
        base_url=ORIGIN,
    )

    assert response.status_code == 403
    assert count(InboundText) == 0


@pytest.mark.parametrize("path", ["/sms/inbound", STATUS])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_is_a_webhook(client: Client, settings: Settings, path: str, method: str) -> None:
    assert send(client, path, None, {}, method) in (404, 405)


def test_with_no_carrier_set_up_there_are_no_webhooks(client: Client, app: Flask) -> None:
    signature = RequestValidator("").compute_signature("http://localhost/sms/inbound", text_from_a_person())

    response = client.post("/sms/inbound", data=text_from_a_person(), headers={"X-Twilio-Signature": signature})
    assert response.status_code == 403


def test_a_replayed_text_is_the_same_text(client: Client, settings: Settings) -> None:
    first = text_from_a_person(Body="please stop texting me")
    for _ in range(3):
        assert post(client, "/sms/inbound", first) == 200

    assert count(InboundText) == count(TextStop) == 1
    assert count(OutboxText) == 1


def test_the_words_that_the_practice_set_up_at_the_carrier_stop_too(client: Client, settings: Settings) -> None:
    assert post(client, "/sms/inbound", text_from_a_person(Body="ARRET", OptOutType="STOP")) == 200

    assert is_stopped(PHONE)
    # The carrier has confirmed it.
    assert count(OutboxText) == 0


@pytest.fixture
def attempt(app: Flask, make: Make, settings: Settings) -> SendAttempt:
    """A text that is on its way: the carrier has been called, its answer isn't written down yet."""
    visit = make.visit()
    record_consent(phone_e164=PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")
    queue_text(NewText("survey:1", TextPurpose.SURVEY, PHONE, "…", clock.now(), visit_id=visit.id))
    text = db.session.scalars(select(OutboxText)).one()
    text.state = TextState.SENDING
    made = SendAttempt(id=str(uuid4()), outbox_id=text.id, started_at=clock.now())
    db.session.add(made)
    db.session.commit()
    return made


# What the carrier says, in the order in which it arrives; what the text must be in the end.
ORDERS = [
    (["queued", "sent", "delivered"], "delivered"),
    (["delivered", "sent", "queued"], "delivered"),
    (["sent", "delivered", "queued", "sent", "delivered"], "delivered"),
    (["delivered", "undelivered"], "delivered"),
    (["undelivered", "delivered"], "failed"),
    (["queued"], "sent"),
    (["sent", "sent", "queued"], "sent"),
    (["accepted", "queued", "sending"], "sent"),
    (["failed", "queued"], "failed"),
    (["no such word"], "sending"),
    (["sent", "no such word"], "sent"),
]


@pytest.mark.parametrize(("statuses", "state"), ORDERS)
def test_news_in_any_order_never_goes_back(
    client: Client, attempt: SendAttempt, statuses: list[str], state: str
) -> None:
    for status in statuses:
        assert post(client, f"/sms/status/{attempt.id}", news(status)) == 204

    db.session.expire_all()
    assert db.session.scalars(select(OutboxText.state)).one() == state


def test_news_that_comes_before_our_own_record_settles_it(client: Client, attempt: SendAttempt) -> None:
    assert attempt.message_sid is None

    post(client, f"/sms/status/{attempt.id}", news("sent"))

    db.session.expire_all()
    assert (attempt.message_sid, attempt.known_by) == (SID, "callback")


def test_news_of_another_message_or_of_no_attempt_changes_nothing(client: Client, attempt: SendAttempt) -> None:
    post(client, f"/sms/status/{attempt.id}", news("sent"))

    assert post(client, f"/sms/status/{attempt.id}", news("failed", OTHER_SID)) == 204
    assert post(client, f"/sms/status/{uuid4()}", news("failed")) == 204
    assert post(client, "/sms/status/not-an-attempt", news("failed")) == 404

    db.session.expire_all()
    assert db.session.scalars(select(OutboxText.state)).one() == TextState.SENT


def test_a_stop_that_only_the_carrier_heard_of_is_honoured(client: Client, attempt: SendAttempt) -> None:
    post(client, f"/sms/status/{attempt.id}", news("undelivered", ErrorCode="21610"))

    assert is_stopped(PHONE)
    assert db.session.scalars(select(OutboxText.reason)).one() == "stopped"


@pytest.mark.parametrize("code", ["", "abc", "-1", "30005"])
def test_any_error_number_is_taken_as_it_comes(client: Client, attempt: SendAttempt, code: str) -> None:
    assert post(client, f"/sms/status/{attempt.id}", news("failed", ErrorCode=code)) == 204

    assert db.session.scalars(select(OutboxText.state)).one() == TextState.FAILED


@pytest.mark.parametrize("digits", ["²", "9" * 5000, "٣"])
def test_digits_that_no_carrier_writes_are_refused(client: Client, attempt: SendAttempt, digits: str) -> None:
    assert post(client, f"/sms/status/{attempt.id}", news("failed", ErrorCode=digits)) == 400
    assert post(client, "/sms/inbound", text_from_a_person(NumMedia=digits)) == 400

    assert db.session.scalars(select(OutboxText.state)).one() != TextState.FAILED
    assert db.session.scalars(select(InboundText)).all() == []


def test_nothing_is_spooled_while_the_database_is_there(client: Client, settings: Settings) -> None:
    post(client, "/sms/inbound", text_from_a_person())

    assert waiting(settings.spool_folder) == 0


def test_a_text_that_comes_while_the_database_is_away_is_spooled_and_read_later(
    client: Client, settings: Settings, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = settings.model_copy(
        update={"database_url": f"postgresql://nobody@/none?host={tmp_path}", "spool_folder": tmp_path / "spool"}
    )
    # A process that has just started and never spoke to its database.
    without_database = create_app(away)
    without_database.test_client_class = Client
    with without_database.app_context():
        assert post(without_database.test_client(), "/sms/inbound", text_from_a_person(Body="my neighbor")) == 200
        assert post(without_database.test_client(), "/sms/inbound", text_from_a_person(Body="forged"), token="x") == 403
    (spooled,) = (tmp_path / "spool").iterdir()
    assert b"neighbor" not in spooled.read_bytes()

    assert replay(tmp_path / "spool", handle_event) == 1
    assert replay(tmp_path / "spool", handle_event) == 0

    (kept,) = db.session.scalars(select(InboundText))
    assert (kept.body, kept.arrived_by) == ("my neighbor", "spool")
