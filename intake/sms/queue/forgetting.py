"""Telling the carrier what to forget: what was erased here, and if the practice says so pictures and old words.

It keeps all of it for good otherwise. Pictures were never fetched.
"""

import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update

from intake import clock, log
from intake.config import Settings
from intake.db import db
from intake.sms.carrier.gateway import Gateway
from intake.sms.carrier.gateway_errors import GatewayError, TextRefused
from intake.sms.models import CarrierErasure, InboundText, SendAttempt
from intake.sms.queue import line

# Sending doesn't wait for longer than this and one more answer of the carrier.
LONGEST_SECONDS = 3.0
AT_ONCE = 50
# Said of a message that is still on its way.
CONFLICT = 409


def ask_to_erase(message_sids: Collection[str]) -> None:
    """Have the worker tell the carrier to delete these messages, until it has. Flushes."""
    known = set(db.session.scalars(select(CarrierErasure.message_sid)))
    db.session.add_all(CarrierErasure(message_sid=sid, asked_at=clock.now()) for sid in set(message_sids) - known)
    db.session.flush()


def still_to_erase() -> int:
    """Count the messages that the carrier has not deleted yet."""
    return db.session.scalar(select(func.count()).select_from(CarrierErasure)) or 0


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
        if model is CarrierErasure:
            db.session.execute(delete(CarrierErasure).where(CarrierErasure.message_sid == sid))
        else:
            column = "pictures_gone_at" if change == gateway.delete_pictures else "wiped_at"
            db.session.execute(update(model).where(model.message_sid == sid).values({column: clock.now()}))
        db.session.commit()
        done += 1
        if time.monotonic() > until:
            break
    return done


_Model = type[InboundText] | type[SendAttempt] | type[CarrierErasure]
_Due = tuple[_Model, str, Callable[[str], None]]
_MOMENTS: dict[_Model, Any] = {
    InboundText: InboundText.received_at,
    SendAttempt: SendAttempt.started_at,
    CarrierErasure: CarrierErasure.asked_at,
}


def _due(gateway: Gateway, settings: Settings) -> Iterator[_Due]:
    for sid in _by_age(select(CarrierErasure.asked_at, CarrierErasure.message_sid), CarrierErasure):
        yield CarrierErasure, sid, gateway.delete_message
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


def _by_age(query: Any, model: _Model) -> Iterator[str]:
    """Yield message SIDs, some at a time; no transaction stays open while the carrier is asked."""
    order = (_MOMENTS[model], model.message_sid)
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
