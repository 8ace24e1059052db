"""The database itself refuses to change what may only be added."""

import uuid

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.audit import chain
from intake.directory.patients.visits import announce
from intake.survey.models import Outcome
from intake.survey.recording.record_answer import record_answer
from intake.survey.recording.submission import NewAsk, NewMention, Submission
from tests.making import Make

pytestmark = pytest.mark.both

TABLES = ("audit_entry", "audit_seal", "ask", "answer", "mention", "credit_entry", "coverage_entry")
COLUMN = {"audit_seal": "entry_id"}


@pytest.fixture
def a_row_in_each(app: Flask, make: Make, session: Session) -> None:
    visit, sources = make.visit(), make.sources()
    announce([visit.id])
    ask = NewAsk(visit_id=visit.id, channel="desk", language="en", asked_at=clock.now())
    named = NewMention(source_id=sources["website"].id)
    record_answer(
        Submission(
            submission_id=str(uuid.uuid4()),
            ask=ask,
            outcome=Outcome.ANSWERED,
            mentions=(named,),
            answered_at=clock.now(),
        )
    )
    session.commit()
    chain.seal_everything()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_a_row_can_be_added_and_never_changed(table: str, verb: str, a_row_in_each: None, session: Session) -> None:
    assert session.scalar(text(f"SELECT count(*) FROM {table}"))

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(verb.format(table=table, column=COLUMN.get(table, "id"))))

    assert session.scalar(text(f"SELECT count(*) FROM {table}"))


def test_a_whole_table_cannot_be_emptied_at_once(a_row_in_each: None, session: Session, kind: str) -> None:
    if kind == "sqlite":
        return  # there is no other statement than DELETE
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("TRUNCATE audit_seal"))


def test_the_verifier_sees_when_the_refusal_is_gone(app: Flask, session: Session, kind: str) -> None:
    assert chain.unprotected_tables() == []

    on_table = "" if kind == "sqlite" else " ON answer"
    name = "append_only_answer_update" if kind == "sqlite" else "append_only_answer"
    session.execute(text(f"DROP TRIGGER {name}{on_table}"))
    session.commit()

    assert chain.unprotected_tables() == ["answer"]
