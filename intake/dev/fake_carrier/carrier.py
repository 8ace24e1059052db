"""A carrier to try Intake on: Twilio's wire format on loopback, with faults at will and a log of what it accepted.

Form-encoded in, JSON out, HTTP basic authentication, signed webhooks, the same status words and error numbers:
https://www.twilio.com/docs/messaging/api/message-resource
"""

import hmac
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import Any

from flask import Flask, Response, request

from intake import clock
from intake.dev.fake_carrier import wire
from intake.dev.fake_carrier.webhooks import Webhooks
from intake.dev.fake_carrier.wire import WireMessage, error_response, json_response
from intake.sms.consent.keywords import is_carrier_help, is_carrier_start, is_carrier_stop

LONGEST_BODY = 1600
# What it answers by itself; https://help.twilio.com/articles/223134027.
OWN_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
API = "/2010-04-01/Accounts/<account>"


TRIAL_PREFIX = "Sent from your Twilio trial account - "


class Fault(StrEnum):
    """What may go wrong with a request; the last three of a request to send only, which is followed all the same."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    FAILS_BEFORE = "500 before accepting"
    RUBBISH = "rubbish instead of an answer"
    MALFORMED = "an answer of another shape"
    HANGS = "hang"
    DROPS = "connection dropped"
    FAILS_AFTER = "500 after accepting"
    HANGS_AFTER = "hang after accepting"
    RUBBISH_AFTER = "rubbish after accepting"


@dataclass
class Carrier:
    """The carrier's whole state.

    `faults` maps a fault to its probability per request to send, `read_faults` per list, fetch, change or deletion of
    any resource; the latter only from page `read_faults_from` of a list on.
    """

    account_sid: str = "AC" + "0" * 32
    auth_token: str = "f" * 32
    # API keys by their SID, accepted beside the account's own token.
    api_keys: dict[str, str] = field(default_factory=dict)
    service_sid: str = "MG" + "0" * 32
    number: str = "+15185550100"
    faults: dict[Fault, float] = field(default_factory=dict)
    read_faults: dict[Fault, float] = field(default_factory=dict)
    read_faults_from: int = 0
    hang_seconds: float = 30.0
    # Numbers that a text can't be sent to, with the error the carrier gives or calls back with.
    refused: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    # A trial account puts a sentence before every text, and texts verified phones only; None: all phones are.
    trial: bool = False
    verified: set[str] | None = None
    # Message redaction: lists and fetches show no words, or no whole numbers of people.
    hides_bodies: bool = False
    hides_numbers: bool = False
    # Whether it answers STOP, START and HELP by itself, and says in its webhooks that it took a text for one.
    replies_itself: bool = False
    advanced_opt_out: bool = False
    messages: list[WireMessage] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    chance: Random = field(default_factory=Random)
    on_accepted: Callable[[WireMessage], None] | None = None
    webhooks: Webhooks | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def accept(self, form: dict[str, str]) -> WireMessage:
        """Take a message: from here on it is on its way, even if the sender gets no answer."""
        message = WireMessage(
            sid="SM" + secrets.token_hex(16),
            to=form["To"],
            sender=form.get("From") or self.number,
            body=(TRIAL_PREFIX if self.trial else "") + form["Body"],
            direction="outbound-api",
            created_at=clock.now(),
            status="accepted" if form.get("MessagingServiceSid") else "queued",
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

    def text_from(self, phone: str, body: str, *, media: tuple[str, ...] = ()) -> WireMessage:
        """A person texts the practice: kept, and delivered to its webhook. STOP and START act on the carrier too."""
        keyword = keyword_of(body)
        if keyword == "STOP":
            self.stopped.add(phone)
        elif keyword == "START":
            self.stopped.discard(phone)
        message = WireMessage(
            sid=("MM" if media else "SM") + secrets.token_hex(16),
            to=self.number,
            sender=phone,
            body=body,
            direction="inbound",
            created_at=clock.now(),
            status="received",
            sent_at=clock.now(),
            media=media,
            opt_out_type=keyword if self.advanced_opt_out else "",
        )
        with self.lock:
            sent = [other.service_sid for other in self.messages if other.to == phone]
            message.service_sid = sent[-1] if sent else None
            self.messages.append(message)
            if keyword and self.replies_itself:
                self.messages.append(self._own_reply(message, keyword))
        if self.webhooks is not None:
            self.webhooks.deliver(self, message)
        return message

    def _own_reply(self, message: WireMessage, keyword: str) -> WireMessage:
        return WireMessage(
            sid="SM" + secrets.token_hex(16),
            to=message.sender,
            sender=self.number,
            body=OWN_REPLIES[keyword],
            direction="outbound-reply",
            created_at=clock.now(),
            status="delivered",
            sent_at=clock.now(),
            service_sid=message.service_sid,
        )

    def shown(self, message: WireMessage) -> WireMessage:
        """The message as lists and fetches show it."""
        changes: dict[str, str] = {"body": ""} if self.hides_bodies else {}
        if self.hides_numbers:
            name = "sender" if message.direction == "inbound" else "to"
            changes[name] = getattr(message, name)[:-4] + "XXXX"
        return replace(message, **changes) if changes else message  # type: ignore[arg-type]

    def message(self, sid: str) -> WireMessage | None:
        with self.lock:
            return next((message for message in self.messages if message.sid == sid), None)

    def sent_to(self, phone: str) -> list[WireMessage]:
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
            (form.get("MessagingServiceSid", self.service_sid) != self.service_sid, 21701),
            (self.trial and self.verified is not None and to not in self.verified, 21608),
            (to in self.stopped, 21610),
        )
        for wrong, code in checks:
            if wrong:
                return code
        return self.refused.get(to)

    def knows(self, username: str, password: str) -> bool:
        """Whether these credentials open the account: its SID and token, or one of its API keys."""
        secret = self.auth_token if username == self.account_sid else self.api_keys.get(username)
        return secret is not None and hmac.compare_digest(secret.encode(), password.encode())

    def drawn_fault(self, faults: dict[Fault, float]) -> Fault | None:
        with self.lock:
            draw = self.chance.random()
        for fault, share in faults.items():
            if draw < share:
                return fault
            draw -= share
        return None


def keyword_of(body: str) -> str:
    """'STOP', 'START' or 'HELP' when the carrier takes this text for one, else nothing."""
    if is_carrier_stop(body):
        return "STOP"
    if is_carrier_start(body):
        return "START"
    return "HELP" if is_carrier_help(body) else ""


def create_carrier(carrier: Carrier) -> Flask:
    """The carrier's own web service."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.before_request
    def authenticate() -> Response | None:
        if not request.path.startswith(("/2010-04-01/", "/v1/")):
            return None
        given = request.authorization
        if given is None or not carrier.knows(given.username or "", given.password or ""):
            return error_response(20003)
        account = (request.view_args or {}).get("account", carrier.account_sid)
        if account != carrier.account_sid:
            return error_response(20404)
        if given.username in carrier.api_keys and request.endpoint == "fetch_account":
            # A standard key opens everything but accounts and keys.
            return error_response(20003)
        page = request.args.get("Page", "0")
        sends = request.method == "POST" and request.path.endswith("/Messages.json")
        if sends or int(page if page.isdigit() else 0) < carrier.read_faults_from:
            return None
        return _gone_wrong(carrier, carrier.drawn_fault(carrier.read_faults))

    @app.errorhandler(wire.BadParameter)
    def bad_parameter(_error: Exception) -> Response:
        return error_response(20001)

    @app.errorhandler(404)
    def not_found(_error: Exception) -> Response:
        return error_response(20404)

    @app.errorhandler(405)
    def not_allowed(_error: Exception) -> Response:
        return error_response(20004)

    _add_messages(app, carrier)
    _add_account(app, carrier)
    _add_services(app, carrier)
    return app


