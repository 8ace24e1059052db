"""The upload page: nothing happens before it is confirmed, and what is wrong is told by row and column."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from intake import clock
from intake.accounts.models import AuditEntry
from intake.db import db
from intake.directory.models import Location, Visit
from intake.directory.schedule.models import ScheduleUpload
from tests.directory.schedule.sheets import a_file, a_row, as_csv, as_xlsx, rows_of, table
from tests.making import Make

pytestmark = pytest.mark.usefixtures("that_week")


@pytest.fixture
def clinic(app: Any, make: Make) -> Location:
    return make.location("Riverside")


@pytest.fixture
def desk(client: Any, make: Make, sign_in: Any, clinic: Location) -> Any:
    """The front desk of `clinic`, signed in."""
    sign_in(client, make.staff("front_desk", locations=[clinic]))
    return client


def send(client: Any, location: Location, data: bytes, name: str = "schedule.csv") -> TestResponse:
    return client.post("/schedule", data={"location_id": location.id, "file": (io.BytesIO(data), name)})


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def visit_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def test_a_file_is_previewed_confirmed_and_done(desk: Any, clinic: Location) -> None:
    sent = send(desk, clinic, a_file(*rows_of(3), a_row(appt_id="B1", mrn="B1", first_name="<b>Ana")))
    assert sent.status_code == 303
    shown = desk.get(sent.location)
    assert "Import 4 visits" in text(shown)
    assert "&lt;b&gt;Ana" in shown.get_data(as_text=True)
    assert visit_count() == 0
    done = desk.post(sent.location)
    assert done.status_code == 303
    assert "The schedule is in" in text(desk.get(done.location))
    assert visit_count() == 4
    assert "schedule.csv" in text(desk.get("/schedule"))


def test_confirming_twice_imports_once(desk: Any, clinic: Location) -> None:
    address = send(desk, clinic, a_file(*rows_of(2))).location
    desk.post(address)
    again = desk.post(address)
    assert again.status_code == 303
    assert visit_count() == 2
    kept = db.session.scalars(select(ScheduleUpload)).one()
    assert kept.counts == {"read": 2, "added": 2, "changed": 0, "unchanged": 0, "cancelled": 0}


def test_the_preview_says_what_changes(desk: Any, clinic: Location) -> None:
    desk.post(send(desk, clinic, a_file(a_row())).location)
    later = a_row(status="Arrived", start="11/22/2026 10:30 AM", last_name="Delgado")
    shown = text(desk.get(send(desk, clinic, a_file(later)).location))
    assert "status: scheduled → arrived" in shown
    assert "time: 9:05 am → 10:30 am" in shown
    assert "last name: Cruz → Delgado" in shown
    same = text(desk.get(send(desk, clinic, a_file(a_row())).location))
    assert "Everything in this file is here already" in same
    assert "Import 1 visit" not in same


def test_what_can_be_read_is_imported_only_when_somebody_says_so(desk: Any, clinic: Location) -> None:
    rows = rows_of(20)
    rows[15]["DOB"] = "31/02/1990"
    address = send(desk, clinic, a_file(*rows)).location
    shown = text(desk.get(address))
    assert "One row can’t be read" in shown
    assert "17 DOB “31/02/1990” a day that exists" in shown
    assert "Import 19 visits without this row" in shown
    assert desk.post(address).status_code == 422
    assert visit_count() == 0
    assert desk.post(address, data={"wrong_rows": "left out"}).status_code == 303
    assert visit_count() == 19


def test_words_for_types_are_taught_on_the_page(desk: Any, clinic: Location) -> None:
    rows = rows_of(3)
    rows[0]["Visit Type"], rows[1]["Visit Type"] = "EVLT", "Sclero"
    address = send(desk, clinic, a_file(*rows)).location
    shown = text(desk.get(address))
    assert "2 questions first" in shown
    assert "Import 3 visits" not in shown
    assert desk.post(address).status_code == 422
    answers = {"question": ["visit type: evlt", "visit type: sclero"], "choice": ["established", "new"]}
    told = desk.post(f"{address}/answers", data=answers)
    assert "Import 3 visits" in text(desk.get(told.location))
    desk.post(address)
    assert sorted(db.session.scalars(select(Visit.visit_type))) == ["established", "new", "new"]
    assert "Import 3 visits" in text(
        desk.get(send(desk, clinic, a_file(*(row | {"Appt ID": row["Appt ID"] + "b"} for row in rows))).location)
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty file"),
        (b"%PDF-1.7", "a PDF"),
        (b"hello", "no column title that Intake knows"),
        (as_csv(table([])), "column titles and no appointments"),
        (b"PK\x03\x04....", "damaged"),
    ],
)
def test_what_is_no_schedule_is_told_on_the_upload_page(desk: Any, clinic: Location, data: bytes, said: str) -> None:
    refused = send(desk, clinic, data)
    page = text(refused if refused.status_code == 422 else desk.get(refused.location))
    assert said in page
    assert visit_count() == 0


def test_no_file_at_all_is_told(desk: Any, clinic: Location) -> None:
    refused = desk.post("/schedule", data={"location_id": clinic.id})
    assert refused.status_code == 422
    assert "Choose the file first." in text(refused)


def test_a_workbook_and_utf_16_come_in_by_the_page_too(desk: Any, clinic: Location) -> None:
    desk.post(send(desk, clinic, as_xlsx(table(rows_of(2))), name="renamed.csv").location)
    shown = text(desk.get(send(desk, clinic, as_csv(table(rows_of(2)), encoding="utf-16")).location))
    assert visit_count() == 2
    assert "Everything in this file is here already" in shown


def test_a_file_beyond_the_limit_gets_a_kind_page(desk: Any, clinic: Location) -> None:
    refused = send(desk, clinic, b"x" * (26 * 1024 * 1024))
    assert refused.status_code == 413
    assert "That is too large" in text(refused)


def test_the_file_is_kept_unreadable_and_forgotten(desk: Any, clinic: Location) -> None:
    address = send(desk, clinic, a_file(a_row(last_name="Canaryname"))).location
    kept = db.session.scalars(select(ScheduleUpload)).one()
    assert kept.content is not None
    assert b"Canaryname" not in kept.content
    desk.post(address)
    db.session.expire_all()
    assert db.session.scalars(select(ScheduleUpload.content)).one() is None


def test_a_file_of_yesterday_has_to_be_chosen_again(desk: Any, clinic: Location) -> None:
    address = send(desk, clinic, a_file()).location
    kept = db.session.scalars(select(ScheduleUpload)).one()
    kept.uploaded_at = clock.now() - timedelta(hours=25)
    fresh = send(desk, clinic, a_file()).location
    assert fresh != address
    for visit_again in (desk.get, desk.post):
        response = visit_again(address)
        assert response.status_code == 303
        assert "That file is no longer kept here" in text(desk.get(response.location))
    assert visit_count() == 0


def test_discarding_forgets_the_file(desk: Any, clinic: Location) -> None:
    address = send(desk, clinic, a_file()).location
    assert desk.post(f"{address}/discard").status_code == 303
    assert db.session.scalars(select(ScheduleUpload.content)).one() is None
    assert desk.post(address).status_code == 303
    assert visit_count() == 0


def test_another_locations_schedule_is_out_of_reach(desk: Any, clinic: Location, make: Make, sign_in: Any) -> None:
    other = make.location("Northside")
    assert send(desk, other, a_file()).status_code == 422
    address = send(desk, clinic, a_file()).location
    stranger = desk.application.test_client()
    sign_in(stranger, make.staff("front_desk", locations=[other]))
    missing = stranger.get("/schedule/999999")
    for response in (stranger.get(address), stranger.post(address), stranger.post(f"{address}/discard")):
        assert response.status_code == 404
    assert re.sub(r'nonce="[^"]+"|value="[^"]+"', "", stranger.get(address).get_data(as_text=True)) == re.sub(
        r'nonce="[^"]+"|value="[^"]+"', "", missing.get_data(as_text=True)
    )
    assert visit_count() == 0


def test_a_preview_is_a_reading_of_personal_data(committed_app: Any, make: Make, sign_in: Any) -> None:
    clinic = make.location("Riverside")
    client = committed_app.test_client()
    sign_in(client, make.staff("front_desk", locations=[clinic]))
    here = committed_app.config["SETTINGS"].public_url
    sent = {"location_id": clinic.id, "file": (io.BytesIO(a_file()), "schedule.csv")}
    client.get(client.post("/schedule", data=sent, base_url=here).location, base_url=here)
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["schedule.uploaded", "schedule.preview"]


def test_an_import_is_taken_back_on_its_page(desk: Any, clinic: Location) -> None:
    address = send(desk, clinic, a_file(*rows_of(3))).location
    assert "Riverside, Sun, Nov 22" in text(desk.get(address))
    assert desk.post(f"{address}/undo").status_code == 303
    desk.post(address)
    assert "Wrong day or wrong location" in text(desk.get(address))
    told = desk.get(desk.post(f"{address}/undo").location)
    assert "3 visits removed" in text(told)
    assert "(taken back)" in text(told)
    assert visit_count() == 0
    assert "This import was taken back" in text(desk.get(address))
    assert "can’t be taken back any more" in text(desk.get(desk.post(f"{address}/undo").location))


def test_looking_at_a_preview_reads_no_file_again(desk: Any, clinic: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    address = send(desk, clinic, a_file(*rows_of(3))).location
    monkeypatch.setattr("intake.directory.schedule.uploads.read_schedule", None)
    assert "Import 3 visits" in text(desk.get(address))
    assert desk.post(address).status_code == 303
    assert visit_count() == 3


def test_a_forged_confirmation_is_refused(desk: Any, clinic: Location) -> None:
    address = send(desk, clinic, a_file()).location
    assert desk.post(address, forged=True).status_code == 400
    assert visit_count() == 0


@pytest.mark.parametrize(("role", "status"), [("liaison", 403), ("manager", 200), ("administrator", 200)])
def test_who_may_bring_a_schedule_in(client: Any, make: Make, sign_in: Any, role: str, status: int) -> None:
    sign_in(client, make.staff(role))
    assert client.get("/schedule").status_code == status


def test_somebody_without_a_location_is_told(client: Any, make: Make, sign_in: Any) -> None:
    sign_in(client, make.staff("front_desk", locations=[]))
    assert "You work at no location yet" in text(client.get("/schedule"))
