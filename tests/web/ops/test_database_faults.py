"""What is the matter with the database is told by its codes: on the page, in the log, at /readyz and by commands."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from intake import create_app
from intake.database_faults import fault_of
from intake.db import db, is_unavailable, writing
from intake.web.ops import readiness
from tests.clients import Client
from tests.databases import settings_for
from tests.making import Make
from tests.web.ops.pooler import transaction_pooler

Break = Callable[[Flask, Path], Any]


@pytest.fixture
def fresh(committed_app: Flask) -> Iterator[Callable[..., Flask]]:
    """Another process on the same database, or on what becomes of its address with these settings."""
    made = []

    def start(**changes: Any) -> Flask:
        app = create_app(committed_app.config["SETTINGS"].model_copy(update=changes))
        app.config["PROPAGATE_EXCEPTIONS"] = False
        made.append(app)
        return app

    yield start
    for app in made:
        with app.app_context():
            db.engine.dispose()


def name_of_failure(app: Flask, statement: str = "DELETE FROM operation_note") -> str | None:
    with app.app_context():
        try:
            with writing(), db.engine.begin() as connection:
                connection.execute(text(statement))
        except DBAPIError as error:
            fault = fault_of(error)
            return fault.name if fault else None
    raise AssertionError("nothing failed")


def ready(app: Flask) -> tuple[int, dict[str, Any]]:
    response = app.test_client().get("/readyz", base_url=app.config["SETTINGS"].public_url)
    return response.status_code, response.get_json()


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


@pytest.mark.on("sqlite")
def test_a_wrong_key_is_told_apart(fresh: Callable[..., Flask], capsys: pytest.CaptureFixture[str]) -> None:
    from pydantic import SecretStr

    app = fresh(database_key=SecretStr("7b" * 32))
    assert name_of_failure(app) == "wrong_key"
    assert ready(app) == (503, {"status": "unavailable"})
    (line,) = [each for each in said(capsys) if each["event"] == "not_ready"]
    assert line["reason"] == "wrong_key" and "DATABASE_KEY" in line["do"]


@pytest.mark.on("sqlite")
def test_a_file_that_is_read_only_makes_it_unready_and_recovers(
    committed_app: Flask, fresh: Callable[..., Flask]
) -> None:
    app = fresh()

    def read_only(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    with app.app_context():
        event.listen(db.engine, "connect", read_only)
        assert ready(app)[0] == 503
        assert name_of_failure(app) == "read_only"
        event.remove(db.engine, "connect", read_only)
        db.engine.dispose()
    assert ready(app)[0] == 200


@pytest.mark.on("sqlite")
def test_a_full_disk_makes_it_unready(fresh: Callable[..., Flask]) -> None:
    app = fresh()
    with app.app_context():
        pages = db.session.scalar(text("PRAGMA page_count"))
        db.session.close()
        event.listen(db.engine, "connect", lambda raw, _record: raw.execute(f"PRAGMA max_page_count = {pages}"))
        db.engine.dispose()
        rows = "SELECT hex(randomblob(20)), 1, 'x', hex(zeroblob(3000)) FROM role, role a, role b, role c, role d"
        filling = f"INSERT INTO operation_note {rows}"
        assert name_of_failure(app, filling) == "disk_full"


@pytest.mark.on("sqlite")
def test_a_held_file_is_busy_and_a_damaged_one_damaged(
    committed_app: Flask, fresh: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["intake.db"], "LOCK_WAIT_SECONDS", 1)
    app = fresh()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        other = fresh()
        with other.app_context(), db.engine.connect() as connection:
            connection.connection.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            held.set()
            done.wait(30)
            connection.connection.driver_connection.execute("ROLLBACK")  # type: ignore[union-attr]

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    try:
        assert name_of_failure(app) == "busy"
    finally:
        done.set()
        holder.join()
    with app.app_context():
        raw = db.engine.raw_connection()
        raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        raw.close()
        db.engine.dispose()
    with committed_app.app_context():
        db.session.close()
        db.engine.dispose()
    path = committed_app.config["SETTINGS"].database_path
    size = path.stat().st_size
    with path.open("r+b") as file:
        for at in range(4096, size, 4096):
            file.seek(at + 100)
            file.write(os.urandom(200))
    assert name_of_failure(fresh(), "SELECT count(*) FROM visit") in ("damaged", "disk_fault")


@pytest.mark.on("postgresql")
def test_postgresqls_refusals_are_told_apart(committed_app: Flask, fresh: Callable[..., Flask]) -> None:
    address = committed_app.config["SETTINGS"].database_url
    head, _, name = address.partition("?")[0].rpartition("/")
    query = address.partition("?")[2]
    assert name_of_failure(fresh(database_url=f"{head}/nowhere?{query}")) == "no_database"
    assert name_of_failure(fresh(database_url=f"postgresql://nobody@127.0.0.1:1/{name}")) == "away"
    stranger = f"postgresql://stranger@/{name}?{query}"
    assert name_of_failure(fresh(database_url=stranger)) in ("wrong_password",)
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        app = fresh()
        assert name_of_failure(app) == "read_only"
        assert ready(app) == (503, {"status": "unavailable"})
        server.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        with app.app_context():
            db.engine.dispose()
        assert ready(app)[0] == 200


@pytest.mark.both
def test_a_missing_table_says_that_a_migration_is_missing(
    committed_app: Flask, fresh: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = fresh()
    assert name_of_failure(app, "SELECT * FROM no_such_table") == "not_migrated"
    assert name_of_failure(app, "SELECT no_such_column FROM role") == "not_migrated"
    # What is wrong with one statement is no reason for everything to wait.
    for statement in ("SELECT 1 +", "INSERT INTO role (id, name, description) VALUES (1, 'front_desk', '')"):
        assert name_of_failure(app, statement) is None
    with writing(), db.engine.begin() as connection:
        connection.execute(text("DROP TABLE operation_note"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0031'"))
    assert ready(app) == (503, {"status": "unavailable"})
    assert said(capsys)[-1]["reason"] == "not_migrated"


@pytest.mark.both
def test_old_code_stays_ready_on_a_newer_database(committed_app: Flask) -> None:
    with writing(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE role ADD COLUMN added_later INTEGER"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert ready(committed_app)[0] == 200
    # As going back to the version before an update does.
    upgraded = committed_app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert upgraded.exit_code == 0 and "at 9999, made by a newer version" in upgraded.output


@pytest.mark.on("postgresql")
def test_a_changed_sort_order_of_the_system_makes_it_unready(
    fresh: Callable[..., Flask], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The databases of the tests sort by bytes, which has no version: what the server would say of another is put in.
    asked = readiness.COLLATION.replace("datcollversion", "'2.36'").replace(
        "pg_database_collation_actual_version(oid)", "{}"
    )
    monkeypatch.setattr(readiness, "COLLATION", asked.format("'2.41'"))
    app = fresh()
    assert ready(app)[0] == 503
    assert [each["reason"] for each in said(capsys) if each["event"] == "not_ready"] == ["collation"]
    monkeypatch.setattr(readiness, "COLLATION", asked.format("'2.36'"))
    assert ready(app)[0] == 200


@pytest.mark.on("postgresql")
def test_a_pooler_in_transaction_mode_makes_it_unready(
    committed_app: Flask, fresh: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction_pooler(committed_app.config["SETTINGS"].database_url) as address:
        app = fresh(database_url=address)
        assert ready(app)[0] == 503
        assert [each["reason"] for each in said(capsys) if each["event"] == "not_ready"] == ["pooler"]
        with app.app_context():
            db.engine.dispose()
    assert ready(fresh())[0] == 200


@pytest.mark.both
def test_a_page_says_that_somebody_must_look_and_a_command_says_what_to_do(
    committed_app: Flask, fresh: Callable[..., Flask], make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    app = fresh()
    make.practice()
    db.session.commit()
    with writing(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE staff RENAME TO staff_gone"))
    here = app.config["SETTINGS"].public_url
    app.test_client_class = Client
    page = app.test_client().post("/sign-in", base_url=here, data={"email": "a@example.org", "password": "x"})
    assert page.status_code == 503
    assert "reason stands in its log" in page.text
    (line,) = [each for each in said(capsys) if each["event"] == "database_unavailable"]
    assert (line["reason"], line["endpoint"]) == ("not_migrated", "accounts.sign_in")
    asked = app.test_cli_runner().invoke(args=["password-link", "--email", "a@example.org"])
    assert (asked.exit_code, "flask db upgrade" in asked.output) == (3, True)
    assert "Traceback" not in asked.output


def test_errors_that_come_without_a_database_are_no_fault() -> None:
    assert fault_of(ValueError("no such table: x")) is None
    assert not is_unavailable(KeyError())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://intake.example.org", "https://intake.example.org"),
        ("https://intake.example.org:443", "https://intake.example.org"),
        ("HTTPS://Intake.Example.ORG/", "https://intake.example.org"),
        (" https://intake.example.org. ", "https://intake.example.org"),
        ("https://intake.example.org:8443/", "https://intake.example.org:8443"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://praxis-müller.example", "https://xn--praxis-mller-klb.example"),
    ],
)
def test_the_public_address_is_kept_as_browsers_send_it(given: str, kept: str) -> None:
    settings = settings_for("sqlite:////tmp/never-made.db", public_url=given)
    assert (settings.public_url, settings.public_host) == (kept, kept.partition("//")[2])


@pytest.mark.parametrize(
    "given",
    [
        "intake.example.org",
        "ftp://intake.example.org",
        "https://",
        "https://user:secret@intake.example.org",
        "https://intake.example.org/app",
        "https://intake.example.org?x=1",
        "https://intake.example.org#top",
        "https://intake.example.org:99999",
        "https://intake.example.org:x",
        "https://in take.example.org",
        "https://intake..example.org",
        "https:///intake.example.org",
        "https://*.example.org",
    ],
)
def test_a_public_address_that_no_page_has_is_refused_at_boot(given: str) -> None:
    with pytest.raises(ValueError, match="must be the address alone"):
        settings_for("sqlite:////tmp/never-made.db", public_url=given)