def _add_messages(app: Flask, carrier: Carrier) -> None:
    @app.post(f"{API}/Messages.json")
    def create_message(account: str) -> Response:
        form = request.form.to_dict()
        refusal = carrier.refusal(form)
        fault = carrier.drawn_fault(carrier.faults)
        wrong = _gone_wrong(carrier, fault)
        if wrong is not None:
            return wrong
        if refusal is not None:
            return error_response(refusal)
        message = carrier.accept(form)
        shown = wire.message_json(account, message)
        if fault == Fault.HANGS_AFTER:
            time.sleep(carrier.hang_seconds)
        if fault == Fault.FAILS_AFTER:
            return error_response(20500)
        if fault == Fault.RUBBISH_AFTER:
            return _rubbish()
        return json_response(shown, 201)

    @app.get(f"{API}/Messages.json")
    def list_messages(account: str) -> Response:
        asked = request.args.to_dict()

        def show(message: WireMessage) -> dict[str, Any]:
            return wire.message_json(account, carrier.shown(message))

        return json_response(wire.page_json("messages", _matching(carrier, asked), request.path, asked, show))

    @app.get(f"{API}/Messages/<sid>.json")
    def fetch_message(account: str, sid: str) -> Response:
        found = carrier.message(sid)
        return json_response(wire.message_json(account, carrier.shown(found))) if found else error_response(20404)

    @app.post(f"{API}/Messages/<sid>.json")
    def change_message(account: str, sid: str) -> Response:
        """Redact: only an empty body is taken, and only of a message that goes nowhere any more."""
        found = carrier.message(sid)
        if found is None:
            return error_response(20404)
        if request.form.get("Body") != "":
            return error_response(20001)
        if found.status not in wire.FINAL:
            return error_response(20009)
        found.body = ""
        return json_response(wire.message_json(account, carrier.shown(found)))

    _add_media(app, carrier)


