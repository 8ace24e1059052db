"""The trail is sealed just after it was written, and whatever is changed later is named."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from intake.accounts.audit import audit_trail, chain
from intake.accounts.audit.chain import Head
from intake.accounts.current import Actor
from intake.accounts.models import AuditEntry, AuditSeal
from intake.db import db

pytestmark = pytest.mark.both


def note(count: int) -> None:
    for number in range(count):
        audit_trail.record(
            "test.done", actor=Actor("staff", 7), subject_kind="visit", subject_id=number, location_id=1, rows=number
        )
    db.session.commit()


@pytest.fixture
def sealed(app: Flask, session: Session, kind: str) -> Session:
    """Ten sealed entries in a database whose refusal to be changed somebody has switched off."""
    note(10)
    assert chain.seal_everything() == 10
    for table in ("audit_entry", "audit_seal"):
        if kind == "sqlite":
            session.execute(text(f"DROP TRIGGER append_only_{table}_update"))
            session.execute(text(f"DROP TRIGGER append_only_{table}_delete"))
        else:
            session.execute(text(f"DROP TRIGGER append_only_{table} ON {table}"))
    session.commit()
    return session


def change(session: Session, statement: str, **values: object) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    session.execute(text(statement), values)
    session.commit()


def ids(session: Session) -> list[int]:
    return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))


def test_an_untouched_trail_verifies(app: Flask) -> None:
    note(3)

    assert chain.verify() == chain.ChainVerdict(Head(0, chain.ORIGIN), 3, None)
    assert chain.seal_everything() == 3
    assert chain.seal_everything() == 0
    verdict = chain.verify()
    assert (verdict.broken, verdict.unsealed, verdict.head) == (None, 0, chain.head())
    assert verdict.head.position == 3


def test_both_databases_make_the_same_chain(app: Flask, session: Session) -> None:
    entry = AuditEntry(
        id=1,
        at=datetime(2026, 3, 1, 9, 30, 0, 5, UTC),
        actor_kind="staff",
        actor_id=7,
        action="test.done",
        details={"rows": 3, "codes": ["a", "é"], "changed": True},
    )
    session.add(entry)
    session.commit()
    chain.seal_everything()

    assert chain.head().hash == "3a709ceaae82703ec8d3c29fc94734199e717c0f055681637790cf111d2d5562"


@pytest.mark.parametrize("place", [0, 4, 8])
@pytest.mark.parametrize(
    "column", ["action = 'other'", "actor_id = 8", "subject_id = 99", "details = '{}'", "location_id = NULL"]
)
def test_an_edited_entry_is_named(place: int, column: str, sealed: Session) -> None:
    entry = ids(sealed)[place]
    change(sealed, f"UPDATE audit_entry SET {column} WHERE id = :id", id=entry)

    assert chain.verify().broken == f"audit entry {entry} was changed (position {place + 1})"


def test_an_edited_moment_is_named_to_the_microsecond(sealed: Session) -> None:
    entry = sealed.get(AuditEntry, ids(sealed)[4])
    assert entry is not None
    entry.at = entry.at.replace(microsecond=(entry.at.microsecond + 1) % 1_000_000)
    sealed.commit()

    assert chain.verify().broken == f"audit entry {entry.id} was changed (position 5)"


def test_an_edited_last_entry_is_named(sealed: Session) -> None:
    entry = ids(sealed)[-1]
    change(sealed, "UPDATE audit_entry SET action = 'other' WHERE id = :id", id=entry)

    assert chain.verify().broken == f"audit entry {entry} or its seal was changed (position 10)"


def test_an_edited_seal_is_named(sealed: Session) -> None:
    entry = ids(sealed)[4]
    change(sealed, "UPDATE audit_seal SET hash = :hash WHERE position = 5", hash="f" * 64)

    assert chain.verify().broken == f"the seal at position 5 was changed (audit entry {entry} is as it was)"


def test_a_removed_seal_is_named(sealed: Session) -> None:
    change(sealed, "DELETE FROM audit_seal WHERE position = 5")

    verdict = chain.verify()
    assert (verdict.broken, verdict.head.position) == ("the seal at position 5 is missing", 4)


def test_a_removed_entry_is_named(committed_app: Flask, kind: str) -> None:
    note(10)
    chain.seal_everything()
    entry = ids(db.session)[4]
    db.session.close()
    connection = db.engine.raw_connection().driver_connection
    assert connection is not None
    if kind == "sqlite":
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TRIGGER append_only_audit_entry_delete")
    else:
        connection.execute("ALTER TABLE audit_seal DROP CONSTRAINT fk_audit_seal_entry_id")
        connection.execute("DROP TRIGGER append_only_audit_entry ON audit_entry")
    connection.execute(f"DELETE FROM audit_entry WHERE id = {entry}")
    connection.commit()

    assert chain.verify().broken == f"audit entry {entry} is missing (position 5)"


def test_a_cut_off_trail_is_caught_against_the_head_published_before(sealed: Session) -> None:
    published = chain.head()
    last = ids(sealed)[-3:]
    change(sealed, "DELETE FROM audit_seal WHERE position > 7")
    change(sealed, f"DELETE FROM audit_entry WHERE id IN ({', '.join(map(str, last))})")

    assert chain.verify().broken is None
    assert chain.verify(published=[published]).broken == ("the trail ends at position 7, but position 10 was published")


def test_a_trail_made_up_again_from_the_start_is_caught_against_the_published_head(sealed: Session) -> None:
    published = chain.head()
    change(sealed, "DELETE FROM audit_seal")
    change(sealed, "UPDATE audit_entry SET action = 'other' WHERE id = :id", id=ids(sealed)[2])
    chain.seal_everything()

    assert chain.verify().broken is None
    broken = chain.verify(published=[published]).broken
    assert broken is not None
    assert "position 10 does not have the hash that was published" in broken


def test_an_entry_that_became_visible_late_is_sealed_later_and_never_lost(app: Flask, session: Session) -> None:
    note(5)
    first, *_, last = ids(session)
    late = {**audit_trail.entry_values("test.late", actor=Actor("system")), "id": last + 1}
    young = {**audit_trail.entry_values("test.young", actor=Actor("system")), "id": last + 2}
    session.execute(insert(AuditEntry).values(**young))
    session.commit()
    assert chain.seal_some().entries == 6
    session.execute(insert(AuditEntry).values(**late))
    session.commit()

    assert chain.seal_some().entries == 1

    assert chain.verify().broken is None
    order = session.scalars(select(AuditSeal.entry_id).order_by(AuditSeal.position)).all()
    assert list(order) == [*range(first, last + 1), last + 2, last + 1]


def test_what_is_too_late_for_a_look_back_is_found_by_the_sweep(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "LOOK_BACK", 1)
    young = {**audit_trail.entry_values("test.young", actor=Actor("system")), "id": 5_000}
    session.execute(insert(AuditEntry).values(**young))
    session.commit()
    chain.seal_some()
    late = {**audit_trail.entry_values("test.late", actor=Actor("system")), "id": 4_000}
    session.execute(insert(AuditEntry).values(**late))
    session.commit()

    assert chain.seal_some().entries == 0
    assert chain.verify().unsealed == 1
    assert chain.seal_everything() == 1


def test_many_processes_sealing_while_others_write_lose_nothing(committed_app: Flask) -> None:
    written = threading.Event()

    def write() -> None:
        with committed_app.app_context():
            for _ in range(15):
                note(4)

    def seal() -> None:
        with committed_app.app_context():
            while not written.is_set():
                chain.seal_some()
                # The embedded database gives its one lock to whoever asks first, not to whoever waits longest.
                time.sleep(0.01)

    writers = [threading.Thread(target=write) for _ in range(4)]
    sealers = [threading.Thread(target=seal) for _ in range(3)]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    written.set()
    for thread in sealers:
        thread.join()
    chain.seal_everything()

    verdict = chain.verify()
    assert (verdict.broken, verdict.unsealed, verdict.head.position) == (None, 0, 240)
    assert db.session.scalar(select(func.count(AuditSeal.entry_id.distinct()))) == 240


def test_the_commands_say_what_holds_and_fail_when_it_doesn_t(app: Flask, sealed: Session) -> None:
    runner = app.test_cli_runner()
    head = runner.invoke(args=["audit", "head"]).output.strip()
    assert head.startswith("10:")
    note(2)
    assert "2 entries sealed, head 12:" in runner.invoke(args=["audit", "seal"]).output
    assert runner.invoke(args=["audit", "verify", "--head", "nonsense"]).exit_code == 2

    change(sealed, "UPDATE audit_entry SET actor_id = 1 WHERE id = :id", id=ids(sealed)[3])
    plain = runner.invoke(args=["audit", "verify", "--head", head])
    told = runner.invoke(args=["audit", "verify", "--json"])

    assert (plain.exit_code, told.exit_code) == (1, 1)
    assert f"BROKEN: audit entry {ids(sealed)[3]} was changed (position 4)" in plain.output
    assert "NOT PROTECTED" in plain.output
    facts = json.loads(told.output)
    assert (facts["holds"], facts["position"], facts["unprotected"]) == (False, 3, ["audit_entry", "audit_seal"])


def test_an_untouched_trail_passes_the_command(app: Flask) -> None:
    note(4)
    runner = app.test_cli_runner()
    runner.invoke(args=["audit", "seal"])

    result = runner.invoke(args=["audit", "verify"])

    assert (result.exit_code, result.output.startswith("4 entries are as they were sealed, head 4:")) == (0, True)
