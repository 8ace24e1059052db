"""The list of columns with personal data is whole: a new column of words, bytes or days must be put into it."""

from collections import Counter

import pytest
from sqlalchemy import JSON, Date, LargeBinary, String, Time
from sqlalchemy.orm import Session

from intake.db import Base
from intake.privacy.person import person
from intake.privacy.personal_columns import OTHERS, PASSING_WORDS, PERSONAL, SEALED
from tests.making import Make
from tests.privacy.conftest import fill

HOLDS_WORDS = (String, JSON, Date, Time, LargeBinary)


def test_every_column_that_can_hold_words_or_days_is_in_one_list() -> None:
    there = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, HOLDS_WORDS)
    }
    listed = Counter(f"{name}.{column}" for name, place in PERSONAL.items() for column in place.columns)
    listed.update(f"{name}.{column}" for found in (PASSING_WORDS, SEALED) for name in found for column in found[name])
    listed.update(f"{name}.{each}" for tables in OTHERS.values() for name in tables for each in tables[name].split())

    # Say in intake/privacy/personal_columns.py what it holds of a patient, or why nothing.
    assert there - listed.keys() == set()
    assert {name for name, times in listed.items() if times > 1} == set()
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    assert listed.keys() - columns == set()


def test_every_key_to_a_patient_leads_to_a_table_of_the_list() -> None:
    personal = {"patient", "visit", "caller", "answer", "mention", "inbound_text", "outbox_text"}
    # Numbers alone: merges, the ledger, decisions and what is found through another row.
    numbers = {"patient_merge", "credit_entry", "coverage_entry", "reply_elsewhere", "mention_decision"}
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in personal
    }

    assert pointing - PERSONAL.keys() - numbers - PASSING_WORDS.keys() - {"emergency_mail"} == set()


@pytest.mark.on("sqlite")
def test_the_sample_patient_has_a_row_in_nearly_every_personal_table(session: Session, make: Make) -> None:
    found = person(fill(make).patient.id)

    empty = {name for name, ids in found.rows.items() if not ids}
    met = {"patient", "visit", "caller", "ask", "answer", "mention", "patient_referral", "outbox_text", "send_attempt"}
    assert empty.isdisjoint(met | {"inbound_text", "text_consent"})
