"""Whatever stands in an address, whoever opens it reads a page with a sentence, not that something went wrong."""

from typing import Any

import pytest
from flask import Flask

from intake.accounts.models import RoleName
from tests.clients import Client
from tests.house_rules.routes import build_world, routes
from tests.making import Make

pytestmark = pytest.mark.both

NAMES = (
    *("from", "to", "b-from", "b-to", "period", "day", "date", "month", "since", "until", "before", "after"),
    *("by", "view", "basis", "list", "level", "and-by", "and-key", "besides", "key", "of", "a", "b", "leaving"),
    *(
        "page",
        "at",
        "into",
        "under",
        "moved",
        "open",
        "location",
        "status",
        "came",
        "tier",
        "sort",
        "q",
        "name",
        "next",
    ),
)
LONG_NUMBER, NUL = "9" * 23, "\x00"
FIGURES = (("physician", "0"), ("month", "0000-00"), ("coverage", "place-0"), ("source", "\u202e\ufdfd"))
SHOWN_WITH_FILES = ("reports.totals", "reports.rows", "reports.trust", "reports.compare", "reports.costs")


def test_odd_words_in_an_address_get_a_page_that_says_so(
    app: Flask, make: Make, client: Client, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    world = build_world(make)
    make.answer(make.visit(world.here), make.sources()["doctor"])
    opened = set()
    for role in RoleName:
        sign_in(client, world.staff[role])
        for route in routes(app):
            guard, path = route.guard, world.address(route).partition("?")[0]
            if route.method != "GET" or guard.kind != "staff" or role not in guard.roles or route.endpoint in opened:
                continue
            opened.add(route.endpoint)
            for query in queries(route.endpoint):
                response = client.get(path, query_string=query)
                # Files are streamed; read, they are done before the next is asked for.
                page = response.data
                assert response.status_code < 500, (str(route), query)
                assert response.status_code < 400 or b"<h1" in page, (str(route), query)
    assert {"reports.rows", "reports.compare", "accounts.audit_trail", "duplicates.preview"} <= opened


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:81", "localhost@evil.example"])
def test_another_host_than_the_public_one_gets_a_bare_refusal(client: Client, host: str) -> None:
    for path in ("/sign-in", "/desk", "/kiosk", "/a/thanks", "/no-such-page"):
        response = client.get(path, headers={"Host": host})
        assert (response.status_code, response.location) == (400, None), path
        assert "evil" not in response.text


def queries(endpoint: str) -> list[dict[str, str]]:
    found = [dict.fromkeys(NAMES, odd) for odd in (LONG_NUMBER, NUL)]
    if endpoint == "reports.rows":
        found += [{"by": by, "key": key} for by, key in FIGURES]
    if endpoint in SHOWN_WITH_FILES:
        found += [
            {"q": "a" * 5000},
            {"page": "9" * 9},
            {"from": "9999-12-31"},
            {"from": "2026-05-31", "to": "2026-05-01"},
        ]
    return found


@pytest.mark.parametrize("body", ['"x"', "5", "[1]", '{"email": 5}', '{"a":' * 3_000])
def test_a_body_that_no_form_sends_is_refused(client: Client, body: str) -> None:
    response = client.post("/sign-in", data=body, content_type="application/json")
    assert response.status_code == 415 and "can&#39;t be read here" in response.text


def test_a_monitor_that_names_json_when_it_asks_is_answered(client: Client) -> None:
    assert client.get("/healthz", headers={"Content-Type": "application/json"}).status_code == 200
