"""One reading of an address: rights are judged on what the page shows, however the address is written."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from intake.attribution.filters.request import NotAReport
from intake.attribution.page.opening import find
from intake.attribution.saved.models import SavedView
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.report_files import take

# As tried elsewhere against one reader that takes the first of two, and another that takes the last or all of them.
TWICE = [
    "/reports?by=patient&by=source",
    "/reports?by=source&by=patient",
    "/reports?by=&by=patient",
    "/reports?by=patient&by=",
    "/reports?by=patient&view=any&by=source",
    "/reports?%62y=patient&by=source",
    "/reports?by=patient&b%79=source",
    "/reports?by=source&location=here&location=there",
    "/reports?by=source&leaving=no&leaving=yes",
    "/reports?by=source&basis=visit&basis=answered",
    "/reports/compare?of=patient&of=source",
    "/reports/rows?by=source&key=tv&and-by=source&and-by=patient",
    "/reports/trust?view=any&view=any",
    "/reports/costs?from=2026-05-01&from=2026-04-01",
    "/reports/physicians?status=new&status=lapsed",
    "/reports/physicians/{physician}?location=here&location=there",
    "/reports/physicians/{physician}/sent?came=yes&came=no",
]
# One parameter that another reader would take for two, or for a name that it is not: here it is a value, or nothing.
ODD = [
    "/reports?by=source%26by=patient",
    "/reports?by=source;by=patient",
    "/reports?by=source,patient",
    "/reports?by=patient%00",
    "/reports?by=patient%20",
    "/reports?by=PATIENT",
    "/reports?by=p%C1%A1tient",
    "/reports?by[]=patient",
    "/reports?By=patient",
    "/reports?%20by=patient",
    "/reports?by%00=patient",
    "/reports#?by=patient",
]


@pytest.fixture
def place(session: Session, make: Make) -> Any:
    place, sources = make.location("Riverside"), make.sources()
    friend = make.patient("Canary", "Referrer")
    make.answer(make.visit(place, friend), sources["tv"])
    make.answer(make.visit(place), NewMention(sources["friend_family"].id, referring_patient_id=friend.id))
    return place


@pytest.mark.parametrize("address", TWICE)
def test_a_parameter_that_stands_twice_is_refused_with_a_page_that_says_so(
    place: Any, make: Make, client: Client, session: Session, sign_in: Any, address: str
) -> None:
    address = address.format(physician=make.physician().id)
    for role in ("liaison", "manager"):
        sign_in(client, make.staff(role, locations=[place]))
        page = client.get(address)
        assert page.status_code == 400 and "stands twice" in page.text and "<h1" in page.text
        assert client.get("/reports/saved/new", query_string={"of": address}).status_code == 400
        assert client.post("/reports/saved/new", data={"name": "x", "of": address, "shared": "y"}).status_code == 400
        for form in ("csv", "xlsx", "pdf"):
            assert take(client, form, address).status_code in (400, 503)
    assert session.query(SavedView).count() == 0


@pytest.mark.parametrize("address", ODD)
def test_an_odd_spelling_of_a_parameter_shows_no_patient_to_a_liaison(
    place: Any, make: Make, client: Client, session: Session, sign_in: Any, address: str
) -> None:
    sign_in(client, make.staff("liaison", locations=[place]))
    kept = client.post("/reports/saved/new", data={"name": "x", "of": address, "shared": "y"})
    assert kept.status_code in (303, 404)
    shown = [client.get(address), take(client, "csv", address)]
    for view in session.query(SavedView):
        assert "patient" not in view.address
        shown += [client.get(f"/reports/saved/{view.id}", follow_redirects=True), take(client, "csv", view.address)]
    # The navigation has Referrers, who are physicians.
    assert not any(re.search(r"Referrer\b", page.text) for page in shown)


def test_a_view_kept_under_an_older_reading_opens_nothing_that_its_reader_may_not_see(
    place: Any, make: Make, client: Client, sign_in: Any
) -> None:
    liaison, manager = make.staff("liaison", locations=[place]), make.staff("manager", locations=[place])
    old = [make.saved_view(manager, address=address) for address in TWICE if "{" not in address]
    old.append(make.saved_view(manager, address="/reports/rows?by=source&key=tv&and-by=patient&and-key=1"))
    sign_in(client, liaison)
    assert "Nothing saved yet" in client.get("/reports/saved").text
    for view in old:
        assert client.get(f"/reports/saved/{view.id}").status_code == 404


def test_who_may_not_see_names_may_not_narrow_by_them_either(
    place: Any, make: Make, client: Client, sign_in: Any
) -> None:
    sign_in(client, make.staff("liaison", locations=[place]))
    for address in ("/reports?by=patient", "/reports/compare?of=patient", "/reports/rows?by=patient&key=1"):
        assert client.get(address).status_code == 403
        assert client.get("/reports/saved/new", query_string={"of": address}).status_code == 404
        assert take(client, "csv", address).status_code == 403
    narrowed = "/reports/rows?by=source&key=tv&and-by=patient&and-key=1"
    assert client.get(narrowed).status_code == 403 and take(client, "csv", narrowed).status_code == 403


def test_an_address_is_kept_in_one_spelling_without_what_means_nothing(
    place: Any, make: Make, client: Client, session: Session, sign_in: Any
) -> None:
    sign_in(client, make.staff("manager", locations=[place]))
    of = f"/reports?view=any&utm_source=mail&page=3&by=month&list=recorded&leaving=no&location={place.code}&from=&to="
    client.post("/reports/saved/new", data={"name": "x", "of": of})
    assert session.query(SavedView).one().address == f"/reports?by=month&view=any&list=recorded&location={place.code}"


NAMES = ("period", "from", "to", "by", "view", "location", "list", "basis", "leaving", "page", "key", "level", "and-by")
NAMES += ("and-key", "besides", "of", "a", "b", "b-from", "b-to", "status", "tier", "city", "name", "sort", "came", "x")
VALUES = (
    "",
    "this-year",
    "2026-05-01",
    "source",
    "time",
    "coverage",
    "any",
    "recorded",
    "answered",
    "yes",
    "rolled-up",
)
VALUES += ("tv,radio", "a & b", "most", "2", " x ", "é=1;b")
PAGES = ("", "/rows", "/trust", "/costs", "/compare", "/physicians", "/physicians/7", "/physicians/7/sent")


@pytest.mark.on("sqlite")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(page=st.sampled_from(PAGES), query=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=6))
def test_the_kept_spelling_of_an_address_asks_for_the_same(app: Flask, page: str, query: dict[str, str]) -> None:
    try:
        found = find(f"/reports{page}?{urlencode(query)}")
    except NotAReport:
        return
    again = find(found.address)
    assert again.address == found.address
    assert again.request == found.request
