"""A patient who was created, texted, exported and erased: where her name and number are afterwards, and where not.

They may be where the table "Where personal data lies" in docs/hipaa.md says: in the backups from before.
"""

import re
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import Flask
from sqlalchemy import select

from bench._texting_run import texting_settings
from intake import clock, create_app
from intake.config import Settings
from intake.db import Base, db, raw_key
from intake.dev.fake_carrier.carrier import Carrier
from intake.directory.models import Visit
from intake.sms.consent.consent import record_consent
from intake.sms.queue.outbox import NewText, queue_text
from intake.survey.models import Answer
from tests.attribution.digests.mailbox import open_mailbox
from tests.clients import Client
from tests.commands import flask
from tests.databases import environment_of
from tests.making import Make
from tests.sms.carriers import running

FIRST, LAST, PHONE, MRN = "Quetzalia", "Featherstonehaugh", "+15185550142", "CANARY7781"
CANARIES = re.compile(rb"quetzalia|featherstonehaugh|518\D{0,2}555\D?0142|canary7781", re.IGNORECASE)
PAGE, RESERVED = 4096, 80
SCHEDULE = f"""Appt ID,MRN,First Name,Last Name,DOB,Cell Phone,Appt Date,Appt Time,Visit Type,Status
A1,{MRN},{FIRST},{LAST},03/14/1980,(518) 555-0142,{{day}},9:05 AM,New,Arrived
"""


