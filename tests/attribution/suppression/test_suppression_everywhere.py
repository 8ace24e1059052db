"""Whatever page leaves the practice, as whatever file: no small figure in it, and none that can be worked out."""

import re
import zipfile
from datetime import date, timedelta
from io import BytesIO
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.statistics.cells import SMALLEST_SHOWN
from intake.attribution.suppression.suppressed import list_counts, table_counts
from intake.attribution.tables import pdf_writer
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of
from tests.report_files import lines_of, pdf_text, sheets_of, take

DAYS = "from=2026-05-01&to=2026-05-31"
DAY, BEFORE = date(2026, 5, 12), date(2026, 4, 14)
NAMES = ["Ida", "Abe", "Zoe", "Max", "Eve", "Bob"]
NO_FIGURES = ("Source", "Part of", "Specialty", "City", "From")


@pytest.fixture
def practice(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    """Two locations, two ways of asking, two months; some figures large, some small, one physician of each."""
    places = [make.location("Riverside"), make.location("Northgate")]
    staff = make.staff("manager", locations=places)
    staff.places, staff.sources = places, make.sources()
    staff.busy, staff.quiet = make.physician("Busy", "Bea"), make.physician("Quiet", "Quinn")
    today = clock.clinic_today(places[0].time_zone)
    doctor = [NewMention(staff.sources["doctor"].id, physician_id=each.id) for each in (staff.busy, staff.quiet)]
    for place, channel, mention, count in (
        (places[0], "desk", doctor[0], 16),
        (places[0], "kiosk", doctor[0], 12),
        (places[1], "kiosk", doctor[1], 3),
        (places[0], "desk", staff.sources["tv"], 13),
        (places[1], "kiosk", staff.sources["event"], 11),
        (places[1], "desk", staff.sources["mail"], 2),
        (places[0], "kiosk", staff.sources["drove_by"], 4),
    ):
        for _ in range(count):
            make.answer(make.visit(place, day=DAY), mention, channel=channel)
    # So that the whole month before is on record.
    make.visit(places[0], day=BEFORE - timedelta(days=31))
    for count, mention in ((12, doctor[0]), (3, staff.sources["radio"])):
        for _ in range(count):
            make.answer(make.visit(places[0], day=BEFORE), mention)
    make.answer(make.visit(places[0], day=today), doctor[1])
    make.visit(places[0], day=DAY)
    for code in ("mail", "event"):
        make.spend(staff.sources[code], cents=777_700)
    sign_in(client, staff)
    return staff


def pages(practice: Any) -> list[str]:
    one, two = practice.places
    found = [f"/reports?{DAYS}&leaving=yes", f"/reports?{DAYS}&leaving=yes&by=location"]
    for view in ("primary", "any"):
        query = f"{DAYS}&view={view}&leaving=yes"
        found += [
            f"/reports/trust?{query}",
            f"/reports/trust?{query}&basis=first-visit",
            f"/reports/compare?{query}&of=location&a={one.code}&b={two.code}",
            f"/reports/compare?{query}&of=period",
            f"/reports/compare?{query}&of=source&a=tv&b=mail",
            f"/reports/costs?{query}",
        ]
    found += ["/reports/physicians?leaving=yes", f"/reports/physicians/{practice.busy.id}?leaving=yes"]
    return [*found, f"/reports/physicians/{practice.quiet.id}?leaving=yes"]


def test_no_file_of_any_page_holds_a_small_count(practice: Any, client: Client) -> None:
    for address in pages(practice):
        workbook = take(client, "xlsx", address)
        sheets = sheets_of(workbook)
        about = {row[0]: row[1] for row in sheets.pop("About") if row[0]}
        assert about["Leaves the practice"].startswith("yes"), address
        # One table and nothing to set it against.
        ((header, *rows),) = sheets.values()
        assert rows, address
        counts = [place for place, name in enumerate(header) if place and is_count(name)]
        figures = [row[place] for row in rows for place in counts if isinstance(row[place], float)]
        assert not [each for each in figures if 0 < each < SMALLEST_SHOWN], (address, rows)
        hidden = [row for row in rows if "hidden" in row]
        # Every month of the busy one has none or more than ten.
        assert hidden or f"/{practice.busy.id}?" in address, address
        lines = lines_of(take(client, "csv", address))
        assert len(lines) == len(rows)
        assert all(line["Leaves the practice"].startswith("yes") for line in lines)
        mine = [line[name] for line in lines for name in (header[place] for place in counts) if line[name] != "hidden"]
        assert not [each for each in mine if each and 0 < float(each) < SMALLEST_SHOWN], address
        with zipfile.ZipFile(BytesIO(workbook.data)) as file:
            for name in file.namelist():
                if "charts/chart" in name:
                    drawn = re.findall(r"<c:v>([^<]*)</c:v>", file.read(name).decode())
                    assert not [each for each in drawn if each.isdigit() and 0 < int(each) < SMALLEST_SHOWN], address


def is_count(heading: str) -> bool:
    return heading not in NO_FIGURES and not any(word in heading for word in ("hare", "95%", "($)"))


def test_the_page_and_the_paper_show_what_the_files_hold(practice: Any, client: Client) -> None:
    for address in pages(practice):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "Leaves the practice." in page.text and "/reports/rows" not in page.text, address
        cells = re.findall(r"<td[^>]*>\s*(?:<span[^>]*>)?([^<]*)", page.text)
        assert not [each for each in cells if each.isdigit() and 0 < int(each) < SMALLEST_SHOWN], address
    if pdf_writer.why_off():
        pytest.skip(pdf_writer.why_off())
    text = pdf_text(take(client, "pdf", f"/reports/trust?{DAYS}&leaving=yes"))
    assert "Leaves the practice." in text and "hidden" in text and re.search(r"\d\.\d–\d+\.\d%", text)


def test_a_share_stands_only_where_the_count_and_the_sum_may_be_known(practice: Any, client: Client) -> None:
    (header, *rows) = sheets_of(take(client, "xlsx", f"/reports/trust?{DAYS}&leaving=yes"))["For others"]
    by_label = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_label["Event"]["Visits (Primary)"] in (11.0, "hidden")
    for row in by_label.values():
        if row["Visits (Primary)"] == "hidden":
            assert {row[name] for name in header if "hare" in name or "95%" in name} == {""}
    (header, *rows) = sheets_of(take(client, "xlsx", f"/reports/costs?{DAYS}&leaving=yes"))["For others"]
    hidden = [row for row in rows if row[2] == "hidden"]
    # Money divided by the price of one would tell how many came.
    assert hidden and all(row[3:] == ["", "", ""] for row in hidden)


def test_no_order_of_the_physicians_hides_others_than_another(practice: Any, client: Client, make: Make) -> None:
    today = clock.clinic_today(practice.places[0].time_zone)
    # As many each, so that either could be hidden beside the quiet one; named first, or seen last.
    for name, ago in (("Aaron", 3), ("Zola", 2)):
        doctor = NewMention(practice.sources["doctor"].id, physician_id=make.physician(name, "Al").id)
        for _ in range(12):
            make.answer(make.visit(practice.places[0], day=today - timedelta(days=ago)), doctor)
    hidden = []
    for order in ("missed", "most", "latest", "name"):
        _, *rows = sheets_of(take(client, "xlsx", f"/reports/physicians?sort={order}&leaving=yes"))["For others"]
        hidden.append({row[0] for row in rows if row[-1] == "hidden"})
    assert len(hidden[0]) > 1 and all(each == hidden[0] for each in hidden)


def test_a_name_that_reads_like_a_heading_or_a_sum_changes_no_figure(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    share, other = make.location("Market Share ($)"), make.location("Sum of the rows")
    sign_in(client, make.staff("manager", locations=[share, other]))
    tv = make.sources()["tv"]
    for place in (share, other):
        for _ in range(14):
            make.answer(make.visit(place, day=DAY), tv)
    address = f"/reports/compare?{DAYS}&leaving=yes&of=location&a={share.code}&b={other.code}"
    assert "14 100.0% 14 100.0%" in text_of(client.get(address))
    page = client.get(f"/reports?{DAYS}&by=location&leaving=yes").text
    assert page.count('class="is-sum"') == 2


def test_what_is_about_single_people_or_overlaps_does_not_leave(practice: Any, client: Client) -> None:
    sent = f"/reports/physicians/{practice.busy.id}/sent?leaving=yes"
    overlapping = f"/reports/compare?{DAYS}&leaving=yes&of=period&b-from=2026-05-01&b-to=2026-05-30"
    for address, reason in (
        (sent, "one by one never leave"),
        (f"/reports/rows?{DAYS}&by=source&key=tv&leaving=yes", "one by one never leave"),
        (f"/reports/compare?{DAYS}&leaving=yes&of=patient", "never leaves the practice"),
        (overlapping, "These days overlap"),
        ("/reports/physicians?tier=C&leaving=yes", "tells how few"),
        (f"/reports/trust?{DAYS}&leaving=yes&view=fractional", "Shared credit is not given out"),
    ):
        page = client.get(address)
        assert page.status_code == 422 and reason in text_of(page), address
        for form in ("xlsx", "csv"):
            assert take(client, form, address).status_code == 400, address
        assert take(client, "pdf", address).status_code in (422, 503), address
    assert client.get(f"/reports/rows/export?{DAYS}&by=source&key=tv&leaving=yes").status_code == 404


def test_every_page_that_may_leave_leads_to_its_page_for_others(practice: Any, client: Client) -> None:
    for address in {each.split("?")[0]: each for each in pages(practice)}.values():
        inside = address.replace("&leaving=yes", "").replace("?leaving=yes", "")
        page = client.get(inside)
        link = re.search(r'href="([^"]*leaving=yes[^"]*)"', page.text)
        assert link, inside
        assert "Leaves the practice." in client.get(link.group(1).replace("&amp;", "&")).text
    assert "leaving=yes" not in client.get(f"/reports?{DAYS}&by=patient").text


@given(st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=2), min_size=1, max_size=6))
def test_nothing_hidden_is_left_alone_in_its_row_or_column(rows: list[list[int]]) -> None:
    found = table_counts(rows, NAMES[: len(rows)], ["a", "b"])
    lines = [(row, total) for row, total in zip(found.cells, found.row_sums, strict=True)]
    lines += list(zip(zip(*found.cells, strict=True), found.column_sums, strict=True))
    for cells, total in [*lines, (found.row_sums, found.total), (found.column_sums, found.total)]:
        assert [*cells, total].count(None) != 1
        assert not [each for each in (*cells, total) if each is not None and 0 < each < SMALLEST_SHOWN]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6), st.randoms())
def test_the_same_is_hidden_in_whatever_order_rows_and_columns_stand(rows: list[tuple[int, int]], dice: Random) -> None:
    found = table_counts(rows, NAMES[: len(rows)], ["a", "b"])
    first = list_counts([row[0] for row in rows], NAMES[: len(rows)])
    order = dice.sample(range(len(rows)), len(rows))
    names = [NAMES[place] for place in order]
    turned = table_counts([rows[place][::-1] for place in order], names, ["b", "a"])
    assert turned.cells == tuple(found.cells[place][::-1] for place in order)
    assert turned.row_sums == tuple(found.row_sums[place] for place in order)
    assert (turned.column_sums, turned.total) == (found.column_sums[::-1], found.total)
    again = list_counts([rows[place][0] for place in order], names)
    assert (again.cells, again.total) == (tuple(first.cells[place] for place in order), first.total)
