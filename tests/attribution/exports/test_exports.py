"""Files of report pages, reopened with other programs: the page's own numbers, its filters, and nothing that acts."""

import io
import re
import zipfile
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import AuditEntry
from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.attribution.tables import pdf_writer
from intake.attribution.tables.table import Column, ReportTables, Table
from intake.attribution.tables.xlsx_writer import TooManyRows, fitting, xlsx_file
from intake.db import db
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from intake.web.ui import pdf
from tests.clients import Client
from tests.making import Make
from tests.report_files import lines_of, pdf_text, sheets_of, take

MAY = "from=2026-05-01&to=2026-05-31"
DAY = date(2026, 5, 12)


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    location = make.location("Riverside")
    staff = make.staff("manager", locations=[location])
    staff.place, staff.sources = location, make.sources()
    sign_in(client, staff)
    return staff


def some_answers(make: Make, manager: Any) -> Any:
    physician = make.physician("Osei", "Ama", phone="5185550142")
    doctor = NewMention(manager.sources["doctor"].id, physician_id=physician.id)
    for mentions in (
        (doctor, manager.sources["tv"], manager.sources["mail"]),
        (doctor,),
        (manager.sources["facebook"],),
    ):
        make.answer(make.visit(manager.place, day=DAY), *mentions, staff=manager)
    make.visit(manager.place, day=DAY)
    return physician


@pytest.mark.parametrize(
    ("by", "view"), [(key, "fractional") for key in BY_KEY] + [("source", str(view)) for view in View]
)
def test_the_workbook_of_every_cut_carries_the_numbers_of_its_csv(
    manager: Any, client: Client, make: Make, by: str, view: str
) -> None:
    some_answers(make, manager)
    address = f"/reports?{MAY}&by={by}&view={view}"
    sheets = sheets_of(take(client, "xlsx", address))
    about = {row[0]: row[1] for row in sheets["About"] if row[0] != ""}
    assert about["View"] == {"primary": "Primary", "any": "Any mention", "fractional": "Fractional"}[view]
    assert (about["From"], about["Locations"]) == (date(2026, 5, 1), "Riverside")
    header, *rows = sheets[list(sheets)[1]]
    visits = header.index(f"Visits ({about['View']})")
    csv_lines = client.get(f"/reports/export?{MAY}&by={by}&view={view}").get_data(as_text=True).splitlines()
    assert len(csv_lines) == len(rows) + 1
    total = sum(row[visits] for row in rows)
    assert total >= 3 if view == "any" else total == pytest.approx(3, abs=1e-5)
    assert all(isinstance(row[visits], float) for row in rows)
    parts = {row[0]: row[1] for row in sheets["Coverage"]}
    assert (parts["Eligible"], parts["Answered"], parts["Not asked"]) == (4, 3, 1)


def test_nothing_in_a_workbook_is_a_formula_or_a_link(manager: Any, client: Client, make: Make) -> None:
    nasty = make.patient('=HYPERLINK("http://x")', "@SUM(A1)", mrn="0012")
    make.answer(
        make.visit(manager.place, nasty, day=DAY),
        NewMention(manager.sources["other"].id, "+cmd|' /C calc'!A0"),
        verbatim="http://example.org =1+1",
    )
    response = take(client, "xlsx", f"/reports/rows?{MAY}&by=source&key=other")
    sheets = sheets_of(response)
    header, row = sheets["Visits"]
    assert row[header.index("Patient")] == '=HYPERLINK("http://x") @SUM(A1)'
    assert row[header.index("MRN")] == "0012"
    assert row[header.index("Day")] == DAY
    with zipfile.ZipFile(io.BytesIO(response.data)) as file:
        for name in file.namelist():
            text = file.read(name).decode("utf-8", "replace")
            assert "<f>" not in text and "<f " not in text and "hyperlink" not in name.casefold()
            if name.startswith("xl/worksheets/sheet"):
                assert "<hyperlinks" not in text


