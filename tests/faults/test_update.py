"""An update with people at work: the new form of the database comes first, then the code, and the code goes back."""

import pytest
from flask import Flask
from sqlalchemy import text

from bench._capture_rows import prepare
from bench._kills import CLIENTS, aftermath
from bench._load import run
from bench.capture import submissions
from intake.db import db, writing
from tests.serving import STOP_SECONDS, free_port, serve

ADDED = ("ALTER TABLE answer ADD COLUMN added_later INTEGER", "CREATE TABLE added_later (id INTEGER PRIMARY KEY)")


@pytest.mark.both
def test_nobody_who_answers_notices_an_update_nor_that_it_was_taken_back(committed_app: Flask) -> None:
    prepared = prepare(CLIENTS * 12)
    db.session.close()
    address = {"public_url": f"http://127.0.0.1:{free_port()}"}
    done: list[str] = []
    with serve(committed_app.config["SETTINGS"].model_copy(update=address), threads=4) as served:

        def update(_elapsed: float, acknowledged: int) -> None:
            if not done and acknowledged >= CLIENTS:
                # What a migration of the next version does, while answers come in.
                for statement in ADDED:
                    with writing(), db.engine.begin() as connection:
                        connection.execute(text(statement))
                with writing(), db.engine.begin() as connection:
                    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
                done.append("migrated")
            elif len(done) in (1, 2) and acknowledged >= CLIENTS * 3 * (len(done) + 1):
                # The new code takes the old one's place, then the old one the new one's.
                served.process.terminate()
                served.process.wait(STOP_SECONDS * 3)
                served.start()
                done.append("restarted")

        outcomes = run(served.url, list(submissions(served.url, prepared)), clients=CLIENTS, retry=True, tick=update)
        log = served.log
    found = aftermath(committed_app, outcomes, 0)

    assert done == ["migrated", "restarted", "restarted"]
    assert found.clean and found.acknowledged == CLIENTS * 12, found
    assert "Traceback" not in log
