"""The worker's chores without a carrier: a practice that doesn't text may still have its reports mailed."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from intake import log
from intake.db import db

IDLE_SECONDS = 2.0


@dataclass
class ChoresAlone:
    """Does every chore in turn until told to stop; with `until_idle` until none has anything to do."""

    chores: tuple[Callable[[], int], ...]
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, *, until_idle: bool = False) -> None:
        while not self.stopping.is_set():
            worked = self._round()
            if not worked:
                if until_idle:
                    return
                self.stopping.wait(IDLE_SECONDS)

    def listen_for_stop(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _round(self) -> int:
        worked = 0
        try:
            for chore in self.chores:
                worked += chore()
                db.session.commit()
        except (DBAPIError, PoolTimeout) as error:
            # The database is away: everything that is due is in it and waits.
            log.logger().error("worker_database_away", kind=type(error).__name__)
            db.session.rollback()
            db.session.close()
            return 0
        return worked
