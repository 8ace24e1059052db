"""Referrers' records worked out before somebody asks: from a process's first request on, and whenever a day begins.

At millions of answers they take a second and a half, which nobody's first look should pay for.
"""

import threading
import time

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from intake import clock, log
from intake.accounts.models import Role, Staff
from intake.accounts.places import places
from intake.attribution.filters.access import READERS
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.history import records
from intake.db import db, reading
from intake.web.wall.location_wall import whole_practice

EVERY_SECONDS = 120.0
# Of a practice with more ways to share out its locations the others wait for a first look.
MOST_SCOPES = 12


def ready_in_background(app: Flask) -> None:
    """Start with this process's first request: commands that import the app never get a thread."""
    started = threading.Lock()

    def start() -> None:
        # Taken by the first request and never given back.
        if started.acquire(blocking=False):
            threading.Thread(target=_keep_ready, args=(app,), name="referrers-ready", daemon=True).start()

    app.before_request(start)


def make_ready() -> None:
    """Work them out for the locations of everybody who reads reports; what is kept already costs little.

    Kept only while `reading`: what a transaction that writes has read may be taken back.
    """
    readers = select(Staff).where(Staff.active.is_(True), Staff.roles.any(Role.name.in_(READERS)))
    everywhere = frozenset(place.id for place in places())
    scopes = {
        everywhere if each.all_locations else frozenset(place.id for place in each.locations)
        for each in db.session.scalars(readers.options(selectinload(Staff.locations)))
    }
    today, lists = clock.clinic_today(practice_time_zone()), lists_as_of_now()
    for location_ids in sorted(filter(None, scopes), key=len, reverse=True)[:MOST_SCOPES]:
        records(today=today, location_ids=location_ids, lists=lists)


def _keep_ready(app: Flask) -> None:
    while True:
        try:
            with app.app_context(), whole_practice(), reading():
                make_ready()
        except Exception as error:
            # The database may be away, or nobody has set the practice up.
            log.logger().warning("referrers_not_ready", kind=type(error).__name__)
        time.sleep(EVERY_SECONDS)