def test_headers_are_frozen_filters_set_and_the_chart_points_at_the_rows(
    manager: Any, client: Client, make: Make
) -> None:
    some_answers(make, manager)
    response = take(client, "xlsx", f"/reports?{MAY}&by=source")
    with zipfile.ZipFile(io.BytesIO(response.data)) as file:
        sheet = file.read("xl/worksheets/sheet2.xml").decode()
        chart = file.read("xl/charts/chart1.xml").decode()
    assert '<autoFilter ref="A1:' in sheet and 'state="frozen"' in sheet
    assert re.search(r"<c:f>Source!\$D\$2:\$D\$\d+</c:f>", chart)


def test_a_workbook_by_time_draws_columns_and_one_by_source_bars(manager: Any, client: Client, make: Make) -> None:
    some_answers(make, manager)
    for by, direction in (("time", "col"), ("month", "col"), ("source", "bar")):
        with zipfile.ZipFile(io.BytesIO(take(client, "xlsx", f"/reports?{MAY}&by={by}").data)) as file:
            assert f'<c:barDir val="{direction}"/>' in file.read("xl/charts/chart1.xml").decode()


def test_the_list_of_physicians_is_taken_as_it_is_filtered(manager: Any, client: Client, make: Make) -> None:
    today = clock.clinic_today(manager.place.time_zone)
    for name, count in (("Osei", 3), ("Okafor", 1)):
        physician = make.physician(name, "Ama", phone="5185550142", npi=None)
        for ago in range(count):
            make.answer(
                make.visit(manager.place, day=today - timedelta(days=ago)),
                NewMention(manager.sources["doctor"].id, physician_id=physician.id),
            )
    header, *rows = sheets_of(take(client, "xlsx", "/reports/physicians?sort=most"))["Physicians"]
    column = header.index
    assert [row[column("Physician")] for row in rows] == ["Ama Osei, MD", "Ama Okafor, MD"]
    assert [row[column("Last 365 days")] for row in rows] == [3, 1]
    assert rows[0][column("Telephone")] == "(518) 555-0142"
    assert rows[0][column("Last referral")] == today
    only = sheets_of(take(client, "xlsx", "/reports/physicians?name=okafor"))
    assert len(only["Physicians"]) == 2
    assert ["Shown", "name: okafor"] in [row[:2] for row in only["About"]]
    text = take(client, "csv", "/reports/physicians?name=okafor").get_data(as_text=True)
    assert "Okafor" in text and "Osei" not in text


def test_the_overview_and_a_physician_come_as_workbook_and_pdf(manager: Any, client: Client, make: Make) -> None:
    physician = some_answers(make, manager)
    sheets = sheets_of(take(client, "xlsx", f"/reports?{MAY}"))
    _, *rows = sheets["Sources"]
    assert sum(row[1] for row in rows) == 3
    months = sheets_of(take(client, "xlsx", f"/reports/physicians/{physician.id}"))["Months"]
    assert sum(row[2] or 0 for row in months[1:]) == 2
    if pdf_writer.why_off():
        pytest.skip(pdf_writer.why_off())
    text = pdf_text(take(client, "pdf", f"/reports?{MAY}&view=any"))
    assert "4 new patients came in May 2026, and 3 told us" in text
    assert "Any mention" in text and "Riverside" in text
    text = pdf_text(take(client, "pdf", f"/reports/physicians/{physician.id}"))
    assert "Ama Osei, MD" in text and "Month by month" in text


def test_paper_shows_every_row_of_a_long_page(manager: Any, client: Client, make: Make) -> None:
    if pdf_writer.why_off():
        pytest.skip(pdf_writer.why_off())
    for _ in range(53):
        make.answer(make.visit(manager.place, make.patient(), day=DAY), manager.sources["tv"])
    text = pdf_text(take(client, "pdf", f"/reports/rows?{MAY}&by=source&key=tv&page=2"))
    assert text.count("MRN") == 53


