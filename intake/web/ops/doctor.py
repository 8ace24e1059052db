"""`flask doctor`: what an operator can set right, each in a sentence with what to do. Rooms add what they know."""

import ctypes
import json
import os
import shutil
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

import click
import psycopg
from dotenv.main import DotEnv
from flask import Flask
from sqlalchemy import text

from intake import clock
from intake.config import ENV_FILE, Settings, current_settings
from intake.database_faults import fault_of
from intake.db import db, reading
from intake.slots import Parts
from intake.web.ops import mailing, nightly, notes, readiness
from intake.web.wall import policies

GOOD, BAD, UNSURE = "good", "bad", "unsure"
MARKS = {GOOD: "ok     ", BAD: "WRONG  ", UNSURE: "look   "}
LITTLE_SPACE = 1024**3
CERTIFICATE_LEFT = timedelta(days=14)
ASK_SECONDS = 5
CLOCKS_APART = timedelta(seconds=5)
# How much of a name must agree for it to be meant: SMPT_HOST, BACKUP_FOLDR.
LIKE = 0.85
# adjtimex(2): the kernel's clock is not synchronized.
TIME_ERROR = 5


@dataclass(frozen=True)
class Finding:
    """One check. `state`: 'good', 'bad', or 'unsure' where it can't be told from here or is the operator's choice."""

    name: str
    state: str
    says: str
    do: str = ""
    # What to copy.
    value: str = ""


# `online`: whether the carrier, the mail server and the public address may be asked.
Check = Callable[[Settings, bool], list[Finding]]
# Shown below the service's own.
CHECKS: Parts[Check] = Parts("checks of the doctor")


def init_app(app: Flask) -> None:
    app.cli.add_command(doctor)


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Ask nobody but the database.")
@click.option("--json", "as_json", is_flag=True)
def doctor(offline: bool, as_json: bool) -> None:
    """Look at keys, database, disk, backups, clock, mail, TLS, worker and carrier. Exit status 1 where one is wrong."""
    found = findings(current_settings(), online=not offline)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found]))
    else:
        for each in found:
            click.echo(f"{MARKS[each.state]}{each.name}: {each.says}")
            if each.do and each.state != GOOD:
                click.echo(f"       {each.do}")
    if any(each.state == BAD for each in found):
        raise SystemExit(1)


def findings(settings: Settings, *, online: bool) -> list[Finding]:
    """Return what every check finds; those that need the database only where it answers."""
    found = [*_settings_file(), *_keys(settings), *_address(settings, online), *_disks(settings)]
    fault = readiness.database_fault()
    if fault is not None:
        return [*found, Finding("Database", BAD, f"It can't be worked with ({fault.name}).", fault.sentence)]
    found += [*_database(), *_wall(settings), *_backups(settings), *_clock(), *_mail(settings, online)]
    for check in CHECKS.all:
        found += check(settings, online)
    db.session.rollback()
    return found


def _settings_file() -> list[Finding]:
    there = ENV_FILE.exists()
    named = [name.upper() for name, _ in DotEnv(ENV_FILE, encoding="utf-8").parse()] if there else []
    odd = [f"{name} stands there twice; the last counts." for name, times in Counter(named).items() if times > 1]
    if odd := [*_misspelt(named), *odd]:
        return [Finding("Settings", BAD, " ".join(odd), ".env.example has them all.")]
    if beside := [*_misspelt(os.environ)]:
        # Another program's own, perhaps.
        return [Finding("Settings", UNSURE, " ".join(beside), ".env.example has them all.")]
    if not there:
        return [Finding("Settings", UNSURE, "There is no .env; they come from the environment.")]
    mode = ENV_FILE.stat().st_mode & 0o777
    if mode & 0o007:
        return [Finding("Settings", BAD, f"Anybody on this machine can read .env ({mode:o}).", f"chmod 640 {ENV_FILE}")]
    return [Finding("Settings", GOOD, "Only their owner and group can read .env.")]


def _misspelt(named: Collection[str]) -> Iterator[str]:
    """Names that are nearly those of a setting, and so set nothing."""
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted({*named} - known):
        close = get_close_matches(name, known, n=1, cutoff=LIKE)
        if close:
            yield f"{name} is no setting; {close[0]} is."


