"""The inbox: replies that need a person, and texts that may have left."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, TextClause, and_, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.models import Location, Patient, Practice, Visit
from intake.id_filters import read_id
from intake.sms.models import (
    EMERGENCY,
    FOR_A_PERSON,
    HANDED_ON,
    IS_OPEN,
    NEEDS_NOBODY,
    STAFF_UNARRIVED,
    UNSEEN_EMERGENCY,
    InboundText,
    OutboxText,
    TextState,
)
from intake.survey.answers.counted_reply import is_answered
from intake.web.wall.location_wall import whole_practice

# A worker reads a reply within a second or two; one that lies longer than this has nobody reading it.
UNREAD_AFTER = timedelta(minutes=3)
# Whoever was asked once more has this long to answer before somebody should look.
ASKED_AGAIN = timedelta(hours=1)
# Until then the carrier is still being asked.
UNDECIDED_AFTER = timedelta(minutes=5)
# Outcomes of replies that are read beside the answer before them, and of the texts that such an answer comes from.
AFTER_AN_ANSWER = ("afterwards", "unclear_correction")
ANSWERS = ("answer", "left_to_a_person")
ON_A_PAGE = 30
# Nobody needs to know how many there are beyond this.
MOST_COUNTED = 100


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
    # The colleague it was handed to.
    handed_to_id: int | None = None
    handed_to: str = ""
    # Of our own texts: why it did not arrive, and the carrier's number for that.
    reason: str | None = None
    error_code: int | None = None

    @property
    def urgent(self) -> bool:
        return self.outcome == EMERGENCY


@dataclass(frozen=True)
class InboxPage:
    """One page of replies. `older` leads to the next one; empty on the last."""

    replies: list[InboxItem]
    older: str = ""


@whole_practice()
def inbox(*, within: Collection[int], older_than: str = "", handed_to: int | None = None) -> InboxPage:
    """Return replies that need a person: of visits at these locations, and of unknown numbers.

    Emergencies first, then the newest; with `handed_to` only what that member of staff was handed. `older_than` is
    what a page before gave; another word for it is the first page.
    """
    after, _, number = older_than.partition("-")
    last_id = read_id(number) if after in ("urgent", "usual") else None
    page = _page(after if last_id is not None else "", handed_to is not None)
    ids = db.session.scalars(page, _values(within) | {"last_id": last_id, "handed_to": handed_to}).all()
    shown = _replies(ids[:ON_A_PAGE])
    last = shown[-1] if len(ids) > ON_A_PAGE else None
    return InboxPage(shown, f"{'urgent' if last.urgent else 'usual'}-{last.id}" if last else "")


def undecided(*, within: Collection[int]) -> list[InboxItem]:
    """Texts that may have left, which the carrier could not tell, the oldest first."""
    return _ours(*_undecided(within, clock.now() - UNDECIDED_AFTER))


def unarrived(*, within: Collection[int]) -> list[InboxItem]:
    """Texts that staff wrote and that did not arrive, unless somebody has seen that, the oldest first."""
    return _ours(STAFF_UNARRIVED, is_ours(within))


@whole_practice()
def waiting_for_a_person(*, within: Collection[int]) -> int:
    """Count all of these, for the tab and the menu, in one statement, up to MOST_COUNTED."""
    return min(db.session.scalar(_count(), _values(within)) or 0, MOST_COUNTED)


@whole_practice()
def handed_to(staff_id: int, *, within: Collection[int]) -> int:
    """Count what waits for this member of staff by name, up to MOST_COUNTED."""
    theirs = select(InboundText.id).where(HANDED_ON, InboundText.handed_to_id == staff_id, is_here(within))
    return db.session.scalar(select(func.count()).select_from(theirs.limit(MOST_COUNTED).subquery())) or 0


@whole_practice()
def reply(inbound_id: int, *, within: Collection[int]) -> InboundText:
    """Return one text that came in. A 404 without one."""
    return db.session.scalars(
        select(InboundText).where(InboundText.id == inbound_id, is_here(within))
    ).one_or_none() or abort(404)


def reply_shown(inbound_id: int) -> InboxItem:
    """Return one text as the inbox shows it, whether it still waits or not."""
    return _replies([inbound_id])[0]


def undecided_text(outbox_id: int, *, within: Collection[int]) -> OutboxText:
    """Return one of our texts at these locations, or of no location. A 404 without one."""
    text = db.session.get(OutboxText, outbox_id)
    if text is None or (text.location_id is not None and text.location_id not in within):
        abort(404)
    return text


# Putting these statements together takes longer than answering them, and every page counts: they are made once.
_WITHIN: Any = bindparam("within", expanding=True)


def _values(within: Collection[int]) -> dict[str, Any]:
    now = clock.now()
    return {
        "within": list(within),
        "unread_before": now - UNREAD_AFTER,
        "asked_after": now - ASKED_AGAIN,
        "undecided_before": now - UNDECIDED_AFTER,
    }


@cache
def _count() -> Any:
    texts = (
        select(OutboxText.id).where(*_undecided(_WITHIN, bindparam("undecided_before"))),
        select(OutboxText.id).where(STAFF_UNARRIVED, is_ours(_WITHIN)),
    )
    each = [found.limit(MOST_COUNTED).subquery() for found in (*_waiting(), *texts)]
    counts: list[Any] = [select(func.count()).select_from(found).scalar_subquery() for found in each]
    return select(sum(counts[1:], start=counts[0]))


@cache
def _page(after: str, of_one: bool) -> Any:
    """Select ids of one page. `after`: 'urgent' or 'usual', where the page before ended at `last_id`."""
    urgent, *usual = _waiting()
    older = InboundText.id < bindparam("last_id")
    found_in = [urgent, *usual]
    if after == "urgent":
        found_in = [urgent.where(older), *usual]
    elif after:
        found_in = [each.where(older) for each in usual]
    if of_one:
        found_in = [each.where(HANDED_ON, InboundText.handed_to_id == bindparam("handed_to")) for each in found_in]
    newest = [each.order_by(InboundText.id.desc()).limit(ON_A_PAGE + 1) for each in found_in]
    found = union_all(*(select(each.subquery()) for each in newest)).subquery()
    return select(found.c.id).order_by(found.c.urgent.desc(), found.c.id.desc()).limit(ON_A_PAGE + 1)


def _waiting() -> tuple[Any, Any, Any, Any]:
    """Select replies that need a person at these locations: emergencies, others, unread and handed-on ones.

    Four questions, so that each is served from the end of its own index however many old replies there are.
    """
    here = is_here(_WITHIN)
    urgent = select(InboundText.id, literal(1).label("urgent")).where(UNSEEN_EMERGENCY, here)
    usual = select(InboundText.id, literal(0).label("urgent"))
    needed = ~_still_asked() | InboundText.handed_to_id.is_not(None)
    not_understood = usual.where(FOR_A_PERSON, InboundText.outcome != EMERGENCY, needed, here)
    unread = InboundText.received_at < bindparam("unread_before")
    not_read = usual.where(InboundText.handled_at.is_(None), unread, here)
    # What needs nobody is somebody's once it was handed to them.
    handed = usual.where(HANDED_ON, InboundText.outcome.in_(NEEDS_NOBODY), here)
    return urgent, not_understood, not_read, handed


def _still_asked() -> ColumnElement[bool]:
    """SQL condition: we asked once more and they may still answer, or their visit is answered."""
    return and_(
        InboundText.outcome.in_(("unreadable", "asked_for_words")),
        or_(is_answered(InboundText.visit_id), InboundText.received_at > bindparam("asked_after")),
    )


def is_here(within: Any) -> ColumnElement[bool]:
    """SQL condition: of a visit at these locations; without one, of a patient seen there or of an unknown number.

    `within`: several, or a parameter that expands to them.
    """
    here = exists().where(Visit.id == InboundText.visit_id, Visit.location_id.in_(within))
    theirs = and_(Patient.mobile_e164 == InboundText.from_e164, Visit.patient_id == Patient.id)
    known_here = exists().where(theirs, Visit.location_id.in_(within))
    return or_(here, and_(InboundText.visit_id.is_(None), or_(known_here, ~exists().where(theirs))))


def _undecided(within: Any, before: Any) -> tuple[ColumnElement[bool] | TextClause, ...]:
    """SQL conditions of undecided texts at these locations, or of no location, which anybody may decide about."""
    return (
        IS_OPEN,
        OutboxText.state == TextState.UNCERTAIN,
        is_ours(within),
        OutboxText.queued_at < before,
    )


def is_ours(within: Any) -> ColumnElement[bool]:
    return or_(OutboxText.location_id.in_(within), OutboxText.location_id.is_(None))


def _ours(*conditions: ColumnElement[bool] | TextClause) -> list[InboxItem]:
    rows = db.session.execute(
        with_patients(OutboxText).where(*conditions).order_by(OutboxText.id).limit(MOST_COUNTED)
    ).all()
    zone = (db.session.scalar(select(Practice.time_zone)) if rows else None) or "UTC"
    return [
        InboxItem(
            text.id,
            text.queued_at,
            text.body,
            text.phone_e164,
            None,
            at or zone,
            text.visit_id,
            patient_name(*names),
            reason=text.reason,
            error_code=text.error_code,
        )
        for text, *names, at in rows
    ]


def _replies(ids: Sequence[int]) -> list[InboxItem]:
    """Return these replies in this order, with their patients."""
    rows = db.session.execute(with_patients(InboundText).where(InboundText.id.in_(ids))).all()
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
    answered = _answered_before([row[0].id for row in rows if row[0].outcome in AFTER_AN_ANSWER])
    colleagues = {row[0].handed_to_id for row in rows if row[0].handed_to_id is not None}
    names_of = _names_of(colleagues) if colleagues else {}
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
            text.handed_to_id,
            names_of.get(text.handed_to_id or 0, ""),
        )
        for text, *names, at in rows
    }
    return [found[each] for each in ids]


def _names_of(staff_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.name for row in rows}


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
