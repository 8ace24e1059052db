"""What every test may ask for. A test that asks for `app` has a database, and leaves nothing behind in it.

Which database? A test runs on both when it is marked `both`, because the code it is about branches by dialect, locks or
keeps writers apart, or when it shows a fault in docs/assurance.md. Marked `on(kind)`, it is about that one alone. Every
other test runs on one, drawn by its name; the cases of a parametrized test take turns. So each room is tried on both,
and so is each query that more than a test or two need, at half the price. `--everything` runs all on both,
`--both=ROOM` what is below tests/ROOM; `--database KIND` runs all on that one.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event
from sqlalchemy.orm import Session

from intake import create_app
from intake.accounts.auth import sign_in as signing_in
from intake.config import Settings
from intake.db import db
from intake.slots import SLOTS
from tests import clients, days, drawing
from tests.browsers import find_chromium
from tests.databases import KINDS, Databases, environment_of, settings_for
from tests.isolation import rolled_back
from tests.making import Make
from tests.postgres import SMALL, PostgresServer, given_server, start_postgres, stop_postgres
from tests.serving import Served, free_port, serve
from tests.web import walls

FOLDER = "INTAKE_TEST_FOLDER"
POSTGRES = "INTAKE_TEST_POSTGRES"
MEMORY, ROOM_IN_MEMORY = Path("/dev/shm"), 2**30
_started: list[PostgresServer] = []
# No test asserts seconds: how long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=KINDS, help="run on this database only")
    parser.addoption("--both", action="append", default=[], metavar="ROOM", help="run tests/ROOM on both databases")
    parser.addoption("--everything", action="store_true", help="with the tests that take long")
    parser.addoption("--wall", action="store_true", help="let PostgreSQL keep the locations apart for every request")
    parser.addoption("--today", type=days.moment, help="run as if it were that day, 2027-02-28 or 2027-01-01T03:30 UTC")


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run starts what all workers share."""
    if hasattr(config, "workerinput"):
        return
    if today := config.getoption("--today"):
        config.add_cleanup(days.begin(today).stop)
    if config.getoption("--everything"):
        os.environ[drawing.EVERYTHING] = "yes"
    if config.getoption("--wall"):
        os.environ[walls.WANTED] = "yes"
    if config.option.collectonly:
        return
    folder = tempfile.mkdtemp(prefix="intake-tests-", dir=_memory())
    os.environ[FOLDER] = folder
    given = os.environ.get("DATABASE_URL_FOR_TESTS") or os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        server = given_server(given)
    elif config.getoption("--database") == "sqlite":
        return
    else:
        server = start_postgres(**SMALL)
        _started.append(server)
    os.environ[POSTGRES] = server.address


