"""`flask totals`, and the proof that the ledger says what the answers say."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.attribution.verify.ledger import compare_ledger
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CoverageEntry, CreditEntry, View
from intake.survey.recording.record_answer import NewMention, withdraw_answer
from tests.making import Make

DAY = date(2026, 5, 12)
MAY = ["--from", "2026-05-01", "--to", "2026-05-31"]


@pytest.fixture
def run(app: Flask) -> Any:
    return lambda *words: app.test_cli_runner().invoke(args=["totals", *words])


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    clinic = make.location("Riverside", code="RIV")
    sources, physician = make.sources(), make.physician("Okonjo", "Ada", city="TROY")
    doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
    make.answer(make.visit(clinic, day=DAY), doctor, sources["facebook"], sources["tv"])
    make.answer(make.visit(clinic, day=DAY), doctor)
    make.answer(make.visit(clinic, day=DAY), outcome="declined")
    make.visit(clinic, day=DAY)
    clinic.physician = physician
    session.commit()
    return clinic


def test_the_table_says_period_view_coverage_and_sum(clinic: Any, run: Any) -> None:
    found = run(*MAY)
    assert found.exit_code == 0
    assert "2026-05-01 to 2026-05-31, by source, view primary" in found.output
    assert "Eligible 4 = answered 2 + don't remember 0 + declined 1 + no reply yet 0 + not asked 1" in found.output
    assert "Coverage 50.0%." in found.output
    assert found.output.splitlines()[-1].split()[:3] == ["Answered", "visits", "2"]


@pytest.mark.parametrize("by", list(BY_KEY))
@pytest.mark.parametrize("view", [str(view) for view in View])
def test_json_adds_up_exactly(clinic: Any, run: Any, by: str, view: str) -> None:
    found = run(*MAY, "--by", by, "--view", view, "--json")
    data = json.loads(found.output)
    assert (data["from"], data["to"], data["view"], data["by"]) == ("2026-05-01", "2026-05-31", view, by)
    assert data["coverage"] == {
        "eligible": 4,
        "asked": 3,
        "answered": 2,
        "dont_remember": 0,
        "declined": 1,
        "not_asked": 1,
        "awaiting": 0,
        "coverage": 0.5,
    }
    exact = sum(Fraction(row["credit_exact"]) for row in data["rows"])
    assert exact == Fraction(data["total_units"], data["units_per_visit"])
    assert sum(row["units"] for row in data["rows"]) == data["total_units"]
    assert exact >= 2 if view == "any" else exact == 2


def test_json_names_physicians_by_npi_and_sources_by_code(clinic: Any, run: Any) -> None:
    physicians = json.loads(run(*MAY, "--by", "physician", "--json").output)["rows"]
    assert physicians[0]["npi"] == clinic.physician.npi
    assert physicians[0]["label"] == "Ada Okonjo, MD"
    sources = json.loads(run(*MAY, "--view", "fractional", "--json").output)
    credits = {row["code"]: row["credit_exact"] for row in sources["rows"]}
    assert credits == {"doctor": "4/3", "facebook": "1/3", "tv": "1/3"}
    assert {row["code"]: row.get("parent") for row in sources["rows"]}["facebook"] == "social_media"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from", "2026-02-30"], "is not a day of the calendar"),
        (["--from", "2026-05-02", "--to", "2026-05-01"], "Swap them"),
        (["--location", "XX"], "There is no location 'XX'. Locations: RIV."),
        (["--by", "weather"], "is not one of"),
        (["--view", "loudest"], "is not one of"),
    ],
)
def test_what_makes_no_sense_ends_with_a_sentence_and_status_2(
    clinic: Any, run: Any, words: list[str], sentence: str
) -> None:
    found = run(*words)
    assert found.exit_code == 2
    assert sentence in found.output
    assert "Traceback" not in found.output


def test_one_location_alone(clinic: Any, run: Any, make: Make) -> None:
    other = make.location("Elsewhere", code="ELS")
    make.answer(make.visit(other, day=DAY), make.sources()["tv"])
    assert json.loads(run(*MAY, "--location", "els", "--json").output)["total"] == 1
    assert json.loads(run(*MAY, "--location", "RIV", "--json").output)["total"] == 2
    assert json.loads(run(*MAY, "--json").output)["total"] == 3


def test_a_ledger_kept_by_the_doors_needs_no_repair(clinic: Any, run: Any, make: Make) -> None:
    sources, asker = make.sources(), make.staff(locations=[clinic])
    corrected, withdrawn = make.visit(clinic, day=DAY), make.visit(clinic, day=DAY)
    make.answer(corrected, sources["tv"], staff=asker)
    make.answer(corrected, sources["doctor"], staff=asker, corrects=True)
    make.answer(corrected, sources["mail"], channel="kiosk")
    make.answer(withdrawn, sources["tv"])
    withdraw_answer(visit_id=withdrawn.id, submission_id="b" * 36, staff_id=asker.id)
    found = run("verify")
    assert found.exit_code == 0
    assert "The ledger agrees with the answers." in found.output
    assert compare_ledger().figures > 10


def test_a_wrong_ledger_is_found_named_and_repaired(clinic: Any, run: Any, session: Session, make: Make) -> None:
    visit = make.visit(clinic, day=DAY)
    key = {"visit_id": visit.id, "day": DAY, "location_id": clinic.id}
    units = {"primary_units": UNIT, "any_units": UNIT, "fractional_units": UNIT}
    session.execute(insert(CreditEntry).values(**key, channel="desk", **units))
    session.execute(insert(CoverageEntry).values(**key, eligible=-1))
    session.commit()
    assert {(each.key["visit_id"], each.column) for each in compare_ledger().wrong} == {
        (visit.id, "primary_units"),
        (visit.id, "any_units"),
        (visit.id, "fractional_units"),
        (visit.id, "eligible"),
    }
    found = run("verify", "--json")
    assert (found.exit_code, json.loads(found.output)["holds"]) == (1, False)
    assert "should be 0" in run("verify").output
    mended = run("verify", "--repair")
    assert mended.exit_code == 0
    assert "Repaired with" in mended.output
    assert not compare_ledger().wrong
