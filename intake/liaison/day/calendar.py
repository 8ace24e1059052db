"""Somebody's rounds and promises as a calendar that their telephone fetches: iCalendar (RFC 5545). No patient data."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event
from sqlalchemy import select

from intake import clock
from intake.accounts import tokens
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.liaison.day.models import CalendarAddress, RoundStop
from intake.liaison.page.hours import on_day
from intake.liaison.page.parties import key_of, names_of
from intake.liaison.people.models import OfficePreference, Relationship
from intake.liaison.promises.models import Promise

DAYS_BACK, DAYS_AHEAD = 30, 90


class Entry(NamedTuple):
    """One entry of the calendar: a whole day, or with `hours` (minutes of the day) a part of it."""

    uid: str
    day: date
    title: str
    place: str = ""
    hours: tuple[int, int] | None = None
    changed_at: datetime | None = None


def new_address(staff_id: int) -> str:
    """The token of a new secret address; the one before leads nowhere any more."""
    token = tokens.new_link_token()
    found = db.session.get(CalendarAddress, staff_id) or CalendarAddress(staff_id=staff_id)
    found.token_hash, found.made_at = tokens.hash_token(token), clock.now()
    db.session.add(found)
    db.session.flush()
    audit_trail.record("calendar.address_made", subject_kind="staff", subject_id=staff_id)
    return token


def owner_of(token: str) -> Staff | None:
    """Who has this address; None for nobody, or somebody who has left."""
    query = (
        select(Staff)
        .join(CalendarAddress, CalendarAddress.staff_id == Staff.id)
        .where(CalendarAddress.token_hash == tokens.hash_token(token), Staff.active.is_(True))
    )
    return db.session.scalars(query).one_or_none()


def entries(staff_id: int, today: date) -> list[Entry]:
    """Stops and days on which promises are due. What was promised is not told: it may be about a patient."""
    first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    stops = db.session.execute(
        select(RoundStop, Relationship)
        .join(Relationship, Relationship.id == RoundStop.relationship_id)
        .where(RoundStop.staff_id == staff_id, RoundStop.day.between(first, last), RoundStop.taken_out_at.is_(None))
        .order_by(RoundStop.day, RoundStop.position)
    ).all()
    promises = db.session.scalars(
        select(Promise)
        .where(Promise.owner_id == staff_id, Promise.closed_at.is_(None), Promise.due_on.between(first, last))
        .order_by(Promise.due_on, Promise.id)
    ).all()
    names = names_of([*(relationship for _, relationship in stops), *promises])
    wishes = {key_of(row): row.hours for row in db.session.scalars(select(OfficePreference))}
    found = []
    for stop, relationship in stops:
        key = key_of(relationship)
        hours = on_day(wishes.get(key, ""), stop.day)
        title = f"Visit {names.get(key, '')}"
        found.append(Entry(f"stop-{stop.id}", stop.day, title, stop.area, hours[0] if hours else None, stop.planned_at))
    for each in promises:
        title = f"Promised to {names.get(key_of(each), '')}"
        found.append(Entry(f"promise-{each.id}", each.due_on, title, changed_at=each.made_at))
    return found


def write_calendar(found: Sequence[Entry], *, name: str, time_zone: str) -> bytes:
    """The entries as an iCalendar file."""
    calendar = Calendar()
    about = {"prodid": "-//Intake//Rounds//EN", "version": "2.0", "method": "PUBLISH", "x-wr-calname": name}
    for name_of, value in about.items():
        calendar.add(name_of, value)
    for each in found:
        start, end = each.day, each.day + timedelta(days=1)
        if each.hours:
            start, end = (_moment(each.day, minutes, time_zone) for minutes in each.hours)
        event = Event()
        event.add("uid", f"{each.uid}@intake")
        event.add("dtstamp", (each.changed_at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC))
        event.add("dtstart", start)
        event.add("dtend", end)
        event.add("summary", each.title)
        event.add("transp", "TRANSPARENT")
        if each.place:
            event.add("location", each.place)
        calendar.add_component(event)
    return calendar.to_ical()


def _moment(day: date, minutes: int, time_zone: str) -> datetime:
    whole = min(minutes, 24 * 60 - 1)
    return clock.from_wall_clock(day, time(whole // 60, whole % 60), time_zone)
