"""The demo tells its whole story whatever the day and hour it is made: what is planned, before anything is written."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.attribution.referrers.status import History, StatusName, Windows, status_of
from intake.db import db
from intake.dev.demo import demo, practice
from intake.dev.demo.plan import SEED, Calendar, DayContext, DemoVisit
from intake.dev.demo.practice import LOCATIONS, TIME_ZONE
from intake.directory.models import Physician
from intake.survey.models import Channel, Outcome

pytestmark = pytest.mark.on("sqlite")

# UTC; most of them are the evening before in the practice's towns, and not in both of their zones.
MONTH_ENDS = """2027-01-31T12:00 2027-02-28T23:30 2027-03-01T03:00 2027-03-31T18:00 2027-04-30T04:30 2027-05-01T14:00
    2027-05-31T22:00 2027-06-30T16:00 2027-07-31T09:00 2027-08-31T15:00 2027-09-01T05:15 2027-10-31T21:00"""
LEAP_DAYS = "2028-02-28T15:00 2028-02-29T00:00 2028-02-29T05:30 2028-02-29T23:59 2028-03-01T04:00"
CLOCK_CHANGES = """2026-03-08T04:30 2026-03-08T05:59 2026-03-08T06:30 2026-03-08T07:00 2026-03-08T08:15 2026-03-08T23:00
    2026-11-01T04:30 2026-11-01T05:59 2026-11-01T06:30 2026-11-01T07:00 2026-11-01T23:00 2027-03-14T07:30"""
NEW_YEAR = """2026-12-31T12:00 2027-01-01T00:30 2027-01-01T03:30 2027-01-01T04:30 2027-01-01T05:30 2027-01-01T06:30
    2027-01-01T15:30 2027-01-02T03:00"""
HOLIDAYS = "2026-12-24T18:00 2026-12-26T09:00 2027-07-04T15:00 2027-07-05T02:00"
# Days after which a physician who comes back was once missing.
A_FORTNIGHT = """2026-11-20T01:00 2026-11-21T06:00 2026-11-22T11:00 2026-11-23T16:00 2026-11-24T21:00 2026-11-26T02:00
    2026-11-27T07:00 2026-11-28T12:00 2026-11-29T17:00 2026-11-30T22:00 2026-12-02T03:00 2026-12-03T08:00"""
FAR_OFF = """2030-05-01T00:00 2030-08-06T07:00 2030-11-11T14:00 2031-02-16T21:00 2031-05-25T04:00 2031-08-30T11:00
    2031-12-05T18:00 2032-02-29T10:00"""
GROUPS = (MONTH_ENDS, LEAP_DAYS, CLOCK_CHANGES, NEW_YEAR, HOLIDAYS, A_FORTNIGHT, FAR_OFF)
MOMENTS = [[datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in group.split()] for group in GROUPS]
NAMES = ("month ends", "leap days", "clock changes", "new year", "holidays", "a fortnight", "far off")


@pytest.fixture
def plan(app: Flask) -> Callable[[], tuple[Calendar, list[DemoVisit]]]:
    """plan(): everything that the demo would write if it were made now."""
    practice.add_practice()
    practice.add_physicians(random.Random(SEED))
    referring = demo.referring()
    names = {each.id: f"{each.first_name} {each.last_name}" for each in db.session.scalars(select(Physician))}

    def planned() -> tuple[Calendar, list[DemoVisit]]:
        calendar = Calendar.beginning(clock.clinic_today(TIME_ZONE) - timedelta(days=demo.DAYS))
        first_days = {place.code: calendar.first_day for place in LOCATIONS}
        context = DayContext(calendar, referring, names, demo.FOUNDERS)
        return calendar, demo.plan_days(demo.days_until_today(first_days), context)

    return planned


def test_there_are_dates_enough() -> None:
    moments = {moment for group in MOMENTS for moment in group}
    assert len(moments) >= 60
    assert {moment.weekday() for moment in moments} == set(range(7))
    assert {moment.hour for moment in moments} >= set(range(0, 24, 3))


@pytest.mark.parametrize("moments", MOMENTS, ids=NAMES)
def test_the_story_is_whole_on_any_day_at_any_hour(
    plan: Callable[[], tuple[Calendar, list[DemoVisit]]], moments: list[datetime]
) -> None:
    for moment in moments:
        with time_machine.travel(moment, tick=False):
            calendar, visits = plan()
            missing = [*referrers_missing(calendar, visits), *answers_missing(visits), *today_missing(visits)]
        assert not missing, f"made at {moment}: {', '.join(missing)}"


def referrers_missing(calendar: Calendar, visits: Sequence[DemoVisit]) -> list[str]:
    """Kinds of referring physicians of which there is none."""
    days: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for each in visits:
        if came(each) and each.asking and each.asking.reply:
            said = each.asking.correction or each.asking.reply
            for physician_id in {mentioned.physician_id for mentioned in said.mentions} - {None}:
                assert physician_id is not None
                days[physician_id][each.day.toordinal()] += 1
    windows = Windows(clock.clinic_today(TIME_ZONE), calendar.first_day)
    found = set()
    for physician_id, by_day in days.items():
        in_order = sorted(by_day)
        history = History(in_order, list(accumulate(by_day[day] for day in in_order)))
        found.add(status_of(physician_id, history, windows).status)
    wanted = {StatusName.LAPSED, StatusName.BACK, StatusName.NEW, StatusName.STEADY}
    few = ["forty physicians"] if len(days) <= 40 else []
    return [str(each) for each in sorted(wanted - found)] + few


def answers_missing(visits: Sequence[DemoVisit]) -> list[str]:
    """What the year's reports would lack."""
    since = clock.clinic_today(TIME_ZONE) - timedelta(days=365)
    eligible = [each for each in visits if each.newcomer and came(each) and each.day >= since]
    asked = [each.asking for each in eligible if each.asking]
    replies = [each.correction or each.reply for each in asked if each.reply]
    first = Counter(reply.mentions[0].code for reply in replies if reply.mentions)
    answered = sum(first.values())
    channels = {each.channel for each in asked if each.reply}
    earlier = [each for each in visits if each.day < since and each.asking and each.asking.reply]
    holds = {
        "half by friends": 0.45 < first["friend_family"] / answered < 0.55,
        "a quarter by physicians": 0.20 < first["doctor"] / answered < 0.28,
        "a tenth by insurers": 0.07 < first["insurance"] / answered < 0.13,
        "the billboard": first["billboard_route_9"] > 20,
        "words nobody has matched": first[None] > 0,
        "every channel": channels == {Channel.DESK, Channel.KIOSK, Channel.LINK, Channel.CALL, Channel.TEXT},
        "those who don't remember": any(each.outcome == Outcome.DONT_REMEMBER for each in replies),
        "those who rather don't say": any(each.outcome == Outcome.DECLINED for each in replies),
        "those who never replied": any(each.reply is None for each in asked),
        "coverage as in a real practice": 0.75 < len(replies) / len(eligible) < 0.95,
        "the same days a year ago": len(earlier) > 100,
        "an answer that was put right": any(each.correction for each in asked),
        "one that came too late": any(each.late for each in asked),
    }
    return [name for name, there in holds.items() if not there]


def today_missing(visits: Sequence[DemoVisit]) -> list[str]:
    """What a location's desk would lack this very moment."""
    missing = []
    for place in LOCATIONS:
        today = [each for each in visits if each.location == place and each.day == clock.clinic_today(place.time_zone)]
        new = [each for each in today if each.newcomer]
        holds = {
            "somebody who answered": any(each.asking and came(each) for each in new),
            "somebody to ask": any(not each.asking and each.status == "arrived" for each in new),
            "somebody still to come": any(each.status == "scheduled" for each in today),
            "somebody who was here before": len(new) < len(today),
            "visits of this day alone": {clinic_day(each) for each in today} == {clock.clinic_today(place.time_zone)},
            "times that have come": all(each.asking.at < clock.now() for each in new if each.asking),
            "one name a visit": len({each.appointment_id for each in today}) == len(today),
        }
        missing += [f"{name} at {place.code}" for name, there in holds.items() if not there]
    return missing


def came(visit: DemoVisit) -> bool:
    return visit.status in ("arrived", "completed")


def clinic_day(visit: DemoVisit) -> date:
    return clock.clinic_day(visit.at, visit.location.time_zone)
