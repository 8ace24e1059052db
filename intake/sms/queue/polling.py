"""Polling the carrier for texts that no webhook brought, and comparing both lists of STOPs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from intake import clock, log
from intake.db import db, raise_if_away
from intake.sms.carrier.gateway import CarrierMessage, Gateway
from intake.sms.carrier.gateway_errors import GatewayError
from intake.sms.consent.consent import record_opt_out, stopped_phones
from intake.sms.models import InboundText
from intake.sms.queue import line
from intake.sms.queue.receiving import ArrivedText, receive

EVERY = timedelta(hours=1)
# Looks back further than it must: what came in late is in the list, and receiving twice changes nothing.
OVERLAP = timedelta(hours=2)
FIRST_LOOK = timedelta(days=1)


@dataclass(frozen=True)
class StopListComparison:
    """`only_theirs` said STOP to the carrier alone and are now stopped here; `only_ours` the carrier never refused."""

    only_theirs: int
    only_ours: int
    agreed: int


def poll_is_due() -> bool:
    until = line.state().polled_until
    return until is None or clock.now() - until >= EVERY


def poll_inbound(gateway: Gateway) -> int:
    """Receive what is in the carrier's list and not in ours; returns how many were missing. Commits.

    Raises GatewayError when the list can't be had; then nothing moves on and the next poll looks as far back.
    """
    started = clock.now()
    until = line.state().polled_until
    db.session.commit()
    since = (until - OVERLAP) if until else started - FIRST_LOOK
    missing = 0
    for message in _listed(gateway, since):
        if db.session.scalar(select(InboundText.id).where(InboundText.message_sid == message.sid)) is not None:
            continue
        arrived = ArrivedText(
            message_sid=message.sid,
            from_e164=message.sender[:60],
            to_number=message.to[:60],
            body=message.body,
            media_count=message.media_count,
            received_at=message.created_at or started,
            arrived_by="poll",
        )
        try:
            missing += receive(arrived) is not None
            db.session.commit()
        except Exception as error:
            raise_if_away(error)
            # One that can't be kept must not hide the others, nor be asked for again and again.
            log.logger().error("polled_text_failed", kind=type(error).__name__)
            db.session.rollback()
    line.state().polled_until = started
    db.session.commit()
    log.logger().info("inbound_polled", missing=missing)
    return missing


def _listed(gateway: Gateway, since: datetime) -> Iterator[CarrierMessage]:
    try:
        yield from gateway.messages_from_people(since=since)
    except GatewayError as error:
        line.note_unanswered(error, asked_for="texts from people")
        raise


def reconcile_stops(gateway: Gateway, *, days: int = 90) -> StopListComparison:
    """Compare our list of STOPs with what the carrier refused in the last `days`; theirs are honoured here at once."""
    theirs = gateway.opted_out(since=clock.now() - timedelta(days=days))
    ours = stopped_phones()
    for phone in theirs - ours:
        record_opt_out(phone, reason="carrier")
    db.session.commit()
    return StopListComparison(only_theirs=len(theirs - ours), only_ours=len(ours - theirs), agreed=len(ours & theirs))
