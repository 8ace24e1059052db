"""Migrations and models say the same, and every migration can be taken back with data in the tables."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import func, inspect, select

from intake import create_app
from intake.accounts.audit import audit_trail
from intake.db import Base, db
from intake.web.ops.migrations import alembic_config
from tests.databases import Databases, migrate, settings_for
from tests.liaison.relationships import noted
from tests.making import Make

pytestmark = pytest.mark.both


@pytest.fixture
def blank_app(kind: str, databases: Databases) -> Iterator[Flask]:
    """The service on a database without a table."""
    app = create_app(settings_for(databases.blank(kind)))
    with app.app_context():
        yield app
        db.session.rollback()
        db.engine.dispose()
        databases.drop(app.config["SETTINGS"].database_url)


def test_the_models_are_what_the_migrations_make(committed_app: Flask) -> None:
    command.check(alembic_config())


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(alembic_config())

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_migrations_go_up_down_and_up_again_with_data(blank_app: Flask, make: Make) -> None:
    url = blank_app.config["SETTINGS"].database_url
    migrate(url)
    arrange(make)
    db.session.commit()
    db.session.close()
    steps = [revision.revision for revision in ScriptDirectory.from_config(alembic_config()).walk_revisions()]

    for revision in [*steps[1:], "base"]:
        command.downgrade(alembic_config(), revision)
    left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    for revision in reversed(steps):
        command.upgrade(alembic_config(), revision)

    command.check(alembic_config())
    arrange(make)
    db.session.commit()


def test_upgrading_the_newest_database_again_keeps_its_rows(blank_app: Flask, make: Make) -> None:
    url = blank_app.config["SETTINGS"].database_url
    migrate(url)
    arrange(make)
    db.session.commit()
    before = counts()

    migrate(url)

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
