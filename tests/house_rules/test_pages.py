"""Every page of every door: valid HTML, one h1, a title, named fields, nothing inline; and reading writes nothing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask, has_request_context, request
from markupsafe import escape
from sqlalchemy import event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from intake.accounts.models import RoleName
from intake.db import db
from tests.clients import Client
from tests.house_rules.markup import faults, forms_and_links, is_whole_page
from tests.house_rules.routes import Route, World, routes

WRITES = re.compile(r"\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO)\s+\"?(\w+)", re.IGNORECASE)
# What reading writes, in a transaction of its own: who read what, and /readyz that something can be written.
WRITTEN_BY_READING = {"audit_entry", "operation_note"}
KEBAB = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?$")
PARAMETER = re.compile(r"^<((int|path|uuid):)?[a-z_]+>(\.[a-z]+)?$")


@pytest.fixture
def reader(client: Client, world: World, sign_in: Callable[..., None], pair: Callable[..., None]) -> Client:
    """Somebody to whom every door stands open."""
    sign_in(client, world.make.staff("administrator", roles=list(RoleName), locations=[world.here]))
    pair(client, world.device)
    return client


@dataclass(frozen=True)
class Read:
    """What came back from an address, and the tables that were written to meanwhile."""

    route: Route
    response: TestResponse
    written: frozenset[str]


@pytest.fixture(scope="session")
def _all_read() -> dict[str, list[Read]]:
    return {}


@pytest.fixture
def all_read(kind: str, _all_read: dict[str, list[Read]], request: pytest.FixtureRequest) -> list[Read]:
    """Everything that can be read, asked for once a database by somebody to whom every door stands open."""
    if kind not in _all_read:
        app, reader, world = (request.getfixturevalue(name) for name in ("app", "reader", "world"))
        read = []
        for route in routes(app):
            if route.method == "GET":
                address = world.address(route)
                with written_tables() as tables:
                    response = reader.get(address)
                read.append(Read(route, response, frozenset(tables)))
        _all_read[kind] = read
    return _all_read[kind]


@pytest.mark.both
def test_every_page_is_good_html(all_read: list[Read]) -> None:
    found = [
        f"{read.route}: {fault}" for read in all_read if is_page(read.response) for fault in faults(read.response.text)
    ]

    assert not found, "\n".join(found)


def test_figures_on_paper_say_whose_they_are_and_when_they_were_printed(all_read: list[Read]) -> None:
    printable = [read for read in all_read if is_page(read.response) and "reports-print.css" in read.response.text]

    assert len(printable) > 20
    assert [str(read.route) for read in printable if "paper-head" not in read.response.text] == []


@pytest.mark.both
def test_an_empty_form_comes_back_as_good_html(app: Flask, reader: Client, world: World) -> None:
    found = []
    for route in form_routes(app):
        world.forget_rows()
        response = reader.open(world.address(route), method=route.method)
        if response.status_code >= 500:
            found.append(f"{route}: {response.status_code}")
        if is_page(response):
            found += [f"{route}: {fault}" for fault in faults(response.text)]

    assert not found, "\n".join(found)


# No day, no day of the calendar, and days that nobody means.
NO_DAYS = ("", "abc", "2026-02-31", "0001-01-01", "9999-12-31")


def test_no_day_typed_into_any_form_breaks_it_or_is_lost(app: Flask, all_read: list[Read], reader: Client) -> None:
    # Rows that the pages were read with are gone if another test read them.
    found, tried = [], set()
    for read in all_read:
        if not is_page(read.response):
            continue
        for form in forms_and_links(read.response.text)[0]:
            for name in form.days:
                address = form.actions[0] or read.response.request.path
                if (read.route.endpoint, name) in tried:
                    continue
                tried.add((read.route.endpoint, name))
                for typed in NO_DAYS:
                    data = [(key, value) for key, value in form.fields if key != name] + [(name, typed)]
                    data += [("words", "They miss our reports.")] if "words" in dict(form.fields) else []
                    values = MultiDict(data)
                    sent = {"data": values} if form.method == "post" else {"query_string": values}
                    response = reader.open(address, method=form.method.upper(), **sent)
                    if response.status_code >= 500:
                        found.append(f"{address}: {name} = {typed!r} ends in {response.status_code}")
                    elif response.status_code == 422 and typed and escape(typed) not in response.text:
                        found.append(f"{address}: {name} = {typed!r} is gone from the page")

    assert len(tried) > 10
    assert not found, "\n".join(found)


def test_pages_for_nobody_are_good_html(app: Flask, client: Client, world: World) -> None:
    found = []
    for route in routes(app):
        response = client.open(world.address(route), method=route.method)
        if is_page(response):
            found += [f"{route}: {response.status_code}: {fault}" for fault in faults(response.text)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ["/no-such-page", "/kiosk/no-such-page", "/a/no-such-link"])
def test_a_missing_page_is_good_html_that_shows_patients_no_staff_chrome(
    client: Client, world: World, path: str
) -> None:
    response = client.get(path)

    assert response.status_code in (404, 410)
    assert is_whole_page(response.text)
    assert faults(response.text) == []
    assert ("/desk" in response.text) is False


@pytest.mark.both
def test_reading_a_page_writes_nothing_but_that_it_was_read(all_read: list[Read]) -> None:
    found = [f"{read.route}: {sorted(read.written)}" for read in all_read if read.written - WRITTEN_BY_READING]

    assert not found, "\n".join(found)


def test_addresses_are_in_kebab_case(app: Flask) -> None:
    odd = [
        rule.rule
        for rule in app.url_map.iter_rules()
        for part in rule.rule.strip("/").split("/")
        if part and not KEBAB.match(part) and not PARAMETER.match(part)
    ]

    assert not odd, "\n".join(odd)


@pytest.mark.both
def test_every_page_comes_with_its_protections(all_read: list[Read]) -> None:
    found = []
    for read in all_read:
        route, response = read.route, read.response
        if route.endpoint == "static":
            continue
        policy = response.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            found.append(f"{route}: policy {policy!r}")
        if response.headers.get("X-Content-Type-Options") != "nosniff":
            found.append(f"{route}: content type may be guessed")
        if response.headers.get("Cache-Control") != "no-store" and response.mimetype == "text/html":
            found.append(f"{route}: {response.headers.get('Cache-Control')!r}")

    assert not found, "\n".join(found)


def form_routes(app: Flask) -> list[Route]:
    return [route for route in routes(app) if route.method != "GET" and route.guard.kind != "carrier"]


def is_page(response: TestResponse) -> bool:
    """Something of ours to read; the text that comes with a redirect is the framework's and never shown."""
    return response.mimetype == "text/html" and not 300 <= response.status_code < 400 and bool(response.text)


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """Tables that statements of requests write to within the block."""
    tables: set[str] = set()

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if has_request_context() and request.method == "GET" and (match := WRITES.match(statement)):
            tables.add(match.group(2))

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        yield tables
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)
