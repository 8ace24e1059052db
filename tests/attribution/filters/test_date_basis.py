"""A new patient counted on the day of their first visit, or on the day the answer was given."""

import csv
import io
import re
from datetime import date, time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.drilldown.counting import Counted, counted
from intake.attribution.drilldown.figures import Figure
from intake.attribution.drilldown.visits import visit_rows
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.calendar import DAY, MONTH, WEEK
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.totals.messages import BASIS_WORDS
from intake.attribution.totals.report import totals
from intake.attribution.totals.sums import sums_on
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from tests.making import Make

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
ZONE = "America/New_York"


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    """One patient came in March, again in April, and answered after the second visit, late in the evening."""
    clinic, sources = make.location("Riverside", time_zone=ZONE), make.sources()
    patient = make.patient()
    make.visit(clinic, day=date(2026, 3, 30), patient=patient, visit_type="established")
    visit = make.visit(clinic, day=date(2026, 4, 2), patient=patient)
    # 23:30 in New York is the next day in Greenwich.
    evening = clock.from_wall_clock(date(2026, 4, 30), time(23, 30), ZONE)
    make.answer(visit, sources["tv"], sources["radio"], answered_at=evening)
    make.visit(clinic, day=date(2026, 4, 3))
    return clinic


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize(
    ("basis", "march", "april"), [(Basis.VISIT, 1, 0), (Basis("first-visit"), 1, 0), (Basis.ANSWERED, 0, 1)]
)
def test_the_same_answer_counts_on_the_day_that_was_chosen(
    clinic: Any, view: View, basis: Basis, march: int, april: int
) -> None:
    for period, count in ((MARCH, march), (APRIL, april)):
        report = totals(period=period, view=view, by=SOURCE, location_ids={clinic.id}, basis=basis)
        assert report.coverage.answered == count
        assert report.holds and report.basis == basis
        assert {line.name.key for line in report.lines if line.units} == ({"tv", "radio"} if count else set()) or (
            view == View.PRIMARY and len(report.lines) <= 2
        )


def test_days_are_those_of_the_clinic_and_of_that_basis(clinic: Any) -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    days = {
        basis: sums_on(basis, location_ids={clinic.id}, lists=lists_as_of_now()).credit(
            year, by=DAY, view=View.FRACTIONAL
        )
        for basis in Basis
    }
    assert days == {
        Basis.VISIT: {date(2026, 3, 30): UNIT},
        Basis.ANSWERED: {date(2026, 4, 30): UNIT},
    }


def test_who_never_answered_has_no_day_of_an_answer(clinic: Any) -> None:
    def eligible(basis: Basis) -> int:
        sums = sums_on(basis, location_ids={clinic.id}, lists=lists_as_of_now())
        return sums.coverage(APRIL).eligible

    assert [eligible(basis) for basis in Basis] == [1, 1]


@pytest.mark.parametrize("by", [each for each in DIMENSIONS if each not in (WEEK, MONTH)], ids=str)
@pytest.mark.parametrize("basis", [Basis.VISIT, Basis.ANSWERED])
def test_the_visits_behind_each_figure_are_the_figure(clinic: Any, basis: Basis, by: Dimension) -> None:
    period, lists = (MARCH if basis == Basis.VISIT else APRIL), lists_as_of_now()
    for view in View:
        report = totals(period=period, view=view, by=by, location_ids={clinic.id}, basis=basis)
        assert report.holds and report.coverage.answered == 1
        for line in report.lines:
            figure = Figure(period, frozenset({clinic.id}), view, by, line.name.key, basis=basis)
            rows = visit_rows(figure, lists, names=True, limit=50)
            assert counted(figure, lists) == Counted(len(rows), line.units)
            assert sum(row.units or 0 for row in rows) == line.units
    for measure, name in (("eligible", "eligible"), ("answered", "answered"), ("not-asked", "not_asked")):
        figure = Figure(period, frozenset({clinic.id}), View.PRIMARY, None, measure, basis=basis)
        assert len(visit_rows(figure, lists, names=True, limit=50)) == getattr(report.coverage, name)


PAGES = ("", "&by=source", "&by=month&view=any", "&by=staff", "&by=location&leaving=yes")
BESIDE = ("/reports/trust", "/reports/costs", "/reports/compare?of=source", "/reports/compare?of=period")


@pytest.mark.parametrize("basis", list(Basis))
def test_every_page_keeps_and_names_the_day_that_counts(
    client: FlaskClient, sign_in: Any, make: Make, clinic: Any, basis: Basis
) -> None:
    sign_in(client, make.staff("manager", locations=[clinic]))
    chosen = {"basis": str(basis)} if basis != Basis.VISIT else {}
    own = f"&basis={basis}" if chosen else ""
    for page in [*(f"/reports?{each}" for each in PAGES), *BESIDE]:
        address = f"{page}{'&' if '?' in page else '?'}from=2026-03-01&to=2026-04-30{own}"
        html = client.get(address).get_data(as_text=True)
        assert BASIS_WORDS[basis] in html, address
        links = [unescape(each) for each in re.findall(r'href="(/reports\?[^"]*from=[^"]*)"', html)]
        kept = [each for each in links if parse_qs(urlsplit(each).query).get("basis") == list(chosen.values())]
        # The one way back to the day of visit is the exception.
        assert len(links) - len(kept) <= 1 or not chosen, address
    listed = client.get(f"/reports/rows?by=source&key=tv&from=2026-03-01&to=2026-04-30{own}").get_data(as_text=True)
    assert BASIS_WORDS[basis].capitalize() in listed
    assert "1 visit with credit here, adding up to 1" in listed


@pytest.mark.parametrize(("basis", "visits"), [("visit", 1), ("first-visit", 1), ("answered", 0)])
def test_files_count_as_the_page_and_say_so(
    client: FlaskClient, sign_in: Any, make: Make, clinic: Any, basis: str, visits: int
) -> None:
    sign_in(client, make.staff("manager", locations=[clinic]))
    march = f"from=2026-03-01&to=2026-03-31&basis={basis}"
    for of in (f"/reports?by=source&{march}", f"/reports/rows?by=source&key=tv&{march}"):
        answer = client.get("/reports/file.csv", query_string={"of": of})
        header, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
        assert len(rows) == visits
        assert {row[header.index("Counted")] for row in rows} <= {BASIS_WORDS[Basis(basis)]}
        assert client.get("/reports/file.xlsx", query_string={"of": of}).status_code == 200


def test_no_such_day_to_count_on(client: FlaskClient, sign_in: Any, make: Make, clinic: Any) -> None:
    sign_in(client, make.staff("manager", locations=[clinic]))
    assert client.get("/reports?basis=birthday").status_code == 404
