"""The outbox: queueing, claiming and reading texts, each a saved row before it is sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, text, update

from intake import clock
from intake.db import BigId, UtcDateTime, db
from intake.sms.models import ANSWERING, IS_OPEN, OutboxText, SendAttempt, TextPurpose, TextState, TextSurvey

CLAIM_SECONDS = 60


@dataclass(frozen=True)
class NewText:
    """A text to be sent. `once_key` names what it is for ('survey:17'): a second one with it is not queued."""

    once_key: str
    purpose: str
    phone_e164: str
    body: str
    not_before: datetime
    not_after: datetime | None = None
    location_id: int | None = None
    visit_id: int | None = None
    # Who wrote it, of a text that staff wrote.
    staff_id: int | None = None


_INSERT = text(
    "INSERT INTO outbox_text (once_key, purpose, phone_e164, body, location_id, visit_id, state, queued_at, not_before,"
    " not_after, staff_id, tries) VALUES (:once_key, :purpose, :phone_e164, :body, :location_id, :visit_id, 'queued',"
    " :queued_at, :not_before, :not_after, :staff_id, 0) ON CONFLICT (once_key) DO NOTHING RETURNING id"
).bindparams(
    bindparam("queued_at", type_=UtcDateTime),
    bindparam("not_before", type_=UtcDateTime),
    bindparam("not_after", type_=UtcDateTime),
    bindparam("location_id", type_=BigId),
    bindparam("visit_id", type_=BigId),
    bindparam("staff_id", type_=BigId),
)


def queue_text(new: NewText) -> int | None:
    """Save a text to be sent; returns its id, or None when one with that `once_key` exists already. Flushes."""
    values = {name: getattr(new, name) for name in new.__dataclass_fields__}
    return db.session.scalar(_INSERT, values | {"queued_at": clock.now()})


def queue_survey_text(
    once_key: str, purpose: TextPurpose, phone_e164: str, body: str, survey: TextSurvey | None, *, within: timedelta
) -> int | None:
    """Queue a text of a survey, or to a phone without one; what hasn't left `within` is cancelled. As `queue_text`."""
    now = clock.now()
    return queue_text(
        NewText(
            once_key=once_key,
            purpose=purpose,
            phone_e164=phone_e164,
            body=body,
            not_before=now,
            not_after=now + within,
            location_id=survey.location_id if survey else None,
            visit_id=survey.visit_id if survey else None,
        )
    )


def claim_due(*, worker: str, most: int, answers_only: bool = False) -> list[int]:
    """Take up to `most` texts that are due, oldest first, for this worker alone. The caller commits at once.

    Answers to what somebody just wrote go before everything else: a queue of surveys may take an hour to leave.
    A claim that ran out before sending began is simply taken again: claimed is not sending.
    """
    now = clock.now()
    due = (OutboxText.state == TextState.QUEUED, OutboxText.not_before <= now)
    answering = OutboxText.purpose.in_(ANSWERING)
    ids = list(db.session.scalars(_claimable(*due, answering, most=most)))
    if len(ids) < most and not answers_only:
        ids += db.session.scalars(_claimable(*due, ~answering, most=most - len(ids)))
    if len(ids) < most and not answers_only:
        ran_out = _claimable(
            OutboxText.state == TextState.CLAIMED, OutboxText.claim_expires_at < now, most=most - len(ids)
        )
        ids += db.session.scalars(ran_out)
    if ids:
        db.session.execute(
            update(OutboxText)
            .where(OutboxText.id.in_(ids))
            .values(state=TextState.CLAIMED, claimed_by=worker, claim_expires_at=now + timedelta(seconds=CLAIM_SECONDS))
        )
    return ids


def _claimable(*conditions: ColumnElement[bool], most: int) -> Select[int]:
    return (
        select(OutboxText.id)
        .where(IS_OPEN, *conditions)
        .order_by(OutboxText.not_before, OutboxText.id)
        .limit(most)
        # On the embedded database this compiles to nothing; there BEGIN IMMEDIATE lets one worker in at a time.
        .with_for_update(skip_locked=True)
    )


def release_claims(outbox_ids: Collection[int], *, worker: str) -> None:
    """Release texts claimed but not begun, for a worker that is told to stop."""
    db.session.execute(
        update(OutboxText)
        .where(OutboxText.id.in_(outbox_ids), OutboxText.state == TextState.CLAIMED, OutboxText.claimed_by == worker)
        .values(state=TextState.QUEUED, claimed_by=None, claim_expires_at=None)
    )


def locked_text(outbox_id: int) -> OutboxText | None:
    """Return the row reread and locked."""
    return db.session.scalars(
        select(OutboxText).where(OutboxText.id == outbox_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def abandoned_sends(*, most: int = 100) -> list[int]:
    """Ids of texts whose worker vanished while sending."""
    return list(
        db.session.scalars(
            select(OutboxText.id)
            .where(IS_OPEN, OutboxText.state == TextState.SENDING, OutboxText.claim_expires_at < clock.now())
            .order_by(OutboxText.id)
            .limit(most)
        )
    )


def uncertain_since(moment: datetime, *, most: int = 100) -> list[OutboxText]:
    """Texts that may have left, last tried before `moment` and due to be asked about, the longest waiting first."""
    last_try = select(func.max(SendAttempt.started_at)).where(SendAttempt.outbox_id == OutboxText.id).scalar_subquery()
    return list(
        db.session.scalars(
            select(OutboxText)
            .where(
                IS_OPEN,
                OutboxText.state == TextState.UNCERTAIN,
                # Once asked about in vain, the moment at which to ask again.
                OutboxText.not_before <= clock.now(),
                last_try < moment,
            )
            .order_by(OutboxText.not_before, OutboxText.id)
            .limit(most)
        )
    )


def count_sent(start: datetime, end: datetime, *, location_id: int | None = None) -> int:
    """Count texts that left or may have left in [start, end), for the daily cap."""
    left = select(func.count()).where(OutboxText.sent_at >= start, OutboxText.sent_at < end)
    # What may have left has no time of sending yet. Asked apart, so that each question has its index.
    may_have = select(func.count()).where(
        IS_OPEN,
        OutboxText.state.in_((TextState.SENDING, TextState.UNCERTAIN)),
        OutboxText.sent_at.is_(None),
    )
    if location_id is not None:
        left = left.where(OutboxText.location_id == location_id)
        may_have = may_have.where(OutboxText.location_id == location_id)
    return (db.session.scalar(left) or 0) + (db.session.scalar(may_have) or 0)


def counts_by_state() -> dict[str, int]:
    """Count the texts in each open state."""
    rows: Any = db.session.execute(select(OutboxText.state, func.count()).where(IS_OPEN).group_by(OutboxText.state))
    return {state: count for state, count in rows}  # noqa: C416 - rows are not plain pairs
