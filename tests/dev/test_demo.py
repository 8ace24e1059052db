"""The demo practice tells the story it promises, counts like a real one, and never mixes with a real one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from intake import clock
from intake.attribution.costs.models import Spend
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.dimensions.visit_fields import CHANNEL
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import PhysiciansRequest
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import listing
from intake.attribution.referrers.status import StatusName
from intake.attribution.totals.report import Totals, totals
from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.dev.demo.people import PASSWORD, PEOPLE
from intake.directory.models import Location, Patient, Physician, Practice, Visit
from intake.directory.npi.number import is_npi
from intake.directory.physician_search.search import search_physicians
from intake.survey.models import Answer, View
from tests.making import Make

# A day on which nobody had come back, and one that has begun in New York but not in Chicago.
MADE_AT = {
    "sqlite": datetime(2026, 11, 29, 17, tzinfo=UTC),
    "postgresql": datetime(2027, 3, 1, 5, 30, tzinfo=UTC),
}


@pytest.fixture
def seed(app: Flask) -> Any:
    return lambda *words: app.test_cli_runner().invoke(args=["seed-demo", *words])


def places() -> list[int]:
    return list(db.session.scalars(select(Location.id)))


def totals_of(period: Period, by: Dimension) -> Totals:
    return totals(period=period, view=View.PRIMARY, by=by, location_ids=places())


def of_year(by: Dimension) -> Totals:
    today = clock.clinic_today("America/New_York")
    return totals_of(Period(today - timedelta(days=365), today), by)


def visits_today() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for place in db.session.scalars(select(Location)):
        today = clock.clinic_today(place.time_zone)
        query = select(Visit.status).where(Visit.location_id == place.id, Visit.visit_date == today)
        found[place.code] = set(db.session.scalars(query))
    return found


# One walk through the whole of it: making a year of visits takes several seconds, so it is made once a database.
# What other days and hours would make of it is planned in test_demo_plan.py.
def test_a_year_that_adds_up_with_today_in_it(seed: Any, kind: str) -> None:
    with time_machine.travel(MADE_AT[kind], tick=False):
        adds_up(seed)


@pytest.mark.on("sqlite")
@pytest.mark.everything
@pytest.mark.parametrize("moment", ["2026-11-01T05:30", "2026-12-31T23:30", "2028-02-29T12:00"])
def test_it_adds_up_on_odd_days(seed: Any, moment: str) -> None:
    with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=False):
        adds_up(seed)


def adds_up(seed: Any) -> None:
    made = json.loads(seed("--json").output)
    assert made["made"] is True
    assert {each["password"] for each in made["people"]} == {PASSWORD}
    assert {each["role"] for each in made["people"]} == {"front desk", "manager", "liaison", "administrator"}
    assert made["tablet"]["pairing_code"]

    assert not compare_ledger().wrong
    report = of_year(SOURCE)
    shares = {line.name.key: line.share or 0 for line in report.rolled_up}
    assert shares["friend_family"] == pytest.approx(0.50, abs=0.04)
    assert shares["doctor"] == pytest.approx(0.24, abs=0.03)
    assert shares["insurance"] == pytest.approx(0.10, abs=0.03)
    assert 0.75 < (report.coverage.share or 0) < 0.95
    assert report.coverage.awaiting and report.coverage.declined and report.coverage.dont_remember
    assert {line.name.key for line in report.lines} >= {"billboard_route_9", "-unmatched"}
    assert len([line for line in of_year(PHYSICIAN).lines if line.name.npi]) > 40
    assert {line.name.key for line in of_year(CHANNEL).lines} == {"desk", "kiosk", "link", "call", "text"}

    assert all(statuses >= {"arrived", "scheduled"} for statuses in visits_today().values())
    for npi in db.session.scalars(select(Physician.npi)):
        assert npi is not None and npi.startswith("2") and is_npi(npi)
    somebody = db.session.scalars(select(Physician).order_by(Physician.id)).first()
    assert somebody is not None
    hits = search_physicians(f"{somebody.first_name} {somebody.last_name}")
    assert somebody.id in {hit.physician_id for hit in hits}
    phones = set(db.session.scalars(select(Patient.mobile_e164).where(Patient.mobile_e164.is_not(None))))
    assert {phone[5:10] for phone in phones if phone} == {"55501"}

    today = clock.clinic_today("America/New_York")
    assert totals_of(Period(today - timedelta(days=420), today - timedelta(days=365)), SOURCE).coverage.answered
    spent = {(row.source_id, row.month) for row in db.session.scalars(select(Spend))}
    assert len({month for _, month in spent}) >= 14
    assert today.replace(day=1) in {month for _, month in spent}
    found = records(today=today, location_ids=places(), lists=lists_as_of_now())
    standings = {row.standing.status for row in listing(found, PhysiciansRequest()).rows}
    assert standings >= {StatusName.LAPSED, StatusName.BACK, StatusName.NEW, StatusName.STEADY}

    before = db.session.scalar(select(func.count(Visit.id)))
    again = seed()
    assert again.exit_code == 0
    assert "today is filled in" in again.output
    assert db.session.scalar(select(func.count(Visit.id))) == before
    assert len({each.email for each in PEOPLE}) == len(PEOPLE)


def test_a_real_practice_is_left_alone(seed: Any, make: Make) -> None:
    make.practice(name="Larkfield Vein Clinic")
    db.session.commit()
    refused = seed()
    assert refused.exit_code == 2
    assert "This database holds a real practice" in refused.output
    assert db.session.scalar(select(func.count(Answer.id))) == 0
    assert db.session.scalar(select(func.count(Practice.id))) == 1
