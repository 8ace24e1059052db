"""Migrations and models say the same, and every migration can be taken back with data in the tables."""

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, inspect, select, text

from intake.accounts.audit import audit_trail
from intake.db import Base, db
from intake.liaison.promises.models import Promise
from intake.web.ops.migrations import alembic_config
from tests.databases import migrate
from tests.liaison.relationships import noted, promise
from tests.making import Make

pytestmark = pytest.mark.both


def test_the_models_are_what_the_migrations_make(committed_app: Flask) -> None:
    command.check(alembic_config())


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(alembic_config())

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_migrations_go_up_down_and_up_again_with_data(committed_app: Flask, make: Make) -> None:
    """They went up to make the template of the databases of this run."""
    arrange(make)
    db.session.commit()
    db.session.close()

    command.downgrade(alembic_config(), "base")
    left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    command.upgrade(alembic_config(), "head")

    command.check(alembic_config())
    arrange(make)
    db.session.commit()


def test_notes_to_ourselves_stay_such_under_an_older_version(committed_app: Flask, make: Make) -> None:
    promise(make, text="Ask a manager", for_us=True)
    promise(make, text="Send the sheet")
    db.session.commit()
    db.session.close()
    told = text("SELECT text FROM promise ORDER BY id")

    command.downgrade(alembic_config(), "0063")
    assert list(db.session.scalars(told)) == ["For us: Ask a manager", "Send the sheet"]
    db.session.close()
    command.upgrade(alembic_config(), "head")

    assert list(db.session.scalars(told)) == ["Ask a manager", "Send the sheet"]
    assert list(db.session.scalars(select(Promise.for_us).order_by(Promise.id))) == [True, False]


def test_upgrading_the_newest_database_again_keeps_its_rows(committed_app: Flask, make: Make) -> None:
    arrange(make)
    db.session.commit()
    before = counts()

    migrate(committed_app.config["SETTINGS"].database_url)

    assert counts() == before


def arrange(make: Make) -> None:
    """A row in most tables."""
    make.sources()
    location = make.location()
    make.staff(locations=[location])
    make.device(location)
    visit = make.visit(location, documented=make.physician())
    noted(visit, make.caller(location), make.physician(), make.patient())
    audit_trail.record("test.arranged")


def counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        tables = Base.metadata.sorted_tables
        return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
