"""Whether a new patient agrees that whoever sent them is thanked, and by their name."""

from datetime import datetime
from enum import StrEnum

from intake import clock
from intake.capture.models import ThanksWish
from intake.db import db
from intake.directory.models import Visit


class MayThank(StrEnum):
    YES = "yes"
    # As good as no answer: thanked, and not told who came.
    NAMELESS = "nameless"
    NO = "no"


WISHES = {MayThank.YES: "Yes", MayThank.NAMELESS: "Yes, without their name", MayThank.NO: "No"}


def record_wish(
    visit: Visit,
    wish: MayThank,
    *,
    staff_id: int | None = None,
    device_id: int | None = None,
    at: datetime | None = None,
) -> None:
    """Record what the patient of this visit said, now or `at`; the newest holds. Flushes."""
    said_at = at or clock.now()
    db.session.add(
        ThanksWish(visit_id=visit.id, wish=wish, recorded_at=said_at, staff_id=staff_id, device_id=device_id)
    )
    db.session.flush()
