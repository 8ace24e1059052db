"""A thousand surveys against a carrier that misbehaves, while workers are killed; judged by the carrier's own log.

The clock of all processes shows a morning on which New York closes and Los Angeles opens in the middle of the run.
"""

import itertools
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import insert, select, text
from werkzeug.serving import make_server

from bench._practice import ZONE, add_practice
from bench._texting_people import Disorder, People
from bench._texting_processes import shift_clock
from intake import clock
from intake.capture.text.staff_pages.inbox import UNDECIDED_AFTER, undecided
from intake.config import Settings
from intake.db import db, reading
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.dev.fake_carrier.resources import create_carrier
from intake.dev.fake_carrier.wire import WireMessage
from intake.directory.models import Location
from intake.directory.sources.records import add_default_sources
from intake.sms.consent.consent import record_opt_out
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextConsent, TextPlan, TextState
from tests.databases import environment_of, settings_for
from tests.serving import TOP, free_port, serve

# Area codes and the zone in which their phones are: open throughout, closing in the run, opening in it.
AREAS = {
    **dict.fromkeys(("312", "773", "708", "847", "630", "815", "224"), "America/Chicago"),
    **dict.fromkeys(("518", "585"), "America/New_York"),
    **dict.fromkeys(("213", "310"), "America/Los_Angeles"),
}
OPENS, CLOSES = 9, 12
FAULTS = {
    Fault.TOO_MANY: 0.08,
    Fault.FAILS_BEFORE: 0.04,
    Fault.FAILS_AFTER: 0.04,
    Fault.HANGS_AFTER: 0.03,
    Fault.DROPS: 0.03,
    Fault.RUBBISH_AFTER: 0.02,
}
# Of every list and fetch, four in ten.
READ_FAULTS = {
    Fault.TOO_MANY: 0.1,
    Fault.FORBIDDEN: 0.05,
    Fault.FAILS_BEFORE: 0.1,
    Fault.RUBBISH: 0.05,
    Fault.MALFORMED: 0.05,
    Fault.HANGS: 0.02,
    Fault.DROPS: 0.03,
}


@dataclass
class Findings:
    """What a run came to; from `more_than_one` on all must be zero."""

    surveys: int
    sent: int = 0
    messages: int = 0
    kills: int = 0
    refused_or_failed_requests: int = 0
    opted_out: int = 0
    crossed_with_stop: int = 0
    put_off_to_tomorrow: int = 0
    # The carrier has several texts to one phone without their words: nobody but a person can tell which is which.
    left_to_a_person: int = 0
    seconds: float = 0.0
    more_than_one: int = 0
    after_stop: int = 0
    outside_the_window: int = 0
    without_consent: int = 0
    uncertain: int = 0
    # Uncertain, and shown to nobody.
    hidden: int = 0
    unfinished: int = 0
    never_sent: int = 0
    lost_replies: int = 0
    forgotten_stops: int = 0
    refused_webhooks: int = 0
    ended_badly: int = 0

    @property
    def clean(self) -> bool:
        wrongs = (self.more_than_one, self.after_stop, self.outside_the_window, self.without_consent, self.uncertain)
        losses = (self.hidden, self.unfinished, self.never_sent, self.lost_replies, self.forgotten_stops)
        return not any((*wrongs, *losses, self.refused_webhooks, self.ended_badly))


def moment_of_change() -> datetime:
    """Noon in New York on a weekday's morning that has not come yet: it closes there, and opens in Los Angeles."""
    day = clock.now().astimezone(ZoneInfo("America/New_York")).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, CLOSES, tzinfo=ZoneInfo("America/New_York"))


def texting_settings(database_url: str, carrier: Carrier, address: str, **changes: object) -> Settings:
    given: dict[str, object] = {
        "public_url": f"http://127.0.0.1:{free_port()}",
        "twilio_account_sid": carrier.account_sid,
        "twilio_auth_token": carrier.auth_token,
        "twilio_sender": carrier.number,
        "twilio_api_url": address,
        "carrier_answer_seconds": 1.0,
        "texts_per_second": 100.0,
        "texts_per_day": 100_000,
        "quiet_until": f"{OPENS:02}:00",
        "quiet_from": f"{CLOSES:02}:00",
        "log_level": "CRITICAL",
    }
    return settings_for(database_url, **(given | changes))


@contextmanager
def carrier_at_work(carrier: Carrier) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_carrier(carrier), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


def phones(count: int) -> list[str]:
    """That many phones, spread over the areas, mixed."""
    made = [f"+1{area}5550{number:03}" for number in range(100, 200) for area in AREAS]
    random.Random(5).shuffle(made)
    return made[:count]


