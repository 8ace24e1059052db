"""The demo carrier for tests: on loopback, in a thread, with its log at hand; and texts to send through it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from intake import clock
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.dev.fake_carrier.resources import create_carrier
from intake.dev.fake_carrier.webhooks import Webhooks
from intake.directory.models import Visit
from intake.sms.carrier.gateway import Gateway, TwilioGateway
from intake.sms.carrier.gateway_errors import GatewayError
from intake.sms.models import OutboxText, TextPurpose
from intake.sms.queue.outbox import NewText, claim_due, queue_text
from intake.sms.queue.retrying import SendStep
from intake.sms.queue.sending import send_one
from tests.making import Make

PHONE = "+15185550123"


@contextmanager
def running(carrier: Carrier, *, webhooks_to: str | None = None) -> Iterator[str]:
    """Serve `carrier` until the block ends; yields its address. Webhooks go to `webhooks_to` when given."""
    if webhooks_to:
        carrier.webhooks = Webhooks(webhooks_to, longest_delay=0.05)
    server = make_server("127.0.0.1", 0, create_carrier(carrier), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        if carrier.webhooks is not None:
            carrier.webhooks.wait()
        server.shutdown()
        thread.join(5)


def visit_of_phone(make: Make) -> Visit:
    visit: Visit = make.visit(patient=make.patient(mobile_e164=PHONE))
    return visit


def queue(visit: Visit, key: str = "survey:1", *, purpose: TextPurpose = TextPurpose.SURVEY) -> OutboxText:
    new = NewText(
        once_key=key,
        purpose=purpose,
        phone_e164=PHONE,
        body=f"Riverside Vein Clinic: how did you hear about us? {key}",
        not_before=clock.now(),
        location_id=visit.location_id,
        visit_id=visit.id,
    )
    outbox_id = queue_text(new)
    db.session.commit()
    return db.session.get_one(OutboxText, outbox_id)


def send(text: OutboxText, settings: Settings) -> SendStep:
    text.not_before = clock.now()
    db.session.commit()
    claim_due(worker="w", most=5)
    db.session.commit()
    return send_one(text.id, worker="w", gateway=TwilioGateway(settings), settings=settings)


def attempted(gateway: Gateway) -> GatewayError | None:
    """What goes wrong when a text is handed over; None when nothing does."""
    try:
        gateway.send(to=PHONE, body="Hello", status_callback="https://intake.example.org/s", valid_seconds=600)
    except GatewayError as error:
        return error
    return None
