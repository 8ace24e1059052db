"""Route × role × location, from the URL map itself: a new route is tried as soon as it exists."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from intake.accounts.models import RoleName, Staff
from intake.db import db
from intake.web.http.csrf import csrf
from intake.web.http.route_guards import guard_of
from tests.clients import Client
from tests.house_rules.markup import forms_and_links
from tests.house_rules.routes import LOCATED, Route, World, routes, unknown_parameters

SIGN_IN = re.compile(r"^(http://localhost)?/sign-in(\?|$)")
PAIRING = re.compile(r"^(http://localhost)?/kiosk/pair(\?|$)")
# Signed by the carrier or by a device's own token; anything else without a form token is a forgery.
MAY_COME_WITHOUT_TOKEN = {"sms.inbound", "sms.status", "digests.unsubscribe"}
# What somebody else made for the whole practice.
ASKS_FOR_ALL_LOCATIONS = {"brought_files.take_back", "reports.undo_costs", "saved_views.delete"}
# Allowed, and it ends where everybody else is sent.
SIGNS_OUT = {"accounts.sign_out", "accounts.sign_myself_out_everywhere"}


def test_every_word_in_an_address_is_known_to_these_tests(app: Flask) -> None:
    assert list(unknown_parameters(routes(app))) == []


def test_nobody_gets_past_a_guard(app: Flask, client: Client, world: World) -> None:
    opened = []
    for route in routes(app):
        response = visit(client, world, route)
        if route.guard.kind == "staff" and not asks_to_sign_in(response):
            opened.append(f"{route}: {response.status_code}")
        if route.guard.kind == "device" and not asks_to_pair(response):
            opened.append(f"{route}: {response.status_code}")
        if route.guard.kind == "carrier" and response.status_code != 403:
            opened.append(f"{route}: {response.status_code}")

    assert not opened, "\n".join(opened)


@pytest.mark.parametrize("role", list(RoleName))
def test_a_role_opens_its_own_routes_and_no_others(
    app: Flask, client: Client, world: World, role: RoleName, sign_in: Callable[..., None]
) -> None:
    wrong: list[str] = []
    signed_in: Staff | None = None
    # Those that change nothing first: one who reads stays signed in.
    for route in sorted(routes(app), key=lambda each: each.method != "GET"):
        if route.guard.kind not in ("staff", "device"):
            continue
        place = world.here
        person = world.staff[role]
        if route.method != "GET" and role in route.guard.roles:
            # The last request may have closed, ended or signed out what it named.
            place = world.make.location()
            person = world.make.staff(str(role), locations=[place])
            if route.endpoint in ASKS_FOR_ALL_LOCATIONS:
                person = world.make.staff(str(role), all_locations=True)
        if route.guard.everywhere and role in route.guard.roles:
            sign_in(client, person)
            assert client.open(world.address(route, location=place), method=route.method).status_code == 403
            person = world.make.staff(str(role), all_locations=True)
            db.session.commit()
        if person is not signed_in:
            sign_in(client, person)
        response = client.open(world.address(route, location=place), method=route.method)
        signed_in = person if route.method == "GET" and not asks_to_sign_in(response) else None
        if route.guard.kind == "device":
            right = asks_to_pair(response)
        elif role in route.guard.roles:
            right = response.status_code < 400 or response.status_code in (409, 422)
            right = right and asks_to_sign_in(response) == (route.endpoint in SIGNS_OUT)
        else:
            right = response.status_code == 403
        if not right:
            wrong.append(f"{route}: {response.status_code} {response.headers.get('Location', '')}")
        elif route.method == "GET" and response.mimetype == "text/html" and response.status_code == 200:
            wrong += [f"{route} leads to {each}" for each in refused(app, response.text, person)]

    assert not wrong, "\n".join(wrong)


def test_a_tablet_opens_no_staff_route(app: Flask, client: Client, world: World, pair: Callable[..., None]) -> None:
    pair(client, world.device)

    opened = [
        f"{route}: {response.status_code}"
        for route in routes(app)
        if route.guard.kind == "staff"
        for response in [visit(client, world, route)]
        if not asks_to_sign_in(response)
    ]

    assert not opened, "\n".join(opened)


@pytest.mark.parametrize("role", list(RoleName))
def test_a_row_of_another_location_reads_like_one_that_is_not_there(
    app: Flask, client: Client, world: World, role: RoleName, sign_in: Callable[..., None]
) -> None:
    sign_in(client, world.staff[role])
    told_apart = []
    for route in routes(app):
        if route.guard.kind != "staff" or role not in route.guard.roles or not names_a_located_row(route):
            continue
        elsewhere = client.open(world.address(route, location=world.elsewhere), method=route.method)
        missing = client.open(world.address(route, missing=True), method=route.method)
        if elsewhere.status_code != 404 or comparable(elsewhere) != comparable(missing):
            told_apart.append(f"{route}: {elsewhere.status_code}, missing {missing.status_code}")

    assert not told_apart, "\n".join(told_apart)


def test_a_forged_post_is_refused_on_every_route(
    app: Flask, client: Client, world: World, sign_in: Callable[..., None], pair: Callable[..., None]
) -> None:
    everything = world.make.staff("administrator", roles=list(RoleName), locations=[world.here])
    sign_in(client, everything)
    pair(client, world.device)

    accepted = [
        f"{route}: {response.status_code}"
        for route in routes(app)
        if route.method != "GET" and route.endpoint not in MAY_COME_WITHOUT_TOKEN
        for response in [client.open(world.address(route), method=route.method, forged=True)]
        if response.status_code != 400
    ]

    assert not accepted, "\n".join(accepted)


def test_only_the_routes_named_here_come_without_a_form_token(app: Flask) -> None:
    exempt = {
        endpoint
        for endpoint, view in app.view_functions.items()
        if f"{view.__module__}.{view.__name__}" in csrf._exempt_views
    }

    assert exempt == MAY_COME_WITHOUT_TOKEN
    assert csrf._exempt_blueprints == set()


def refused(app: Flask, page: str, person: Staff) -> set[str]:
    """Buttons and links of a page whose guard sends away whom it was shown to."""
    held = {role.name for role in person.roles}
    forms, links = forms_and_links(page)
    led_to = {(form.method.upper(), action) for form in forms for action in form.actions}
    found = set()
    for method, address in led_to | {("GET", link) for link in links}:
        path = urlsplit(address).path
        if not path.startswith("/"):
            continue
        try:
            endpoint, _ = app.url_map.bind("localhost").match(path, method)
        except HTTPException:
            continue
        guard = guard_of(app.view_functions[endpoint])
        if guard is None or guard.kind != "staff":
            continue
        if not held & guard.roles or (guard.everywhere and not person.all_locations):
            found.add(f"{method} {endpoint}")
    return found


def visit(client: Client, world: World, route: Route) -> TestResponse:
    return client.open(world.address(route), method=route.method)


def asks_to_sign_in(response: TestResponse) -> bool:
    return response.status_code in (302, 303) and bool(SIGN_IN.match(response.headers["Location"]))


def asks_to_pair(response: TestResponse) -> bool:
    return response.status_code in (302, 303) and bool(PAIRING.match(response.headers["Location"]))


def names_a_located_row(route: Route) -> bool:
    return bool(route.parameters & LOCATED.keys())


def comparable(response: TestResponse) -> tuple[int, str, dict[str, str]]:
    """All that a reader could compare; the nonce and the form token are drawn anew each time."""
    nonce = re.search(r"'nonce-([^']+)'", response.headers.get("Content-Security-Policy", ""))
    body = response.text.replace(nonce.group(1), "NONCE") if nonce else response.text
    body = re.sub(r'(X-CSRFToken": "|csrf_token" (?:type="hidden" )?value=")[^"]+', r"\1TOKEN", body)
    kept = {
        name: value for name, value in response.headers.items() if name not in ("Set-Cookie", "Content-Security-Policy")
    }
    return response.status_code, body, kept