def test_what_a_reader_may_not_see_is_in_no_file(manager: Any, client: Client, make: Make, sign_in: Any) -> None:
    other = make.location("Elsewhere")
    friend = make.patient("Greta", "Secret")
    kin = NewMention(manager.sources["friend_family"].id, referring_patient_id=friend.id)
    make.answer(make.visit(manager.place, make.patient("Maria", "Torvald"), day=DAY), kin)
    make.answer(make.visit(other, make.patient("Hidden", "Person"), day=DAY), kin)
    rows = f"/reports/rows?{MAY}&by=source&key=friend_family"
    assert "Hidden" not in take(client, "csv", rows).text
    for form in ("xlsx", "csv", "pdf"):
        assert take(client, form, f"/reports?{MAY}&location={other.code}").status_code == 404
    sign_in(client, make.staff("liaison", locations=[manager.place]))
    mine = take(client, "csv", rows).text
    assert "Friend" in mine and "Torvald" not in mine and "Greta" not in mine
    for form in ("xlsx", "csv", "pdf"):
        assert take(client, form, f"/reports?{MAY}&by=patient").status_code == 403
    sign_in(client, make.staff("front_desk", locations=[manager.place]))
    assert take(client, "csv", rows).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/desk",
        "/people",
        "//evil.example/reports",
        "http://evil.example/reports",
        "/reports/export",
        "/reports/nope",
        "/reports/file.pdf?of=/reports",
        "/reports/../people",
        "/reports?" + "x" * 2000,
    ],
)
def test_only_pages_of_the_reports_become_files(manager: Any, client: Client, address: str) -> None:
    for form in ("pdf", "xlsx", "csv"):
        assert take(client, form, address).status_code == 404, address


def test_taking_patients_away_is_noted(committed_app: Flask, make: Make, sign_in: Any) -> None:
    place, tv = make.location(), make.sources()["tv"]
    reader = make.staff("manager", locations=[place])
    make.answer(make.visit(place, day=DAY), tv)
    db.session.commit()
    client = committed_app.test_client()
    sign_in(client, reader)
    origin = committed_app.config["SETTINGS"].public_url
    of = quote(f"/reports/rows?{MAY}&by=source&key=tv")
    assert client.get(f"/reports/file.xlsx?of={of}", base_url=origin).status_code == 200
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "report.rows_exported"))
    assert [(entry.actor_id, entry.details["visits"]) for entry in entries] == [(reader.id, 1)]


def test_without_its_libraries_the_button_says_why(
    manager: Any, client: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_answers(make, manager)
    monkeypatch.setattr(pdf, "_works", lambda: False)
    page = client.get(f"/reports?{MAY}")
    assert "apt-get install libpango-1.0-0" in page.text and "file.pdf" not in page.text
    assert take(client, "pdf", f"/reports?{MAY}").status_code == 503
    assert take(client, "xlsx", f"/reports?{MAY}").status_code == 200


def test_a_workbook_refuses_more_rows_than_it_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.attribution.tables.xlsx_writer.MOST_ROWS", 3)
    with pytest.raises(TooManyRows):
        xlsx_file(ReportTables("x", [], [Table("x", [Column("a", str)], range(4))]))


def test_files_of_who_asked_are_by_name_and_draw_no_ranking(manager: Any, client: Client, make: Make) -> None:
    first, second = (make.staff("front_desk", locations=[manager.place], name=name) for name in ("Ana B", "Zoe C"))
    for staff in (second, second, first):
        make.answer(make.visit(manager.place, day=DAY), manager.sources["tv"], staff=staff)
    address = f"/reports?{MAY}&by=staff"
    sheet = sheets_of(take(client, "xlsx", address))["Asked by"]
    lines = lines_of(take(client, "csv", address), table="Asked by")
    assert [row[0] for row in sheet[1:]] == ["Ana B", "Zoe C"]
    assert [line["Asked by"] for line in lines] == ["Ana B", "Zoe C"]


@pytest.mark.parametrize("letter", ["x", "\N{FLEXED BICEPS}", "\N{LATIN SMALL LETTER E}\N{COMBINING ACUTE ACCENT}"])
def test_a_cell_that_is_cut_short_says_so_and_fits(letter: str) -> None:
    assert fitting(letter * 1_000) == letter * 1_000
    cut = fitting(letter * 40_000)
    assert len(cut.encode("utf-16-le")) <= 2 * 32_767
    assert cut.endswith(f"[cut short: {40_000 * len(letter):,} characters in all, which the CSV file has]")
