"""Every page of the reports as PDF, workbook and CSV: the same figures, and what they are of; nothing that acts."""

import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.exports.books import EXPORTS
from intake.attribution.tables import pdf_writer
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.report_files import lines_of, pdf_text, sheets_of, take

DAYS = "from=2026-05-01&to=2026-05-31"
DAY = date(2026, 5, 12)
WHICH = ("overview", "cut", "who asked", "referring patients", "referring practices", "how sure", "two locations")
WHICH += ("two sources", "costs", "rows", "physicians", "physician", "sent")
DANGEROUS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "＝1+1")


@pytest.fixture
def practice(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    """A manager of two locations, a physician, a campaign with money, and answers of every kind; today as well."""
    places = [make.location("Riverside"), make.location("Northgate")]
    staff = make.staff("manager", locations=places, name="Ana B")
    sources = make.sources()
    staff.places, staff.physician = places, make.physician("Osei", "Ama", phone="5185550142")
    doctor = NewMention(sources["doctor"].id, physician_id=staff.physician.id)
    friend = NewMention(sources["friend_family"].id, referring_patient_id=make.patient().id)
    today = clock.clinic_today(places[0].time_zone)
    for place, day, mentions, channel in (
        (places[0], DAY, (doctor,), "desk"),
        (places[0], DAY, (doctor, sources["tv"], sources["mail"]), "kiosk"),
        (places[1], DAY, (sources["facebook"],), "kiosk"),
        (places[1], DAY, (friend,), "desk"),
        (places[0], date(2026, 4, 3), (doctor,), "desk"),
        (places[0], today, (doctor,), "desk"),
    ):
        by = staff if channel == "desk" else None
        make.answer(make.visit(place, day=day), *mentions, channel=channel, staff=by)
    make.visit(places[0], day=DAY)
    make.spend(sources["mail"], cents=12_345)
    sign_in(client, staff)
    return staff


def pages(practice: Any) -> dict[str, str]:
    """An address of every page, under another view and basis than the usual where it has any."""
    one, two = practice.places
    query = f"{DAYS}&view=any&basis=first-visit"
    return {
        "overview": f"/reports?{query}",
        "cut": f"/reports?{query}&by=source",
        "who asked": f"/reports?{DAYS}&by=staff&view=any",
        "referring patients": f"/reports?{query}&by=patient",
        "referring practices": f"/reports?{query}&by=practice&location={one.code}",
        "how sure": f"/reports/trust?{DAYS}&view=any",
        "two locations": f"/reports/compare?{query}&of=location&a={one.code}&b={two.code}",
        "two sources": f"/reports/compare?{DAYS}&view=any&of=source&a=doctor&b=friend_family",
        "costs": f"/reports/costs?{query}",
        "rows": f"/reports/rows?{query}&by=source&key=doctor",
        "physicians": "/reports/physicians?city=Albany, NY",
        "physician": f"/reports/physicians/{practice.physician.id}?location={one.code}",
        "sent": f"/reports/physicians/{practice.physician.id}/sent?came=yes",
    }


def test_every_page_of_the_reports_has_its_files(app: Flask) -> None:
    marked = {name for name, view in app.view_functions.items() if getattr(view, "__intake_report__", False)}
    assert marked == set(EXPORTS)


@pytest.mark.parametrize("which", WHICH)
def test_the_workbook_and_the_csv_of_every_page_hold_the_same_and_say_what_it_is_of(
    practice: Any, client: Client, which: str
) -> None:
    address = pages(practice)[which]
    workbook = take(client, "xlsx", address)
    sheets = sheets_of(workbook)
    about = {row[0]: row[1] for row in sheets.pop("About") if row[0]}
    lines = lines_of(take(client, "csv", address))
    if "&by=" in address and which != "rows":
        # Beside a cut stands coverage, which has a CSV file of its own.
        del sheets["Coverage"]
    several = len(sheets) > 1
    for name, (header, *rows) in sheets.items():
        mine = [line for line in lines if not several or line["Table"] == name]
        assert len(mine) == len(rows), name
        for row, line in zip(rows, mine, strict=True):
            for heading, cell in zip(header, row, strict=True):
                assert same(cell, line[heading]), (name, heading, cell, line[heading])
    assert lines and sheets
    today = clock.clinic_today("America/New_York")
    of_physicians = which in ("physicians", "physician", "sent")
    days = {"As of": today} if of_physicians else {"From": date(2026, 5, 1), "To": date(2026, 5, 31)}
    # Physicians are known from charts as well, which have no view.
    how = (
        {"Counted": "by day of visit, from answers and charts"}
        if of_physicians
        else {"View": "Any mention", "Counted": "by day of visit"}
    )
    expected = {
        **how,
        "Printed on": today,
        "Practice": "Riverside Vein Clinic",
        **days,
    }
    for label, value in expected.items():
        assert about[label] == value, label
        assert all(same(value, line[label]) for line in lines if "side" not in line.get("Table", "").casefold()), label
    # One month's file never takes the place of another's.
    named = "-to-".join(day.isoformat() for day in days.values())
    assert f"-{named}.xlsx" in workbook.headers["Content-Disposition"]
    assert about["Locations"] in ("Riverside", "all my locations")


def test_paper_says_what_it_is_of(practice: Any, client: Client) -> None:
    if pdf_writer.why_off():
        pytest.skip(pdf_writer.why_off())
    for which, says in (("costs", ("any mention", "by day of visit")), ("physicians", ("city: albany, ny",))):
        text = pdf_text(take(client, "pdf", pages(practice)[which])).casefold()
        assert "printed" in text and all(each in text for each in says), which


def same(cell: Any, text: str) -> bool:
    """Whether a workbook's cell and a CSV file's say the same."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return text != "" and abs(float(text) - cell) < 1e-6
    return str(cell) == text.removeprefix("'") if cell else text == ""


def dangerous_pages(make: Make, client: Client, sign_in: Any) -> list[str]:
    """Addresses of the pages of a practice in which everything that has a name is called like a formula."""
    places = [make.location(DANGEROUS[0] + " here"), make.location(DANGEROUS[1] + " there")]
    reader = make.staff("manager", locations=places, name=DANGEROUS[2] + " staff")
    sources = make.sources()
    sign_in(client, reader)
    today = clock.clinic_today(places[0].time_zone)
    for number, text in enumerate(DANGEROUS):
        physician = make.physician(text, text, city=text)
        source = make.source(label=f"{text} {number}")
        make.spend(source, month=today.replace(day=1))
        doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
        friend = make.patient(text, text, mrn=f"{text}{number}")
        kin = NewMention(sources["friend_family"].id, referring_patient_id=friend.id)
        for place in places:
            visit = make.visit(place, make.patient(text, text), day=today - timedelta(days=number), provider=text)
            make.answer(visit, source, doctor, kin, staff=reader, verbatim=text)
    days = f"from={today - timedelta(days=9)}&to={today}&view=any"
    one, two = places
    return [
        f"/reports?{days}",
        *(f"/reports?{days}&by={by}" for by in ("source", "physician", "patient", "location", "provider", "staff")),
        f"/reports/trust?{days}",
        f"/reports/compare?{days}&of=location&a={one.code}&b={two.code}",
        f"/reports/compare?{days}&of=physician",
        f"/reports/costs?{days}",
        f"/reports/rows?{days}&by=channel&key=desk",
        "/reports/physicians",
        f"/reports/physicians/{physician.id}",
        f"/reports/physicians/{physician.id}/sent",
        f"/reports?{days}&by=location&leaving=yes",
        "/reports/physicians?leaving=yes",
    ]


def test_no_name_in_any_file_is_a_formula(session: Session, make: Make, client: Client, sign_in: Any) -> None:
    for address in dangerous_pages(make, client, sign_in):
        workbook = take(client, "xlsx", address)
        assert sheets_of(workbook)
        assert list(formulas(workbook.data)) == [], address
        for line in lines_of(take(client, "csv", address)):
            for heading, cell in line.items():
                for text in (heading, cell):
                    assert text[:1] not in tuple("=+@\t\r＝"), (address, text)
                    # A change may be less than nothing; a word never begins so.
                    assert text[:1] != "-" or text[1:].replace(".", "").isdigit(), (address, text)


def formulas(workbook: bytes) -> Iterator[str]:
    with zipfile.ZipFile(BytesIO(workbook)) as file:
        for name in file.namelist():
            text = file.read(name).decode("utf-8", "replace")
            # A chart names its cells in <c:f>; nothing else in a workbook of ours is worked out by whoever opens it.
            if "<f>" in text or "<f " in text or "<hyperlink" in text:
                yield name
