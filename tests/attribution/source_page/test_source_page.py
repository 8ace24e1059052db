"""One source's page: its months, the year beside the one before, parts, words, cost."""

import re
from datetime import date
from html import unescape
from typing import Any

import time_machine
from sqlalchemy.orm import Session

from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

TODAY = date(2026, 11, 20)


@time_machine.travel("2026-11-20 12:00Z")
def test_a_source_goes_month_by_month(client: Client, make: Make, session: Session, sign_in: Any) -> None:
    here, there = make.location("Riverside"), make.location("Uptown")
    staff = make.staff("manager", locations=[here, there])
    google, tv = make.source("google", label="Google"), make.source("tv", label="TV")
    maps = make.source("maps", label="Google Maps", parent_id=google.id)
    make.visit(here, day=date(2024, 1, 8))

    def named(source: Any, *days: date, place: Any = here, words: str = "", **values: Any) -> None:
        for day in days:
            make.answer(make.visit(place, day=day), NewMention(source.id, detail=words), verbatim=words, **values)

    named(google, date(2026, 10, 5), date(2026, 10, 6), date(2025, 10, 7))
    named(maps, date(2026, 10, 9), place=there, words="found you on Maps <now>", channel="kiosk")
    named(google, date(2026, 11, 2))
    named(tv, date(2026, 10, 5))
    make.spend(google, month=date(2026, 10, 1), cents=30_000)
    sign_in(client, staff)

    page = client.get(f"/reports/sources/{google.id}")
    text = text_of(page)
    assert "3 new patients named Google first in the last 12 months (November 1, 2025 – October 31, 2026)" in text or (
        "3 new patients named Google first in the last 12 months" in text
    )
    assert "2 more than the 1 of the year before" in text and "75% of those who told us" in text
    months = re.findall(r'<th scope="row">(\w+ \d{4})</th>', page.text)
    assert "This month so far and the last 12" in text
    assert (months[0], months[1], months[12]) == ("November 2026", "October 2026", "November 2025")
    assert "$300" in text and "$100.00 for each new patient" in text
    assert "found you on Maps &lt;now&gt;" in page.text and 'dir="auto">found you' in page.text
    row = re.search(r'October 2026</th><td class="num"><a href="([^"]+)">3<.*?<a href="[^"]+">1<', page.text)
    assert row and "3 visits" in text_of(client.get(unescape(row[1])))
    # Every figure opens as many visits as it says.
    for address, shown in re.findall(r'<a href="(/reports/rows[^"]*)">(\d+)<', page.text):
        found = text_of(client.get(unescape(address)))
        assert re.search(rf"\b{shown} [Vv]isits?", found), address
    uptown = text_of(client.get(f"/reports/sources/{google.id}?location={there.code}"))
    assert "One new patient named Google first" in uptown and "$300" not in uptown
    below = client.get(f"/reports/sources/{maps.id}").text
    assert f'Part of <a href="/reports/sources/{google.id}">Google</a>' in below

    make.source_merge(tv, google)
    assert client.get(f"/reports/sources/{tv.id}").headers["Location"] == f"/reports/sources/{google.id}"
    assert "4 new patients" in text_of(client.get(f"/reports/sources/{google.id}"))
    assert client.get("/reports/sources/987654").status_code == 404
    sign_in(client, make.staff("liaison", locations=[here]))
    assert "found you" not in client.get(f"/reports/sources/{google.id}").text
    sign_in(client, make.staff("front_desk", locations=[here]))
    assert client.get(f"/reports/sources/{google.id}").status_code == 403
