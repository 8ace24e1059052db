"""`flask visits import`: what it prints, how it exits, that it does all or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from intake.db import db
from intake.directory.models import Patient, Visit
from tests.directory.schedule.sheets import a_file, a_row, as_csv, as_xlsx, rows_of, table
from tests.making import Make

pytestmark = pytest.mark.usefixtures("that_week")


@pytest.fixture
def run(app: Flask, make: Make, tmp_path: Path) -> Any:
    """run(data, *options) on a location with the code MAIN."""
    make.location("Riverside", code="MAIN")
    make.location("Northside", code="NORTH")
    db.session.commit()
    runner = app.test_cli_runner()

    def command(data: bytes, *options: str, name: str = "schedule.csv") -> Any:
        path = tmp_path / name
        path.write_bytes(data)
        return runner.invoke(args=["visits", "import", str(path), "--location", "main", *options])

    return command


def number_of(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_says_what_it_did(run: Any) -> None:
    result = run(a_file(*rows_of(3)))
    assert result.exit_code == 0
    assert result.stdout == "3 visits read for Riverside: 3 added, 0 changed, 0 unchanged.\n"
    assert number_of(Visit) == 3
    assert "3 unchanged" in run(a_file(*rows_of(3))).stdout


def test_a_file_that_is_wrong_in_row_17_imports_nothing_and_says_where(run: Any) -> None:
    rows = rows_of(20)
    rows[15]["DOB"] = "31/02/1990"
    result = run(a_file(*rows))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Nothing was imported.",
        "Row 17, DOB: found “31/02/1990”; expected a day that exists, month first, such as 11/22/1968.",
        "The sound rows can be imported without these with --skip-wrong.",
    ]
    assert (number_of(Visit), number_of(Patient)) == (0, 0)


def test_json_says_what_became_of_every_row(run: Any) -> None:
    data = as_csv([["Schedule"], *table(rows_of(2)), ["", "", "", "LUNCH"], list(a_row(appt_id="B1").values())])
    done = run(data, "--json")
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "added": 3,
        "changed": 0,
        "unchanged": 0,
        "rows": [
            {"row": 3, "appointment_id": "A1", "became": "added"},
            {"row": 4, "appointment_id": "A2", "became": "added"},
            {"row": 6, "appointment_id": "B1", "became": "added"},
        ],
        "left_out": [
            {"row": 1, "reason": "a line above the column titles"},
            {"row": 5, "reason": "no patient's appointment: lunch"},
        ],
        "wrong": [],
        "questions": [],
        "notes": [
            {"row": None, "column": None, "found": "", "note": "The column titles were found in row 2."},
            {"row": None, "column": None, "found": "", "note": "Left out as nobody’s appointment: row 5."},
        ],
    }


def test_json_of_a_file_with_a_wrong_row_and_of_its_sound_rows(run: Any) -> None:
    rows = rows_of(3)
    rows[1]["DOB"] = "31/02/1990"
    failed = run(a_file(*rows), "--json")
    wrong = [
        {
            "row": 3,
            "column": "DOB",
            "found": "31/02/1990",
            "expected": "a day that exists, month first, such as 11/22/1968",
        }
    ]
    assert failed.exit_code == 1
    assert json.loads(failed.stdout) == {
        "added": 0, "changed": 0, "unchanged": 0, "rows": [], "left_out": [], "wrong": wrong, "questions": [],
            "notes": [],
    }  # fmt: skip
    assert number_of(Visit) == 0
    skipped = run(a_file(*rows), "--json", "--skip-wrong")
    assert skipped.exit_code == 0
    told = json.loads(skipped.stdout)
    assert (told["added"], told["wrong"], [row["row"] for row in told["rows"]]) == (2, wrong, [2, 4])
    assert number_of(Visit) == 2


@pytest.mark.parametrize(
    "answer",
    ["established", "Not new=Established", "2=established", "row 2=established", "visit type=established",
     "visit type:Not new=established", "visit type: Not new: established"],
)  # fmt: skip
def test_a_question_is_answered_on_the_command_line(run: Any, answer: str) -> None:
    data = a_file(a_row(visit_type="Not new"))
    asked = run(data, "--json")
    assert asked.exit_code == 1
    assert json.loads(asked.stdout)["questions"] == [
        {"row": 2, "about": "visit type", "found": "Not new", "choices": ["new", "established"]}
    ]
    assert number_of(Visit) == 0
    assert run(data, "--answer", "status=established").exit_code == 1
    assert run(data, "--answer", answer).exit_code == 0
    assert db.session.scalars(select(Visit.visit_type)).all() == ["established"]
    # What a word means is remembered.
    assert run(a_file(a_row(appt_id="A2", visit_type="not  NEW"))).exit_code == 0


def test_a_dry_run_changes_nothing(run: Any) -> None:
    assert "2 to add" in run(a_file(*rows_of(2)), "--dry-run").stdout
    assert number_of(Visit) == 0


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_other_encodings_and_workbooks_with_the_wrong_name_are_imported(run: Any, encoding: str) -> None:
    assert run(as_csv(table(rows_of(2)), encoding=encoding)).exit_code == 0
    assert "2 unchanged" in run(as_xlsx(table(rows_of(2))), name="really.csv").stdout


def test_a_file_that_is_too_large_is_refused_unread(run: Any, app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    result = app.test_cli_runner().invoke(args=["visits", "import", str(path), "--location", "MAIN"])
    assert result.exit_code == 1
    assert "Found a file of 200 MB; expected at most 25 MB." in result.stderr


def test_what_is_no_file_or_no_location_is_told(run: Any, app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    gone = runner.invoke(args=["visits", "import", str(tmp_path / "gone.csv"), "--location", "MAIN"])
    folder = runner.invoke(args=["visits", "import", str(tmp_path), "--location", "MAIN"])
    nowhere = runner.invoke(args=["visits", "import", str(tmp_path), "--location", "SOUTH"])
    assert [each.exit_code for each in (gone, folder, nowhere)] == [1, 1, 1]
    assert "can't be read: No such file" in gone.stderr
    assert "no ordinary file" in folder.stderr
    assert "no location with the code SOUTH. Codes: MAIN, NORTH." in nowhere.stderr


def test_a_word_for_a_type_can_be_taught(run: Any, app: Flask) -> None:
    data = a_file(a_row(visit_type="EVLT"))
    assert "--answer 'EVLT=new'" in run(data).stderr
    app.test_cli_runner().invoke(args=["visits", "type", "evlt", "established"])
    assert run(data).exit_code == 0
