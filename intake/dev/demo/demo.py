"""The demo practice: made once, kept fresh so that today's arrivals are always today's."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select, text

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.dev.demo import loops, people, practice, spending, texting
from intake.dev.demo.names import person
from intake.dev.demo.plan import SEED, Calendar, DayContext, DemoVisit, PlannedAsk, plan_day
from intake.dev.demo.practice import CAMPAIGN, LOCATIONS, DemoLocation
from intake.dev.demo.relationships import add_relationships
from intake.dev.demo.writing import Roster, Writer, load_roster
from intake.directory.models import Location, Physician, Practice, ReferralSource, Visit
from intake.directory.patients.visits import announce
from intake.survey.models import Channel

# Long enough to stand beside the same days a year ago.
DAYS = 425
FOUNDERS = 500
MINUTES_BETWEEN = 15


class RealPractice(Exception):
    """The database belongs to somebody's practice, so no invented people are put into it."""


def is_demo() -> bool:
    """Return True if this database holds the demo practice, False if it is empty. Raises RealPractice otherwise."""
    if db.session.scalars(select(Practice)).first() is None and db.session.scalar(select(func.count(Staff.id))) == 0:
        return False
    if db.session.scalars(select(Staff).filter_by(email=f"admin@{people.DOMAIN}")).first() is None:
        raise RealPractice
    return True


def seed() -> bool:
    """Make the demo practice unless it is there, and bring it up to today. True when it was made. Flushes."""
    made = not is_demo()
    if made:
        _make()
    freshen()
    if made:
        today = clock.clinic_today(practice.TIME_ZONE)
        add_relationships(Calendar.beginning(today - timedelta(days=DAYS)), referring(), today=today)
    return made


def _make() -> None:
    first_day = clock.clinic_today(practice.TIME_ZONE) - timedelta(days=DAYS)
    rng = random.Random(SEED)  # noqa: S311 - the same invented people every time, nothing secret
    practice.add_practice()
    calendar = Calendar.beginning(first_day)
    practice.add_campaign(calendar.campaign_first, calendar.campaign_last)
    practice.add_physicians(rng)
    people.add_people()
    roster = Roster()
    founded = clock.from_wall_clock(
        first_day - Calendar.RECORDS_BEFORE - timedelta(days=1), time(12), practice.TIME_ZONE
    )
    roster.add(
        [(person(rng, on=first_day, area_code=LOCATIONS[number % 3].area_code), founded) for number in range(FOUNDERS)]
    )
    audit_trail.record("demo.made")


def freshen() -> None:
    """Add the days that passed since the last start, and today's arrivals. Flushes."""
    campaign = db.session.scalars(select(ReferralSource).filter_by(code=CAMPAIGN)).one()
    assert campaign.active_from is not None
    # The story hangs on the day the demo was first made, which the campaign's first day remembers.
    calendar = Calendar.beginning(campaign.active_from - Calendar.CAMPAIGN_AFTER)
    _finish_past_days()
    writer = Writer(load_roster())
    context = DayContext(calendar, referring(), writer.physician_names, len(writer.roster.ids))
    visits = plan_days(_missing_days(calendar), context)
    if visits:
        writer.write(visits)
        if db.engine.dialect.name == "postgresql":
            # Until it looks by itself it would plan what follows as for empty tables, which can take minutes.
            db.session.execute(text("ANALYZE"))
    spending.add_spending(calendar, today=clock.clinic_today(practice.TIME_ZONE))
    texting.add_plans()
    texting.note_todays_consent()
    loops.add_loops()


def plan_days(days: Iterable[tuple[DemoLocation, date]], context: DayContext) -> list[DemoVisit]:
    """Return the visits of these days, the oldest first; today's are spread around this moment."""
    visits: list[DemoVisit] = []
    for place, day in days:
        planned = _plan(place, day, context)
        context.earlier_patients += sum(each.newcomer is not None for each in planned)
        visits += planned
    return visits


