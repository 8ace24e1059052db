"""What each role is offered: one short line, Set-up or a menu for the rest, and addresses of before."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.attribution.page.opening import find
from intake.attribution.saved import records
from intake.web.ui.navigation import OFFERED, NavigationItem
from tests.clients import Client
from tests.making import Make

LINES = {
    "front_desk": ["Desk", "Calls", "Patients", "Inbox", "Schedule"],
    "manager": ["Desk", "Reports", "Referrers", "Review", "Inbox", "Set-up"],
    "liaison": ["My day", "Referrers", "Reports"],
    "administrator": ["Set-up", "Reports", "Referrers", "Review"],
}
# Pages that had a link of their own in the navigation or on top of the reports, and by whom they were opened.
OLD_ADDRESSES = {
    "front_desk": "/desk /desk/calls /patients /schedule /texts /texts/replies /review/people /reports/today",
    "manager": "/desk /desk/calls /patients /schedule /texts /reports /reports/physicians /physicians /sources /review"
    " /reports/saved /reports/e-mails /reports/today /reports?by=source /reports?by=location&period=last-month"
    " /reports?by=time /reports?by=staff&view=any /reports?by=channel /reports/compare /reports/costs /reports/trust",
    "liaison": "/reports /reports/physicians /physicians /reports/saved /reports/e-mails /reports/today",
    "administrator": "/start /schedule /texts /reports /reports/physicians /physicians /sources /review /practice"
    " /locations /people /tablets /audit",
}
OF_NO_PERIOD = ("/reports/saved", "/reports/e-mails", "/reports/today")


def line(page: Any) -> list[str]:
    """The words of the navigation, badges left out."""
    nav = re.search(r'<nav aria-label="Main".*?</nav>', page.text, re.DOTALL)
    assert nav
    return [
        re.sub(r"<[^>]+>.*", "", each, flags=re.DOTALL) for each in re.findall(r"</svg>(.*?)</a>", nav[0], re.DOTALL)
    ]


def links(page: Any) -> set[str]:
    return links_in(page.text)


def links_in(html: str) -> set[str]:
    return set(re.findall(r'href="(/[^"?#]*)', html))


@pytest.mark.parametrize("role", LINES)
def test_each_role_has_its_line_and_a_way_to_everything_it_had(
    session: Session, make: Make, client: Client, sign_in: Any, role: str
) -> None:
    make.sources()
    sign_in(client, make.staff(role))
    start = client.get("/", follow_redirects=True)
    assert line(start) == LINES[role]
    beside = re.search(r'<nav class="desk-further.*?</nav>', start.text, re.DOTALL)
    # What has no place on the desk's line stands on its page, not only under one's own name.
    assert (re.findall(r">([^<]+)</a>", beside[0]) if beside else []) == (
        ["Letters", "Who sent them", "Today"] if role == "front_desk" else []
    )
    offered = links(start) | (links(client.get("/set-up")) if "Set-up" in LINES[role] else set())
    reports = client.get("/reports") if role != "front_desk" else start
    offered |= links(reports) | links(client.get("/texts/replies"))
    for old in OLD_ADDRESSES[role].split():
        page = client.get(old, follow_redirects=True)
        assert page.status_code == 200 and 'aria-current="page"' in page.text, old
        assert old.split("?")[0] in offered or old == "/start", old


@pytest.mark.parametrize("role", ["manager", "liaison"])
def test_views_saved_and_mailed_before_open_as_they_did(
    session: Session, make: Make, client: Client, sign_in: Any, role: str
) -> None:
    make.sources()
    owner = make.staff(role)
    sign_in(client, owner)
    for old in OLD_ADDRESSES[role].split():
        if old.startswith("/reports") and old.split("?")[0] not in OF_NO_PERIOD:
            view = make.saved_view(owner, address=old)
            opened = client.get(f"/reports/saved/{view.id}")
            assert opened.status_code == 302 and client.get(opened.headers["Location"]).status_code == 200, old
            assert records.may_be_sent(find(view.address), owner), old


def test_what_a_person_with_two_roles_does_stands_on_one_line(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("manager", roles=["manager", "front_desk"]))
    assert line(client.get("/desk")) == [*LINES["front_desk"], "Reports", "Referrers", "Review", "Set-up"]
    assert 'href="/set-up" aria-current="page"' in client.get("/sources").text


def test_pages_of_later_rooms_stand_first_on_the_line_or_on_set_up(
    app: Flask, session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    OFFERED.add(app, NavigationItem("directory.practices", "Early", "sun", frozenset({"front_desk"})))
    sources = NavigationItem("review_rules.rule_list", "Rules", "list-check", frozenset({"manager"}), "Lists", "Kept")
    OFFERED.add(app, sources)
    sign_in(client, make.staff("front_desk"))
    assert client.get("/").headers["Location"] == "/physicians/practices"
    assert line(client.get("/desk")) == ["Early", *LINES["front_desk"]]
    sign_in(client, make.staff("manager"))
    assert line(client.get("/reports")) == LINES["manager"] and "/review/rules" in links(client.get("/set-up"))


@pytest.mark.parametrize("role", ["manager", "liaison"])
def test_what_is_done_for_those_who_refer_is_reached_from_them(
    session: Session, make: Make, client: Client, sign_in: Any, role: str
) -> None:
    make.sources()
    sign_in(client, make.staff(role))
    for address in ("/reports/physicians", "/relationships"):
        page = client.get(address)
        tabs = re.search(r'<nav class="report-tabs[^>]*aria-label="Referrers".*?</nav>', page.text, re.DOTALL)
        assert tabs and {"/reports/physicians", "/relationships", "/relationships/effect"} <= links_in(tabs[0])
        # On a phone they stand in one row, the others behind More.
        assert tabs[0].partition("<details")[0].count("<a ") == 2
        assert re.search(r'<a href="/reports/physicians" aria-current="page">.*?Referrers', page.text, re.DOTALL)
    assert role != "manager" or "/relationships" not in links(client.get("/set-up"))


def test_a_call_that_waits_has_no_badge_and_a_text_has_one(
    session: Session, make: Make, client: Client, sign_in: Any
) -> None:
    place = make.location()
    make.caller(place)
    make.reply(make.visit(place))
    sign_in(client, make.staff("manager", locations=[place]))
    nav = re.search(r'<nav aria-label="Main".*?</nav>', client.get("/desk").text, re.DOTALL)
    assert nav and set(re.findall(r"</svg>([\w-]+) <span class=\"waiting\"", nav[0])) == {"Inbox"}
