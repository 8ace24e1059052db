"""The demo practice: made once, kept fresh so that today's arrivals are always today's."""

import random

from sqlalchemy import select

from intake.db import db
from intake.dev import demo_practice
from intake.directory.models import Practice

SEED = 20_261_101


class RealPractice(Exception):
    """The database belongs to somebody's practice, so no invented people are put into it."""


def is_demo() -> bool:
    """True when this database holds the demo practice; False when it is empty. Raises RealPractice otherwise."""
    practice = db.session.scalars(select(Practice)).first()
    if practice is not None and practice.name != demo_practice.PRACTICE_NAME:
        raise RealPractice
    return practice is not None


def seed() -> bool:
    """Make the demo practice unless it is there. True when it was made. Flushes."""
    if is_demo():
        return False
    rng = random.Random(SEED)  # noqa: S311 - the same invented people every time, nothing secret
    demo_practice.add_practice()
    demo_practice.add_physicians(rng)
    return True
