"""Wherever a report names a source, a physician or a practice, the name leads to its page."""

import re
from html.parser import HTMLParser
from typing import Any

from intake import clock
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make


class Unlinked(HTMLParser):
    """Texts of the page's cells, sentences and lists that hold a name outside a link, a heading or a control."""

    QUIET = ("a", "h1", "title", "option", "svg", "button", "label", "caption", "figcaption", "summary", "nav")

    def __init__(self, page: str, names: tuple[str, ...]) -> None:
        super().__init__()
        self._within: list[str] = []
        self._names = names
        self.found: list[str] = []
        main = page[page.index("<main") : page.index("</main>")]
        self.feed(main)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in self.QUIET:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within and any(name in data for name in self._names):
            self.found.append(" ".join(data.split()))


# Sentences that are put together as one text; the row they speak of stands below them with its link.
SENTENCES = re.compile(r"comes first|is named|named .* first|was spent|sent .* visits|differ|more than|more with")


def test_names_of_sources_physicians_and_practices_are_links(client: Client, make: Make, sign_in: Any) -> None:
    here, there = make.location("Riverside"), make.location("Uptown")
    staff = make.staff("manager", locations=[here, there])
    sources = make.sources()
    practice = make.referring_practice("Quillfeather Group")
    physician = make.physician("Wolkenstein", "Ida", referring_practice_id=practice.id)
    billboard = make.source("zeppelin", label="Zeppelin")
    today = clock.clinic_today(here.time_zone)
    for number in range(12):
        visit = make.visit(here if number % 2 else there, day=today, documented=physician if number == 3 else None)
        named = NewMention(sources["doctor"].id, physician_id=physician.id) if number % 3 else billboard
        make.answer(visit, named)
    make.spend(billboard, month=today.replace(day=1), cents=10_000)
    sign_in(client, staff)
    pages = (
        "/reports", "/reports?by=source", "/reports?by=physician", "/reports?by=practice", "/reports/costs",
        "/reports/trust", "/reports/compare?of=location", "/reports/rows?by=location&key=" + here.code,
        "/reports/physicians", f"/reports/physicians/{physician.id}", f"/reports/physicians/practices/{practice.id}",
        f"/reports/sources/{billboard.id}", "/physicians", "/review/conflicts",
    )  # fmt: skip
    links = 0
    for address in pages:
        page = client.get(address)
        assert page.status_code == 200, address
        found = Unlinked(page.text, ("Wolkenstein", "Quillfeather", "Zeppelin")).found
        assert [text for text in found if not SENTENCES.search(text)] == [], address
        links += len(re.findall(r'href="/reports/(?:sources|physicians|physicians/practices)/\d+"', page.text))
    assert links > 20

    # At the desk, where nobody reads reports, the physician's card is what there is.
    sign_in(client, make.staff("front_desk", locations=[here]))
    assert f'href="/physicians/{physician.id}"' in client.get("/physicians?q=wolkenstein").text
