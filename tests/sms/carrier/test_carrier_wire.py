"""The demo carrier speaks Twilio's wire format, as `twilio_api_v2010` and `twilio_messaging_v1` describe it.

Each resource's properties are stated here with their types and patterns; what comes over the wire must have exactly
these.
"""

import re
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.dev.fake_carrier.resources import create_carrier
from intake.dev.fake_carrier.wire import message_json

PHONE = "+15185550123"
ACCOUNT, SERVICE, NUMBER_SID = (rf"{kind}[0-9a-fA-F]{{32}}" for kind in ("AC", "MG", "PN"))
TEXT = r"(?s).*"
MOMENT, ISO_MOMENT = "RFC 2822", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
STATUSES = (
    "queued|sending|sent|failed|delivered|undelivered|receiving|received|accepted|scheduled|read|"
    "partially_delivered|canceled"
)
# A pattern, a type, or a pair with None for what may be null.
MESSAGE: dict[str, Any] = {
    "account_sid": ACCOUNT,
    "api_version": "2010-04-01",
    "body": TEXT,
    "date_created": MOMENT,
    "date_sent": (MOMENT, None),
    "date_updated": MOMENT,
    "direction": "inbound|outbound-api|outbound-call|outbound-reply",
    "error_code": (int, None),
    "error_message": (TEXT, None),
    "from": (r"\+\d{11}", None),
    "messaging_service_sid": (SERVICE, None),
    "num_media": r"\d+",
    "num_segments": r"\d+",
    "price": (TEXT, None),
    "price_unit": "[A-Z]{3}",
    "sid": r"(SM|MM)[0-9a-fA-F]{32}",
    "status": STATUSES,
    "subresource_uris": dict,
    "to": r"\+\d{11}",
    "uri": rf"/2010-04-01/Accounts/{ACCOUNT}/Messages/SM[0-9a-f]{{32}}\.json",
}
PAGE: dict[str, Any] = {
    "end": int,
    "first_page_uri": "/2010-04-01/.*",
    "next_page_uri": ("/2010-04-01/.*", None),
    "page": int,
    "page_size": int,
    "previous_page_uri": ("/2010-04-01/.*", None),
    "start": int,
    "uri": "/2010-04-01/.*",
}
ACCOUNT_RESOURCE: dict[str, Any] = {
    "auth_token": (TEXT, None),
    "date_created": MOMENT,
    "date_updated": MOMENT,
    "friendly_name": TEXT,
    "owner_account_sid": ACCOUNT,
    "sid": ACCOUNT,
    "status": "active|suspended|closed",
    "subresource_uris": dict,
    "type": "Trial|Full",
    "uri": "/2010-04-01/.*",
}
SERVICE_NUMBER: dict[str, Any] = {
    "account_sid": ACCOUNT,
    "capabilities": list,
    "country_code": "[A-Z]{2}",
    "date_created": ISO_MOMENT,
    "date_updated": ISO_MOMENT,
    "phone_number": r"\+\d+",
    "service_sid": SERVICE,
    "sid": NUMBER_SID,
    "url": "http.*",
}
ERROR: dict[str, Any] = {
    "code": int,
    "message": TEXT,
    "more_info": "https://www.twilio.com/docs/errors/.*",
    "status": int,
}


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def wire(carrier: Carrier) -> FlaskClient:
    return create_carrier(carrier).test_client()


def base(carrier: Carrier) -> str:
    return f"/2010-04-01/Accounts/{carrier.account_sid}"


def signed_in(carrier: Carrier) -> tuple[str, str]:
    return carrier.account_sid, carrier.auth_token


def create(wire: FlaskClient, carrier: Carrier, **changes: str) -> Any:
    form = {"To": PHONE, "From": carrier.number, "Body": "How did you hear about us?"} | changes
    given = {name: value for name, value in form.items() if value}
    return wire.post(f"{base(carrier)}/Messages.json", data=given, auth=signed_in(carrier))


def assert_shape(given: dict[str, Any], shape: dict[str, Any]) -> None:
    assert given.keys() == shape.keys()
    for name, expected in shape.items():
        allowed = expected if isinstance(expected, tuple) else (expected,)
        assert any(_fits(given[name], each) for each in allowed), (name, given[name])


def _fits(value: Any, expected: Any) -> bool:
    if expected is None:
        return value is None
    if isinstance(expected, type):
        return isinstance(value, expected) and not (expected is int and isinstance(value, bool))
    if not isinstance(value, str):
        return False
    if expected == MOMENT:
        return parsedate_to_datetime(value).tzinfo is not None and value.endswith(" +0000")
    return re.fullmatch(expected, value) is not None


def test_a_message_that_is_taken_is_created_in_the_published_shape(wire: FlaskClient, carrier: Carrier) -> None:
    response = create(wire, carrier)

    assert (response.status_code, response.mimetype) == (201, "application/json")
    assert_shape(response.json, MESSAGE)
    assert response.json["status"] == "queued"
    assert response.json["direction"] == "outbound-api"
    assert response.json["date_sent"] is None


