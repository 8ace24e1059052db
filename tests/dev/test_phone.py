"""The demo's phones: texts arrive, replies leave, every fault has a switch, and no other site reaches them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from intake.dev.fake_carrier.carrier import Fault
from intake.dev.fake_carrier.phone_line import DemoCarrier
from intake.dev.fake_carrier.phone_pages import add_phone
from intake.dev.fake_carrier.resources import create_carrier
from intake.dev.fake_carrier.webhooks import Webhooks

PHONE = "+15025550123"
HERE = "http://127.0.0.1:8001"


class NoWebhooks(Webhooks):
    """Notes what would be delivered."""

    def report(self, carrier: Any, message: Any) -> None:
        pass

    def deliver(self, carrier: Any, message: Any) -> None:
        self.refused.append(len(message.body))


@pytest.fixture
def carrier() -> DemoCarrier:
    return DemoCarrier(webhooks=NoWebhooks("http://127.0.0.1:8000", longest_delay=0.4))


@pytest.fixture
def phone(carrier: DemoCarrier) -> FlaskClient:
    app = create_carrier(carrier)
    names = {PHONE: "Marta <Reyes>"}
    add_phone(app, carrier, practice_url="http://127.0.0.1:8000", zone="America/New_York", names=lambda _: names)
    return app.test_client()


def send(phone: FlaskClient, carrier: DemoCarrier, to: str = PHONE) -> Any:
    form = {"To": to, "From": carrier.number, "Body": "How did you hear <b>about</b> us?"}
    address = f"/2010-04-01/Accounts/{carrier.account_sid}/Messages.json"
    return phone.post(address, data=form, auth=(carrier.account_sid, carrier.auth_token), base_url=HERE)


def test_a_text_arrives_on_the_phone_of_its_owner(phone: FlaskClient, carrier: DemoCarrier) -> None:
    assert "No text has arrived yet" in phone.get("/", base_url=HERE).text

    send(phone, carrier)

    page = phone.get("/part", base_url=HERE).text
    assert "Marta &lt;Reyes&gt;" in page
    assert "How did you hear &lt;b&gt;about&lt;/b&gt; us?" in page
    assert "1 segment" in page


def test_a_reply_goes_to_the_practice_and_shows_on_the_phone(phone: FlaskClient, carrier: DemoCarrier) -> None:
    send(phone, carrier)

    answer = phone.post("/reply", data={"phone": PHONE, "body": "my sister"}, base_url=HERE)
    wrong = phone.post("/reply", data={"phone": "12", "body": "hm"}, base_url=HERE)

    assert answer.status_code == 303
    assert wrong.status_code == 422
    assert [(message.sender, message.body) for message in carrier.messages[1:]] == [(PHONE, "my sister")]
    assert carrier.orderly.refused == [len("my sister")]


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.TOO_MANY, 429), (Fault.FAILS_BEFORE, 500), (Fault.FAILS_AFTER, 500)]
)
def test_each_fault_of_sending_has_its_switch(
    phone: FlaskClient, carrier: DemoCarrier, fault: Fault, status: int
) -> None:
    phone.post("/faults", data={"sending": str(fault), "how_often": ""}, base_url=HERE)

    assert send(phone, carrier).status_code == status
    assert len(carrier.messages) == (1 if fault == Fault.FAILS_AFTER else 0)
    phone.post("/faults", data={"sending": ""}, base_url=HERE)
    assert send(phone, carrier).status_code == 201


def test_credentials_are_refused_and_taken_again(phone: FlaskClient, carrier: DemoCarrier) -> None:
    phone.post("/faults", data={"locked": "on"}, base_url=HERE)
    refused = send(phone, carrier)
    phone.post("/faults", data={}, base_url=HERE)

    assert refused.status_code == 401
    assert send(phone, carrier).status_code == 201


def test_reports_can_come_late_twice_out_of_order_or_not_at_all(phone: FlaskClient, carrier: DemoCarrier) -> None:
    phone.post("/faults", data=dict.fromkeys(("late", "duplicated", "shuffled", "withheld"), "on"), base_url=HERE)
    hooks = carrier.orderly
    disorder = (hooks.longest_delay, hooks.duplicated, hooks.shuffled, hooks.withheld)

    assert "Something goes wrong." in phone.get("/", base_url=HERE).text
    phone.post("/faults", data={}, base_url=HERE)

    assert disorder == (12.0, 1.0, 1.0, 1.0)
    assert "All is well." in phone.get("/", base_url=HERE).text


@pytest.mark.parametrize(
    ("code", "refused", "lost"), [("21610", True, None), ("21614", True, None), ("30007", False, 30007)]
)
def test_each_fault_of_a_phone_has_its_switch(
    phone: FlaskClient, carrier: DemoCarrier, code: str, refused: bool, lost: int | None
) -> None:
    phone.post("/phone-fault", data={"phone": PHONE, "fault": code}, base_url=HERE)
    answer = send(phone, carrier)

    assert (answer.status_code == 400) is refused
    assert carrier.lost.get(PHONE) == lost
    if refused:
        assert answer.json is not None
        assert answer.json["code"] == int(code)
    phone.post("/phone-fault", data={"phone": PHONE, "fault": ""}, base_url=HERE)
    assert send(phone, carrier).status_code == 201
    assert PHONE not in carrier.lost


def test_another_site_cannot_write_in_the_patients_name(phone: FlaskClient, carrier: DemoCarrier) -> None:
    words = {"phone": PHONE, "body": "STOP"}

    by_name = phone.post("/reply", data=words, base_url="http://evil.example:8001")
    by_form = phone.post("/reply", data=words, base_url=HERE, headers={"Origin": "https://evil.example"})

    assert (by_name.status_code, by_form.status_code) == (403, 403)
    assert carrier.messages == []
