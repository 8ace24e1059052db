"""The first look at each report: at most twelve controls before the first figure, and no word of statistics."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake import clock
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.db import db
from intake.directory.models import ReferralSource
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import FirstLook, text_of
from tests.report_files import lines_of, take

DAY = date(2026, 5, 12)
MAY = "from=2026-05-01&to=2026-05-31"
MOST_CONTROLS = 12
STATISTICS = re.compile(
    r"95 ?%|interval|\bp ?[=<]|27,720|p-value|all rows at once|whatever the silent|of eligible|wilson", re.IGNORECASE
)


@pytest.fixture
def place(session: Session, make: Make) -> Any:
    place = make.location("Riverside")
    make.location("Northgate")
    return place


def answers(make: Make, place: Any, count: int, *, day: date = DAY) -> int:
    """Answers of several kinds at both ends of a year; the id of the physician whom some of them name."""
    sources, physician = make.sources(), make.physician("Osei", "Ama")
    doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
    said = (doctor, sources["tv"], sources["mail"], sources["facebook"])
    staff = make.staff(locations=[place])
    for number in range(count):
        visit = make.visit(place, day=day, provider="Dr. Stone")
        make.answer(visit, said[number % len(said)], channel="desk", staff=staff)
        make.answer(make.visit(place, day=day - timedelta(days=31)), said[number % 2])
    make.visit(place, day=day)
    # So that the whole month before is on record.
    make.visit(place, day=day - timedelta(days=62))
    make.spend(sources["mail"], month=day.replace(day=1))
    return physician.id


def pages(physician_id: int) -> list[str]:
    cuts = [f"/reports?{MAY}&by={each}" for each in DIMENSIONS]
    return [
        f"/reports?{MAY}",
        *cuts,
        f"/reports/trust?{MAY}",
        f"/reports/costs?{MAY}",
        f"/reports/compare?{MAY}&of=period",
        f"/reports/compare?{MAY}&of=source",
        f"/reports/rows?{MAY}&by=source&key=tv",
        f"/reports?{MAY}&by=source&leaving=yes",
        f"/reports/month?{MAY}",
        "/reports/physicians",
        f"/reports/physicians/{physician_id}",
        f"/reports/physicians/{physician_id}/sent",
        f"/reports/sources/{db.session.query(ReferralSource.id).filter_by(code='tv').scalar()}",
    ]


@pytest.mark.parametrize("role", ["manager", "liaison", "administrator"])
def test_few_controls_stand_before_the_first_figure_and_nothing_speaks_of_statistics(
    place: Any, make: Make, client: Client, sign_in: Any, role: str
) -> None:
    found = pages(answers(make, place, 12))
    sign_in(client, make.staff(role, all_locations=True))
    looked = 0
    for address in found:
        page = client.get(address)
        if page.status_code == 403 and role == "liaison" and "by=patient" in address:
            continue
        assert page.status_code == 200, address
        look = FirstLook(page.text)
        assert look.before_figure is not None, address
        assert len(look.before_figure) <= MOST_CONTROLS, (address, look.before_figure)
        assert not STATISTICS.search(look.text), (address, STATISTICS.search(look.text))
        looked += 1
    assert looked >= len(found) - 1


def test_a_small_practice_reads_one_sentence_and_opens_the_rest(
    place: Any, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("manager", all_locations=True))
    answers(make, place, 12)
    for address in (f"/reports?{MAY}", f"/reports?{MAY}&by=source", f"/reports/trust?{MAY}"):
        page = client.get(address)
        assert "12 answers are too few to tell more." in FirstLook(page.text).text, address
        assert 'class="months"' not in page.text and "chart-whisker" not in page.text, address
        # It is there for whoever asks.
        assert "How sure?" in FirstLook(page.text).text and "95%" in text_of(page), address
    answers(make, place, 18)
    for address in (f"/reports?{MAY}", f"/reports?{MAY}&by=source"):
        page = client.get(address)
        assert "too few to tell" not in page.text and "chart-whisker" in page.text, address
    assert 'class="months"' in client.get(f"/reports?{MAY}").text


def test_files_hold_no_unit_of_ours_and_no_chance_to_seventeen_digits(
    place: Any, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("manager", all_locations=True))
    today = clock.clinic_today(place.time_zone)
    answers(make, place, 12, day=today - timedelta(days=3))
    for address in ("/reports?by=source&view=fractional&period=last-90-days", "/reports/physicians", "/reports/trust"):
        for line in lines_of(take(client, "csv", address)):
            assert not any("27,720" in heading for heading in line)
            for heading, cell in line.items():
                assert not re.search(r"\d\.\d{7,}", cell), (address, heading, cell)


def test_a_page_is_shared_from_one_menu_and_mailed_by_way_of_a_saved_view(
    place: Any, make: Make, client: Client, sign_in: Any
) -> None:
    physician_id = answers(make, place, 3)
    sign_in(client, make.staff("manager", all_locations=True))
    for address in pages(physician_id):
        page = client.get(address).text
        menu = re.search(r'<details class="who share.*?</details>', page, re.DOTALL)
        assert menu and page.count('class="who share') == 1, address
        mailed = not any(each in address for each in ("/rows", "/sent", "by=patient"))
        words = ["Save this view", *(["E-mail"] if mailed else []), "Excel", "PDF", "CSV"]
        assert all(f"</svg>{word}<" in menu[0] for word in words), address
        assert ("E-mail" in menu[0]) is mailed, address
        assert ("For others" in menu[0]) is (mailed and "leaving" not in address), address
    of = f"/reports?{MAY}&by=source"
    form = client.get("/reports/saved/new", query_string={"of": of, "mail": "yes"}).text
    assert 'name="mail" type="hidden" value="yes"' in form
    for _ in range(2):
        saved = client.post("/reports/saved/new", data={"name": "May", "of": of, "mail": "yes"})
        assert re.fullmatch(r"/reports/e-mails\?view=\d+", saved.headers["Location"])
    view_id = saved.headers["Location"].partition("=")[2]
    assert f'selected value="{view_id}"' in client.get(saved.headers["Location"]).text
