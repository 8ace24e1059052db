"""Conversations by phone: the latest ones, and those that a number or a name finds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, select, union

from intake.capture.text.staff_pages.inbox import is_here, is_ours, patient_name
from intake.db import db
from intake.directory.models import Patient, Practice, Visit
from intake.directory.patients.records import search_patients
from intake.phone import NotAPhoneNumber, to_e164
from intake.sms.models import InboundText, OutboxText, TextSurvey
from intake.web.wall.location_wall import whole_practice

ON_A_PAGE = 50
# A phone has several texts; so many of each direction are looked at to find as many phones as a page holds.
MOST_LOOKED_AT = 300
MOST_FOUND = 50
NEWEST = 5_000
FEWEST_DIGITS = 4
MOST_NAMES = 3


@dataclass(frozen=True)
class Conversation:
    """A phone with which texts were exchanged, and the last of them. It opens at a text or at a visit."""

    phone_e164: str
    names: tuple[str, ...]
    at: datetime
    body: str
    ours: bool
    time_zone: str
    inbound_id: int | None = None
    visit_id: int | None = None

    @property
    def called(self) -> str:
        """Return whose phone it is, in few words; empty for nobody's."""
        others = len(self.names) - MOST_NAMES
        named = ", ".join(self.names[:MOST_NAMES])
        return f"{named} and {others} other{'s' if others > 1 else ''}" if others > 0 else named


def latest(*, within: Collection[int]) -> list[Conversation]:
    """Return the conversations of these locations in which somebody wrote last, the latest first."""
    return _conversations(within)


def found(typed: str, *, within: Collection[int]) -> list[Conversation]:
    """Return conversations whose number or patient `typed` may mean, the latest first; none for too few digits."""
    phones = _phones(typed, within)
    return _conversations(within, phones) if phones else []


@whole_practice()
def _conversations(within: Collection[int], phones: Collection[str] | None = None) -> list[Conversation]:
    # What was written on a tablet or a link belongs to no number.
    came, left = is_here(within) & (InboundText.from_e164 != ""), is_ours(within)
    if phones is None:
        # What lies further back is found by searching: a quiet location's page must not read everybody's years.
        came, left = came & _among_the_newest(InboundText), left & _among_the_newest(OutboxText)
    else:
        came, left = came & InboundText.from_e164.in_(phones), left & OutboxText.phone_e164.in_(phones)
    inbound = db.session.execute(
        select(InboundText.from_e164, InboundText.received_at, InboundText.body, InboundText.id, InboundText.visit_id)
        .where(came)
        .order_by(InboundText.id.desc())
        .limit(MOST_LOOKED_AT)
    ).all()
    outbound = db.session.execute(
        select(OutboxText.phone_e164, OutboxText.queued_at, OutboxText.body, literal(None), OutboxText.visit_id)
        .where(left)
        .order_by(OutboxText.queued_at.desc(), OutboxText.id.desc())
        .limit(MOST_LOOKED_AT)
    ).all()
    rows = sorted([*inbound, *outbound], key=lambda row: row[1], reverse=True)
    by_phone: dict[str, list[Any]] = {}
    for row in rows:
        by_phone.setdefault(row[0], []).append(row)
    shown = dict(list(by_phone.items())[:ON_A_PAGE])
    names = _names(shown.keys(), within)
    zone = db.session.scalar(select(Practice.time_zone)) or "UTC"
    return [_conversation(phone, texts, names.get(phone, ()), zone) for phone, texts in shown.items()]


def _among_the_newest(model: type[InboundText] | type[OutboxText]) -> ColumnElement[bool]:
    return model.id > select(func.coalesce(func.max(model.id), 0) - NEWEST).scalar_subquery()


def _conversation(phone: str, texts: list[Any], names: Iterable[str], zone: str) -> Conversation:
    last = texts[0]
    inbound_id = next((row[3] for row in texts if row[3] is not None), None)
    visit_id = next((row[4] for row in texts if row[4] is not None), None)
    return Conversation(phone, tuple(names), last[1], last[2], last[3] is None, zone, inbound_id, visit_id)


def _phones(typed: str, within: Collection[int]) -> set[str]:
    digits = "".join(letter for letter in typed if letter.isdigit())
    if len(digits) >= FEWEST_DIGITS and not any(letter.isalpha() for letter in typed):
        return _phones_with(typed, digits)
    patients = [hit.patient_id for hit in search_patients(typed, within=within, limit=MOST_FOUND)]
    if not patients:
        return set()
    asked = select(TextSurvey.phone_e164).join(Visit, Visit.id == TextSurvey.visit_id)
    charted = select(Patient.mobile_e164).where(Patient.id.in_(patients), Patient.mobile_e164.is_not(None))
    return set(db.session.scalars(union(asked.where(Visit.patient_id.in_(patients)), charted)))


def _phones_with(typed: str, digits: str) -> set[str]:
    try:
        return {to_e164(typed)}
    except NotAPhoneNumber:
        pass
    # Part of a number, such as its last four digits.
    part = f"%{digits.removeprefix('1') if len(digits) > 10 else digits}%"
    came = select(InboundText.from_e164).where(InboundText.from_e164.like(part))
    asked = select(TextSurvey.phone_e164).where(TextSurvey.phone_e164.like(part))
    return set(db.session.scalars(union(came, asked).limit(MOST_FOUND)))


def _names(phones: Collection[str], within: Collection[int]) -> dict[str, list[str]]:
    """Return phone → the patients seen at these locations who were asked on it, the latest first; else its owners."""
    here: ColumnElement[bool] = Visit.location_id.in_(within)
    asked = (
        select(TextSurvey.phone_e164.label("phone"), Patient.first_name, Patient.last_name)
        .join(Visit, Visit.id == TextSurvey.visit_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(TextSurvey.phone_e164.in_(phones), here)
        .order_by(TextSurvey.id.desc())
    )
    names = _by_phone(asked)
    charted = (
        select(Patient.mobile_e164.label("phone"), Patient.first_name, Patient.last_name)
        .where(
            Patient.mobile_e164.in_([phone for phone in phones if phone not in names]),
            exists().where(Visit.patient_id == Patient.id, here),
        )
        .order_by(Patient.id)
    )
    return names | _by_phone(charted)


def _by_phone(query: Any) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for row in db.session.execute(query):
        called = patient_name(row.first_name, row.last_name)
        if called not in names.setdefault(row.phone, []):
            names[row.phone].append(called)
    return names
