"""Every figure of every report page opens its visits, and there are as many of them as the figure says."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from intake import clock
from intake.survey.models import Channel
from intake.survey.recording.record_answer import NewAsk, NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

DAYS = "from=2026-05-01&to=2026-05-31"
JANUARY = "from=2026-01-01&to=2026-01-31"
DAY = date(2026, 5, 12)
LINK = re.compile(r'<a [^>]*href="(/reports/(?:rows|physicians/\d+/sent)[^"]*)"[^>]*>\s*([\d,.]+)\s*(?:referrals?)?<')
VISITS = re.compile(r"(One|[\d,]+) visits?\b")


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    """What is expected of the pages hangs on how far May and January are."""
    with time_machine.travel(datetime(2026, 11, 20, 15, tzinfo=UTC)):
        yield


@pytest.fixture
def practice(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    places = [make.location("Riverside"), make.location("Northgate")]
    staff = make.staff("manager", locations=places)
    sources, today = make.sources(), clock.clinic_today(places[0].time_zone)
    staff.places, staff.physician = places, make.physician("Osei", "Ama")
    doctor = NewMention(sources["doctor"].id, physician_id=staff.physician.id)
    by_fax = NewMention(sources["other"].id, physician_id=staff.physician.id)
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
    january(make, places[0], sources)
    make.spend(sources["mail"])
    make.spend(sources["facebook"])
    sign_in(client, staff)
    return staff


def january(make: Make, place: Any, sources: Any) -> None:
    """Enough for what changed, for the ways of asking to have others, and for places on a drawn list."""
    for day, count in ((date(2026, 1, 14), 14), (date(2025, 10, 14), 1)):
        for _ in range(count):
            make.answer(make.visit(place, day=day), sources["radio"])
    shown = ("event", "doctor", "website", "insurance", "drove_by", "hospital_er", "online_search", "returning")
    for number, code in enumerate(shown):
        visit = make.visit(place, day=date(2026, 1, 14))
        ask = NewAsk(Channel.KIOSK, "en", clock.now(), visit_id=visit.id, options=(*shown, "other"))
        make.answer(visit, sources[code], ask=ask)
        if number < 2:
            make.answer(visit, sources["mail"], channel="desk", corrects=True)


def pages(practice: Any) -> dict[str, int]:
    """Every page, and at least how many figures on it open rows."""
    one, two = practice.places
    found = {f"/reports?{DAYS}&by={by}": 6 for by in ("source", "physician", "location", "provider", "staff", "month")}
    return found | {
        f"/reports?{DAYS}&by=week&basis=first-visit": 6,
        f"/reports?{DAYS}&view=any": 8,
        f"/reports?{DAYS}&basis=answered&period=this-month": 1,
        f"/reports/trust?{DAYS}": 12,
        f"/reports/trust?{JANUARY}": 20,
        f"/reports?{JANUARY}": 12,
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


class Unopened(HTMLParser):
    """Whole numbers within a page's own part that stand in no link, each with the words around it."""

    QUIET = frozenset({"a", "nav", "form", "caption", "thead", "title", "desc", "h1", "h2"})
    # What is said to a screen reader besides, and the scale of a drawing.
    QUIETLY = frozenset({"visually-hidden", "chart-scale", "chart-tick"})
    VOID = frozenset({"input", "img", "br", "hr", "meta", "link"})
    DAYS = re.compile(r"\b[A-Z][a-z]{2,8} \d{1,2}(?:–\d{1,2})?(?:, \d{4})?\b")
    # No percentage, decimal, end of an interval, year or sum of money.
    NUMBER = re.compile(r"(?<![\w.,$–])\d{1,3}(?:,\d{3})*(?![\w,.]*\d|[ \N{NO-BREAK SPACE}]?%|–|st\b|nd\b|rd\b|th\b)")

    def __init__(self, body: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append("a" if self.QUIETLY & set((dict(attrs).get("class") or "").split()) else tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        stands = "main" in self.open and not self.QUIET.intersection(self.open)
        if stands and self.NUMBER.search(self.DAYS.sub("", words)):
            self.found.append(words)


# Why a number may stand without a link to visits.
OPENS_NOTHING = {
    "nothing stands behind it": r"(was )?0|in the last 90 days, 0 in the 90 before: .*|.* Charts name .* for 0 of .*"
    r"|.*by (chart|patient|both) 0\b.*|Known in the last 90 days: by chart",
    "a difference between two figures that open": r"[+−][\d,]+",
    "says again what opens beside it": (
        r".*new patients? .* told us .*|.* comes first .*|.* too few to tell more\."
        r"|\d+ of \d+ answered\. Whatever .*|Most answers came .*"
        r"|TV: 3; Facebook: 2\. .*|What stood first was chosen \d+ times; .*"
    ),
    "physicians, each of whom opens their own": (
        r"One physician sent \d+ visits .*|Chance alone would flag .*|\d+ sources and physicians had enough .*"
    ),
    "how it is counted": (
        r"(?!\d).*luck alone.*|Luck alone .*|Ways with fewer than 10 .*|Shares of what was named .*"
        r"|.*The two windows of 90 days .*|in 90 days,|in the 90 before|.*[Ll]ast 365 days"
    ),
    "what a status, a tier or a word means": (
        r"(back|fewer|more|silent|first ever referral|how many more|none|referred|by the last 365 days:) .*"
    ),
    "days on which it was open": r"(new patients )?on \d+ days? open.*",
}


def test_every_number_that_counts_visits_is_a_link_to_them(practice: Any, client: Client) -> None:
    unexplained = sorted(
        {
            f"{address}: {words}"
            for address in pages(practice)
            for words in Unopened(client.get(address).text).found
            if not any(re.fullmatch(reason, words) for reason in OPENS_NOTHING.values())
        }
    )
    assert unexplained == []


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
    kin = NewMention(make.sources()["friend_family"].id, referring_patient_id=elsewhere.id)
    make.answer(make.visit(make.location("Elsewhere"), day=DAY), kin)
    narrowed = client.get(f"{rows}&and-by=patient&and-key={elsewhere.id}")
    assert narrowed.status_code == 404 and "Hidden" not in narrowed.text
    sign_in(client, make.staff("liaison", locations=practice.places))
    assert client.get(f"{rows}&and-by=patient&and-key={elsewhere.id}").status_code == 403
