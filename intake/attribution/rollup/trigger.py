"""When the rollups are refreshed: by the worker every moment, and after a report that had much left to add up.

A practice without texting runs no worker. There the first report after many answers adds up what was left, a little
slower, and refreshes once the page is sent.
"""

import time

from flask import Flask, g
from werkzeug.wrappers import Response

from intake import log
from intake.attribution.rollup.refresh import ROWS_A_STEP, refresh
from intake.chores import CHORES, every
from intake.db import db, is_unavailable, refresh_statistics, writing

WORTH_REFRESHING = 1_000
SECONDS_A_REPORT = 2.0
CHORE_EVERY_SECONDS = 2.0
STATISTICS_EVERY_SECONDS = 3600.0


def init_app(app: Flask) -> None:
    CHORES.add(app, every(STATISTICS_EVERY_SECONDS, _statistics))
    # What comes meanwhile goes together: a few rows at a time would cost the same as thousands.
    CHORES.add(app, every(CHORE_EVERY_SECONDS, refresh, while_done=ROWS_A_STEP))

    @app.after_request
    def refresh_after(response: Response) -> Response:
        if g.get("ledger_backlog", 0) >= WORTH_REFRESHING:
            response.call_on_close(lambda: _refresh_a_while(app))
        return response


def _statistics() -> int:
    refresh_statistics()
    return 0


def _refresh_a_while(app: Flask) -> None:
    end = time.monotonic() + SECONDS_A_REPORT
    with app.app_context(), writing():
        try:
            while refresh() and time.monotonic() < end:
                db.session.commit()
            db.session.commit()
            refresh_statistics()
        except Exception as error:
            db.session.rollback()
            if not is_unavailable(error):
                raise
            # Somebody else has the file or the database is away; nothing depends on it now.
            log.logger().info("refresh_put_off", kind=type(error).__name__)
