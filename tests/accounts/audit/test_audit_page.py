"""The audit page: who did what, in words, filtered, paged and downloaded."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

import intake
from intake import clock
from intake.accounts.audit import audit_trail, messages, queries
from intake.accounts.audit.queries import Filter
from intake.accounts.current import Actor
from intake.accounts.models import AuditEntry, Staff
from intake.db import db
from tests.clients import Client
from tests.making import Make


@pytest.fixture
def boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    boss = make.staff("administrator", all_locations=True, name="Nora Vale")
    sign_in(client, boss)
    return boss


def note(action: str, staff: Staff, **facts: object) -> None:
    audit_trail.record(action, actor=Actor("staff", staff.id), **facts)


def test_the_page_says_who_did_what_in_words(client: Client, boss: Staff, make: Make) -> None:
    amara = make.staff(name="Amara Abernathy")
    place = make.location("Uptown")
    note("visit.added", amara, subject_kind="visit", subject_id=812, location_id=place.id)
    note("something.new_here", amara, subject_kind="thing", subject_id=3, rows=40)

    body = client.get("/audit").text

    for words in ("Amara Abernathy", "added a visit", "visit 812", "Uptown", "something: new here", "rows: 40"):
        assert words in body


def test_looking_at_the_trail_is_itself_in_the_trail(
    committed_app: Flask, make: Make, sign_in: Callable[..., None]
) -> None:
    boss = make.staff("administrator", all_locations=True)
    client = committed_app.test_client()
    sign_in(client, boss)
    here = committed_app.config["SETTINGS"].public_url
    client.get("/audit", base_url=here)
    client.get("/audit.csv", base_url=here)

    trail = db.session.execute(select(AuditEntry.action, AuditEntry.actor_id).order_by(AuditEntry.id)).all()
    assert trail == [("audit.read", boss.id), ("audit.exported", boss.id)]


def test_entries_are_found_by_person_action_day_and_subject(app: Flask, make: Make) -> None:
    amara, other = make.staff(), make.staff()
    today = clock.clinic_today("UTC")
    with time_machine.travel(clock.now() - timedelta(days=10), tick=False):
        note("visit.added", amara, subject_kind="visit", subject_id=1)
    for staff in (amara, other):
        note("visit.added", staff, subject_kind="visit", subject_id=2)
        note("patient.added", staff, subject_kind="patient", subject_id=2)

    def count(**wanted: object) -> int:
        facts = {"first_day": today - timedelta(days=30), "last_day": today, "time_zone": "UTC"} | wanted
        return len(queries.entries(Filter(**facts)))  # type: ignore[arg-type]

    assert count() == 5
    assert count(first_day=today - timedelta(days=1)) == 4
    assert count(last_day=today - timedelta(days=9)) == 1
    assert count(first_day=today - timedelta(days=9), last_day=today - timedelta(days=1)) == 0
    assert count(actor_kind="staff", actor_id=amara.id) == 3
    assert count(action="patient.added") == 2
    assert count(subject_kind="visit", subject_id=2) == 2


def test_every_entry_is_on_exactly_one_page(client: Client, boss: Staff, session: Session) -> None:
    rows = [
        audit_trail.entry_values("visit.added", actor=Actor("staff", boss.id), subject_kind="visit", subject_id=number)
        for number in range(250)
    ]
    session.execute(insert(AuditEntry), rows)
    seen: list[str] = []
    address: str | None = "/audit?did=visit.added"
    while address:
        body = client.get(address).text
        seen += re.findall(r"<td>visit (\d+)</td>", body)
        onward = re.search(r'rel="next" href="([^"]+)"', body)
        address = html.unescape(onward[1]) if onward else None

    assert seen == [str(number) for number in reversed(range(250))]


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-13-45&to=",
        "from=2026-03-02&to=2026-03-01",
        "from=0001-01-01&to=9999-12-31",
        "who=staff:99999999999999999999999",
        "who=emperor:1",
        "did='; DROP TABLE audit_entry --",
        "kind=visit&subject=-1",
        "subject=eleven",
        "before=notanumber",
        "before=99999999999999999999999999",
    ],
)
def test_nonsense_in_the_address_is_no_error(query: str, client: Client, boss: Staff) -> None:
    assert client.get(f"/audit?{query}").status_code in (200, 422)
    assert client.get(f"/audit.csv?{query}").status_code == 200


def test_what_an_account_has_seen_is_one_list_and_many_at_once_stands_out(
    client: Client, boss: Staff, make: Make
) -> None:
    amara = make.staff(name="Amara Abernathy")
    note("patient.read", amara, subject_kind="patient", subject_id=71, visits=2)
    note("report.rows_exported", amara, by="source", key="tv", visits=4321)
    note("patient.changed", amara, subject_kind="patient", subject_id=72)
    body = client.get(f"/audit?did=looks&who=staff:{amara.id}").text
    assert "patient 71" in body and "4321" in body and "patient 72" not in body
    assert body.count("Many at once") == 1


def test_an_empty_answer_says_so(client: Client, boss: Staff) -> None:
    assert "Nothing here" in client.get("/audit?from=2001-01-01&to=2001-01-02").text


def test_the_download_holds_every_entry_and_no_formula(client: Client, boss: Staff, make: Make) -> None:
    villain = make.staff(name="=HYPERLINK(evil)")
    for number in range(3):
        note("visit.added", villain, subject_kind="visit", subject_id=number)

    response = client.get("/audit.csv?did=visit.added")

    assert response.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert [row["Subject"] for row in rows] == ["visit 2", "visit 1", "visit 0"]
    assert {row["Who"] for row in rows} == {"'=HYPERLINK(evil)"}
    assert {row["Did"] for row in rows} == {"added a visit"}


def test_a_script_for_a_name_is_only_text(client: Client, boss: Staff, make: Make) -> None:
    note("visit.added", make.staff(name="<script>alert(1)</script>"))

    body = client.get("/audit").text

    assert "<script>alert(1)" not in body
    assert "&lt;script&gt;alert(1)" in body


def test_every_action_in_the_code_has_its_words() -> None:
    """Whoever adds an action adds what it reads as to intake/accounts/audit/messages.py."""
    used: set[str] = set()
    for path in Path(intake.__file__).parent.rglob("*.py"):
        used |= set(
            re.findall(r'audit_trail\.(?:record|record_reading|entry_values)\(\s*"([a-z_.]+)"', path.read_text())
        )
    assert len(used) > 20
    assert sorted(used - set(messages.ACTIONS)) == []


@pytest.mark.on("sqlite")
def test_a_look_is_recorded_by_the_connection_that_read_the_page(
    committed_app: Flask, make: Make, sign_in: Callable[..., None]
) -> None:
    # What another one writes makes it forget every page of the file that it had deciphered.
    client = committed_app.test_client()
    sign_in(client, make.staff("manager", all_locations=True))
    db.session.commit()
    used = set()

    def note_use(connection: object, *_: object) -> None:
        used.add(connection)

    event.listen(db.engine, "checkout", note_use)
    assert client.get("/review", base_url=committed_app.config["SETTINGS"].public_url).status_code == 200
    event.remove(db.engine, "checkout", note_use)

    assert len(used) == 1
    assert db.session.scalars(select(AuditEntry.action)).all().count("review.read") == 1
