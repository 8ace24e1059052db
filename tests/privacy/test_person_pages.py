"""The file that a patient gets, and what an account has seen."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.privacy.person import person
from tests.clients import Client
from tests.house_rules.markup import faults
from tests.making import Make
from tests.pages import text_of
from tests.privacy.conftest import FIRST, LAST, MRN, PHONE, fill, signed_in_boss

pytestmark = pytest.mark.on("sqlite")


@pytest.fixture
def client(committed_app: Flask) -> Client:
    """Looks are committed by themselves, so the database is one of its own."""
    browser = committed_app.test_client()
    browser.open = partial(browser.open, base_url=committed_app.config["SETTINGS"].public_url)  # type: ignore[method-assign]
    return browser  # type: ignore[return-value]


@pytest.fixture
def boss(make: Make, client: Client, sign_in: Callable[..., None]) -> Staff:
    return signed_in_boss(make, client, sign_in)


def test_a_patient_gets_all_that_is_held_and_who_looked_and_no_other_patient(
    client: Client, boss: Staff, make: Make
) -> None:
    known = fill(make)
    other = known.named_by.patient
    client.get(f"/patients/{known.patient.id}")
    client.get(f"/desk/visits/{known.visit.id}")

    answer = client.get(f"/patients/{known.patient.id}/held/file")

    assert answer.headers["Cache-Control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    page, facts = archive.read("record.html").decode(), json.loads(archive.read("record.json"))
    for word in (FIRST, LAST, MRN, PHONE, "my friend Bertha told", "please call me", "regards"):
        assert word in page and word in json.dumps(facts), word
    assert "Friend" in page and known.location.name in page
    assert other.last_name not in page and "sent me" not in page and "token" not in json.dumps(facts)
    assert boss.name in page and "opened a patient’s page" in page.replace("&#39;", "’")
    assert [each["did"] for each in facts["looked_at"]].count("opened a patient's page") == 1
    assert faults(page) == []


def test_the_rows_of_a_person_are_found_without_reading_everybody(client: Client, boss: Staff, make: Make) -> None:
    known, asked = fill(make), []

    def note(connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    found = person(known.patient.id)
    event.remove(db.engine, "before_cursor_execute", note)

    assert found.rows["answer"] and found.rows["mention"]
    plans = [str(db.session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + each, of).all()) for each, of in asked]
    for table in ("visit", "ask", "answer", "mention", "patient_referral", "physician_referral", "outbox_text"):
        assert not any(f"SCAN {table}'" in plan for plan in plans), table


def test_what_an_account_has_seen_names_patients_with_times_and_how(
    client: Client, boss: Staff, make: Make, sign_in: Callable[..., None]
) -> None:
    known = fill(make)
    unseen = make.visit(make.location(), make.patient("Never", "Looked"))
    desk = make.staff("front_desk", locations=[known.location])
    db.session.commit()
    sign_in(client, desk)
    client.get(f"/patients/{known.patient.id}")
    client.get("/desk")
    client.post("/patients", data={"q": LAST})
    sign_in(client, boss)

    page = text_of(client.get(f"/privacy/seen?who={desk.id}"))
    lines = client.get(f"/privacy/seen.csv?who={desk.id}").get_data(as_text=True)

    assert f"{FIRST} {LAST}" in page and "opened a patient" in page and "searched for a patient" in page
    # The day's list showed everybody of the day there.
    assert f"{known.named_by.patient.first_name} {known.named_by.patient.last_name}" in page
    assert unseen.patient.last_name not in page + lines
    assert f"{FIRST} {LAST},{MRN}" in lines
    before = (clock.now() - timedelta(days=40)).date()
    assert f"{FIRST}" not in text_of(client.get(f"/privacy/seen?who={desk.id}&from={before}&to={before}"))
    assert client.get("/privacy/seen?from=never").status_code == 422
