"""A carrier to try Intake on: Twilio's wire format on loopback, with faults at will and a log of what it accepted.

Form-encoded in, JSON out, HTTP basic authentication, signed webhooks, the same status words and error numbers:
https://www.twilio.com/docs/messaging/api/message-resource
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from random import Random
from typing import Any

from flask import Flask, Response, jsonify, request

from intake import clock
from intake.dev.carrier_webhooks import Webhooks
from intake.sms.segments import segments_of
from intake.sms.wishes import confirmed_by_carrier, resumes_at_carrier

ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "Invalid 'To' Phone Number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided is not a valid message-capable phone number."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}
LONGEST_BODY = 1600
API = "/2010-04-01/Accounts/<account>"


class Fault(StrEnum):
    """What may go wrong with a request to send."""

    TOO_MANY = "429"
    FAILS_BEFORE = "500 before accepting"
    FAILS_AFTER = "500 after accepting"
    HANGS_AFTER = "hang after accepting"
    DROPS = "connection dropped"


@dataclass
class Message:
    """One message as the carrier keeps it."""

    sid: str
    to: str
    sender: str
    body: str
    direction: str
    created_at: datetime
    status: str = "queued"
    error_code: int | None = None
    status_callback: str = ""
    service_sid: str | None = None


@dataclass
class Carrier:
    """The carrier's whole state. `faults` maps a fault to its probability per request to send."""

    account_sid: str = "AC" + "0" * 32
    auth_token: str = "f" * 32
    number: str = "+15185550100"
    faults: dict[Fault, float] = field(default_factory=dict)
    hang_seconds: float = 30.0
    # Numbers that a text can't be sent to, with the error the carrier gives or calls back with.
    refused: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    chance: Random = field(default_factory=Random)
    on_accepted: Callable[[Message], None] | None = None
    webhooks: Webhooks | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def accept(self, form: dict[str, str]) -> Message:
        """Take a message; from here on it is on its way, whatever the answer to the sender becomes."""
        message = Message(
            sid="SM" + secrets.token_hex(16),
            to=form["To"],
            sender=form.get("From") or self.number,
            body=form["Body"],
            direction="outbound-api",
            created_at=clock.now(),
            status_callback=form.get("StatusCallback", ""),
            service_sid=form.get("MessagingServiceSid"),
        )
        with self.lock:
            self.messages.append(message)
        if self.on_accepted is not None:
            self.on_accepted(message)
        if self.webhooks is not None:
            self.webhooks.report(self, message)
        return message

    def text_from(self, phone: str, body: str) -> Message:
        """A person texts the practice: kept, and delivered to its webhook. STOP and START act on the carrier too."""
        if confirmed_by_carrier(body):
            self.stopped.add(phone)
        elif resumes_at_carrier(body):
            self.stopped.discard(phone)
        message = Message(
            sid="SM" + secrets.token_hex(16),
            to=self.number,
            sender=phone,
            body=body,
            direction="inbound",
            created_at=clock.now(),
            status="received",
        )
        with self.lock:
            self.messages.append(message)
        if self.webhooks is not None:
            self.webhooks.deliver(self, message)
        return message

    def sent_to(self, phone: str) -> list[Message]:
        with self.lock:
            return [message for message in self.messages if message.to == phone and message.direction != "inbound"]

    def refusal(self, form: dict[str, str]) -> int | None:
        """The error number with which this request is refused, or None."""
        to, body = form.get("To", ""), form.get("Body", "")
        checks = (
            (not to, 21604),
            (not (form.get("From") or form.get("MessagingServiceSid")), 21603),
            (not body, 21602),
            (len(body) > LONGEST_BODY, 21617),
            (not (to.startswith("+") and to[1:].isdigit()), 21211),
            (bool(form.get("From")) and form.get("From") != self.number, 21606),
            (to in self.stopped, 21610),
        )
        for wrong, code in checks:
            if wrong:
                return code
        return self.refused.get(to)

    def drawn_fault(self) -> Fault | None:
        with self.lock:
            draw = self.chance.random()
        for fault, share in self.faults.items():
            if draw < share:
                return fault
            draw -= share
        return None


