"""Forms that come too late, twice, from an old page, with far too much in them, or after somebody else's."""

import html
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder

from intake import clock
from intake.accounts.models import Staff
from intake.attribution.costs.models import Spend
from intake.attribution.saved.models import Digest, SavedView
from intake.directory.models import ReferralSource, Visit
from intake.survey.models import Answer
from tests.clients import Client
from tests.making import Make
from tests.pages import text_of

PASSWORD = "seven green herons"
HERE = {"Origin": "http://localhost"}


@dataclass
class Sent:
    """A form as it is sent, and what it makes one of."""

    path: str
    fields: dict[str, str]
    makes: type
    twice: str


@pytest.fixture
def somebody(session: Session, make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    """Who may send every form, signed in."""
    place = make.location("Riverside")
    staff = make.staff(
        "manager", roles=["administrator"], locations=[place], password=PASSWORD, email="nora@example.org", name="Nora"
    )
    sign_in(client, staff)
    return staff


@pytest.fixture
def forms(somebody: Staff, make: Make) -> dict[str, Sent]:
    sources = make.sources()
    place = somebody.locations[0]
    view = make.saved_view(somebody, name="Monday meeting")
    visit = make.visit(place)
    return {
        "spending": Sent(
            "/reports/costs?period=this-year",
            {
                "source": str(sources["mail"].id),
                "month": f"{clock.now():%Y-%m}",
                "amount": "1,250.50",
                "note": "Spring cards",
            },
            Spend,
            f"$1,250.50 for Mail in {clock.now():%B %Y} is entered already",
        ),
        "saved view": Sent(
            "/reports/saved/new",
            {"name": "By source & year", "of": "/reports?view=any", "shared": "y"},
            SavedView,
            "“By source & year” is saved already",
        ),
        "digest": Sent(
            "/reports/e-mails",
            {"saved_view_id": str(view.id), "staff_id": str(somebody.id), "rhythm": "monthly"},
            Digest,
            "Nora gets this view already",
        ),
        "source": Sent(
            "/sources",
            {
                "label": "Tulip festival",
                "hint": "in May",
                "kind": "non_person",
                "parent_id": "0",
                "icon": "flag",
                "aliases": "tulips\nflower fair",
            },
            ReferralSource,
            "“Tulip festival” is on the list already",
        ),
        "answer": Sent(
            f"/desk/visits/{visit.id}/answer",
            {"source": str(sources["tv"].id), "verbatim": "the <news> at six", "submission_id": str(uuid.uuid4())},
            Answer,
            f"{visit.patient.first_name} {visit.patient.last_name}: TV",
        ),
        "walk-in": Sent(
            f"/desk/visits/new?location={place.id}",
            {
                "mrn": "M-77",
                "first_name": "Marta",
                "last_name": "Reyes",
                "visit_type": "new",
                "language": "",
                "provider": "Dr. Lind",
            },
            Visit,
            "Marta Reyes is on the list",
        ),
        "person": Sent(
            "/people/new",
            {"name": "Amara Osei", "email": "amara@example.org", "roles": "front_desk", "locations": str(place.id)},
            Staff,
            "Amara Osei is added already",
        ),
    }


ALL = ("spending", "saved view", "digest", "source", "answer", "walk-in", "person")


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def kept_in(page: Any) -> tuple[str, dict[str, str]]:
    """Where the page with what was typed sends it, and what it sends, besides the token."""
    path = re.search(r'<form method="post" action="([^"]*)"', page.text)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    assert path, page.text
    return html.unescape(path[1]), {name: html.unescape(text) for name, text in fields.items() if name != "csrf_token"}


def value_of(page: Any, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page.text)
    assert found, f"no {name} on the page"
    return html.unescape(found[1])


@pytest.mark.parametrize("name", ALL)
def test_what_was_typed_when_the_session_ran_out_is_sent_after_signing_in(
    name: str, somebody: Staff, forms: dict[str, Sent], client: Client, session: Session
) -> None:
    form = forms[name]
    before = count(session, form.makes)
    with time_machine.travel(clock.now() + timedelta(minutes=20), tick=False):
        late = client.post(form.path, data=form.fields)
        assert (late.status_code, count(session, form.makes)) == (401, before)
        assert not any(text in late.text for text in form.fields.values() if len(text) > 10)
        given = {"email": somebody.email, "password": PASSWORD, "draft": value_of(late, "draft")}
        back = client.post("/sign-in", data=given)
        path, fields = kept_in(back)
        assert (path, fields) == (form.path, form.fields)
        assert client.post(path, data=fields).status_code == 303
    assert count(session, form.makes) == before + 1


@pytest.mark.parametrize("name", ALL)
def test_a_form_of_a_page_from_before_the_last_signing_in_is_shown_to_be_sent(
    name: str, forms: dict[str, Sent], client: Client, session: Session
) -> None:
    form = forms[name]
    before = count(session, form.makes)
    stale = client.post(
        form.path, data={**form.fields, "csrf_token": "of an earlier session"}, headers=HERE, forged=True
    )
    assert (stale.status_code, count(session, form.makes)) == (401, before)
    assert "Nothing has been saved yet" in stale.text
    path, fields = kept_in(stale)
    assert (path, fields) == (form.path, form.fields)


def test_what_is_shown_of_a_kept_form_is_what_was_typed(forms: dict[str, Sent], client: Client) -> None:
    form = forms["answer"]
    numbers = {"seen": "12345", "main": form.fields["source"], "detail-12": "Channel 6", "physician-12": "4711"}
    page = client.post(form.path, data=form.fields | numbers, headers=HERE, forged=True)
    shown = re.findall(r"<dt>([^<]*)</dt>\s*<dd[^>]*>([^<]*)</dd>", page.text)
    assert [(label, html.unescape(text)) for label, text in shown] == [
        ("Verbatim", "the <news> at six"),
        ("Detail", "Channel 6"),
    ]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_form_that_another_site_sends_is_refused(
    headers: dict[str, str], forms: dict[str, Sent], client: Client, session: Session
) -> None:
    form = forms["spending"]
    refused = client.post(form.path, data=form.fields, headers=headers, forged=True)
    assert refused.status_code == 400
    assert "Spring cards" not in refused.text
    assert count(session, Spend) == 0


@pytest.mark.parametrize("name", ALL)
def test_a_form_sent_twice_makes_one_and_says_so(
    name: str, forms: dict[str, Sent], client: Client, session: Session
) -> None:
    form = forms[name]
    before = count(session, form.makes)
    first = client.post(form.path, data=form.fields)
    assert (first.status_code, count(session, form.makes)) == (303, before + 1)
    again = client.post(form.path, data=form.fields, follow_redirects=True)
    assert again.status_code in (200, 422)
    assert form.twice in html.unescape(re.sub(r"\s+", " ", again.text))
    assert count(session, form.makes) == before + 1


TEXTS = [
    ("spending", "amount"),
    ("spending", "note"),
    ("saved view", "name"),
    ("source", "label"),
    ("source", "hint"),
    ("source", "aliases"),
    ("answer", "verbatim"),
    ("walk-in", "last_name"),
    ("walk-in", "provider"),
    ("person", "name"),
    ("person", "email"),
]


@pytest.mark.parametrize(("name", "field"), TEXTS)
def test_a_book_pasted_into_a_field_is_refused_and_the_rest_stays(
    name: str, field: str, forms: dict[str, Sent], client: Client, session: Session
) -> None:
    form = forms[name]
    before = count(session, form.makes)
    refused = client.post(form.path, data={**form.fields, field: "x" * 300_000})
    assert (refused.status_code, count(session, form.makes)) == (422, before)
    others = [text for key, text in form.fields.items() if key != field and len(text) > 6 and "\n" not in text]
    assert all(text in html.unescape(refused.text) for text in others if not text.startswith("/"))


@pytest.mark.parametrize("name", [name for name in ALL if name != "digest"])
@pytest.mark.parametrize("sent_as", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_ten_megabytes_of_text_are_refused_in_words(
    name: str, sent_as: str, forms: dict[str, Sent], client: Client, session: Session
) -> None:
    form = forms[name]
    before = count(session, form.makes)
    field = next(field for where, field in TEXTS if where == name)
    sent = EnvironBuilder(method="POST", data={**form.fields, field: "x" * 10_000_000}, content_type=sent_as)
    environ = sent.get_environ()
    body, length = environ["wsgi.input"], int(environ["CONTENT_LENGTH"])
    refused = client.post(form.path, input_stream=body, content_length=length, content_type=environ["CONTENT_TYPE"])
    assert body.tell() == length, "a browser that is cut off shows no page"
    assert (refused.status_code, count(session, form.makes)) == (413, before)
    assert "more text than a form takes" in refused.text and "Nothing was saved" in refused.text


@pytest.mark.parametrize(
    ("role", "path", "who"),
    [
        ("front_desk", "/reports", "managers, liaisons and administrators"),
        ("front_desk", "/sources", "managers and administrators"),
        ("manager", "/people", "administrators"),
        ("liaison", "/desk", "the front desk and managers"),
        ("liaison", "/reports?by=patient", "managers and administrators"),
        ("liaison", "/duplicates/patients", "managers and administrators"),
        ("administrator", "/desk/visits/new", "the front desk and managers"),
    ],
)
def test_a_page_of_others_says_whose_it_is(
    role: str, path: str, who: str, client: Client, make: Make, sign_in: Callable[..., None]
) -> None:
    make.sources()
    sign_in(client, make.staff(role))
    refused = client.get(path)
    assert refused.status_code == 403
    assert f"It is for {who}. If you need it for your work, ask an administrator" in text_of(refused)


def test_whoever_guesses_too_often_is_told_when_to_try_again(client: Client, make: Make) -> None:
    make.staff(email="nora@example.org")
    for _ in range(6):
        refused = client.post("/sign-in", data={"email": "nora@example.org", "password": "wrong"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "Wait a minute, then try again" in text_of(refused)


def test_who_saves_a_view_second_is_shown_what_the_first_one_changed(
    somebody: Staff, client: Client, make: Make, session: Session
) -> None:
    view = make.saved_view(somebody, name="Monday", shared=False)
    path = f"/reports/saved/{view.id}/change"
    opened = value_of(client.get(path), "seen")
    assert client.post(path, data={"name": "Tuesday", "seen": opened}).status_code == 303
    assert client.post(path, data={"name": "Tuesday", "seen": opened}).status_code == 303
    second = client.post(path, data={"name": "Monday", "shared": "y", "seen": opened})
    assert second.status_code == 409
    assert "Now stands: Name: “Tuesday”; Share with everybody here who may read reports: no." in text_of(second)
    assert 'value="Monday"' in second.text and "checked" in second.text
    assert (view.name, view.shared) == ("Tuesday", False)
    again = client.post(path, data={"name": "Monday", "shared": "y", "seen": value_of(second, "seen")})
    assert (again.status_code, view.name, view.shared) == (303, "Monday", True)


def test_who_saves_a_source_second_is_shown_what_the_first_one_changed(
    forms: dict[str, Sent], client: Client, session: Session
) -> None:
    sent = forms["source"]
    client.post(sent.path, data=sent.fields)
    source = session.scalars(select(ReferralSource).where(ReferralSource.label == "Tulip festival")).one()
    path = f"/sources/{source.id}"
    fields = sent.fields | {"seen": value_of(client.get(path), "seen"), "aliases": "flower fair\r\ntulips"}
    assert client.post(path, data=fields | {"hint": "every May", "icon": "tv"}).status_code == 303
    second = client.post(path, data=fields | {"label": "Tulip fair"})
    assert second.status_code == 409
    assert "Now stands: Name: “Tulip festival”; Small second line: “every May”; Picture: " in text_of(second)
    assert 'value="Tulip fair"' in second.text
    session.refresh(source)
    assert (source.label, source.hint, source.icon) == ("Tulip festival", "every May", "tv")
    theirs = fields | {"label": "Tulip fair", "hint": "every May", "icon": "tv", "seen": value_of(second, "seen")}
    assert client.post(path, data=theirs).status_code == 303
    session.refresh(source)
    assert (source.label, source.hint) == ("Tulip fair", "every May")


def test_undoing_twice_says_that_it_is_done(
    somebody: Staff, forms: dict[str, Sent], client: Client, make: Make, session: Session
) -> None:
    client.post(forms["spending"].path, data=forms["spending"].fields)
    entry = session.scalars(select(Spend)).one()
    view = make.saved_view(somebody, name="Monday")
    merge = make.source_merge()
    for path, said in (
        (f"/reports/costs/{entry.id}/undo", "was taken back already"),
        (f"/reports/saved/{view.id}/delete", "“Monday” is deleted already"),
        (f"/sources/merges/{merge.id}/undo", "counts for itself again"),
    ):
        assert client.post(path, follow_redirects=True).status_code == 200
        assert said in text_of(client.post(path, follow_redirects=True)), path
