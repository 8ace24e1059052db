"""The inbox of texts: whatever a person must see is in it, each location's own, the urgent and the newest first."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from intake import clock
from intake.accounts.models import Staff
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.staff_pages.inbox import MOST_COUNTED, ON_A_PAGE, inbox, waiting_for_a_person
from intake.db import db
from intake.directory.models import Location, Visit
from intake.sms.models import NEEDS_NOBODY, InboundText
from tests.clients import Client
from tests.making import Make

SignIn = Callable[[Client, Staff], None]


@pytest.fixture
def place(app: Flask, make: Make) -> Location:
    make.practice()
    return make.location("Uptown")


@pytest.fixture
def visit(make: Make, place: Location) -> Visit:
    found: Visit = make.visit(place, make.patient("Marta", "Reyes", mobile_e164="+15185550101"))
    return found


def bodies(place: Location, older_than: str = "") -> list[str]:
    return [reply.body for reply in inbox(within=[place.id], older_than=older_than).replies]


def many(visit: Visit, count: int, *, outcome: str = "left_to_a_person", first: int = 0) -> None:
    """Replies of one visit that were read, named by their number, the last the newest."""
    now = clock.now()
    given = {"from_e164": "+15185550101", "to_number": "+15185550100", "media_count": 0, "arrived_by": "webhook"}
    rows = [
        {
            **given,
            "message_sid": f"SM{outcome[:4]}{number:028x}",
            "body": str(number),
            "received_at": now,
            "handled_at": now,
            "visit_id": visit.id,
            "outcome": outcome,
        }
        for number in range(first, first + count)
    ]
    db.session.execute(insert(InboundText), rows)


@contextmanager
def statements() -> Iterator[list[tuple[str, object]]]:
    said: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        said.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    yield said
    event.remove(db.engine, "before_cursor_execute", note)


def test_the_oldest_hundreds_hide_nothing_newer(place: Location, visit: Visit) -> None:
    many(visit, 3 * ON_A_PAGE)

    seen: list[str] = []
    older = ""
    while len(seen) < 3 * ON_A_PAGE:
        page = inbox(within=[place.id], older_than=older)
        seen += [reply.body for reply in page.replies]
        older = page.older

    assert seen == [str(number) for number in reversed(range(3 * ON_A_PAGE))]
    assert older == ""


def test_an_emergency_stands_above_everything_newer(place: Location, visit: Visit, make: Make) -> None:
    make.reply(visit, "I can’t breathe", outcome="emergency")
    many(visit, ON_A_PAGE)

    page = inbox(within=[place.id])

    assert page.replies[0].body == "I can’t breathe"
    assert page.replies[0].urgent
    assert page.older
    assert bodies(place, page.older) == ["0"]


def test_more_emergencies_than_a_page_holds_come_before_the_rest(place: Location, visit: Visit) -> None:
    many(visit, ON_A_PAGE + 2, outcome="emergency")
    many(visit, 1, first=900)

    page = inbox(within=[place.id])

    assert all(reply.urgent for reply in page.replies)
    assert bodies(place, page.older) == ["1", "0", "900"]


@pytest.mark.parametrize("outcome", NEEDS_NOBODY)
def test_what_needs_nobody_never_enters(place: Location, visit: Visit, make: Make, outcome: str) -> None:
    make.reply(visit, "thanks", outcome=outcome)

    assert bodies(place) == []


def test_an_outcome_that_nobody_thought_of_is_seen(place: Location, visit: Visit, make: Make) -> None:
    make.reply(visit, "need a refill", outcome="errand")

    assert bodies(place) == ["need a refill"]


def test_what_was_answered_meanwhile_leaves(place: Location, visit: Visit, make: Make) -> None:
    make.reply(visit, "hm", outcome="unreadable", received_at=clock.now() - timedelta(hours=2))
    assert bodies(place) == ["hm"]

    make.answer(visit, make.source())

    assert bodies(place) == []
    assert waiting_for_a_person(within=[place.id]) == 0


def test_each_location_sees_its_own_and_what_is_nobodys(make: Make, place: Location, visit: Visit) -> None:
    elsewhere = make.location("Harbour")
    make.visit(elsewhere, make.patient(mobile_e164="+15185550102"))
    make.reply(visit, "ours")
    make.reply(None, "somebody's at Harbour", outcome="unknown_sender", from_e164="+15185550102")
    make.reply(None, "nobody's", outcome="unknown_sender")

    assert bodies(place) == ["nobody's", "ours"]
    assert bodies(elsewhere) == ["nobody's", "somebody's at Harbour"]


def test_an_uncertain_text_of_no_location_is_everybodys_to_decide(
    client: Client, make: Make, place: Location, sign_in: SignIn
) -> None:
    sign_in(client, make.staff("front_desk", locations=[place]))
    lost = make.text(make.visit(place), location_id=None, visit_id=None, state="uncertain", sent_at=None)

    assert "Did it arrive?" in client.get("/texts/replies").text
    assert client.post(f"/texts/uncertain/{lost.id}", data={"arrived": "no"}).status_code == 303
    assert "Did it arrive?" not in client.get("/texts/replies").text


def test_the_pages_lead_to_one_another_and_say_what_is_urgent(
    client: Client, make: Make, place: Location, visit: Visit, sign_in: SignIn
) -> None:
    sign_in(client, make.staff("front_desk", locations=[place]))
    many(visit, MOST_COUNTED)
    make.reply(visit, "chest pain", outcome="emergency")
    make.reply(visit, "", media_count=1)

    first = client.get("/texts/replies").text
    older = re.search(r'href="([^"]*older=[^"]*)"', first)
    assert older is not None
    second = client.get(html.unescape(older[1])).text

    assert "Urgent" in first
    assert "a picture, not kept" in first
    assert "99+" in first
    assert "Newest" in second
    assert "chest pain" not in second


@pytest.mark.parametrize("older", ["urgent-", "usual-x", "-1", "usual-" + "9" * 40, "usual-١"])
def test_odd_words_for_a_page_lead_to_the_first(place: Location, visit: Visit, make: Make, older: str) -> None:
    make.reply(visit, "hello")

    assert bodies(place, older) == ["hello"]


def test_the_inbox_is_found_by_its_indexes_beside_many_old_replies(place: Location, visit: Visit) -> None:
    many(visit, 4000, outcome="answer")
    many(visit, ON_A_PAGE + 5)
    db.session.execute(text("ANALYZE"))

    with statements() as said:
        inbox(within=[place.id])
        waiting_for_a_person(within=[place.id])

    asked = [each for each in said if "inbound_text" in each[0]]
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    assert len(asked) == 3
    for statement, values in asked:
        plan = str(db.session.connection().exec_driver_sql(explain + statement, values).all())
        assert "SCAN inbound_text'" not in plan, plan
        assert "Seq Scan on inbound_text" not in plan, plan


def test_thanks_after_the_thanks_need_nobody(app: Flask, place: Location, make: Make) -> None:
    make.reply(None, "Thank you!", handled_at=None, outcome=None)
    make.reply(None, "where are you", handled_at=None, outcome=None, from_e164="+15185550197")
    read_replies(app.config["SETTINGS"])

    assert db.session.scalars(select(InboundText.outcome).order_by(InboundText.id)).all() == [
        "courtesy",
        "unknown_sender",
    ]
