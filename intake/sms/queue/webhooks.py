"""Webhooks of the carrier; spooled while the database is away."""

import re
from typing import Any

from flask import Response, abort, request

from intake import clock, log
from intake.config import current_settings
from intake.db import db, is_unavailable
from intake.id_filters import read_id
from intake.sms.carrier.signatures import signed_by_carrier
from intake.sms.queue import spool
from intake.sms.queue.receiving import ArrivedText, receive, record_status
from intake.web.http.route_guards import Pages

bp = Pages("sms", __name__)

_INBOUND = ("MessageSid", "From", "To", "Body", "NumMedia", "OptOutType")
_NUMBER = re.compile("[0-9]{1,6}")
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@bp.post("/sms/inbound", guard=signed_by_carrier)
def inbound() -> Response:
    if not _is_ours(request.form.get("To", ""), request.form.get("MessagingServiceSid", "")):
        abort(403)
    event = _fields(*_INBOUND)
    _handle_or_spool({"kind": "inbound", "received_at": clock.now().isoformat(), **event})
    # Replies go through the outbox: an answer in TwiML would leave without a row that says so.
    return Response(NOTHING_TO_SAY, content_type="text/xml; charset=utf-8")


@bp.post("/sms/status/<uuid:attempt_id>", guard=signed_by_carrier)
def status(attempt_id: Any) -> Response:
    event = _fields("MessageSid", "MessageStatus", "ErrorCode")
    _handle_or_spool({"kind": "status", "attempt": str(attempt_id), **event})
    return Response("", status=204)


def handle_event(event: dict[str, str]) -> None:
    """Handle a webhook and commit. Repeating it changes nothing; a failure leaves nothing behind."""
    try:
        _handle(event)
    except Exception:
        db.session.rollback()
        raise
    db.session.commit()


def _handle(event: dict[str, str]) -> None:
    if event["kind"] == "inbound":
        receive(
            ArrivedText(
                message_sid=event["MessageSid"][:34],
                from_e164=event["From"][:60],
                to_number=event["To"][:60],
                body=event["Body"],
                media_count=read_id(event["NumMedia"]) or 0,
                received_at=clock.parse(event["received_at"]),
                arrived_by=event.get("arrived_by", "webhook"),
                opt_out_type=event.get("OptOutType", ""),
            )
        )
    else:
        record_status(
            attempt_id=event["attempt"],
            message_sid=event["MessageSid"][:34],
            status=event["MessageStatus"],
            error_code=read_id(event["ErrorCode"]),
        )


def _fields(*names: str) -> dict[str, str]:
    """The webhook's fields; 400 where a number is written as no carrier writes one: ², or thousands of nines."""
    event = {name: request.form.get(name, "") for name in names}
    typed = [event.get(name, "").strip() for name in ("NumMedia", "ErrorCode")]
    if any(text.isdigit() and not _NUMBER.fullmatch(text) for text in typed):
        abort(400)
    return event


def _handle_or_spool(event: dict[str, str]) -> None:
    try:
        handle_event(event)
    except Exception as error:
        if not is_unavailable(error):
            raise
        spool.spool(current_settings().spool_folder, {**event, "arrived_by": "spool"})
        log.logger().error("webhook_spooled", kind=event["kind"])
        db.session.close()


def _is_ours(to: str, service_sid: str) -> bool:
    sender = current_settings().twilio_sender
    return service_sid == sender if sender.startswith("MG") else to == sender
