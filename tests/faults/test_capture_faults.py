"""Killed web processes, a full disk, a database that goes away: what was acknowledged is there, once."""

import uuid

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import event, func, select, text

from bench.capture import CLIENTS, prepare
from bench.kills import aftermath, under_fire
from intake import create_app
from intake.db import db
from intake.survey.models import Answer
from intake.web.ops.migrations import alembic_config
from tests.clients import Client
from tests.databases import settings_for
from tests.postgres import start_postgres, stop_postgres

pytestmark = pytest.mark.both


def test_every_thank_you_has_exactly_one_answer_though_web_processes_were_killed(committed_app: Flask) -> None:
    prepared = prepare(CLIENTS * 12)
    db.session.close()
    outcomes, kills = under_fire(committed_app.config["SETTINGS"], prepared, every_seconds=0.05, most_kills=3)

    found = aftermath(committed_app, outcomes, kills)

    assert found.clean, found
    assert found.acknowledged == CLIENTS * 12
    assert found.kills == 3


def answer_link(app: Flask, token: str) -> int:
    app.config["WTF_CSRF_ENABLED"] = False
    form = {"step": "sources", "source": "event", "submission_id": str(uuid.uuid4())}
    response = app.test_client().post(f"/a/{token}", data=form, base_url=app.config["SETTINGS"].public_url)
    return response.status_code


# A limit of pages can be set on the embedded file only.
@pytest.mark.on("sqlite")
def test_a_full_disk_is_said_kindly_and_recovers_by_itself(committed_app: Flask) -> None:
    tokens = prepare(40).tokens
    db.session.close()
    pages = db.session.scalar(text("PRAGMA page_count"))
    db.session.close()
    with db.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    db.engine.dispose()

    def limited(dbapi_connection: object, _record: object) -> None:
        dbapi_connection.execute(f"PRAGMA max_page_count = {limit}")  # type: ignore[attr-defined]

    limit = pages
    event.listen(db.engine, "connect", limited)
    statuses = [answer_link(committed_app, token) for token in tokens]
    assert 503 in statuses
    assert set(statuses) <= {303, 503}

    limit = pages + 100_000
    db.engine.dispose()
    again = [answer_link(committed_app, token) for token, status in zip(tokens, statuses, strict=True) if status == 503]
    assert set(again) == {303}
    assert db.session.scalar(select(func.count()).select_from(Answer)) == len(tokens)
    assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_connections_that_the_database_cut_are_replaced_and_nothing_is_half_done() -> None:
    server = start_postgres()
    try:
        settings = settings_for(server.create("away"), public_url="http://localhost")
        app = create_app(settings)
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.test_client_class = Client
        with app.app_context():
            command.upgrade(alembic_config(), "head")
            first, second = prepare(2).tokens
            db.session.close()
            assert answer_link(app, first) == 303
            with db.engine.connect() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                )
            statuses = [answer_link(app, second) for _ in range(2)]
            assert statuses[-1] in (303, 404)
            assert db.session.scalar(select(func.count()).select_from(Answer)) == 2
            db.session.close()
            db.engine.dispose()
    finally:
        stop_postgres(server)


@pytest.mark.on("postgresql")
def test_a_server_without_its_database_answers_503_and_not_a_traceback(committed_app: Flask) -> None:
    settings = committed_app.config["SETTINGS"]
    gone = settings.model_copy(update={"database_url": settings.database_url.replace("/intake_", "/nowhere_")})
    app = create_app(gone)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        response = app.test_client().get("/a/any-token", base_url=gone.public_url)
        assert response.status_code == 503
        assert "Traceback" not in response.text
        assert response.headers["Retry-After"]
        assert app.test_client().get("/healthz").status_code == 200
        assert app.test_client().get("/readyz").status_code == 503