def test_a_service_chooses_its_number_later(wire: FlaskClient, carrier: Carrier) -> None:
    response = create(wire, carrier, From="", MessagingServiceSid=carrier.service_sid)

    assert_shape(response.json, MESSAGE)
    shown = {name: response.json[name] for name in ("status", "from", "num_segments", "messaging_service_sid")}
    assert shown == {
        "status": "accepted",
        "from": None,
        "num_segments": "0",
        "messaging_service_sid": carrier.service_sid,
    }


def test_a_message_at_the_end_of_its_journey_has_the_published_shape(carrier: Carrier) -> None:
    message = carrier.text_from(PHONE, "google")
    assert_shape(message_json(carrier.account_sid, message), MESSAGE)
    message.move_on("undelivered", message.created_at, 30006)
    assert_shape(message_json(carrier.account_sid, message), MESSAGE)
    assert message_json(carrier.account_sid, message)["error_message"] == "Landline or unreachable carrier"


def test_a_list_is_paged_and_every_page_keeps_the_filter(wire: FlaskClient, carrier: Carrier) -> None:
    for number in range(5):
        create(wire, carrier, Body=str(number))
        create(wire, carrier, To="+15185550144")

    seen: list[str] = []
    uri = f"{base(carrier)}/Messages.json?To=%2B15185550123&PageSize=2"
    while uri:
        page = wire.get(uri, auth=signed_in(carrier)).json
        messages = page.pop("messages")
        assert_shape(page, PAGE)
        seen += [message["body"] for message in messages]
        uri = page["next_page_uri"]

    assert seen == ["4", "3", "2", "1", "0"]


def test_one_message_the_account_and_a_services_numbers_have_the_published_shape(
    wire: FlaskClient, carrier: Carrier
) -> None:
    def get(path: str) -> Any:
        return wire.get(path, auth=signed_in(carrier)).json

    sid = create(wire, carrier).json["sid"]
    assert_shape(get(f"{base(carrier)}/Messages/{sid}.json"), MESSAGE)
    assert_shape(get(f"{base(carrier)}.json"), ACCOUNT_RESOURCE)
    numbers = get(f"{base(carrier)}/IncomingPhoneNumbers.json?PhoneNumber=%2B15185550100")
    assert numbers["incoming_phone_numbers"][0]["capabilities"] == {
        "voice": True,
        "sms": True,
        "mms": True,
        "fax": False,
    }
    assert get(f"/v1/Services/{carrier.service_sid}")["sid"] == carrier.service_sid
    listed = get(f"/v1/Services/{carrier.service_sid}/PhoneNumbers")
    assert_shape(listed["phone_numbers"][0], SERVICE_NUMBER)
    assert listed["meta"]["key"] == "phone_numbers"


REFUSED = [
    ({"To": ""}, 400, 21604),
    ({"From": ""}, 400, 21603),
    ({"Body": ""}, 400, 21602),
    ({"Body": "x" * 1601}, 400, 21617),
    ({"To": "5185550123"}, 400, 21211),
    ({"From": "+15185550999"}, 400, 21606),
    ({"MessagingServiceSid": "MG" + "9" * 32}, 400, 21701),
]


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED)
def test_a_refusal_is_said_as_published(
    wire: FlaskClient, carrier: Carrier, changes: dict[str, str], status: int, code: int
) -> None:
    response = create(wire, carrier, **changes)

    assert_shape(response.json, ERROR)
    assert (response.status_code, response.json["status"], response.json["code"]) == (status, status, code)
    assert carrier.messages == []


@pytest.mark.parametrize(("fault", "status", "code"), [(Fault.TOO_MANY, 429, 20429), (Fault.FAILS_AFTER, 500, 20500)])
def test_a_fault_is_said_as_published(
    wire: FlaskClient, carrier: Carrier, fault: Fault, status: int, code: int
) -> None:
    carrier.faults = {fault: 1.0}
    response = create(wire, carrier)

    assert_shape(response.json, ERROR)
    assert (response.status_code, response.json["code"]) == (status, code)


def test_an_account_opens_to_its_token_and_its_keys_and_to_nothing_else(wire: FlaskClient, carrier: Carrier) -> None:
    key = "SK" + "1" * 32
    carrier.api_keys[key] = "secret"
    path = f"{base(carrier)}/Messages.json"

    assert wire.get(path, auth=(key, "secret")).status_code == 200
    for wrong in ((key, "other"), (carrier.account_sid, "other"), ("AC" + "9" * 32, carrier.auth_token)):
        refused = wire.get(path, auth=wrong)
        assert (refused.status_code, refused.json["code"]) == (401, 20003)
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
    elsewhere = wire.get(path.replace(carrier.account_sid, "AC" + "9" * 32), auth=signed_in(carrier))
    assert_shape(elsewhere.json, ERROR)
    assert elsewhere.status_code == 404