@pytest.mark.both
def test_who_was_erased_is_found_where_the_table_says_and_nowhere_else(
    committed_app: Flask,
    make: Make,
    tmp_path: Path,
    sign_in: Callable[..., None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    here = make.location(code="MAIN")
    make.sources()
    boss = make.staff("manager", roles=["administrator"], all_locations=True)
    db.session.commit()
    carrier = Carrier()
    with running(carrier) as address, open_mailbox() as mailbox:
        settings = texting_settings(
            committed_app.config["SETTINGS"].database_url,
            carrier,
            address,
            public_url="http://localhost",
            spool_folder=tmp_path / "spool",
            backup_key="b" * 64,
            metrics_token="t" * 40,
            smtp_host="127.0.0.1",
            smtp_port=mailbox.server.port,
            smtp_security="none",
            mail_from="intake@example.org",
            emergency_mail_to="nurse@example.org",
            log_level="DEBUG",
        )
        run = partial(command, settings, tmp_path)
        patient_id = create_and_text(make, run, carrier, tmp_path, day=f"{clock.clinic_today(here.time_zone):%m/%d/%Y}")
        assert carrier.sent_to(PHONE) and CANARIES.search(everything().encode())
        for message in carrier.messages:
            message.status = "received" if message.direction == "inbound" else "delivered"
        db.session.rollback()
        app = create_app(settings)
        browser = Client(app, app.response_class)
        sign_in(browser, boss)
        page = f"/patients/{patient_id}"
        db.session.close()
        browser.get(f"{page}/held/file")
        for shown in (page, "/reports/rows?by=coverage&key=eligible"):
            assert CANARIES.search(browser.get(shown).data)
        before, after = tmp_path / "before.db", tmp_path / "after.db"
        run("db", "backup", str(before))
        assert CANARIES.search(opened_pages(before, settings)), "the test can't see what it looks for"

        erased = browser.post(f"{page}/held/erase", data={"chart": MRN})
        assert erased.status_code == 303
        run("worker", "--once")

        run("db", "backup", str(after))
        assert [
            each for each in carrier.messages if CANARIES.search(f"{each.to}{each.from_}{each.body}".encode())
        ] == []
        assert mailbox.raw and not any(CANARIES.search(each) for each in mailbox.raw)
        metrics = browser.get("/metrics", headers={"Authorization": f"Bearer {'t' * 40}"})
        assert metrics.status_code == 200 and not CANARIES.search(metrics.data)
        with app.app_context():
            db.session.close()
            db.engine.dispose()
    db.session.expire_all()
    assert not CANARIES.search(everything().encode())
    assert db.session.scalars(select(Answer.verbatim)).all()[0] == ""
    found = look_everywhere(tmp_path, settings)
    captured = capfd.readouterr()
    assert not CANARIES.search((captured.out + captured.err).encode())
    assert found == []


def create_and_text(make: Make, run: Callable[..., None], carrier: Carrier, folder: Path, *, day: str) -> int:
    """The patient comes with a schedule, answers, agrees, is texted and writes back; her chart's id."""
    (folder / "tmp").mkdir()
    schedule = folder / "schedule.csv"
    schedule.write_text(SCHEDULE.format(day=day))
    run("visits", "import", str(schedule), "--location", "MAIN")
    schedule.unlink()
    visit = db.session.scalars(select(Visit)).one()
    patient_id: int = visit.patient_id
    make.answer(visit, make.sources()["tv"], verbatim=f"I am {FIRST} {LAST}, call {PHONE}")
    record_consent(phone_e164=PHONE, patient_id=patient_id, source="desk", wording_version="1")
    queue_text(NewText("reply:1", "reply", PHONE, f"Hello {FIRST}", clock.now(), visit_id=visit.id))
    carrier.text_from(PHONE, f"{FIRST} {LAST} here, my sister sent me")
    carrier.text_from(PHONE, f"{FIRST} {LAST} again, chest pain")
    db.session.commit()
    run("worker", "--once")
    run("sms", "poll")
    # An emergency is mailed.
    run("worker", "--once")
    return patient_id


def command(settings: Settings, folder: Path, *arguments: str) -> None:
    """A command of the service, in a process of its own with its own folder for passing files and its own log."""
    environment = {**environment_of(settings), "FLASK_APP": "wsgi", "TMPDIR": str(folder / "tmp")}
    done = flask(*arguments, environment=environment)
    with (folder / "log").open("a", encoding="utf-8") as log:
        log.write(done.stdout + done.stderr)
    assert done.returncode == 0, done.stderr


def everything() -> str:
    """All that the database holds, as text."""
    tables = Base.metadata.sorted_tables
    return "\n".join(str(row) for table in tables for row in db.session.execute(select(table)).all())


def look_everywhere(folder: Path, settings: Settings) -> list[str]:
    """Files with a trace: every byte as it lies there, and every page of database, log and backup in clear."""
    places = [path for path in folder.rglob("*") if path.is_file() and path.name != "before.db"]
    assert {"log"} <= {path.name for path in places}
    if settings.embedded:
        database = settings.database_path
        places += [database, *database.parent.glob(database.name + "-*")]
    found = [str(path) for path in places if CANARIES.search(path.read_bytes())]
    for path in places:
        if path.suffix == ".db" or path.name.endswith("-wal"):
            found += [f"{path}: {bytes(each.group())!r}" for each in CANARIES.finditer(opened_pages(path, settings))]
    return found


def opened_pages(path: Path, settings: Settings) -> bytes:
    """Each page of an encrypted file or its write-ahead log in clear, with what was only let go of."""
    held = path.read_bytes()
    key = settings.database_key if path == settings.database_path or "-wal" in path.name else settings.backup_key
    assert key is not None
    secret = bytes.fromhex(raw_key(key.get_secret_value()))
    if path.name.endswith("-wal"):
        pages = [
            (struct.unpack(">I", held[at : at + 4])[0], held[at + 24 :][:PAGE])
            for at in range(32, len(held), PAGE + 24)
        ]
    else:
        pages = [(at // PAGE + 1, held[at : at + PAGE]) for at in range(0, len(held), PAGE)]
    return b"\n".join(_opened(page, secret, beginning=16 if number == 1 else 0) for number, page in pages)


def _opened(page: bytes, secret: bytes, *, beginning: int) -> bytes:
    at = PAGE - RESERVED
    cipher = Cipher(algorithms.AES(secret), modes.CBC(page[at : at + 16])).decryptor()
    return cipher.update(page[beginning:at]) + cipher.finalize()
