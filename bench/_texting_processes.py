"""The processes that a run of texts is made of: a web server and workers whose clock shows a chosen hour.

`server` is what granian loads; `python -m bench._texting_processes` forks workers, kills them as it is told, and ends
them gently at SIGTERM.
"""

import argparse
import os
import random
import signal
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from flask import Flask

from intake import clock, create_app
from intake.capture.text import chores as texting
from intake.capture.text.planning import planner
from intake.chores import CHORES
from intake.config import Settings, settings_or_exit
from intake.db import db
from intake.sms.carrier.gateway import TwilioGateway
from intake.sms.consent.location_hours import zones_of
from intake.sms.queue import outbox, polling, resolving, worker
from intake.sms.queue.worker import Worker
from intake.web.http.rsgi import buffered

SHIFT = "INTAKE_BENCH_CLOCK_SHIFT_SECONDS"
# A run shows in minutes what a clinic sees in days: leases and waits are shortened, their order stays as it is.
CLAIM_SECONDS, SETTLE_SECONDS, PLAN_SECONDS = 4, 6.0, 1.0
_real_now = clock.now


def shift_clock(seconds: float) -> None:
    """From now on the one clock of this process shows another hour, and goes on at its usual pace."""
    os.environ[SHIFT] = str(seconds)
    offset = timedelta(seconds=seconds)
    clock.now = lambda: _real_now() + offset


def hurry() -> None:
    outbox.CLAIM_SECONDS = CLAIM_SECONDS
    texting.PLAN_EVERY_SECONDS = PLAN_SECONDS
    planner.AT_ONCE = 10
    polling.EVERY = timedelta(seconds=20)
    # With these faults two answers in three fail: after minutes of them a run would be over first.
    worker.MOST_RARELY = 2
    resolving.SOONEST_AGAIN = timedelta(seconds=3)


def ready(settings: Settings) -> Flask:
    """The service with everything a worker needs in memory, so that a life of two seconds is spent working."""
    import twilio.rest.api
    import twilio.rest.messaging

    app = create_app(settings)
    zones_of("+13125550100")
    # Naming them loads what the client otherwise loads with its first call.
    assert twilio.rest.api.Api and twilio.rest.messaging.Messaging
    if settings.embedded:
        # One worker there; it keeps what it compiled for as long as it lives.
        return app
    with app.app_context():
        # One round beforehand: what it compiles, the workers inherit; its connections they don't.
        Worker(TwilioGateway(settings), settings, chores=CHORES.all).round()
        db.session.close()
        db.engine.dispose()
    return app


def work(app: Flask, settings: Settings, *, settle_seconds: float) -> None:
    with app.app_context():
        at_work = Worker(TwilioGateway(settings), settings, chores=CHORES.all, settle_seconds=settle_seconds)
        at_work.listen_for_stop()
        at_work.run()


class Nursery:
    """Keeps `count` workers alive."""

    def __init__(self, settings: Settings, count: int, *, settle_seconds: float, listens: bool) -> None:
        self.listens = listens
        if listens:
            os.set_blocking(sys.stdin.fileno(), False)
        self.settings, self.count, self.settle_seconds = settings, count, settle_seconds
        # No connection is open yet: each worker makes its own.
        self.app = ready(settings)
        self.born: dict[int, float] = {}
        self.ending = False
        # Told through standard input, a byte each, that one is to die this moment.
        self.doomed = 0
        signal.signal(signal.SIGTERM, self._end)

    def run(self, *, kill_every: float, until_file: Path) -> None:
        """Kill each worker `kill_every` seconds after its birth, until `until_file` is there; then let them live."""
        kills = 0
        parent = os.getppid()
        while not self.ending and os.getppid() == parent:
            while len(self.born) < self.count:
                self._bear()
            self._bury()
            killing = kill_every > 0 and not until_file.exists()
            kills += self._kill_the_doomed()
            for pid, at in list(self.born.items()):
                if killing and time.monotonic() - at >= kill_every * random.uniform(0.6, 1.4):
                    os.kill(pid, signal.SIGKILL)
                    kills += 1
            time.sleep(0.02)
        for pid in self.born:
            os.kill(pid, signal.SIGTERM)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in self.born]
        # One that was only just born had nothing to finish yet.
        gently = all(code in (0, -signal.SIGTERM) for code in codes)
        print(f"kills {kills} ended {'gently' if gently else codes}", flush=True)

    def _kill_the_doomed(self) -> int:
        if not self.listens:
            return 0
        with suppress(BlockingIOError):
            self.doomed += len(os.read(sys.stdin.fileno(), 100))
        # Those killed before were buried just now, so these are alive.
        chosen = list(self.born)[: self.doomed]
        for pid in chosen:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            del self.born[pid]
        self.doomed -= len(chosen)
        return len(chosen)

    def _bear(self) -> None:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                work(self.app, self.settings, settle_seconds=self.settle_seconds)
                code = 0
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(code)
        self.born[pid] = time.monotonic()

    def _bury(self) -> None:
        for pid in list(self.born):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self.born[pid]

    def _end(self, _signal: int, _frame: object) -> None:
        self.ending = True


if SHIFT in os.environ:
    shift_clock(float(os.environ[SHIFT]))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kill-every", type=float, default=0.0)
    parser.add_argument("--listens", action="store_true", help="kill one for each byte on standard input")
    parser.add_argument("--until", type=Path, required=True)
    parser.add_argument("--patient", action="store_true", help="with the product's own leases and waits")
    options = parser.parse_args()
    if not options.patient:
        hurry()
    settle = 120.0 if options.patient else SETTLE_SECONDS
    Nursery(settings_or_exit(), options.workers, settle_seconds=settle, listens=options.listens).run(
        kill_every=options.kill_every, until_file=options.until
    )
elif SHIFT in os.environ:
    server = buffered(create_app())