def _keys(settings: Settings) -> list[Finding]:
    given = {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "DATABASE_KEY": settings.database_key.get_secret_value() if settings.database_key else "",
        "BACKUP_KEY": settings.backup_key.get_secret_value() if settings.backup_key else "",
    }
    held = {name: value for name, value in given.items() if value}
    make = "Make one with: openssl rand -hex 32."
    if len(set(held.values())) < len(held):
        return [Finding("Keys", BAD, "Two of the keys are the same.", f"Each must be its own. {make}")]
    short = [name for name, value in held.items() if len(value) < 32 or len(set(value)) < 8]
    if short:
        return [Finding("Keys", BAD, f"{' and '.join(short)} can be guessed.", make)]
    if not settings.embedded and not held.get("BACKUP_KEY") and not held.get("DATABASE_KEY"):
        return [Finding("Keys", BAD, "BACKUP_KEY is not set, so nothing can be backed up.", make)]
    return [Finding("Keys", GOOD, f"{', '.join(held)}: long, and each its own.")]


def _address(settings: Settings, online: bool) -> list[Finding]:
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if host in ("localhost", "127.0.0.1", "::1"):
        return [Finding("Address", UNSURE, f"{settings.public_url} is this machine alone.", "Set PUBLIC_URL.")]
    if parts.scheme != "https":
        do = "Put a proxy with TLS in front, and set PUBLIC_URL to the https address."
        return [Finding("Address", BAD, f"{settings.public_url} is not encrypted on its way.", do)]
    found = []
    if not settings.trusted_proxies:
        do = "Set TRUSTED_PROXIES=1 behind one proxy, or guesses from anywhere count as coming from it."
        found.append(Finding("Proxy", UNSURE, "No proxy is trusted to say where visitors come from.", do))
    return [*found, _certificate(host, parts.port or 443)] if online else found


