"""No name or word of a patient stands in what a browser keeps or sends by itself: cookies, addresses, what is next."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from intake.survey.recording.record_answer import NewMention
from intake.survey.review.groups import key_of
from tests.clients import Client
from tests.house_rules.personal_data.canaries import words_of
from tests.house_rules.routes import routes
from tests.making import Make

DAY = date(2026, 5, 12)
WORDS = re.compile("qanary", re.IGNORECASE)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
ADDRESS = re.compile(r'\s(?:href|action|formaction|src|hx-[a-z-]+|data-[a-z-]+)="([^"]*)"')


@pytest.fixture
def place(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    make.practice()
    place = make.location("Riverside")
    place.sources = make.sources()
    sign_in(client, make.staff("manager", locations=[place]))
    return place


def person(make: Make, word: str) -> Any:
    return make.patient(f"{word}qanary", f"{word}lastqanary")


def matched(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    friend = person(make, "Friend")
    make.visit(place, friend)
    mention = make.named_friend(place, "Namedqanary Wordsqanary", patient=person(make, "Sent"), day=DAY)
    return f"/review/people/{mention}", {"patient": friend.id}, "Friendqanary Friendlastqanary sent Sentqanary"


def no_patient(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    mention = make.named_friend(place, "Namedqanary Wordsqanary", day=DAY)
    return f"/review/people/{mention}", {"patient": "nobody"}, "“Namedqanary Wordsqanary” is no patient here"


def charted(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    visit = make.conflict(place, patient=person(make, "Chart"), day=DAY)
    return f"/review/conflicts/{visit.id}", {"verdict": "chart"}, "The chart counts for Chartqanary Chartlastqanary"


def merged(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    keep, other = person(make, "Kept"), person(make, "Other")
    make.visit(place, keep)
    make.visit(place, other)
    return "/duplicates/patients/merge", {"keep": keep.id, "other": other.id}, "Otherqanary Otherlastqanary, chart "


def called(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    fields = {"first_name": "Callqanary", "last_name": "Reyes", "phone": "(518) 555-0142", "location": place.id}
    friend = place.sources["friend_family"].id
    fields |= {"submission_id": str(uuid.uuid4()), "source": friend, f"detail-{friend}": "Friendqanary"}
    return "/desk/calls", fields, "Call noted: Friend or family"


def call_matched(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    visit = make.visit(place, person(make, "Came"))
    return f"/desk/calls/{make.caller(place).id}/match", {"visit": visit.id}, "belongs to Cameqanary Camelastqanary now"


def ruled(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    make.answer(make.visit(place, day=DAY), NewMention(None, detail="zorblatqanary"), verbatim="zorblatqanary")
    fields = {"row": key_of(["zorblatqanary"]), "spelling": "zorblatqanary", "target": "none", "at": 0}
    return "/review/decide", fields, "“zorblatqanary”: no source"


def recorded(make: Make, place: Any) -> tuple[str, dict[str, Any], str]:
    visit, friend = make.visit(place, person(make, "Desk")), place.sources["friend_family"].id
    fields = {"submission_id": str(uuid.uuid4()), "source": friend, f"detail-{friend}": "Friendqanary"}
    return f"/desk/visits/{visit.id}/answer", fields, "Deskqanary Desklastqanary: Friend or family"


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("flow", [matched, no_patient, charted, merged, called, call_matched, ruled, recorded])
def test_a_note_names_a_patient_on_the_page_and_not_in_the_cookie_that_brings_it(
    place: Any, client: Client, make: Make, flow: Callable[..., tuple[str, dict[str, Any], str]]
) -> None:
    address, fields, sentence = flow(make, place)
    done = client.post(address, data=fields)
    assert done.status_code == 303
    assert not WORDS.search(done.location)
    with client.session_transaction(base_url="http://localhost") as kept:
        assert not WORDS.search(repr(dict(kept)))
    page = client.get(done.location)
    assert sentence in re.sub(r"<[^>]+>", "", page.text)
    with client.session_transaction(base_url="http://localhost") as kept:
        assert not WORDS.search(repr(dict(kept)))


@pytest.mark.on("sqlite")
def test_no_page_leads_to_an_address_with_a_patient_in_it(app: Flask, place: Any, client: Client, make: Make) -> None:
    visit = make.visit(place, person(make, "Here"))
    friend = place.sources["friend_family"].id
    kin = NewMention(friend, detail="kinqanary", referring_patient_id=make.visit(place, person(make, "Kin")).patient_id)
    make.answer(visit, kin, verbatim="verbatimqanary")
    make.answer(make.visit(place), NewMention(None, detail="wordsqanary"), verbatim="wordsqanary")
    caller = make.caller(place, first_name="Callerqanary")
    make.named_friend(place, "Friendqanary Wordsqanary")
    looked_up = {
        "/patients": "Hereqanary",
        f"/desk/calls/{caller.id}/find": "Hereqanary",
        "/desk/patients": "Hereqanary",
    }
    pages = [client.post(address, data={"q": name}) for address, name in looked_up.items()]
    assert all("Hereqanary" in page.text for page in pages)
    of_rows = {"visit_id": visit.id, "patient_id": visit.patient_id, "caller_id": caller.id}
    for route in routes(app):
        if route.method == "GET" and route.guard.kind == "staff" and route.parameters <= of_rows.keys():
            address = app.url_map.bind("").build(route.endpoint, {name: of_rows[name] for name in route.parameters})
            pages.append(client.get(address, query_string={"by": "patient"}))
            # Files are streamed; read, they are done before the next is asked for.
            assert pages[-1].data is not None
    read = [words_of(page) for page in pages]
    assert sum("qanary" in words for words in read) > 8
    for page, words in zip(pages, read, strict=True):
        found = [each for each in addresses_in(words) if WORDS.search(each)]
        assert not found, (page.request.path, found)
        # A browser keeps titles in its history.
        assert not any(WORDS.search(title) for title in TITLE.findall(words)), page.request.path


def addresses_in(page: str) -> Iterator[str]:
    yield from (unquote(address) for address in ADDRESS.findall(page) if "/" in address)


@pytest.mark.on("sqlite")
def test_what_was_typed_does_not_follow_to_the_sign_in_page(client: Client, place: Any) -> None:
    client.delete_cookie("intake")
    asked = client.get("/physicians?q=Hereqanary&who=all")
    assert asked.status_code == 303 and "who%3Dall" in asked.location and not WORDS.search(asked.location)
    shown = {"HX-Request": "true", "HX-Current-URL": "http://localhost/physicians?name=Hereqanary&page=2"}
    part = client.get("/physicians?q=Hereqanary", headers=shown)
    assert "page%3D2" in part.headers["HX-Redirect"] and not WORDS.search(part.headers["HX-Redirect"])


@pytest.mark.on("sqlite")
def test_patients_are_looked_up_by_post_alone(client: Client, place: Any, make: Make) -> None:
    make.visit(place, person(make, "Here"))
    caller = make.caller(place)
    for address in ("/patients", f"/desk/calls/{caller.id}", "/desk/patients", "/review/search", "/review/people"):
        page = client.get(address, query_string={"q": "Hereqanary", "find": "Hereqanary"})
        assert "Herelastqanary" not in page.text, address
