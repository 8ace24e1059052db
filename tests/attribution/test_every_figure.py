"""Every figure of every report page opens its visits, and there are as many of them as the figure says."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake import clock
from intake.survey.recording import Named
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

DAYS = "from=2026-05-01&to=2026-05-31"
DAY = date(2026, 5, 12)
LINK = re.compile(r'<a [^>]*href="(/reports/(?:rows|physicians/\d+/sent)[^"]*)"[^>]*>\s*([\d,.]+)\s*<')
VISITS = re.compile(r"(One|[\d,]+) visits?\b")


@pytest.fixture
def practice(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    places = [make.location("Riverside"), make.location("Northgate")]
    staff = make.staff("manager", locations=places)
    sources, today = make.sources(), clock.clinic_today(places[0].time_zone)
    staff.places, staff.physician = places, make.physician("Osei", "Ama")
    doctor = Named(sources["doctor"].id, physician_id=staff.physician.id)
    by_fax = Named(sources["other"].id, physician_id=staff.physician.id)
    for place, day, mentions, channel in (
        *((places[0], DAY, (doctor, sources["tv"]), "desk") for _ in range(3)),
        *((places[1], DAY, (sources["facebook"],), "kiosk") for _ in range(2)),
        (places[1], date(2026, 4, 9), (sources["mail"],), "kiosk"),
        (places[0], date(2025, 5, 9), (doctor,), "desk"),
        *((places[0], today - timedelta(days=ago), (doctor,), "desk") for ago in (1, 40, 400)),
        (places[1], today, (by_fax,), "kiosk"),
    ):
        visit = make.visit(place, day=day, provider="Dr. Stone" if channel == "desk" else "")
        make.answer(visit, *mentions, channel=channel, staff=staff if channel == "desk" else None)
    make.answer(make.visit(places[0], day=DAY), outcome="declined", staff=staff)
    make.visit(places[0], day=DAY)
    make.spend(sources["mail"])
    make.spend(sources["facebook"])
    sign_in(client, staff)
    return staff


def pages(practice: Any) -> dict[str, int]:
    """Every page, and at least how many figures on it open rows."""
    one, two = practice.places
    found = {f"/reports?{DAYS}&by={by}": 6 for by in ("source", "physician", "location", "provider", "staff", "month")}
    return found | {
        f"/reports?{DAYS}&by=week&basis=first-visit": 6,
        f"/reports?{DAYS}&view=any": 8,
        f"/reports?{DAYS}&basis=answered&period=this-month": 1,
        f"/reports/trust?{DAYS}": 12,
        f"/reports/compare?{DAYS}&of=location&a={one.code}&b={two.code}": 4,
        f"/reports/compare?{DAYS}&of=period": 4,
        f"/reports/compare?{DAYS}&of=source&a=tv&b=facebook&view=any": 2,
        f"/reports/costs?{DAYS}": 1,
        "/reports/physicians": 2,
        f"/reports/physicians/{practice.physician.id}": 12,
        f"/reports/physicians/{practice.physician.id}?location={one.code}": 9,
    }


def test_every_figure_opens_as_many_visits_as_it_says(practice: Any, client: Client) -> None:
    opened: dict[str, int] = {}
    for address, least in pages(practice).items():
        figures = {
            (unescape(link), int(text.replace(",", ""))) for link, text in LINK.findall(client.get(address).text)
        }
        assert len(figures) >= least, (address, sorted(figures))
        for link, count in figures:
            if link not in opened:
                page = client.get(link)
                assert page.status_code == 200, (address, link)
                opened[link] = visits_on(page)
            assert opened[link] == count, (address, link)


def visits_on(page: Any) -> int:
    """How many the page of rows counts, which are those that it lists."""
    listed = len(re.findall(r"<tr", page.text)) - 1
    found = VISITS.search(text_of(page).partition("Skip to the page")[2])
    if found and "/sent" not in page.request.path:
        assert listed == (1 if found[1] == "One" else int(found[1].replace(",", "")))
    return listed


def test_no_number_in_a_table_of_a_physician_stands_without_its_rows(practice: Any, client: Client) -> None:
    page = client.get(f"/reports/physicians/{practice.physician.id}").text
    for cell in re.findall(r'<td class="num">(.*?)</td>', page, re.DOTALL):
        assert "<a " in cell or cell.strip() in ("0", "–"), cell


def test_what_narrows_a_figure_must_be_there_and_be_seen(
    practice: Any, client: Client, make: Make, sign_in: Any
) -> None:
    rows = f"/reports/rows?{DAYS}&by=source&key=tv&view=any"
    assert "3 visits" in text_of(client.get(f"{rows}&and-by=channel&and-key=desk"))
    for narrowed in ("and-by=channel&and-key=pigeon", "and-by=nonsense&and-key=x", "and-by=month&and-key=2026-05"):
        assert client.get(f"{rows}&{narrowed}").status_code == 404, narrowed
    assert client.get(f"/reports/rows?{DAYS}&by=coverage&key=asked&and-by=kind&and-key=patient").status_code == 404
    elsewhere = make.patient("Hidden", "Person")
    kin = Named(make.sources()["friend_family"].id, referring_patient_id=elsewhere.id)
    make.answer(make.visit(make.location("Elsewhere"), day=DAY), kin)
    narrowed = client.get(f"{rows}&and-by=patient&and-key={elsewhere.id}")
    assert narrowed.status_code == 404 and "Hidden" not in narrowed.text
    sign_in(client, make.staff("liaison", locations=practice.places))
    assert client.get(f"{rows}&and-by=patient&and-key={elsewhere.id}").status_code == 404