def _add_media(app: Flask, carrier: Carrier) -> None:
    @app.get(f"{API}/Messages/<sid>/Media.json")
    def list_media(account: str, sid: str) -> Response:
        found = carrier.message(sid)
        if found is None:
            return error_response(20404)
        asked = request.args.to_dict()

        def show(media_sid: str) -> dict[str, Any]:
            return wire.media_json(account, found, media_sid)

        return json_response(wire.page_json("media_list", found.media, request.path, asked, show))

    @app.delete(f"{API}/Messages/<sid>/Media/<media_sid>.json")
    def delete_media(account: str, sid: str, media_sid: str) -> Response:
        found = carrier.message(sid)
        if found is None or media_sid not in found.media:
            return error_response(20404)
        found.media = tuple(each for each in found.media if each != media_sid)
        return Response(status=204)


def _add_account(app: Flask, carrier: Carrier) -> None:
    @app.get("/2010-04-01/Accounts/<account>.json")
    def fetch_account(account: str) -> Response:
        return json_response(wire.account_json(account, trial=carrier.trial))

    @app.get(f"{API}/IncomingPhoneNumbers.json")
    def list_numbers(account: str) -> Response:
        asked = request.args.to_dict()
        numbers = [carrier.number] if asked.get("PhoneNumber", carrier.number) == carrier.number else []

        def show(number: str) -> dict[str, Any]:
            return wire.number_json(account, number, sms_url=_inbound_url(carrier))

        return json_response(wire.page_json("incoming_phone_numbers", numbers, request.path, asked, show))


def _add_services(app: Flask, carrier: Carrier) -> None:
    @app.get("/v1/Services/<service>")
    def fetch_service(service: str) -> Response:
        if service != carrier.service_sid:
            return error_response(20404)
        base = request.host_url.rstrip("/")
        inbound = _inbound_url(carrier)
        return json_response(wire.service_json(carrier.account_sid, service, base=base, inbound_url=inbound))

    @app.get("/v1/Services/<service>/PhoneNumbers")
    def list_service_numbers(service: str) -> Response:
        if service != carrier.service_sid:
            return error_response(20404)
        base = request.host_url.rstrip("/")
        rows = [wire.service_number_json(carrier.account_sid, service, carrier.number, base=base)]
        url = f"{base}{request.path}"
        return json_response(wire.meta_page_json("phone_numbers", rows, url, request.args.to_dict()))


def _matching(carrier: Carrier, asked: dict[str, str]) -> list[WireMessage]:
    """Newest first. As with the real one, what has not left yet has no date to be found by."""
    with carrier.lock:
        found = list(reversed(carrier.messages))
    if asked.get("To"):
        found = [message for message in found if message.to == asked["To"]]
    if asked.get("From"):
        found = [message for message in found if message.sender == asked["From"]]
    if asked.get("DateSent"):
        day = wire.moment_of(asked["DateSent"]).date()
        found = [message for message in found if message.sent_at and message.sent_at.date() == day]
    if asked.get("DateSent>"):
        since = wire.moment_of(asked["DateSent>"])
        found = [message for message in found if message.sent_at and message.sent_at >= since]
    if asked.get("DateSent<"):
        until = wire.moment_of(asked["DateSent<"])
        found = [message for message in found if message.sent_at and message.sent_at <= until]
    return found


def _inbound_url(carrier: Carrier) -> str:
    return f"{carrier.webhooks.base_url}/sms/inbound" if carrier.webhooks else ""


def _gone_wrong(carrier: Carrier, fault: Fault | None) -> Response | None:
    """The answer of a carrier that does nothing of what it was asked, or None where it does."""
    codes = {Fault.UNAUTHORIZED: 20003, Fault.FORBIDDEN: 20403, Fault.TOO_MANY: 20429, Fault.FAILS_BEFORE: 20500}
    if fault in codes:
        return error_response(codes[fault])
    if fault == Fault.RUBBISH:
        return _rubbish()
    if fault == Fault.MALFORMED:
        return json_response({"messages": "none", "page": None, "sid": 7, "status": ["active"]})
    if fault == Fault.HANGS:
        time.sleep(carrier.hang_seconds)
        return error_response(20500)
    return _cut_the_line() if fault == Fault.DROPS else None


def _rubbish() -> Response:
    """What something between the carrier and us may say in its name."""
    return Response("<html><body>Be right back</body></html>", content_type="text/html")


def _cut_the_line() -> Response:
    """End the connection without a word, as a carrier does that falls over."""
    line = request.environ.get("werkzeug.socket")
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
    # For a server that doesn't hand out its socket this is what remains of it.
    return error_response(20500)
