"""How soon the inbox of texts opens with thousands of unread replies, beside hundreds of thousands of old ones."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import insert, text

from bench._databases import migrated
from bench._figures import percentile, waits
from bench._texting_queue import add_old_texts
from intake import clock
from intake.capture.text.staff_pages.inbox import inbox, waiting_for_a_person
from intake.db import db
from intake.directory.models import Location
from intake.sms.models import InboundText
from tests.clients import Client, sign_in
from tests.databases import settings_for
from tests.making import Make

UNREAD, LOCATIONS = 5000, 4
MOST_MS = 100.0
LOOKS = 20


def measure_inbox(name: str, database_url: str, quick: bool) -> dict[str, Any]:
    """5,000 unread replies at four locations: the page as one location sees it, and the count in the tab."""
    with migrated(settings_for(database_url)) as app:
        places = fill(20_000 if quick else 400_000)
        found = {
            "first page's replies": _milliseconds(lambda: inbox(within=[places[0].id])),
            "count": _milliseconds(lambda: waiting_for_a_person(within=[places[0].id])),
            "page over HTTP": _milliseconds(_page(app, places[0])),
        }
        page = inbox(within=[places[0].id])
    urgent_first = [reply.urgent for reply in page.replies] == sorted((r.urgent for r in page.replies), reverse=True)
    own = {reply.body.split()[0] for reply in page.replies} == {"0"}
    print(f"{name}: {UNREAD:,} unread replies at {LOCATIONS} locations; ms, the median of {LOOKS}", flush=True)
    for look, ms in found.items():
        print(f"  {look:28} {ms:8.2f}", flush=True)
    holds = max(found.values()) <= MOST_MS and urgent_first and own and page.replies[0].urgent
    return {**found, "urgent_first": urgent_first, "own": own, "holds": holds}


def fill(old: int) -> list[Location]:
    """Unread replies of patients in turn at each location, some of them urgent; and `old` texts long read."""
    make = Make()
    make.practice()
    places = [make.location(f"Place {number}") for number in range(LOCATIONS)]
    now = clock.now()
    visits = [
        make.visit(places[number % LOCATIONS], make.patient(mobile_e164=f"+1518555{number:04d}"))
        for number in range(UNREAD // 5)
    ]
    rows = [
        {
            "message_sid": f"SMf{number:031x}",
            "from_e164": f"+1518555{number % len(visits):04d}",
            "to_number": "+15185550100",
            "body": f"{number % LOCATIONS} can somebody call me",
            "media_count": 0,
            "received_at": now,
            "arrived_by": "webhook",
            "visit_id": visits[number % len(visits)].id,
            "handled_at": now,
            "outcome": "emergency" if number % 100 < LOCATIONS else "left_to_a_person",
        }
        for number in range(UNREAD)
    ]
    db.session.execute(insert(InboundText), rows)
    db.session.commit()
    add_old_texts(old)
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    return places


def _page(app: Flask, place: Location) -> Callable[[], Any]:
    app.test_client_class = Client
    client = app.test_client()
    reader = Make().staff("front_desk", locations=[place])
    db.session.commit()
    sign_in(client, reader)

    def look() -> None:
        assert client.get("/texts/replies").status_code == 200

    return look


def _milliseconds(look: Callable[[], Any]) -> float:
    return percentile(waits(look, LOOKS, after=db.session.rollback), 0.5)
