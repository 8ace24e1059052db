"""The carrier's own web service: its resources as Twilio's, each with the faults that the carrier was told to have."""

import socket
import time
from contextlib import suppress
from typing import Any

from flask import Flask, Response, request

from intake.dev.fake_carrier import wire
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.dev.fake_carrier.wire import WireMessage, error_response, json_response

API = "/2010-04-01/Accounts/<account>"


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

    @app.delete(f"{API}/Messages/<sid>.json")
    def delete_message(account: str, sid: str) -> Response:
        found = carrier.message(sid)
        if found is None:
            return error_response(20404)
        if found.status not in wire.FINAL:
            return error_response(20009)
        carrier.messages.remove(found)
        return Response(status=204)

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
