"""The worker: sends what is due, runs the chores, resolves what is uncertain. Any number on PostgreSQL."""

import fcntl
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from intake import log
from intake.chores import Chore
from intake.config import Settings
from intake.db import db, raise_if_away
from intake.sms.carrier.gateway import Gateway
from intake.sms.carrier.gateway_errors import Busy, GatewayError
from intake.sms.queue import line, outbox, spool
from intake.sms.queue.forgetting import forget_at_carrier
from intake.sms.queue.polling import poll_inbound, poll_is_due
from intake.sms.queue.resolving import SETTLE_SECONDS, resolve_uncertain
from intake.sms.queue.retrying import SendStep
from intake.sms.queue.sending import mark_abandoned_uncertain, send_one
from intake.sms.queue.webhooks import handle_event

LOOK_AGAIN_SECONDS = 1.0


@contextmanager
def alone(database: Path, *, stopping: threading.Event, say: Callable[[], None]) -> Iterator[bool]:
    """Hold the worker's lock. Waits while another holds it, having called `say` once.

    Yields False when told to stop while waiting.
    """
    path = database.with_name(database.name + ".worker")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(descriptor, stopping, say)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, stopping: threading.Event, say: Callable[[], None]) -> bool:
    said = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not said:
                say()
                said = True
            if stopping.wait(LOOK_AGAIN_SECONDS):
                return False
        else:
            return True


IDLE_SECONDS = 0.5
IDLE_WITHOUT_CARRIER_SECONDS = 2.0
BEAT_SECONDS = 15.0
RESOLVE_SECONDS = 20.0
FORGET_SECONDS = 60.0
AWAY_SECONDS = 2.0
# A carrier that can't be asked is asked less and less often: in the end one time in so many.
MOST_RARELY = 30


@dataclass
class Worker:
    """One worker. `chores` are steps of rooms above (planning surveys, reading replies) that return work done.

    Without a gateway it does these alone: a practice that doesn't text may still have its reports mailed.
    """

    gateway: Gateway | None
    settings: Settings
    chores: Sequence[Chore] = ()
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}")
    settle_seconds: float = SETTLE_SECONDS
    stopping: threading.Event = field(default_factory=threading.Event)
    _due: dict[str, float] = field(default_factory=dict)
    # How often in a row asking the carrier for something has failed.
    _failed: Counter[str] = field(default_factory=Counter)

    def run(self, *, until_idle: bool = False) -> None:
        """Work until told to stop; with `until_idle` until nothing is due. What is being sent is finished first."""
        while not self.stopping.is_set():
            try:
                worked = self.round()
            except (PoolTimeout, DBAPIError) as error:
                # The database is away: nothing is lost, everything is in it or in the spool.
                self._forget(error)
                self.stopping.wait(AWAY_SECONDS)
                continue
            if not worked:
                if until_idle:
                    return
                self.stopping.wait(IDLE_SECONDS if self.gateway else IDLE_WITHOUT_CARRIER_SECONDS)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Stop after the text on the wire is finished; claims are released. For SIGTERM."""
        self.stopping.set()

    def listen_for_stop(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def round(self) -> int:
        """Do everything that is due once; returns how much was done."""
        if self._is_due("beat", BEAT_SECONDS):
            line.record_heartbeat(self.name)
            db.session.commit()
        if self.gateway is None:
            return sum(self._do(chore) for chore in self.chores)
        gateway = self.gateway
        worked = self._do(self._replay)
        for chore in self.chores:
            worked += self._do(chore)
        self._do(mark_abandoned_uncertain)
        self._ask("resolve", min(RESOLVE_SECONDS, max(0.2, self.settle_seconds / 4)), lambda: self._resolve(gateway))
        self._ask("poll", BEAT_SECONDS, lambda: self._poll(gateway))
        self._ask("forget", FORGET_SECONDS, lambda: forget_at_carrier(gateway, self.settings))
        paused, held = line.is_paused(), line.is_held()
        db.session.commit()
        return worked if paused else worked + self._send(gateway, answers_only=held)

    def _send(self, gateway: Gateway, *, answers_only: bool) -> int:
        # Claim no more than leaves within a claim's life at the configured pace.
        most = max(1, min(20, int(self.settings.texts_per_second * outbox.CLAIM_SECONDS / 4)))
        claimed = outbox.claim_due(worker=self.name, most=most, answers_only=answers_only)
        db.session.commit()
        for place, outbox_id in enumerate(claimed):
            wait = line.reserve_slot(texts_per_second=self.settings.texts_per_second)
            db.session.commit()
            if self.stopping.wait(wait) or self._send_one(outbox_id, gateway) == SendStep.PAUSED:
                outbox.release_claims(claimed[place:], worker=self.name)
                db.session.commit()
                break
        return len(claimed)

    def _send_one(self, outbox_id: int, gateway: Gateway) -> SendStep:
        try:
            step = send_one(outbox_id, worker=self.name, gateway=gateway, settings=self.settings)
        except Exception as error:
            raise_if_away(error)
            # What one text trips over must not keep the others here: whether it left is found out like any other's.
            log.logger().error("text_failed", outbox=outbox_id, kind=type(error).__name__)
            db.session.rollback()
            step = SendStep.UNCERTAIN
        db.session.expunge_all()
        return step

    def _do(self, step: Callable[[], int]) -> int:
        """Run one step; what goes wrong in it must not keep texts from leaving."""
        try:
            worked = step()
            db.session.commit()
        except Exception as error:
            raise_if_away(error)
            log.logger().error("step_failed", step=getattr(step, "__name__", ""), kind=type(error).__name__)
            db.session.rollback()
            return 0
        return worked

    def _ask(self, what: str, every_seconds: float, step: Callable[[], object]) -> None:
        """Ask the carrier for something every so often, after failures more rarely."""
        if not self._is_due(what, every_seconds):
            return
        try:
            step()
        except GatewayError:
            self._failed[what] += 1
            pause = every_seconds * min(MOST_RARELY, 2 ** self._failed[what])
            self._due[what] = time.monotonic() + pause * random.uniform(0.75, 1)  # noqa: S311 - no secret
        except Exception as error:
            raise_if_away(error)
            log.logger().error("step_failed", step=what, kind=type(error).__name__)
            db.session.rollback()
        else:
            self._failed.pop(what, None)

    def _replay(self) -> int:
        folder = self.settings.spool_folder
        if not spool.waiting(folder):
            return 0
        return spool.replay(folder, handle_event)

    def _resolve(self, gateway: Gateway) -> None:
        if resolve_uncertain(gateway, settle_seconds=self.settle_seconds)["unanswered"]:
            raise Busy

    def _poll(self, gateway: Gateway) -> None:
        if poll_is_due():
            poll_inbound(gateway)

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_seconds
        return True

    def _forget(self, error: Exception) -> None:
        log.logger().error("worker_database_away", kind=type(error).__name__)
        try:
            db.session.rollback()
        except Exception as second:
            log.logger().error("rollback_failed", kind=type(second).__name__)
        db.session.close()