def _certificate(host: str, port: int) -> Finding:
    try:
        with (
            socket.create_connection((host, port), timeout=ASK_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured,
        ):
            until = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        return Finding("Certificate", BAD, f"{host}: {error.verify_message}.", "Look at the proxy's log.")
    except (OSError, KeyError, ValueError):
        do = "Try the address from outside; this machine may not be able to reach its own public address."
        return Finding("Certificate", UNSURE, f"{host} can't be reached from here.", do)
    left = datetime.fromtimestamp(until, UTC) - clock.now()
    state = GOOD if left > CERTIFICATE_LEFT else BAD
    return Finding("Certificate", state, f"It holds {left.days} more days.", "Look why the proxy doesn't renew it.")


def _disks(settings: Settings) -> list[Finding]:
    folders = {"Backups": settings.backup_folder, "Spool": settings.spool_folder}
    if settings.embedded:
        folders["Data"] = settings.database_path.absolute().parent
    found = []
    for name, folder in folders.items():
        if folder is None:
            continue
        there = next((each for each in (folder.absolute(), *folder.absolute().parents) if each.exists()), Path("/"))
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            do = "Give it to the account that the service runs as, and run this as that account."
            found.append(Finding(f"{name} folder", BAD, f"{there} can't be written to.", do))
        elif free < LITTLE_SPACE:
            found.append(Finding(f"{name} folder", BAD, f"{free // 1024**2:,} MB are free on {there}.", "Free space."))
        else:
            found.append(Finding(f"{name} folder", GOOD, f"{free // 1024**3:,} GB are free on {there}."))
    return found


def _database() -> list[Finding]:
    with reading(), db.engine.connect() as connection:
        current, newest = readiness.revisions(connection)
        kind = "The embedded file" if connection.dialect.name == "sqlite" else "PostgreSQL"
        found = [Finding("Database", GOOD, f"{kind} answers, can be written, and is of form {current}.")]
        if current != newest:
            do = "Bring the code up to it; it runs on it meanwhile."
            found = [Finding("Database", UNSURE, f"Its form {current} is newer than this code ({newest}).", do)]
        if connection.dialect.name == "postgresql":
            found += _server(dict(connection.execute(text("SELECT name, setting FROM pg_settings")).all()))
            if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
                do = "Give Intake a role of its own that owns its database and nothing else."
                found.append(Finding("Database role", UNSURE, "It may do everything on the server.", do))
        seen = notes.find(connection, "integrity")
    if seen is None:
        return [*found, Finding("Damage", UNSURE, "Nobody has looked for any yet.", "flask db check-integrity")]
    whole = seen.outcome == notes.GOOD
    do = "Stop Intake, keep the file, and restore the last good backup."
    return [*found, Finding("Damage", GOOD if whole else BAD, f"Last looked for on {seen.at:%B %d}.", do)]


def _wall(settings: Settings) -> list[Finding]:
    if settings.embedded:
        return []
    if not settings.web_database_url:
        do = "With several locations let PostgreSQL keep them apart too: WEB_DATABASE_URL in docs/install.md."
        return [Finding("Second wall", UNSURE, "One role sees every location.", do)]
    with reading(), db.engine.connect() as connection:
        missing = policies.gap(connection, settings)
    if refused := _refused(settings.web_database_url):
        do = "docs/deploy/install.sh --postgresql --wall draws another password."
        return [Finding("Second wall", BAD, f"Web processes can't work: {refused}", do)]
    if missing:
        return [Finding("Second wall", BAD, "PostgreSQL doesn't keep the locations apart.", missing)]
    return [Finding("Second wall", GOOD, "PostgreSQL keeps the locations apart for web processes.")]


def _refused(address: str) -> str:
    """Why nobody can sign in at a server's database as its address says; empty when it works."""
    try:
        psycopg.connect(address, connect_timeout=ASK_SECONDS).close()
    except psycopg.Error as error:
        fault = fault_of(error)
        said = fault.sentence if fault else f"{type(error).__name__}."
        return said.replace("DATABASE_URL", "WEB_DATABASE_URL")
    return ""


def _server(held: dict[str, str]) -> list[Finding]:
    found = []
    if held["server_encoding"] != "UTF8":
        do = "Back up, create the database with ENCODING 'UTF8', restore."
        found.append(Finding("Encoding", BAD, f"The database's is {held['server_encoding']}.", do))
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if held[name] == "off":
            do = f"Set {name} = on in postgresql.conf."
            found.append(Finding("Durability", BAD, f"{name} is off: a power cut loses answers.", do))
    return found


def _backups(settings: Settings) -> list[Finding]:
    if settings.backup_folder is None:
        return [Finding("Backups", BAD, "None are made by themselves.", "Set BACKUP_FOLDER, and BACKUP_KEY.")]
    if alarm := nightly.backup_alarm(settings):
        return [Finding("Backups", BAD, alarm, "flask db backup says what is in the way.")]
    with reading(), db.engine.connect() as connection:
        newest = notes.find(connection, "backup")
    if newest is None:
        return [Finding("Backups", UNSURE, "None was made yet.", "The worker makes one each day; or: flask db backup")]
    return [
        Finding("Backups", GOOD, f"The newest, {newest.details.get('file')}, is of {newest.at:%B %d, %Y, %H:%M} UTC.")
    ]


def _clock() -> list[Finding]:
    if db.engine.dialect.name == "postgresql":
        with reading(), db.engine.connect() as connection:
            theirs = connection.scalar(text("SELECT clock_timestamp()"))
        if theirs is not None and abs(theirs - clock.now()) > CLOCKS_APART:
            do = "Let both machines take their time from the network (systemd-timesyncd, chrony)."
            return [Finding("Clock", BAD, "This machine and the database server differ by seconds.", do)]
    try:
        # A zeroed structure asks and changes nothing.
        unsure = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) == TIME_ERROR
    except (OSError, AttributeError):
        unsure = True
    if unsure:
        do = "Let it take its time from the network (systemd-timesyncd, chrony): texting hours depend on it."
        return [Finding("Clock", UNSURE, "It isn't known to agree with the network's.", do)]
    return [Finding("Clock", GOOD, "It agrees with the network's.")]


def _mail(settings: Settings, online: bool) -> list[Finding]:
    if not settings.mailing:
        do = "Set SMTP_HOST and MAIL_FROM for reports and alarms by e-mail."
        return [Finding("Mail", UNSURE, "No mail server is set up.", do)]
    found = []
    if not settings.alarm_mail_to:
        found.append(Finding("Alarms", UNSURE, "Nobody is told by mail when something is wrong.", "Set ALARM_MAIL_TO."))
    if not online:
        return found
    try:
        mailing.reach(settings)
    except mailing.Refused as refused:
        do = "Compare SMTP_HOST, SMTP_PORT, SMTP_SECURITY, SMTP_USER and SMTP_PASSWORD with your provider's."
        return [*found, Finding("Mail", BAD, f"The mail server can't be used: {refused.word.replace('_', ' ')}.", do)]
    return [*found, Finding("Mail", GOOD, "The mail server answers and takes the sign-in.")]
