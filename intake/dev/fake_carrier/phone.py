"""Beside `./dev run`: the demo's carrier and phones on one port, and the worker that texts through them.

Started as `python -m intake.dev.fake_carrier.phone PORT` with the practice's settings in the environment.
"""

import sys
import threading
from collections.abc import Collection
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from intake import clock, create_app
from intake.chores import CHORES
from intake.config import Settings
from intake.db import db, reading
from intake.dev.fake_carrier.phone_line import QUICK, DemoCarrier
from intake.dev.fake_carrier.phone_pages import add_phone
from intake.dev.fake_carrier.resources import create_carrier
from intake.dev.fake_carrier.webhooks import Webhooks
from intake.dev.fake_carrier.wire import WireMessage
from intake.directory.models import Patient, Practice, Visit
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextSurvey
from intake.sms.queue.worker import Worker, alone

HOST = "127.0.0.1"
# Uncertain texts are asked about sooner than in earnest, so that one sees what comes of them.
SETTLE_SECONDS = 15.0
# A carrier that hangs does so for longer than the worker waits.
HANG_SECONDS = 8.0
REMEMBERED = 300


class Quiet(WSGIRequestHandler):
    """Says nothing on the terminal about each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main(port: int) -> int:
    app = create_app()
    settings: Settings = app.config["SETTINGS"]
    carrier = carrier_for(settings)
    with app.app_context():
        carrier.messages = remembered(carrier)
        zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
        db.session.close()
    service = create_carrier(carrier)
    add_phone(service, carrier, practice_url=settings.public_url, zone=zone, names=lambda numbers: owners(app, numbers))
    server = make_server(HOST, port, service, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with app.app_context():
            _work(app, settings)
    finally:
        server.shutdown()
    return 0


def carrier_for(settings: Settings) -> DemoCarrier:
    """The carrier that these settings are an account of."""
    return DemoCarrier(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        number=settings.twilio_sender,
        hang_seconds=HANG_SECONDS,
        webhooks=Webhooks(settings.public_url, longest_delay=QUICK),
        replies_itself=True,
    )


def owners(app: Flask, numbers: Collection[str]) -> dict[str, str]:
    """Who has which number, as far as a survey was texted to it."""
    with app.app_context(), reading():
        rows = db.session.execute(
            select(TextSurvey.phone_e164, Patient.first_name, Patient.last_name)
            .join(Visit, Visit.id == TextSurvey.visit_id)
            .join(Patient, Patient.id == Visit.patient_id)
            .where(TextSurvey.phone_e164.in_(numbers))
            .order_by(TextSurvey.id)
        )
        return {phone: f"{first} {last}".strip() for phone, first, last in rows}


def remembered(carrier: DemoCarrier) -> list[WireMessage]:
    """What was texted before the last stop, as the phones still show it."""
    since = clock.now() - timedelta(days=1)
    sent = db.session.execute(
        select(OutboxText, SendAttempt.message_sid)
        .join(SendAttempt, SendAttempt.outbox_id == OutboxText.id)
        .where(SendAttempt.message_sid.is_not(None), OutboxText.sent_at > since)
        .order_by(OutboxText.id.desc())
        .limit(REMEMBERED)
    )
    messages = [
        WireMessage(
            sid,
            text.phone_e164,
            carrier.number,
            text.body,
            "outbound-api",
            text.sent_at,
            "delivered",
            sent_at=text.sent_at,
        )
        for text, sid in sent
        if text.sent_at is not None and sid is not None
    ]
    came = db.session.scalars(
        select(InboundText).where(InboundText.received_at > since).order_by(InboundText.id.desc()).limit(REMEMBERED)
    )
    messages += [
        WireMessage(
            text.message_sid,
            carrier.number,
            text.from_e164,
            text.body,
            "inbound",
            text.received_at,
            "received",
            sent_at=text.received_at,
        )
        for text in came
    ]
    return sorted(messages, key=lambda message: message.created_at)


def _work(app: Flask, settings: Settings) -> None:
    at_work = Worker(
        TwilioGateway(settings),
        settings,
        chores=CHORES.all,
        settle_seconds=SETTLE_SECONDS,
    )
    at_work.listen_for_stop()
    with alone(settings.database_path, stopping=at_work.stopping, say=lambda: None) as ours:
        if ours:
            at_work.run()


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
