"""`flask worker`: sends what is due, reads what came in, finds out what is uncertain. Any number on PostgreSQL."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from intake import log
from intake.config import Settings
from intake.db import db
from intake.sms import line, outbox, spool
from intake.sms.gateway import Gateway, GatewayError
from intake.sms.polling import poll_inbound, poll_is_due
from intake.sms.resolving import SETTLE_SECONDS, resolve_uncertain
from intake.sms.sending import Step, doubt_abandoned, send_one
from intake.sms.views import handle_event

IDLE_SECONDS = 0.5
BEAT_SECONDS = 15.0
RESOLVE_SECONDS = 20.0
AWAY_SECONDS = 2.0


@dataclass
class Worker:
    """One worker. `chores` are steps of rooms above (planning surveys, reading replies) that return work done."""

    gateway: Gateway
    settings: Settings
    chores: tuple[Callable[[], int], ...] = ()
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}")
    settle_seconds: float = SETTLE_SECONDS
    stopping: threading.Event = field(default_factory=threading.Event)
    _due: dict[str, float] = field(default_factory=dict)

    def run(self, *, until_idle: bool = False) -> None:
        """Work until told to stop; with `until_idle` until nothing is due. What is being sent is finished first."""
        while not self.stopping.is_set():
            try:
                worked = self.round()
            except (OperationalError, PoolTimeout, DBAPIError) as error:
                # The database is away: nothing is lost, everything is in it or in the spool.
                self._forget(error)
                self.stopping.wait(AWAY_SECONDS)
                continue
            if not worked:
                if until_idle:
                    return
                self.stopping.wait(IDLE_SECONDS)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """For SIGTERM: the text on the wire is finished and written down, claims are given back, then it ends."""
        self.stopping.set()

    def listen_for_stop(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def round(self) -> int:
        """One look at everything; returns how much was done."""
        if self._is_due("beat", BEAT_SECONDS):
            line.beat(self.name)
            db.session.commit()
        worked = self._replay()
        for chore in self.chores:
            worked += self._do(chore)
        doubt_abandoned()
        db.session.commit()
        if self._is_due("resolve", min(RESOLVE_SECONDS, max(0.2, self.settle_seconds / 4))):
            resolve_uncertain(self.gateway, settle_seconds=self.settle_seconds)
        self._poll()
        paused = line.is_paused()
        db.session.commit()
        return worked if paused else worked + self._send()

    def _send(self) -> int:
        # Claim no more than leaves within a claim's life at the configured pace.
        most = max(1, min(20, int(self.settings.texts_per_second * outbox.CLAIM_SECONDS / 4)))
        claimed = outbox.claim_due(worker=self.name, most=most)
        db.session.commit()
        for place, outbox_id in enumerate(claimed):
            wait = line.take_turn(texts_per_second=self.settings.texts_per_second)
            db.session.commit()
            if self.stopping.wait(wait) or self._send_one(outbox_id) == Step.PAUSED:
                outbox.give_back(claimed[place:], worker=self.name)
                db.session.commit()
                break
        return len(claimed)

    def _send_one(self, outbox_id: int) -> Step:
        step = send_one(outbox_id, worker=self.name, gateway=self.gateway, settings=self.settings)
        db.session.expunge_all()
        return step

    def _do(self, chore: Callable[[], int]) -> int:
        """A step of another room; what goes wrong there must not keep texts from leaving."""
        try:
            worked = chore()
            db.session.commit()
        except DBAPIError:
            raise
        except Exception as error:
            log.logger().error("chore_failed", chore=getattr(chore, "__name__", ""), kind=type(error).__name__)
            db.session.rollback()
            return 0
        return worked

    def _replay(self) -> int:
        folder = self.settings.spool_folder
        if not spool.waiting(folder):
            return 0
        return spool.replay(folder, handle_event)

    def _poll(self) -> None:
        if not self._is_due("poll", BEAT_SECONDS) or not poll_is_due():
            return
        try:
            poll_inbound(self.gateway)
        except GatewayError as error:
            log.logger().warning("poll_failed", code=error.code)

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
