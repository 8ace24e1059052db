"""How fast the queue leaves, what it takes, and that old texts make nothing slower; how fast a webhook is answered."""

import signal
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from flask import Flask
from sqlalchemy import func, insert, select, text
from twilio.request_validator import RequestValidator

from bench._databases import migrated
from bench._figures import milliseconds, percentile, waits
from bench._practice import add_practice
from bench._texting_run import (
    carrier_at_work,
    phones,
    set_clock,
    start_workers,
    texting_settings,
)
from intake import clock
from intake.capture.text.conversation.reply import read_next
from intake.config import Settings
from intake.db import db, reading
from intake.dev.fake_carrier.carrier import Carrier
from intake.sms.consent.consent import is_stopped
from intake.sms.models import OutboxText, SendAttempt, TextConsent, TextPurpose, TextState
from intake.sms.queue import outbox
from tests.serving import serve

RATE = 20.0
WAITING = (TextState.QUEUED, TextState.CLAIMED, TextState.SENDING)
MOST_MEGABYTES = 200
# A look-up may take this many times as long beside the old texts, or this much longer where it takes next to nothing.
MOST_SLOWER, NEXT_TO_NOTHING_MS = 2.0, 1.0
MOST_WEBHOOK_MS = 50.0
LOOKS = 40


def measure_queue(name: str, database_url: str, quick: bool) -> dict[str, Any]:
    count, old = (600, 50_000) if quick else (10_000, 1_000_000)
    carrier = Carrier()
    real = clock.now
    # All of it is allowed: the run must be over before anybody closes.
    set_clock(2 * 3600)
    try:
        with carrier_at_work(carrier) as address, tempfile.TemporaryDirectory() as spool:
            settings = texting_settings(
                database_url, carrier, address, spool_folder=spool, texts_per_second=RATE, carrier_answer_seconds=10
            )
            with migrated(settings) as app:
                fill(count)
                before = look_ups(settings)
                add_old_texts(old)
                after = look_ups(settings)
                slower = {look: round(after[look] / max(before[look], 0.01), 2) for look in before}
                flat = all(
                    slower[look] <= MOST_SLOWER or after[look] - before[look] <= NEXT_TO_NOTHING_MS for look in slower
                )
                print(
                    f"{name}: {old:,} old texts beside {count:,} queued; ms a look-up, and how much slower", flush=True
                )
                for look, ms in after.items():
                    print(f"  {look:28} {before[look]:8.2f} {ms:8.2f}   x{slower[look]}", flush=True)
                sent = send_all(app, settings, count)
    finally:
        clock.now = real
    pace = round(sent["per_second"] / RATE, 3)
    print(
        f"  {sent['sent']} sent at {sent['per_second']:.1f} a second, {pace} of the configured rate;"
        f" largest {sent['megabytes']:.0f} MB",
        flush=True,
    )
    holds = flat and sent["sent"] == count and 0.9 <= pace <= 1.02 and sent["megabytes"] < MOST_MEGABYTES
    return {"slower": slower, "flat": flat, **sent, "of_the_rate": pace, "holds": holds}


def fill(count: int) -> None:
    """Add `count` survey texts that are due, each to a patient who agreed. Commits."""
    now = clock.now()
    open_all_day = [phone for phone in phones(1100) if phone[2:5] in ("312", "773", "708", "847", "630")]
    location, _, visits = add_practice(open_all_day, visits=count, arrived_at=now)
    consent = {"patient_id": None, "given_at": now, "source": "desk", "wording_version": "1"}
    db.session.execute(insert(TextConsent), [{**consent, "phone_e164": phone} for phone in open_all_day])
    due = {"purpose": TextPurpose.SURVEY, "state": TextState.QUEUED, "queued_at": now, "not_before": now, "tries": 0}
    rows = [
        {
            **due,
            "once_key": f"survey:{visit_id}",
            "phone_e164": open_all_day[place % len(open_all_day)],
            "body": f"Bench: How did you hear about us? {place}",
            "location_id": location.id,
            "visit_id": visit_id,
        }
        for place, visit_id in enumerate(visits)
    ]
    db.session.execute(insert(OutboxText), rows)
    db.session.commit()


def add_old_texts(count: int) -> None:
    """Texts of the last two years, long delivered, with their attempts and replies."""
    embedded = db.engine.dialect.name == "sqlite"
    numbers = (
        f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
        if embedded
        else f"WITH s AS (SELECT n FROM generate_series(1, {count}) n) "
    )

    def moment(shift: str) -> str:
        if embedded:
            return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-2 days', '-' || (n % 1000000 * 60 + {shift}) || ' seconds')"
        return f"now() - interval '2 days' - (n % 1000000 * 60 + {shift}) * interval '1 second'"

    pad = "printf('%07d', n % 9000000)" if embedded else "lpad((n % 9000000)::text, 7, '0')"
    hexed = "printf('%032x', n)" if embedded else "lpad(to_hex(n), 32, '0')"
    statements = (
        "INSERT INTO outbox_text (once_key, purpose, phone_e164, body, location_id, state, queued_at, not_before,"
        " tries, sent_at, delivered_at, closed_at)"
        f" {numbers} SELECT 'old:' || n, 'survey', '+1212' || {pad}, 'Bench', 1, 'delivered', {moment('9')},"
        f" {moment('9')}, 1, {moment('5')}, {moment('1')}, {moment('1')} FROM s",
        "INSERT INTO inbound_text (message_sid, from_e164, to_number, body, media_count, received_at, arrived_by,"
        " handled_at, outcome)"
        f" {numbers} SELECT 'SM' || {hexed}, '+1212' || {pad}, '+15185550100', '1', 0, {moment('1')}, 'webhook',"
        f" {moment('0')}, 'answer' FROM s WHERE n % 3 = 0",
    )
    for statement in statements:
        # The insert goes after the list of numbers on neither database: both take it before the SELECT.
        db.session.execute(text(statement))
        db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def look_ups(settings: Settings) -> dict[str, float]:
    """Median milliseconds of each question that a worker or a webhook asks about the queue."""
    now = clock.now()
    day = (now - timedelta(hours=12), now + timedelta(hours=12))
    looks: dict[str, Callable[[], Any]] = {
        "claim twenty": lambda: outbox.claim_due(worker="bench", most=20),
        "abandoned sends": outbox.abandoned_sends,
        "uncertain": lambda: outbox.uncertain_since(now),
        "left today": lambda: outbox.count_sent(*day),
        "left today, one location": lambda: outbox.count_sent(*day, location_id=1),
        "counts by state": outbox.counts_by_state,
        "stopped": lambda: is_stopped("+12125550100"),
        "next reply to read": lambda: read_next(settings),
    }
    return {name: _milliseconds(look) for name, look in looks.items()}