def create_carrier(carrier: Carrier) -> Flask:
    """The carrier's own web service."""
    app = Flask(__name__)

    @app.before_request
    def authenticate() -> Response | None:
        if not request.path.startswith("/2010-04-01/"):
            return None
        given = request.authorization
        expected = (carrier.account_sid, carrier.auth_token)
        if given is None or (given.username, given.password) != expected:
            return _error(20003)
        return None

    @app.post(f"{API}/Messages.json")
    def create_message(account: str) -> Response:
        form = request.form.to_dict()
        refusal = carrier.refusal(form)
        fault = carrier.drawn_fault()
        if fault == Fault.TOO_MANY:
            return _error(20429)
        if fault == Fault.FAILS_BEFORE:
            return _error(20500)
        if refusal is not None:
            return _error(refusal)
        if fault == Fault.DROPS:
            raise ConnectionAbortedError
        message = carrier.accept(form)
        if fault == Fault.HANGS_AFTER:
            time.sleep(carrier.hang_seconds)
        if fault == Fault.FAILS_AFTER:
            return _error(20500)
        return _json(_as_json(carrier, message), 201)

    @app.get(f"{API}/Messages.json")
    def list_messages(account: str) -> Response:
        found = _matching(carrier, request.args)
        size = min(int(request.args.get("PageSize", 50)), 1000)
        page = int(request.args.get("Page", 0))
        shown = found[page * size : (page + 1) * size]
        base = f"/2010-04-01/Accounts/{account}/Messages.json"
        more = (
            f"{base}?PageSize={size}&Page={page + 1}&PageToken=PT{page + 1}" if len(found) > (page + 1) * size else None
        )
        return _json(
            {
                "messages": [_as_json(carrier, message) for message in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(0, len(shown) - 1),
                "first_page_uri": f"{base}?PageSize={size}&Page=0",
                "next_page_uri": more,
                "previous_page_uri": None,
                "uri": f"{base}?PageSize={size}&Page={page}",
            }
        )

    @app.get(f"{API}/Messages/<sid>.json")
    def fetch_message(account: str, sid: str) -> Response:
        for message in carrier.messages:
            if message.sid == sid:
                return _json(_as_json(carrier, message))
        return _error(20404)

    @app.get("/2010-04-01/Accounts/<account>.json")
    def fetch_account(account: str) -> Response:
        return _json({"sid": account, "status": "active", "friendly_name": "Demo carrier", "type": "Full"})

    @app.get(f"{API}/IncomingPhoneNumbers.json")
    def list_numbers(account: str) -> Response:
        wanted = request.args.get("PhoneNumber")
        numbers = [carrier.number] if wanted in (None, carrier.number) else []
        rows = [
            {
                "sid": "PN" + "0" * 32,
                "account_sid": account,
                "phone_number": number,
                "capabilities": {"sms": True, "mms": True, "voice": True, "fax": False},
            }
            for number in numbers
        ]
        return _json({"incoming_phone_numbers": rows, "page": 0, "page_size": 50, "next_page_uri": None})

    return app


def _matching(carrier: Carrier, wanted: Any) -> list[Message]:
    with carrier.lock:
        found = list(reversed(carrier.messages))
    if wanted.get("To"):
        found = [message for message in found if message.to == wanted["To"]]
    if wanted.get("From"):
        found = [message for message in found if message.sender == wanted["From"]]
    if wanted.get("DateSent>"):
        since = datetime.fromisoformat(wanted["DateSent>"].replace("Z", "+00:00"))
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        found = [message for message in found if message.created_at >= since]
    return found


def _as_json(carrier: Carrier, message: Message) -> dict[str, Any]:
    stamp = format_datetime(message.created_at)
    uri = f"/2010-04-01/Accounts/{carrier.account_sid}/Messages/{message.sid}"
    return {
        "account_sid": carrier.account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": stamp,
        "date_sent": None if message.status in ("accepted", "queued") else stamp,
        "date_updated": stamp,
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": "0",
        "num_segments": str(segments_of(message.body).count),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _error(code: int) -> Response:
    status, words = ERRORS.get(code, (400, "Refused"))
    body = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return _json(body, status)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
