"""Markup, a script, a template's braces in every column of words: no page runs them, asks for them or shows a sum.

What a page would have to do wrong is written as words that nobody types: a tag and an attribute of that name, a sum.
"""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page
from sqlalchemy import CheckConstraint, Column, String, Text, select, update
from sqlalchemy.exc import DBAPIError

from intake.accounts.auth import sessions
from intake.accounts.models import Role, RoleName
from intake.capture.patient_flow.handover import hand_over
from intake.db import Base, db
from tests.house_rules.personal_data.canaries import addresses, canary_world
from tests.house_rules.routes import World
from tests.making import Make
from tests.serving import PATIENCE_SECONDS

pytestmark = [pytest.mark.on("sqlite"), pytest.mark.browser]

PAYLOAD = (
    "\"'></title></script></textarea><payloadqa payloadqa=1>"
    "<img src=//payload.invalid onerror=alert(1)>{{7*191}}${7*191}"
)
SHORT = "\"'><payloadqa payloadqa=1>{{7*191}}"
# Words that programs read: of those a page makes another thing, or nothing.
READ = re.compile(
    r"(code|kind|type|status|state|language|channel|npi|zip|postal|time_zone|email|e164|password|secret|token|hash|"
    r"digest|fingerprint|key|uniquifier|action|endpoint|address|query|path|normal|folded|role|evidence|outcome|stage|"
    r"value|tier|goal|version|colour|color|uid|sid|id|event|reason|scope|source|permissions|name_key|words_key)$"
)


def free_words(table: Any) -> Iterator[Column[Any]]:
    """Columns that hold what somebody wrote."""
    checked = " ".join(str(each.sqltext) for each in table.constraints if isinstance(each, CheckConstraint))
    for column in table.columns:
        is_words = isinstance(column.type, String | Text) and not column.primary_key and not column.foreign_keys
        if is_words and not READ.search(column.name) and not re.search(rf"\b{column.name}\b", checked):
            yield column


def fill_every_column() -> int:
    """Put the payload wherever the database lets it; return into how many columns."""
    filled = 0
    for table in Base.metadata.sorted_tables:
        for column in free_words(table):
            length = getattr(column.type, "length", None) or len(PAYLOAD)
            words = PAYLOAD if length >= len(PAYLOAD) else SHORT
            if length < len(words):
                continue
            try:
                with db.session.begin_nested():
                    db.session.execute(update(table).where(column.is_not(None), column != "").values({column: words}))
                filled += 1
            except DBAPIError:
                # One of those that must differ from row to row, or whose rows never change.
                continue
    return filled


@pytest.fixture
def hostile(committed_app: Flask, make: Make) -> Iterator[World]:
    for world in canary_world(make):
        everybody = world.staff["manager"]
        everybody.roles = list(db.session.scalars(select(Role)))
        waiting = make.visit(world.here)
        hand_over(waiting, world.device, everybody)
        assert fill_every_column() > 60
        db.session.commit()
        yield world


@pytest.mark.everything
def test_nothing_that_anybody_wrote_is_run_by_a_browser(
    hostile: World, committed_app: Flask, live_server: SimpleNamespace, watched: Any
) -> None:
    page: Page = watched
    everybody = hostile.staff["manager"]
    serializer = SecureCookieSessionInterface().get_signing_serializer(committed_app)
    assert serializer is not None
    cookies = {"intake": serializer.dumps(sessions.cookie_values(everybody)), "intake-kiosk": hostile.device.token}
    page.context.add_cookies([{"name": name, "value": each, "url": live_server.url} for name, each in cookies.items()])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "payload.invalid" in request.url else None)
    found = {address for role in RoleName for address in addresses(hostile, committed_app, role)}
    # Whoever reads here would keep the service from writing.
    db.session.commit()
    pages = sorted(each for each in found if not re.search(r"\.(csv|xlsx|pdf|pptx|ics|txt|zip|json)\b|/export", each))
    shown, wrong = 0, []
    for address in [*pages, "/kiosk", "/wall"]:
        try:
            response = page.goto(live_server.url + address, timeout=PATIENCE_SECONDS * 1_000)
        except Exception as error:
            # A file that is saved and not shown.
            if "Download" in str(error) or "ERR_ABORTED" in str(error):
                continue
            raise
        shown += response is not None and response.status == 200
        if response is not None and response.status >= 500:
            wrong.append(f"{address}: {response.status}")
        if page.locator("payloadqa, [payloadqa], img[src*='payload.invalid']").count():
            wrong.append(f"{address}: markup")
        text = page.locator("body").inner_text() if page.locator("body").count() else ""
        if "1337" in text:
            wrong.append(f"{address}: a sum")
        if watched.complaints:
            wrong.append(f"{address}: {watched.complaints}")
            watched.complaints.clear()
    assert wrong == [] and asked == []
    assert shown > 100
