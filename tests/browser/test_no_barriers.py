"""axe finds nothing on any page of the staff, empty or filled, light or dark, and no page is wider than a phone."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page

from intake.accounts.auth import sessions
from intake.db import db
from intake.survey.recording.record_answer import NewMention
from tests.browser.axe import barriers
from tests.making import Make
from tests.serving import PATIENCE_SECONDS, Served

# What a page looks like and how it is worked does not depend on the database; test_main_job.py runs on both.
pytestmark = pytest.mark.on("sqlite")

DESKTOP: Any = {"width": 1280, "height": 720}
PHONE: Any = {"width": 390, "height": 844}
PAGES = (
    "/account",
    "/audit",
    "/desk",
    "/desk/calls",
    "/desk/visits/new",
    "/goals",
    "/locations",
    "/locations/new",
    "/patients",
    "/people",
    "/people/new",
    "/physicians",
    "/physicians/new",
    "/physicians/practices",
    "/practice",
    "/reports",
    "/reports?by=physician&view=any",
    "/reports/e-mails",
    "/reports?leaving=yes",
    "/reports/compare",
    "/reports/costs",
    "/reports/trust",
    "/reports/physicians",
    "/review",
    "/review/conflicts",
    "/review/people",
    "/review/rules",
    "/reports/saved",
    "/reports/saved/new",
    "/reports/today",
    "/schedule",
    "/sources",
    "/sources/new",
    "/set-up",
    "/tablets",
    "/texts",
    "/texts/plan",
    # The first of each in a fresh database.
    "/texts/plan/1",
    "/texts/plan/1/wording",
    "/desk/visits/1/text",
    "/texts/replies",
    "/texts/set-up",
    "/tablets/new",
)


@pytest.fixture
def signed_in(committed_app: Flask, live_server: Served, make: Make, page: Page) -> Page:
    place = make.location("Riverside")
    make.sources()
    staff = make.staff("administrator", roles=["manager", "front_desk", "liaison"], all_locations=True)
    make.physician("Osei", "Ama")
    make.visit(place, make.patient("Marta", "Reyes"))
    make.conflict(place)
    make.matched_friend(place)
    make.named_friend(place, "Marta")
    make.review_rule("zorblat")
    for words in ("Quilt fair", "quilt fair", "dr osei", "found you on gogle"):
        make.answer(make.visit(place), NewMention(None, detail=words, match_state="unmatched"), verbatim=words)
    values = sessions.cookie_values(staff)
    db.session.commit()
    serializer = SecureCookieSessionInterface().get_signing_serializer(committed_app)
    assert serializer is not None
    address = urlsplit(live_server.url)
    origin = f"{address.scheme}://{address.netloc}"
    page.context.add_cookies([{"name": "intake", "value": serializer.dumps(values), "url": origin}])
    page.set_default_timeout(PATIENCE_SECONDS * 1_000)
    return page


# Each page in one of the two schemes; `--everything` sees each in both.
@pytest.mark.parametrize(
    ("scheme", "pages"),
    [
        pytest.param("light", PAGES[::2], id="light"),
        pytest.param("dark", PAGES[1::2], id="dark"),
        pytest.param("light", PAGES[1::2], id="light, the other half", marks=pytest.mark.everything),
        pytest.param("dark", PAGES[::2], id="dark, the other half", marks=pytest.mark.everything),
    ],
)
def test_axe_finds_nothing_on_any_staff_page_and_none_is_wider_than_a_phone(
    signed_in: Page, live_server: Served, scheme: Any, pages: tuple[str, ...]
) -> None:
    found: dict[str, list[str]] = {}
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.set_viewport_size(DESKTOP)
    for path in pages:
        answer = signed_in.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        found[path] = barriers(signed_in)
        signed_in.set_viewport_size(PHONE)
        width = signed_in.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            found[path].append(f"{width} wide on a phone")
        signed_in.set_viewport_size(DESKTOP)

    assert not any(found.values()), "\n".join(f"{path}: {each}" for path, here in found.items() for each in here)
