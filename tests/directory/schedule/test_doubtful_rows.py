"""What can hardly be meant so: a stray day, a time at night, who came on a day to come; and the same file again."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.db import db
from intake.directory.models import Location, Visit
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.plan import Plan
from intake.directory.schedule.uploads import ImportDone
from tests.directory.schedule.sheets import a_file, a_row, rows_of
from tests.making import Make

pytestmark = pytest.mark.usefixtures("that_week")


@pytest.fixture
def clinic(session: Session, make: Make) -> Location:
    return make.location("Riverside", code="MAIN")


def tried(clinic: Location, *rows: dict[str, str], **answers: str) -> tuple[Plan, ImportDone | None]:
    """The plan; an answer is given to the question about that (`times="take them"`)."""
    given: dict[str, str] = {}
    while True:
        plan, came = import_schedule(uploads.read_for(clinic, a_file(*rows), given), clinic, answers=given)
        more = {each.key: answers[each.about.split()[0]] for each in plan.questions if each.about.split()[0] in answers}
        if not more:
            return plan, came
        given |= more


def brought_in(clinic: Location, *rows: dict[str, str], **answers: str) -> Plan:
    plan, came = tried(clinic, *rows, **answers)
    assert came is not None, (plan.errors, plan.questions)
    uploads.keep_import(came, file_name="day.csv", location_id=clinic.id, secret="a secret")
    return plan


def asked(plan: Plan) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.about, each.rows) for each in plan.questions]


def visits() -> list[Any]:
    db.session.expire_all()
    return list(db.session.scalars(select(Visit).order_by(Visit.id)))


def started(*starts: str) -> list[dict[str, str]]:
    return [row | {"Start": start} for row, start in zip(rows_of(len(starts)), starts, strict=True)]


MORNING, NOON, NIGHT = "11/23/2026 9:05 AM", "11/23/2026 1:05 PM", "11/23/2026 12:00 AM"


@pytest.mark.parametrize(
    ("starts", "about"),
    [
        ([MORNING, NOON, MORNING, "11/23/2025 9:05 AM"], [("date", (5,))]),
        ([MORNING, NOON, MORNING, "1/12/26 9:05 AM"], [("date", (5,))]),
        ([MORNING, NOON, MORNING, "05/23/2027 9:05 AM"], []),
        ([MORNING, NOON, NIGHT], [("times", (4,))]),
        ([NIGHT, MORNING, NOON, "11/23/2026 3:00 AM"], [("times", (2, 5))]),
        ([NIGHT, NIGHT, NIGHT, NOON], []),
    ],
)
def test_a_day_or_a_time_unlike_the_others_is_asked_about(clinic: Location, starts: list[str], about: Any) -> None:
    assert asked(tried(clinic, *started(*starts))[0]) == about


def test_what_was_taken_once_is_not_asked_about_again_and_what_was_left_out_is_named(clinic: Location) -> None:
    rows = started(MORNING, NOON, NIGHT)
    plan, _ = tried(clinic, *rows, times="leave them out")
    assert [(each.row, each.reason) for each in plan.left_out] == [(4, "left out, as somebody said: it is at night")]
    brought_in(clinic, *rows, times="take them")
    assert asked(tried(clinic, *rows[:2], rows[2] | {"Provider": "Lind, Ada NP"})[0]) == []


@pytest.mark.parametrize("status", ["Completed", "No Show", "Checked In"])
def test_nobody_has_come_on_a_day_that_is_still_to_come(clinic: Location, status: str) -> None:
    plan = brought_in(clinic, a_row(start="11/30/2026 9:05 AM", status=status))
    (visit,) = visits()
    assert (visit.status, visit.arrived_at) == ("scheduled", None)
    assert "11/30/2026, which is still to come" in str(plan.warnings[0])
    brought_in(clinic, a_row(start="11/30/2026 9:05 AM", status="Cancelled"))
    brought_in(clinic, a_row(start="11/30/2026 9:05 AM", status=status, provider="Lind, Ada NP"))
    assert visits()[0].status == "cancelled"


def test_the_very_file_again_takes_nothing_back_unless_somebody_says_so(clinic: Location) -> None:
    first, later = rows_of(2), rows_of(2)
    later[0] |= {"Start": "11/24/2026 9:05 AM", "Last Name": "Berg"}
    later[1] |= {"Status": "Cancelled"}
    brought_in(clinic, *first)
    assert "This very file" in " ".join(tried(clinic, *first)[0].notes)
    brought_in(clinic, *later)
    plan, _ = tried(clinic, *first)
    assert asked(plan) == [("this very file", (2, 3))]
    assert "brought in on 11/22/2026 at 07:00 AM already; changed since then: 2 visits" in plan.questions[0].found
    plan, _ = tried(clinic, *first, this="leave them as they are")
    assert plan.changes_nothing
    assert [(each.status, each.patient.last_name[:4]) for each in visits()] == [
        ("scheduled", "Berg"), ("cancelled", "Cruz")
    ]  # fmt: skip
    brought_in(clinic, *first, this="set them back to this file")
    assert [(each.status, each.patient.last_name[:4]) for each in visits()] == [("scheduled", "Cruz")] * 2


def test_what_a_location_is_called_in_files_is_remembered_for_that_location(clinic: Location, make: Make) -> None:
    other = make.location("Northgate", code="NORTH")
    data = a_file(a_row(appt_id="B1")).replace(b"Provider,", b"Facility,").replace(b'"Chen, Wei MD"', b"NGATE-2")
    (question,) = uploads.read_for(clinic, data).questions
    assert (question.about, question.choices) == ("location name", ("Riverside", "leave them out"))
    uploads.learn_answers([question], {question.key: "Riverside"}, clinic, staff_id=None)
    assert uploads.read_for(clinic, data).questions == []
    # At another location it is still unknown.
    assert [each.about for each in uploads.read_for(other, data).questions] == ["location name"]
