"""The inbox: replies that need a person, and texts that may have left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Location, Patient, Practice, Visit
from intake.id_filters import read_id
from intake.sms.models import EMERGENCY, FOR_A_PERSON, IS_OPEN, UNSEEN_EMERGENCY, InboundText, OutboxText, TextState
from intake.survey.answers.counted_reply import is_answered

# A worker reads a reply within a second or two; one that lies longer than this has nobody reading it.
UNREAD_AFTER = timedelta(minutes=3)
# Whoever was asked once more has this long to answer before somebody should look.
ASKED_AGAIN = timedelta(hours=1)
# Until then the carrier is still being asked.
UNDECIDED_AFTER = timedelta(minutes=5)
# Outcomes of replies that are read beside the answer before them, and of the texts that such an answer comes from.
AFTER_AN_ANSWER = ("afterwards", "unclear_correction")
ANSWERS = ("answer", "left_to_a_person")
ON_A_PAGE = 50
# Nobody needs to know how many there are beyond this.
MOST_COUNTED = 100


class NoSuchText(NotFound):
    """There is no such text at these locations."""


@dataclass(frozen=True)
class InboxItem:
    """One reply or text in the inbox. Without a visit: no patient here has this number."""

    id: int
    at: datetime
    body: str
    phone_e164: str
    outcome: str | None
    time_zone: str
    visit_id: int | None = None
    name: str = ""
    pictures: int = 0
    # What they had answered, where this came after the thanks or corrects it.
    answered: str = ""

    @property
    def urgent(self) -> bool:
        return self.outcome == EMERGENCY


@dataclass(frozen=True)
class InboxPage:
    """One page of replies. `older` leads to the next one; empty on the last."""

    replies: list[InboxItem]
    older: str = ""


def inbox(*, within: Collection[int], older_than: str = "") -> InboxPage:
    """Return replies that need a person: of visits at these locations, and of unknown numbers.

    Emergencies first, then the newest. `older_than` is what a page before gave; another word for it is the first page.
    """
    newest = [each.order_by(InboundText.id.desc()).limit(ON_A_PAGE + 1) for each in _beyond(older_than, within)]
    found = union_all(*(select(each.subquery()) for each in newest)).subquery()
    ids = db.session.scalars(
        select(found.c.id).order_by(found.c.urgent.desc(), found.c.id.desc()).limit(ON_A_PAGE + 1)
    ).all()
    shown = _replies(ids[:ON_A_PAGE])
    last = shown[-1] if len(ids) > ON_A_PAGE else None
    return InboxPage(shown, f"{'urgent' if last.urgent else 'usual'}-{last.id}" if last else "")


def undecided(*, within: Collection[int]) -> list[InboxItem]:
    """Texts that may have left, which the carrier could not tell, the oldest first."""
    rows = db.session.execute(
        with_patients(OutboxText).where(*_undecided(within)).order_by(OutboxText.id).limit(ON_A_PAGE)
    )
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
    return [
        InboxItem(
            text.id, text.queued_at, text.body, text.phone_e164, None, at or zone, text.visit_id, patient_name(*names)
        )
        for text, *names, at in rows
    ]


def waiting_for_a_person(*, within: Collection[int]) -> int:
    """Count both, for the tab, in one statement, up to MOST_COUNTED."""
    texts = select(OutboxText.id).where(*_undecided(within))
    each = [found.limit(MOST_COUNTED).subquery() for found in (*_waiting(within), texts)]
    counts: list[Any] = [select(func.count()).select_from(found).scalar_subquery() for found in each]
    return min(db.session.scalar(select(sum(counts[1:], start=counts[0]))) or 0, MOST_COUNTED)


def mark_seen(inbound_id: int, *, within: Collection[int], staff_id: int) -> None:
    """Mark a reply as dealt with. Raises NoSuchText (a 404). Flushes."""
    text = db.session.scalars(select(InboundText).where(InboundText.id == inbound_id, _is_here(within))).one_or_none()
    if text is None:
        raise NoSuchText
    if text.seen_at is None:
        text.seen_at, text.seen_by_id = clock.now(), staff_id
        audit_trail.record("text.seen", subject_kind="inbound_text", subject_id=inbound_id)


def undecided_text(outbox_id: int, *, within: Collection[int]) -> OutboxText:
    """Return one of our texts at these locations, or of no location. Raises NoSuchText (a 404)."""
    text = db.session.get(OutboxText, outbox_id)
    if text is None or (text.location_id is not None and text.location_id not in within):
        raise NoSuchText
    return text


def _waiting(within: Collection[int]) -> tuple[Any, Any, Any]:
    """Select replies that need a person at these locations: emergencies, others, and unread ones.

    Three questions, so that each is served from the end of its own index however many old replies there are.
    """
    now, here = clock.now(), _is_here(within)
    urgent = select(InboundText.id, literal(1).label("urgent")).where(UNSEEN_EMERGENCY, here)
    usual = select(InboundText.id, literal(0).label("urgent"))
    not_understood = usual.where(FOR_A_PERSON, InboundText.outcome != EMERGENCY, ~_still_asked(now), here)
    not_read = usual.where(InboundText.handled_at.is_(None), InboundText.received_at < now - UNREAD_AFTER, here)
    return urgent, not_understood, not_read


def _beyond(older_than: str, within: Collection[int]) -> list[Any]:
    """Select what comes after the place where a page ended: 'urgent-17' or 'usual-17'."""
    urgent, *usual = _waiting(within)
    kind, _, number = older_than.partition("-")
    last_id = read_id(number)
    if kind not in ("urgent", "usual") or last_id is None:
        return [urgent, *usual]
    older = InboundText.id < last_id
    return [urgent.where(older), *usual] if kind == "urgent" else [each.where(older) for each in usual]


def _still_asked(now: datetime) -> ColumnElement[bool]:
    """SQL condition: we asked once more and they may still answer, or their visit is answered."""
    return and_(
        InboundText.outcome.in_(("unreadable", "asked_for_words")),
        or_(is_answered(InboundText.visit_id), InboundText.received_at > now - ASKED_AGAIN),
    )


def _is_here(within: Collection[int]) -> ColumnElement[bool]:
    """SQL condition: of a visit at these locations; without one, of a patient seen there or of an unknown number."""
    here = exists().where(Visit.id == InboundText.visit_id, Visit.location_id.in_(within))
    theirs = and_(Patient.mobile_e164 == InboundText.from_e164, Visit.patient_id == Patient.id)
    known_here = exists().where(theirs, Visit.location_id.in_(within))
    return or_(here, and_(InboundText.visit_id.is_(None), or_(known_here, ~exists().where(theirs))))


def _undecided(within: Collection[int]) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """SQL conditions of undecided texts at these locations, or of no location, which anybody may decide about."""
    return (
        IS_OPEN,
        OutboxText.state == TextState.UNCERTAIN,
        or_(OutboxText.location_id.in_(within), OutboxText.location_id.is_(None)),
        OutboxText.queued_at < clock.now() - UNDECIDED_AFTER,
    )


def _replies(ids: Sequence[int]) -> list[InboxItem]:
    """Return these replies in this order, with their patients."""
    rows = db.session.execute(with_patients(InboundText).where(InboundText.id.in_(ids))).all()
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
    answered = _answered_before([row[0].id for row in rows if row[0].outcome in AFTER_AN_ANSWER])
    found = {
        text.id: InboxItem(
            text.id,
            text.received_at,
            text.body,
            text.from_e164,
            text.outcome,
            at or zone,
            text.visit_id,
            patient_name(*names),
            text.media_count,
            answered.get(text.id, ""),
        )
        for text, *names, at in rows
    }
    return [found[each] for each in ids]


def _answered_before(ids: Sequence[int]) -> dict[int, str]:
    """Return reply → the text that their answer was read from, the last one before it."""
    if not ids:
        return {}
    earlier = aliased(InboundText)
    rows = db.session.execute(
        select(InboundText.id, earlier.body)
        .join(earlier, (earlier.visit_id == InboundText.visit_id) & (earlier.id < InboundText.id))
        .where(InboundText.id.in_(ids), earlier.outcome.in_(ANSWERS))
        .order_by(earlier.id)
    )
    return {reply_id: body for reply_id, body in rows}  # noqa: C416 - rows are not plain pairs


def with_patients(model: type[InboundText] | type[OutboxText]) -> Any:
    """Select texts with first name, last name and time zone of their visit, where they have one."""
    return (
        select(model, Patient.first_name, Patient.last_name, Location.time_zone)
        .outerjoin(Visit, Visit.id == model.visit_id)
        .outerjoin(Patient, Patient.id == Visit.patient_id)
        .outerjoin(Location, Location.id == Visit.location_id)
    )


def patient_name(first_name: str | None, last_name: str | None) -> str:
    """Return the name; empty for a text of no visit."""
    return f"{first_name or ''} {last_name or ''}".strip()