def _milliseconds(look: Callable[[], Any]) -> float:
    # Nothing that a look-up changes stays.
    return percentile(waits(look, LOOKS, after=db.session.rollback), 0.5)


def send_all(app: Flask, settings: Settings, count: int) -> dict[str, Any]:
    """One worker from the first text to the last; the rate it kept, and the largest it grew."""
    db.session.close()
    db.engine.dispose()
    largest = 0
    with tempfile.TemporaryDirectory() as folder:
        nursery = start_workers(settings, "--patient", "--until", str(Path(folder) / "never"))
        try:
            deadline = time.monotonic() + count / RATE * 2 + 60
            while time.monotonic() < deadline:
                time.sleep(0.5)
                for child in psutil.Process(nursery.pid).children():
                    largest = max(largest, child.memory_info().rss)
                with reading():
                    waiting = db.session.scalar(select(func.count()).where(OutboxText.state.in_(WAITING)))
                    db.session.rollback()
                if waiting == 0:
                    break
            time.sleep(1)
        finally:
            nursery.send_signal(signal.SIGTERM)
            nursery.communicate(timeout=60)
    first, last, attempts = db.session.execute(
        select(func.min(SendAttempt.started_at), func.max(SendAttempt.started_at), func.count())
    ).one()
    sent = db.session.scalar(
        select(func.count()).where(OutboxText.sent_at >= first, OutboxText.purpose == TextPurpose.SURVEY)
    )
    seconds = (last - first).total_seconds()
    return {"sent": sent, "per_second": round((attempts - 1) / seconds, 2), "megabytes": round(largest / 1e6, 1)}


def measure_webhooks(name: str, database_url: str, quick: bool) -> dict[str, Any]:
    """The time from a webhook's first byte to its answer's last, one after the other, on the loopback."""
    count = 300 if quick else 3000
    carrier = Carrier()
    with tempfile.TemporaryDirectory() as spool:
        settings = texting_settings(database_url, carrier, "http://127.0.0.1:9", spool_folder=spool)
        with migrated(settings):
            fill(count)
            attempts = _attempts(count)
            db.session.close()
            db.engine.dispose()
            with serve(settings) as served:
                _post(served.url, carrier, "/sms/inbound", _inbound(carrier, "+12125550000"))
                taken = sorted(_timed(served.url, carrier, attempts))
    p50, p99, longest = (percentile(taken, share) for share in (0.5, 0.99, 1))
    print(f"{name}: {len(taken)} webhooks, p50 {p50} ms, p99 {p99} ms, longest {longest} ms", flush=True)
    return {"webhooks": len(taken), "p50_ms": p50, "p99_ms": p99, "longest_ms": longest, "holds": p99 < MOST_WEBHOOK_MS}


def _attempts(count: int) -> list[str]:
    now = clock.now()
    ids = [str(uuid.uuid4()) for _ in range(count)]
    texts = db.session.scalars(select(OutboxText.id).order_by(OutboxText.id).limit(count)).all()
    rows = [
        {"id": attempt, "outbox_id": outbox_id, "started_at": now, "status_rank": 0}
        for attempt, outbox_id in zip(ids, texts, strict=True)
    ]
    db.session.execute(insert(SendAttempt), rows)
    db.session.execute(text("UPDATE outbox_text SET state = 'sending'"))
    db.session.commit()
    return ids


def _timed(url: str, carrier: Carrier, attempts: list[str]) -> Iterator[float]:
    """News of each text, and in turn texts of people: answers, and every fifth a STOP."""
    for place, attempt in enumerate(attempts):
        sid = f"SM{place:032x}"
        news = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": "delivered", "AccountSid": carrier.account_sid}
        yield _post(url, carrier, f"/sms/status/{attempt}", news)
        body = "please stop texting me" if place % 5 == 0 else "my sister Ana"
        yield _post(url, carrier, "/sms/inbound", _inbound(carrier, f"+1212{place:07}", body))


def _inbound(carrier: Carrier, phone: str, body: str = "google") -> dict[str, str]:
    sid = "SM" + uuid.uuid4().hex
    form = {"MessageSid": sid, "SmsSid": sid, "From": phone, "To": carrier.number, "Body": body}
    return {**form, "AccountSid": carrier.account_sid, "NumMedia": "0", "ApiVersion": "2010-04-01"}


def _post(url: str, carrier: Carrier, path: str, form: dict[str, str]) -> float:
    signature = RequestValidator(carrier.auth_token).compute_signature(f"{url}{path}", form)
    asked = urllib.request.Request(f"{url}{path}", urllib.parse.urlencode(form).encode())
    asked.add_header("X-Twilio-Signature", signature)
    return milliseconds(lambda: urllib.request.urlopen(asked, timeout=10).read())
