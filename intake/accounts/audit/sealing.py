"""A thread of each web process that seals the audit trail, a few seconds after something was written."""

import threading
import time

from flask import Flask

from intake import log
from intake.accounts.audit import chain

EVERY_SECONDS = 4.0
SWEEP_EVERY_SECONDS = 3600.0
AFTER_TROUBLE_SECONDS = 30.0


def seal_in_background(app: Flask) -> None:
    """Start sealing with this process's first request: commands that import the app never get a thread."""
    started = threading.Lock()

    def start() -> None:
        # Taken by the first request and never given back.
        if started.acquire(blocking=False):
            threading.Thread(target=_keep_sealing, args=(app,), name="audit-sealing", daemon=True).start()

    app.before_request(start)


def _keep_sealing(app: Flask) -> None:
    swept_at = -SWEEP_EVERY_SECONDS
    while True:
        pause = EVERY_SECONDS
        sweep = time.monotonic() - swept_at >= SWEEP_EVERY_SECONDS
        try:
            with app.app_context():
                if sweep:
                    chain.seal_everything()
                else:
                    while chain.is_behind() and chain.seal_some().entries == chain.BATCH:
                        pass
            if sweep:
                swept_at = time.monotonic()
        except Exception as error:
            # The database may be away or full; what waits is sealed when it is back.
            log.logger().warning("audit_sealing_delayed", kind=type(error).__name__)
            pause = AFTER_TROUBLE_SECONDS
        time.sleep(pause)
