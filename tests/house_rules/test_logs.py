"""No name, number or word of a patient reaches a log, whatever is read, typed, refused or broken."""

import json
import logging
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import html5lib
import pytest
from flask import Flask
from sqlalchemy import text

from bench._texting_run import texting_settings
from intake import clock, create_app, log
from intake.accounts.models import RoleName
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.sms.queue.outbox import NewText, queue_text
from intake.web.http.route_guards import public
from tests.clients import Client
from tests.commands import flask
from tests.databases import Databases, environment_of, settings_for
from tests.house_rules.routes import build_world, routes
from tests.making import Make
from tests.serving import PATIENCE_SECONDS, TOP, Served, free_port, serve
from tests.sms.carriers import running

NAME, NUMBER, WORDS, MRN = "Quillonqanary", "5185550177", "my neighbour Zephyrqanary sent me", "QANARY-4711"
CANARIES = re.compile(r"qanary|518.?555.?0177", re.IGNORECASE)


@dataclass
class Typist:
    """Sends what people type, over the wire, to a server in a process of its own."""

    url: str
    cookies: str

    def open(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(self.url + path, data=body, headers={"Cookie": self.cookies})
        try:
            with urllib.request.build_opener(Unfollowed).open(request, timeout=PATIENCE_SECONDS) as response:
                return response.status, response.read().decode(errors="replace")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")


class Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


@pytest.fixture
def typist(
    committed_app: Flask, make: Make, sign_in: Callable[..., None], pair: Callable[..., None]
) -> Iterator[tuple[Typist, Served, list[str]]]:
    """Someone with every role on a server that logs all it ever would, and the addresses to try."""
    world = build_world(make)
    patient = make.patient(NAME, "Zephyrqanary", mrn=MRN, mobile_e164=f"+1{NUMBER}")
    make.visit(world.here, patient, documented=make.physician("Doctorqanary"))
    everything = make.staff("administrator", roles=list(RoleName), locations=[world.here], name=NAME)
    db.session.commit()
    client = committed_app.test_client()
    assert isinstance(client, Client)
    settings = committed_app.config["SETTINGS"].model_copy(
        update={"log_level": "DEBUG", "public_url": f"http://127.0.0.1:{free_port()}"}
    )
    committed_app.config["SETTINGS"] = settings
    sign_in(client, everything)
    pair(client, world.device)
    addresses = [world.address(route) for route in routes(committed_app) if route.method == "GET"]
    db.session.commit()
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())  # type: ignore[union-attr]
    with serve(settings, workers=2 if settings.database_url.startswith("postgresql") else 1) as served:
        yield Typist(settings.public_url, cookies), served, addresses


def test_nothing_personal_reaches_the_log_of_a_running_server(typist: tuple[Typist, Served, list[str]]) -> None:
    somebody, served, addresses = typist
    typed = 0
    query = urllib.parse.urlencode({"q": NAME, "text": WORDS, "from": NUMBER, "next": f"/{NAME}"})
    for address in addresses:
        if address in ("/log-off", "/sign-out"):
            continue
        somebody.open(f"{address}?{query}")
        _, page = somebody.open(address)
        for action, fields in forms(page, address):
            # One with everything typed wrong, one that comes without its token.
            somebody.open(action, fields)
            somebody.open(action, {name: value for name, value in fields.items() if name != "csrf_token"})
            typed += 1
    somebody.open(f"/desk/{NAME}")
    somebody.open(f"/kiosk/{MRN}")

    assert typed > 5
    assert not CANARIES.search(served.log), CANARIES.search(served.log)
    assert_each_line_is_an_object(served.log)


def assert_each_line_is_an_object(log: str) -> None:
    for line in log.splitlines():
        assert isinstance(json.loads(line), dict), line