def _plan(place: DemoLocation, day: date, context: DayContext) -> list[DemoVisit]:
    today = clock.clinic_today(place.time_zone)
    if day < today:
        return plan_day(place, day, context)
    return _around_now(plan_day(place, day, context, busy=True), clock.now(), place.time_zone)


def _around_now(planned: Sequence[DemoVisit], now: datetime, time_zone: str) -> list[DemoVisit]:
    """Today's visits spread around this moment: the first ones done, some waiting to be asked, the rest still to come.

    At midnight the desk is as busy as at ten in the morning.
    """
    today = clock.clinic_day(now, time_zone)
    gap = timedelta(minutes=MINUTES_BETWEEN)
    start, end = clock.day_range(today, today, time_zone)
    first = max(start, min(now - gap * (len(planned) * 0.6), end - gap * (len(planned) + 1)))
    first -= timedelta(minutes=first.minute % 5, seconds=first.second, microseconds=first.microsecond)
    answered, arrived = round(len(planned) * 0.35), round(len(planned) * 0.65)
    visits = []
    for number, each in enumerate(planned):
        at = first + gap * number
        asking = each.asking
        if number >= answered or asking is None or not _is_simple(asking):
            # What is still open is for the person who tries the demo.
            asking = None
        else:
            asking = replace(asking, at=min(at, now) - timedelta(minutes=20))
        status = "completed" if number < answered // 2 else "arrived" if number < arrived else "scheduled"
        visits.append(replace(each, at=at, status=status, asking=asking))
    return visits


def _is_simple(asking: PlannedAsk) -> bool:
    """Answered once, and not by text: today's texts leave and arrive in earnest, through the demo's own carrier."""
    twice = asking.correction or asking.late
    return bool(asking.reply) and not twice and asking.channel != Channel.TEXT


def _missing_days(calendar: Calendar) -> Iterator[tuple[DemoLocation, date]]:
    """Days that have no visits yet, oldest first, locations in order."""
    query = (
        select(Location.code, func.max(Visit.visit_date))
        .join(Visit, Visit.location_id == Location.id)
        .where(Visit.appointment_id.like("___-________-__"))
        .group_by(Location.code)
    )
    newest = {row[0]: row[1] for row in db.session.execute(query)}
    return days_until_today(
        {
            place.code: newest[place.code] + timedelta(days=1)
            if place.code in newest
            else calendar.first_day - Calendar.RECORDS_BEFORE
            for place in LOCATIONS
        }
    )


def days_until_today(first_days: Mapping[str, date]) -> Iterator[tuple[DemoLocation, date]]:
    """Return each location's days from its first one to its today, oldest first, locations in order."""
    days = [
        (first_days[place.code] + timedelta(days=later), number)
        for number, place in enumerate(LOCATIONS)
        for later in range((clock.clinic_today(place.time_zone) - first_days[place.code]).days + 1)
    ]
    return ((LOCATIONS[number], day) for day, number in sorted(days))


def _finish_past_days() -> None:
    """Yesterday's visits that were left waiting are over."""
    open_visits = [
        visit
        for place in LOCATIONS
        for visit in db.session.scalars(
            select(Visit)
            .join(Location, Location.id == Visit.location_id)
            .where(
                Location.code == place.code,
                Visit.visit_date < clock.clinic_today(place.time_zone),
                Visit.status.in_(("arrived", "scheduled")),
            )
        )
    ]
    for visit in open_visits:
        visit.status = "completed"
        visit.arrived_at = visit.arrived_at or visit.scheduled_at
    announce([visit.id for visit in open_visits])


def referring() -> dict[str, list[int]]:
    """Return each location's referring physicians, those who send most first: of its own town, then a few others."""
    physicians = list(
        db.session.scalars(select(Physician).where(Physician.npi.like("2%")).order_by(Physician.npi).limit(500))
    )
    found = {}
    for place in LOCATIONS:
        near = [each.id for each in physicians if each.city == place.city]
        far = [each.id for each in physicians if each.city != place.city]
        found[place.code] = near[:44] + far[:6]
    return found