def pytest_unconfigure(config: pytest.Config) -> None:
    # Nor does a run within a test clear away what the outer one uses.
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    while _started:
        stop_postgres(_started.pop())
    if folder := os.environ.pop(FOLDER, None):
        shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(POSTGRES, None)
    os.environ.pop(drawing.EVERYTHING, None)
    os.environ.pop(walls.WANTED, None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        only = metafunc.definition.get_closest_marker("on")
        kinds = only.args if only else KINDS
        metafunc.parametrize("kind", [kind for kind in kinds if chosen in (None, kind)])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--everything"):
        wanted = set(drawing.drawn(items, both_below=config.getoption("--both"), only=config.getoption("--database")))
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = [item for item in items if item in wanted]
    for item in items:
        if {"page", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and find_chromium() is None:
        pytest.skip("no Chromium on this machine and none could be fetched")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [report for report in terminalreporter.getreports("skipped") if "no Chromium" in str(report.longrepr)]
    if left_out:
        terminalreporter.write_sep(
            "=", f"{len(left_out)} browser tests were NOT run: no Chromium could be had", red=True
        )
    if any("no LibreOffice" in str(report.longrepr) for report in terminalreporter.getreports("skipped")):
        terminalreporter.write_sep(
            "=", "workbooks were NOT reopened with LibreOffice: none could be had (.dev/office/log)", red=True
        )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(session.config, "workerinput") or reporter is None:
        return
    left_out = [report for report in reporter.getreports("skipped") if "no Chromium" in str(report.longrepr)]
    if left_out and os.environ.get("CI") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _memory() -> Path | None:
    """A folder in memory, where there is one and room in it: every commit waits until its file is written."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_IN_MEMORY else None


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    address = os.environ.get(POSTGRES)
    made = Databases(Path(os.environ[FOLDER]), PostgresServer(address) if address else None)
    yield made
    made.close()


@pytest.fixture(scope="session")
def _apps() -> dict[str, Flask]:
    """One application a database and worker: making one costs more than a test."""
    return {}


@pytest.fixture
def app(kind: str, databases: Databases, _apps: dict[str, Flask]) -> Iterator[Flask]:
    """The service on a migrated, empty database; what the test commits, or puts into slots, is taken back after it."""
    if kind not in _apps:
        _apps[kind] = _app(settings_for(databases.new(kind)))
        if kind == "postgresql" and os.environ.get(walls.WANTED):
            walls.put_behind(_apps[kind])
    slots = {name: copy(parts) for name, parts in _apps[kind].extensions[SLOTS].items()}
    with rolled_back(_apps[kind]), _apps[kind].app_context():
        yield _apps[kind]
    _apps[kind].extensions[SLOTS] = slots


@pytest.fixture
def session(app: Flask) -> Session:
    """The test's own session; requests have theirs."""
    return db.session


@pytest.fixture
def queries_counted(session: Session) -> Iterator[Callable[[], int]]:
    """Called, it says how many statements have been sent so far."""
    count = [0]

    def add(*_: Any) -> None:
        count[0] += 1

    event.listen(db.engine, "before_cursor_execute", add)
    yield lambda: count[0]
    event.remove(db.engine, "before_cursor_execute", add)


@pytest.fixture
def client(app: Flask) -> clients.Client:
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def make() -> Make:
    """Rows to arrange a test with; see tests/making.py."""
    return Make()


@pytest.fixture
def sign_in() -> Callable[..., None]:
    """sign_in(client, staff)"""
    return clients.sign_in


@pytest.fixture
def pair() -> Callable[..., None]:
    """pair(client, device): the client becomes that tablet."""
    return clients.pair


@pytest.fixture
def committed_app(kind: str, databases: Databases) -> Iterator[Flask]:
    """The service on a database of its own with real commits, for threads and processes. Commit what you make."""
    made = _app(settings_for(databases.new(kind), public_url=f"http://127.0.0.1:{free_port()}"))
    with made.app_context():
        yield made
        db.session.rollback()
        db.engine.dispose()
        databases.drop(made.config["SETTINGS"].database_url)


@pytest.fixture
def environment(committed_app: Flask) -> dict[str, str]:
    """Environment with which another process works on `committed_app`'s database."""
    return environment_of(committed_app.config["SETTINGS"])


@pytest.fixture
def live_server(committed_app: Flask) -> Iterator[Served]:
    """The production server on `committed_app`'s database, in processes of its own; see its `url`."""
    with serve(committed_app.config["SETTINGS"]) as served:
        yield served


def _app(settings: Settings) -> Flask:
    # A password's hash is meant to be slow; tests that sign in would mostly wait for it. A busy machine may be slow.
    with patch.dict(signing_in.ARGON2, {"argon2__memory_cost": 64}), patch("intake.db.STATEMENT_SECONDS", 300):
        made = create_app(settings)
    made.testing = True
    # Errors become pages here as they do in production; tests look at the pages.
    made.config["PROPAGATE_EXCEPTIONS"] = False
    made.test_client_class = clients.Client
    # To compile a template takes longer than to fill it in; every application of the run shares what one compiled.
    made.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ[FOLDER])
    return made


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    # As root Chromium refuses its own sandbox; the pages are ours.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else ["--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": arguments}