def start_workers(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    """Start the process that keeps workers alive, in a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench._texting_processes", *arguments],
        cwd=TOP,
        env=environment_of(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def prepare(count: int, *, arrived_at: datetime) -> list[str]:
    """A practice whose patients arrived two hours ago and agreed to be texted; commits. Their phones.

    Beside them as many as a tenth who never agreed, and one in fifty who had said STOP before.
    """
    chosen = phones(count + count // 10)
    location, ids, _ = add_practice(chosen, visits=len(chosen), arrived_at=arrived_at)
    add_default_sources()
    db.session.add(TextPlan(location_id=location.id, enabled=True, minutes_after=60, daily_cap=100_000))
    consent = {"given_at": clock.now(), "source": "desk", "wording_version": "1"}
    agreed = [
        {**consent, "phone_e164": phone, "patient_id": patient_id}
        for phone, patient_id in zip(chosen[:count], ids[:count], strict=True)
    ]
    db.session.execute(insert(TextConsent), agreed)
    for phone in chosen[: count // 50]:
        record_opt_out(phone, reason="word")
    db.session.commit()
    return chosen


def run(
    app: Flask,
    settings: Settings,
    carrier: Carrier,
    *,
    count: int,
    workers: int,
    kill_every: float = 0.0,
    kill_at: Collection[int] = (),
) -> Findings:
    """One run on a migrated, empty database, in `app`'s context; the clock is shifted already.

    `kill_at`: a worker is killed while the carrier answers the text with this number, however fast the machine is.
    """
    chance = random.Random(11)
    chosen = prepare(count, arrived_at=clock.now() - timedelta(hours=2))
    db.session.close()
    disorder = Disorder(settings.public_url, duplicated=0.1, shuffled=0.2, withheld=0.05, longest_delay=0.5, threads=12)
    carrier.webhooks = disorder
    people = People(carrier, chance)
    started = time.monotonic()
    with serve(settings, application="bench._texting_processes:server") as _, tempfile.TemporaryDirectory() as folder:
        enough = Path(folder) / "enough"
        killing = ("--kill-every", str(kill_every), "--listens")
        nursery = start_workers(settings, "--workers", str(workers), "--until", str(enough), *killing)
        carrier.on_accepted = _killing(nursery, people.receive, kill_at)
        try:
            # One in twelve says STOP at some moment, whether or not their text has left by then.
            for phone in chosen[count // 50 : count : 12]:
                people.stop(phone, 30.0 if count >= 500 else 8.0)
            _until_quiet(people, disorder, enough, most_seconds=120 + count * 0.6)
        finally:
            nursery.send_signal(signal.SIGTERM)
            said, _ = nursery.communicate(timeout=60)
    findings = judge(app, carrier, disorder, chosen[:count])
    findings.seconds = round(time.monotonic() - started, 1)
    words = said.split()
    findings.kills = int(words[words.index("kills") + 1]) if "kills" in words else -1
    findings.ended_badly = int("ended gently" not in said)
    return findings


def _killing(
    nursery: subprocess.Popen[str], receive: Callable[[WireMessage], None], kill_at: Collection[int]
) -> Callable[[WireMessage], None]:
    """What happens when the carrier has taken a text: some of their senders die before they hear of it."""
    numbers = itertools.count(1)

    def accepted(message: WireMessage) -> None:
        if next(numbers) in kill_at:
            assert nursery.stdin is not None
            nursery.stdin.write("k")
            nursery.stdin.flush()
        receive(message)

    return accepted


def _until_quiet(people: People, disorder: Disorder, enough: Path, *, most_seconds: float) -> None:
    """Until nothing is due any more; the killing ends once nothing has left for a while."""
    deadline = time.monotonic() + most_seconds
    quiet_since = time.monotonic()
    before: tuple[int, ...] = ()
    while time.monotonic() < deadline:
        time.sleep(1)
        # Nothing is quiet before the first text has left, however long the workers take to start.
        sent = sum(message.direction == "outbound-api" for message in list(people.carrier.messages))
        seen = (_due(), sent, disorder.pending)
        if seen != before or seen[2]:
            before, quiet_since = seen, time.monotonic()
        quiet = time.monotonic() - quiet_since
        # Until Los Angeles opens nothing may be due for a while; then there is still something to wait for.
        opened = clock.now() > _change_of_run()
        if seen[0] == 0 and seen[1] and quiet > 2 and opened:
            # Nothing is due: what the last killed worker left behind has been taken up by another.
            enough.touch()
            break
    enough.touch()
    # The last replies are read and answered by workers that live, and those answers may bring another reply.
    calm = 0
    while calm < 3 and time.monotonic() < deadline + 60:
        people.wait()
        disorder.wait()
        time.sleep(0.5)
        calm = calm + 1 if _due() == 0 and not disorder.pending and not people.is_typing else 0


_run_changes_at: list[datetime] = []


def _change_of_run() -> datetime:
    return _run_changes_at[-1] + timedelta(seconds=10)


def set_clock(seconds_before: float) -> None:
    """Show an hour so long before the moment at which one zone closes and another opens."""
    change = moment_of_change()
    _run_changes_at.append(change)
    shift_clock((change - timedelta(seconds=seconds_before) - clock.now()).total_seconds())


def _due() -> int:
    """Texts that are open and could go on by now, and replies nobody has read."""
    soon = clock.now() + timedelta(hours=1)
    # Who only looks must not ask the embedded file's one writer to step aside.
    with reading(), db.session.no_autoflush:
        open_texts = db.session.execute(
            select(OutboxText.state, OutboxText.not_before).where(
                OutboxText.state.in_(("queued", "claimed", "sending", "uncertain"))
            )
        ).all()
        unread = db.session.scalars(select(InboundText.id).where(InboundText.handled_at.is_(None))).all()
        db.session.rollback()
    return sum(state != "queued" or not_before < soon for state, not_before in open_texts) + len(unread)


def judge(app: Flask, carrier: Carrier, disorder: Disorder, chosen: list[str]) -> Findings:
    """Judge the carrier's log by what was agreed, with rules of its own."""
    found = Findings(surveys=len(chosen))
    attempts = {attempt.id: attempt for attempt in db.session.scalars(select(SendAttempt))}
    texts = {each.id: each for each in db.session.scalars(select(OutboxText))}
    outbound = [message for message in carrier.messages if message.direction == "outbound-api"]
    found.messages = len(outbound)
    per_text: Counter[int] = Counter()
    surveyed: Counter[str] = Counter()
    confirmations: Counter[str] = Counter()
    agreed = set(chosen[len(chosen) // 50 :])
    for message in outbound:
        attempt = attempts[message.status_callback.rpartition("/")[2]]
        sent = texts[attempt.outbox_id]
        per_text[sent.id] += 1
        if sent.purpose in ("survey", "reminder"):
            surveyed[message.to] += 1
            found.outside_the_window += not _within(message)
            found.without_consent += message.to not in agreed
        stopped = disorder.acknowledged.get(message.to)
        if sent.purpose == "stop_confirmation":
            confirmations[message.to] += 1
        elif stopped is not None and message.created_at > stopped:
            # Already on the wire when the word came: nothing can call it back.
            crossed = attempt.started_at <= stopped
            found.crossed_with_stop += crossed
            found.after_stop += not crossed
    found.sent = len(surveyed)
    found.more_than_one = sum(count > 1 for count in (*per_text.values(), *surveyed.values(), *confirmations.values()))
    _look_at_what_is_left(found, carrier, disorder, list(texts.values()), surveyed, agreed=agreed)
    found.refused_or_failed_requests = len(attempts) - len(outbound)
    found.refused_webhooks = len(disorder.refused)
    return found


def _look_at_what_is_left(
    found: Findings,
    carrier: Carrier,
    disorder: Disorder,
    texts: list[OutboxText],
    surveyed: Counter[str],
    *,
    agreed: set[str],
) -> None:
    soon = clock.now() + timedelta(hours=1)
    states = Counter(each.state for each in texts)
    _look_at_the_uncertain(found, carrier, [each for each in texts if each.state == TextState.UNCERTAIN])
    found.unfinished = states[TextState.CLAIMED] + states[TextState.SENDING]
    stopped = set(db.session.scalars(text("SELECT phone_e164 FROM text_stop WHERE resumed_at IS NULL")))
    found.opted_out = len(stopped)
    found.forgotten_stops = len(set(disorder.acknowledged) - stopped)
    for each in texts:
        if each.state == TextState.QUEUED and each.not_before > soon:
            found.put_off_to_tomorrow += 1
        elif each.state == TextState.QUEUED:
            found.unfinished += 1
        elif each.purpose == "survey" and each.phone_e164 not in surveyed and each.phone_e164 not in stopped:
            found.never_sent += 1
    planned = {each.phone_e164 for each in texts if each.purpose == "survey"}
    found.never_sent += len(agreed - planned - stopped)
    arrived = {message.sid for message in carrier.messages if message.direction == "inbound"}
    handled = set(db.session.scalars(select(InboundText.message_sid).where(InboundText.handled_at.is_not(None))))
    found.lost_replies = len(arrived - handled)


def _look_at_the_uncertain(found: Findings, carrier: Carrier, uncertain: list[OutboxText]) -> None:
    """Only what nobody could tell apart may be left, and all of it must be before somebody's eyes.

    The carrier shows how many texts to a phone it has that nobody here knows of, without their words. As many as are
    uncertain have all left, none of them has none: only in between somebody must ask the patient.
    """
    known = set(db.session.scalars(select(SendAttempt.message_sid)))
    unclaimed = Counter(
        each.to for each in carrier.messages if each.direction == "outbound-api" and each.sid not in known
    )
    doubtful = Counter(each.phone_e164 for each in uncertain)
    found.uncertain = sum(not 0 < unclaimed[phone] < count for phone, count in doubtful.items() for _ in range(count))
    found.left_to_a_person = len(uncertain) - found.uncertain
    places = list(db.session.scalars(select(Location.id)))
    real = clock.now
    try:
        clock.now = lambda: real() + UNDECIDED_AFTER
        shown = {each.id for each in undecided(within=places)}
    finally:
        clock.now = real
    found.hidden = sum(each.id not in shown for each in uncertain)


def _within(message: WireMessage) -> bool:
    zones = {ZONE, AREAS[message.to[2:5]]}
    return all(OPENS <= message.created_at.astimezone(ZoneInfo(zone)).hour < CLOSES for zone in zones)


def described(findings: Findings) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(findings).items())
