"""Reports that leave the practice give no small figure away, on the page or in a file."""

import csv
import io
import re
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from intake.attribution.statistics.cells import SMALLEST_SHOWN
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

DAY = date(2026, 5, 12)
ADDRESS = "/reports?from=2026-05-01&to=2026-05-31&by=source&leaving=yes"


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    location = make.location("Riverside")
    staff = make.staff("manager", locations=[location])
    sign_in(client, staff)
    sources = make.sources()
    for code, count in (("doctor", 30), ("tv", 12), ("event", 11), ("mail", 3)):
        for _ in range(count):
            make.answer(make.visit(location, day=DAY), sources[code])
    for _ in range(4):
        make.visit(location, day=DAY)
    staff.place = location
    return staff


def rows_of(client: Client, address: str) -> dict[str, str]:
    file = client.get(f"/reports/file.csv?of={quote(address)}")
    assert file.status_code == 200
    table = list(csv.reader(io.StringIO(file.get_data().decode("utf-8-sig"), newline="")))
    return {row[0]: row[2] for row in table}


def test_a_small_figure_and_one_more_are_hidden_so_that_nobody_can_subtract(manager: Any, client: Client) -> None:
    rows = rows_of(client, ADDRESS)
    assert rows["Mail"] == "hidden"
    assert [label for label, visits in rows.items() if visits == "hidden"] != ["Mail"]
    assert rows["Doctor"] == "30"
    # 60 eligible less 56 answered would tell of 4 who gave no answer.
    assert rows["Eligible visits"] == "hidden"
    shown = sum(int(rows[label]) for label in ("Doctor", "TV", "Event") if rows[label] != "hidden")
    total = rows["Sum of the rows"]
    assert total == "hidden" or int(total) - shown > 10


def test_the_page_says_that_it_leaves_and_shows_no_more_than_the_file(manager: Any, client: Client) -> None:
    page = client.get(ADDRESS)
    text = text_of(page)
    assert f"Leaves the practice. Figures from 1 to {SMALLEST_SHOWN - 1} are hidden" in text and "Mail hidden" in text
    assert "/reports/rows" not in page.text
    assert not re.search(r"<td[^>]*>\s*[1-9]\s*<", page.text)
    assert "56 told us" not in text


def test_without_a_cut_it_is_by_source(manager: Any, client: Client) -> None:
    assert "Mail hidden" in text_of(client.get(ADDRESS.replace("&by=source", "")))


def test_people_and_shared_credit_are_not_given_out(manager: Any, client: Client) -> None:
    assert client.get(ADDRESS.replace("by=source", "by=patient")).status_code == 404
    refused = client.get(f"{ADDRESS}&view=fractional")
    assert refused.status_code == 422 and "Shared credit is not given out" in refused.text
    for more in ("&view=fractional", ""):
        by = "patient" if not more else "source"
        address = ADDRESS.replace("by=source", f"by={by}") + more
        assert client.get(f"/reports/file.csv?of={quote(address)}").status_code in (400, 404)
    assert client.get(ADDRESS.replace("/reports?", "/reports/export?")).status_code == 404


def test_every_cut_can_leave_and_says_nothing_small(manager: Any, client: Client) -> None:
    for by in ("kind", "physician", "practice", "location", "provider", "staff", "channel", "month", "week", "day"):
        for view in ("primary", "any"):
            found = rows_of(client, ADDRESS.replace("by=source", f"by={by}") + f"&view={view}")
            numbers = [int(visits) for visits in found.values() if visits.isdigit()]
            assert not [each for each in numbers if 0 < each < SMALLEST_SHOWN], (by, found)


def test_nobody_at_all_is_no_error(manager: Any, client: Client) -> None:
    page = client.get("/reports?from=2020-01-01&to=2020-01-31&leaving=yes")
    assert page.status_code == 200 and "nothing to give out" in page.text
