import threading

import pytest
from flask import Flask

from intake.db import db
from intake.directory.physician_search.index import reindex
from intake.directory.physician_search.search import search_physicians
from tests.making import Make

pytestmark = pytest.mark.both


def named(text: str) -> list[str]:
    found = [f"{hit.first_name} {hit.last_name}" for hit in search_physicians(text)]
    db.session.rollback()
    return found


def test_words_that_another_process_brought_are_noticed(committed_app: Flask, make: Make) -> None:
    make.physician("MARCHETTI", "GIOIA")
    db.session.commit()
    assert named("gioia marchetti") == ["GIOIA MARCHETTI"]
    held = committed_app.extensions.pop("physician_vocabulary")

    # The other process has a memory of its own; ours is put back after it.
    make.physician("ZABRISKIE", "THEODORA")
    reindex()
    db.session.commit()
    committed_app.extensions["physician_vocabulary"] = held

    assert named("teodora zabriskie") == ["THEODORA ZABRISKIE"]


def test_a_name_that_was_never_committed_is_forgotten(committed_app: Flask, make: Make) -> None:
    make.physician("MARCHETTI", "GIOIA")
    db.session.commit()
    make.physician("ZABRISKIE", "THEODORA")
    # Seen by the transaction that adds it, which `named` then rolls back.
    assert named("zabriskie") == ["THEODORA ZABRISKIE"]

    assert named("zabriskie") == []
    assert named("gioia marchetti") == ["GIOIA MARCHETTI"]


def test_threads_may_search_at_once(committed_app: Flask, make: Make) -> None:
    make.physician("MARCHETTI", "GIOIA")
    db.session.commit()
    committed_app.extensions.pop("physician_vocabulary", None)
    found: list[list[str]] = []

    def search() -> None:
        with committed_app.app_context():
            found.append(named("goia marcheti"))

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [["GIOIA MARCHETTI"]] * 8
