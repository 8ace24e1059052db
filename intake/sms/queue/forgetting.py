"""Telling the carrier what to forget, if the practice says so: pictures at once, words after some days.

It keeps both for good otherwise. Here what was written stays; pictures were never fetched.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_, update

from intake import clock, log
from intake.config import Settings
from intake.db import db
from intake.sms.carrier.gateway import Gateway
from intake.sms.carrier.gateway_errors import GatewayError, TextRefused
from intake.sms.models import InboundText, SendAttempt
from intake.sms.queue import line

# Sending doesn't wait for longer than this and one more answer of the carrier.
LONGEST_SECONDS = 3.0
AT_ONCE = 50
# Said of a message that is still on its way.
CONFLICT = 409


def forget_at_carrier(gateway: Gateway, settings: Settings, *, most_seconds: float = LONGEST_SECONDS) -> int:
    """Tell the carrier what is due to be forgotten, the oldest first. Commits each; returns how many.

    A message that it refuses to change, such as one still on its way, is passed over and asked about again. Raises
    GatewayError when it can't be asked at all.
    """
    until = time.monotonic() + most_seconds
    done = 0
    for model, sid, change in _due(gateway, settings):
        try:
            change(sid)
        except GatewayError as error:
            if isinstance(error, TextRefused) or error.status == CONFLICT:
                log.logger().warning("carrier_keeps_message", code=error.code, status=error.status)
                continue
            line.note_unanswered(error, asked_for="forgetting messages")
            raise
        noted = {"pictures_gone_at": clock.now()} if change == gateway.delete_pictures else {"wiped_at": clock.now()}
        db.session.execute(update(model).where(model.message_sid == sid).values(**noted))
        db.session.commit()
        done += 1
        if time.monotonic() > until:
            break
    return done


_Due = tuple[type[InboundText] | type[SendAttempt], str, Callable[[str], None]]


def _due(gateway: Gateway, settings: Settings) -> Iterator[_Due]:
    if settings.carrier_deletes_pictures:
        pictures = select(InboundText.received_at, InboundText.message_sid).where(
            InboundText.media_count > 0, InboundText.pictures_gone_at.is_(None)
        )
        for sid in _by_age(pictures, InboundText):
            yield InboundText, sid, gateway.delete_pictures
    if settings.carrier_wipes_words_after_days is None:
        return
    before = clock.now() - timedelta(days=settings.carrier_wipes_words_after_days)
    came = select(InboundText.received_at, InboundText.message_sid).where(
        InboundText.wiped_at.is_(None), InboundText.received_at < before
    )
    left = select(SendAttempt.started_at, SendAttempt.message_sid).where(
        SendAttempt.wiped_at.is_(None), SendAttempt.message_sid.is_not(None), SendAttempt.started_at < before
    )
    for sid in _by_age(came, InboundText):
        yield InboundText, sid, gateway.wipe_words
    for sid in _by_age(left, SendAttempt):
        yield SendAttempt, sid, gateway.wipe_words


def _by_age(query: Any, model: type[InboundText] | type[SendAttempt]) -> Iterator[str]:
    """Yield message SIDs, some at a time; no transaction stays open while the carrier is asked."""
    moment = InboundText.received_at if model is InboundText else SendAttempt.started_at
    order = (moment, model.message_sid)
    last: tuple[datetime, str] | None = None
    while True:
        beyond = query.where(tuple_(*order) > tuple_(*last)) if last else query
        rows = db.session.execute(beyond.order_by(*order).limit(AT_ONCE)).all()
        db.session.commit()
        if not rows:
            return
        for row in rows:
            last = (row[0], row[1])
            yield row[1]