def test_nothing_personal_reaches_the_log_of_the_worker_and_of_commands(
    committed_app: Flask, make: Make, tmp_path: Path
) -> None:
    """They text, are refused, are texted and stumble; the carrier's client would log every recipient and body."""
    refused = "+15185550178"
    carrier = Carrier(refused={refused: 21614})
    carrier.text_from(f"+1{NUMBER}", WORDS)
    with running(carrier) as address:
        settings = texting_settings(
            committed_app.config["SETTINGS"].database_url, carrier, address, spool_folder=tmp_path
        )
        for phone in (f"+1{NUMBER}", refused):
            queue_text(NewText(f"reply:{phone}", "reply", phone, f"{NAME}: {WORDS}", clock.now()))
        db.session.commit()
        # They log all they ever would.
        environment = {**environment_of(settings), "FLASK_APP": "wsgi", "LOG_LEVEL": "DEBUG"}
        commands = (("worker", "--once"), ("sms", "poll"), ("sms", "reconcile"), ("sms", "status"))
        done = [flask(*words, environment=environment) for words in commands]
    assert carrier.sent_to(f"+1{NUMBER}")
    for each in done:
        assert not CANARIES.search(each.stderr + each.stdout), each.stderr
        assert_each_line_is_an_object(each.stderr)


@pytest.mark.on("sqlite")
def test_what_nobody_caught_is_one_line_without_its_words(committed_app: Flask) -> None:
    code = f"import wsgi, warnings; warnings.warn('{NAME}'); raise ValueError('{NAME} said')"
    environment = environment_of(committed_app.config["SETTINGS"])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert not CANARIES.search(done.stderr + done.stdout)
    assert "uncaught_error" in done.stderr and "ValueError" in done.stderr
    assert_each_line_is_an_object(done.stderr)


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_no_library_writes_what_it_was_given(level: str, capfd: pytest.CaptureFixture[str]) -> None:
    log.configure(level)
    names = ("twilio.http_client", "urllib3.connectionpool", "werkzeug", "sqlalchemy.engine.Engine", "psycopg")
    for name in (*names, "granian.access", "_granian", "asyncio", "intake", "never.heard.of", ""):
        library = logging.getLogger(name)
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL):
            library.log(number, "sent to %s", NAME)
            library.log(number, f"sent to {NAME}")
            try:
                raise ValueError(NAME)
            except ValueError:
                library.log(number, "failed", exc_info=True)
    log.logger().info("told", visit=1)
    said = capfd.readouterr()
    assert not CANARIES.search(said.err + said.out)
    assert '"sent to %s"' in said.err and '"kind": "ValueError"' in said.err and '"told"' in said.err
    assert_each_line_is_an_object(said.err)


def test_the_proxy_writes_down_no_address() -> None:
    """Looked at in its configuration; see install.md for what was tried with the proxy itself."""
    words = (TOP / "docs" / "deploy" / "Caddyfile").read_text()
    assert re.search(r"log \{\s+output discard\s+\}", words)
    assert re.search(r"format filter \{\s+wrap json\s+fields \{\s+request delete\s+resp_headers delete", words)


def forms(page: str, address: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every form of a page that posts, with a canary in each field that one can type into."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for form in tree.iter("form"):
        if (form.get("method") or "get").lower() != "post" or "sign-out" in (form.get("action") or ""):
            continue
        fields = {}
        for field in form.iter():
            if field.tag not in ("input", "select", "textarea") or not field.get("name"):
                continue
            kind = field.get("type", "text")
            fixed = field.tag == "select" or kind in ("hidden", "radio", "checkbox", "submit")
            fields[field.get("name", "")] = (field.get("value") or "") if fixed else f"{NAME} {NUMBER}"
        yield urllib.parse.urljoin(address, form.get("action") or address).partition("?")[0], fields


def test_an_error_that_quotes_a_patient_is_logged_without_the_quote(
    kind: str, databases: Databases, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(settings_for(databases.new(kind)))
    with app.app_context():
        make.practice()
        db.session.commit()

    @app.get("/raise")
    @public("only in this test")
    def _raise() -> str:
        raise ValueError(f"{NAME} said {WORDS}")

    @app.get("/break")
    @public("only in this test")
    def _break() -> str:
        db.session.execute(text("INSERT INTO patient (mrn) VALUES (:mrn)"), {"mrn": MRN})
        return ""

    client = app.test_client()
    pages = [client.get("/raise"), client.get("/break")]
    with app.app_context():
        db.engine.dispose()

    said = capsys.readouterr()
    assert [page.status_code for page in pages] == [500, 500]
    assert said.err.count("unexpected_error") == 2
    assert not CANARIES.search(said.err + said.out + "".join(page.text for page in pages))
