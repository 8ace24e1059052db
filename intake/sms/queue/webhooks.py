"""Webhooks of the carrier; spooled while the database is away."""

from typing import Any

from flask import Blueprint, Response, abort, request

from intake import clock, log
from intake.config import current_settings
from intake.db import db, is_unavailable
from intake.sms.carrier.signatures import signed_by_carrier
from intake.sms.queue import spool
from intake.sms.queue.receiving import ArrivedText, receive, record_status

bp = Blueprint("sms", __name__)

_INBOUND = ("MessageSid", "From", "To", "Body", "NumMedia", "OptOutType")
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@bp.post("/sms/inbound")
@signed_by_carrier
def inbound() -> Response:
    if not _is_ours(request.form.get("To", ""), request.form.get("MessagingServiceSid", "")):
        abort(403)
    event = {name: request.form.get(name, "") for name in _INBOUND}
    _handle_or_spool({"kind": "inbound", "received_at": clock.now().isoformat(), **event})
    # Replies go through the outbox: an answer in TwiML would leave without a row that says so.
    return Response(NOTHING_TO_SAY, content_type="text/xml; charset=utf-8")


@bp.post("/sms/status/<uuid:attempt_id>")
@signed_by_carrier
def status(attempt_id: Any) -> Response:
    event = {name: request.form.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode")}
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
                media_count=int(event["NumMedia"]) if event["NumMedia"].isdigit() else 0,
                received_at=clock.parse(event["received_at"]),
                arrived_by=event.get("arrived_by", "webhook"),
                opt_out_type=event.get("OptOutType", ""),
            )
        )
    else:
        code = event["ErrorCode"]
        record_status(
            attempt_id=event["attempt"],
            message_sid=event["MessageSid"][:34],
            status=event["MessageStatus"],
            error_code=int(code) if code.isdigit() else None,
        )


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
