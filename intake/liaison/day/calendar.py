"""Somebody's rounds and promises as a calendar that their telephone fetches: iCalendar (RFC 5545). Nothing that may
name a patient."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event
from sqlalchemy import select

from intake import clock
from intake.accounts import tokens
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.models import Physician
from intake.id_filters import among
from intake.liaison.day.draw import ALL_DAY
from intake.liaison.day.models import CalendarAddress, RoundStop
from intake.liaison.page.hours import on_day
from intake.liaison.page.parties import key_of, names_of
from intake.liaison.page.patient_names import patient_names
from intake.liaison.people.models import OfficePreference, Relationship
from intake.liaison.promises.models import Promise
from intake.liaison.touchpoints.queries import stands

DAYS_BACK, DAYS_AHEAD = 30, 90
# A stop with the way to the next.
MINUTES_A_STOP = 30
DAY_BEGINS = ALL_DAY[0]
LAST_START = 24 * 60 - MINUTES_A_STOP


class Entry(NamedTuple):
    """One entry of the calendar: a whole day, or with `hours` (minutes of the day) a part of it."""

    uid: str
    day: date
    title: str
    place: str = ""
    hours: tuple[int, int] | None = None
    changed_at: datetime | None = None
    words: str = ""


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


def entries(staff_id: int, today: date, *, time_zone: str) -> list[Entry]:
    """Stops, one after the other as the round goes, and days on which promises are due. What was promised is told
    unless it may name a patient.
    """
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
        .where(stands(Promise.touchpoint_id))
        .order_by(Promise.due_on, Promise.id)
    ).all()
    names = names_of([*(relationship for _, relationship in stops), *promises])
    wishes, unwanted = _wishes([relationship for _, relationship in stops])
    found, until = [], dict[date, int]()
    for stop, relationship in stops:
        key = key_of(relationship)
        if key in unwanted and stop.day >= today:
            continue
        planned = clock.local(stop.planned_at, time_zone)
        begun = planned.hour * 60 + planned.minute if planned.date() == stop.day else 0
        start = _start(wishes[key], stop.day, max(until.get(stop.day, DAY_BEGINS), begun))
        until[stop.day] = start + MINUTES_A_STOP
        hours = (start, start + MINUTES_A_STOP)
        title = f"Visit {names.get(key, '')}"
        found.append(Entry(f"stop-{stop.id}", stop.day, title, stop.area, hours, stop.planned_at))
    for each in promises:
        name = names.get(key_of(each), "")
        title = f"{'About' if each.for_us else 'Promised to'} {name}"
        words = "" if patient_names(each.text, known=[name]) else each.text
        found.append(Entry(f"promise-{each.id}", each.due_on, title, changed_at=each.made_at, words=words))
    return found


def _wishes(relationships: Collection[Relationship]) -> tuple[dict[str, str], set[str]]:
    """Hours by key, and the keys of those who want no visits; of a physician also what their practice wishes."""
    told = {key_of(row): row for row in db.session.scalars(select(OfficePreference))}
    people = among(Physician.id, sorted({row.physician_id for row in relationships if row.physician_id}))
    at = db.session.execute(select(Physician.id, Physician.referring_practice_id).where(people))
    practices = {row[0]: row[1] for row in at}
    hours: dict[str, str] = {}
    unwanted = set()
    for each in relationships:
        key = key_of(each)
        keys = (key, f"practice-{practices.get(each.physician_id or 0)}")
        wished = [told[one] for one in keys if one in told]
        hours[key] = next((row.hours for row in wished if row.hours), "")
        unwanted |= {key for row in wished if row.do_not_visit}
    return hours, unwanted


def _start(hours: str, day: date, earliest: int) -> int:
    """The minute of the day at which a stop begins: once the one before is over and they are in, if they still are."""
    in_office = next((start for start, end in on_day(hours, day) or [] if end > earliest), earliest)
    return min(max(earliest, in_office), LAST_START)


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
        if each.words:
            event.add("description", each.words)
        if each.place:
            event.add("location", each.place)
        calendar.add_component(event)
    return calendar.to_ical()


def _moment(day: date, minutes: int, time_zone: str) -> datetime:
    whole = min(minutes, 24 * 60 - 1)
    return clock.from_wall_clock(day, time(whole // 60, whole % 60), time_zone)
