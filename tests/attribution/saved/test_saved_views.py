"""Reports with a name and an address: kept, shared, renamed, deleted, and never a way past what one may see."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake.attribution.saved.models import SavedView
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    place = make.location("Riverside")
    staff = make.staff("manager", locations=[place])
    staff.place = place
    make.sources()
    sign_in(client, staff)
    return staff


def save(client: Client, name: str, of: str, **data: str) -> Any:
    return client.post("/reports/saved/new", data={"name": name, "of": of, **data})


def only(session: Session) -> SavedView:
    return session.query(SavedView).one()


def test_a_view_is_saved_found_opened_renamed_deleted_and_brought_back(
    manager: Any, client: Client, session: Session
) -> None:
    assert "Nothing saved yet" in client.get("/reports/saved").text
    of = "/reports?period=this-month&by=physician&view=any&page=3"
    assert "Save this view" in client.get("/reports/saved/new", query_string={"of": of}).text
    assert save(client, "  Monday   meeting ", of).status_code == 303
    view = only(session)
    assert (view.name, view.address) == ("Monday meeting", "/reports?period=this-month&by=physician&view=any")
    assert "Monday meeting" in client.get("/reports/saved").text
    opened = client.get(f"/reports/saved/{view.id}", follow_redirects=True)
    assert opened.status_code == 200 and "Any mention" in opened.text
    assert client.post(f"/reports/saved/{view.id}/change", data={"name": "Tuesday"}).status_code == 303
    assert "Tuesday" in client.get("/reports/saved").text
    gone = client.post(f"/reports/saved/{view.id}/delete", follow_redirects=True)
    assert "Tuesday” is deleted" in gone.text and f"/reports/saved/{view.id}/bring-back" in gone.text
    assert client.get(f"/reports/saved/{view.id}").status_code == 404
    client.post(f"/reports/saved/{view.id}/bring-back")
    assert client.get(f"/reports/saved/{view.id}").status_code == 302


@pytest.mark.parametrize(
    ("of", "name"),
    [
        ("/reports", "Where patients come from"),
        ("/reports?period=this-month&by=source&view=any", "Sources, this month"),
        ("/reports?from=2026-05-01&to=2026-05-31&by=time", "Time, May 2026"),
        ("/reports/trust?period=this-year&location={place}", "How sure these figures are, this year, Riverside"),
        ("/reports/physicians?sort=most", "Referrals from physicians"),
        ("/reports?by=month&from=x&to=y", "Time, by month"),
        ("/reports/returns?location={place}", "Who comes again, Riverside"),
        ("/reports/calls", "New-patient calls"),
        ("/relationships/funnel?months=3", "How far referrals come"),
    ],
)
def test_a_view_about_to_be_saved_is_named_like_its_page(manager: Any, client: Client, of: str, name: str) -> None:
    page = client.get("/reports/saved/new", query_string={"of": of.format(place=manager.place.code)})
    field = re.search(r'<input[^>]*id="name"[^>]*>', page.text)
    assert page.status_code == 200 and field and f'value="{name}"' in field[0]


def test_a_location_of_others_is_not_named(manager: Any, client: Client, make: Make) -> None:
    code = make.location("Northgate").code
    page = client.get("/reports/saved/new", query_string={"of": f"/reports?location={code}"})
    assert "Northgate" not in text_of(page)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_name_that_can_not_be_is_refused_and_nothing_typed_is_lost(
    manager: Any, client: Client, session: Session, name: str
) -> None:
    page = save(client, name, "/reports?view=any", shared="y")
    assert page.status_code == 422
    assert 'value="/reports?view=any"' in page.text and "checked" in page.text
    assert session.query(SavedView).count() == 0


@pytest.mark.parametrize(
    "of",
    [
        "/people",
        "/reports?by=nonsense",
        "/reports?period=never",
        "/reports?page=0",
        "https://evil.example/reports",
        "//evil.example/reports",
        "javascript:alert(1)",
        "/reports/export",
    ],
)
def test_only_pages_of_the_reports_are_saved(manager: Any, client: Client, session: Session, of: str) -> None:
    assert client.get("/reports/saved/new", query_string={"of": of}).status_code == 404
    assert save(client, "x", of).status_code == 404
    assert session.query(SavedView).count() == 0


def test_private_views_are_nobody_elses_and_shared_ones_show_what_their_reader_may_see(
    manager: Any, client: Client, make: Make, sign_in: Any
) -> None:
    elsewhere = make.location("Elsewhere")
    mine = make.saved_view(manager, name="Only mine", shared=False)
    shared = make.saved_view(manager, name="Ours", address=f"/reports?view=any&location={manager.place.code}")
    patients = make.saved_view(manager, name="Who sends friends", address="/reports?by=patient&view=any")
    there = make.saved_view(manager, name="Over there", address=f"/reports?location={elsewhere.code}")
    assert "Over there" not in client.get("/reports/saved").text
    assert client.get(f"/reports/saved/{there.id}").status_code == 404
    assert save(client, "x", f"/reports?location={elsewhere.code}").status_code == 404
    sign_in(client, make.staff("liaison", locations=[manager.place]))
    page = client.get("/reports/saved").text
    assert "Ours" in page
    for view, name in ((mine, "Only mine"), (patients, "Who sends friends"), (there, "Over there")):
        assert name not in page
        for act in ("", "/change"):
            assert client.get(f"/reports/saved/{view.id}{act}").status_code == 404
        assert client.post(f"/reports/saved/{view.id}/delete").status_code == 404
    assert client.get(f"/reports/saved/{shared.id}").status_code == 302
    # Given a shared view, somebody else can't make it private to them or to its owner.
    client.post(f"/reports/saved/{shared.id}/change", data={"name": "Ours too"})
    assert (shared.name, shared.shared) == ("Ours too", True)


def test_a_shared_view_is_deleted_by_its_owner_or_by_somebody_of_every_location(
    manager: Any, client: Client, make: Make, sign_in: Any
) -> None:
    shared = make.saved_view(manager, name="Ours")
    sign_in(client, make.staff("manager", locations=[manager.place]))
    assert client.post(f"/reports/saved/{shared.id}/delete").status_code == 403
    assert shared.deleted_at is None
    sign_in(client, make.staff("manager", all_locations=True))
    assert client.post(f"/reports/saved/{shared.id}/delete").status_code == 303
    assert shared.deleted_at


@pytest.mark.parametrize("address", ["/reports?view=any&view=primary", "/reports?by=gone", "/reports/gone"])
def test_a_view_that_leads_nowhere_stays_with_its_owner_until_they_delete_it(
    manager: Any, client: Client, make: Make, sign_in: Any, address: str
) -> None:
    view = make.saved_view(manager, name="From long ago", address=address)
    page = client.get("/reports/saved")
    assert "From long ago can’t be opened any more" in text_of(page)
    assert f"/reports/saved/{view.id}/delete" in page.text and f'href="/reports/saved/{view.id}' not in page.text
    assert client.get(f"/reports/saved/{view.id}").status_code == 404
    assert "is deleted" in client.post(f"/reports/saved/{view.id}/delete", follow_redirects=True).text
    assert view.deleted_at
    assert "is back" in client.post(f"/reports/saved/{view.id}/bring-back", follow_redirects=True).text
    assert not view.deleted_at
    sign_in(client, make.staff("manager", locations=[manager.place]))
    assert "From long ago" not in client.get("/reports/saved").text
    assert client.post(f"/reports/saved/{view.id}/delete").status_code == 404


def test_every_report_page_offers_to_be_saved(manager: Any, client: Client, make: Make) -> None:
    from datetime import date

    make.answer(make.visit(manager.place, day=date(2026, 5, 12)), make.sources()["tv"])
    page = client.get("/reports?from=2026-05-01&to=2026-05-31&by=source")
    assert (
        "/reports/saved/new?of=/reports?from%3D2026-05-01" in page.text
        or "/reports/saved/new?of=%2Freports" in page.text
    )
