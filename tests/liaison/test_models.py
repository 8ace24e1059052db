"""The tables of the room hold what they are for and refuse what can't be."""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake.liaison.touchpoints import queries
from tests.liaison import relationships
from tests.making import Make


def test_gifts_are_read_by_physician(session: Session, make: Make) -> None:
    here, elsewhere = make.location(), make.location()
    one, other = make.physician(), make.physician()
    day = date(2026, 5, 4)
    relationships.touchpoint(make, here, one, other, kind="lunch", day=day, received_cents=1850)
    relationships.touchpoint(make, here, one, kind="not_seen", day=date(2026, 5, 5))
    relationships.touchpoint(make, elsewhere, one, day=date(2026, 5, 6))
    relationships.touchpoint(make, here, one, kind="gift", day=date(2025, 12, 31), received_cents=4000)

    given = queries.gifts(first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), physician_ids=[one.id])

    assert [(gift.touchpoint.day, gift.touchpoint.kind, gift.cents) for gift in given] == [(day, "lunch", 1850)]


def test_a_promise_is_to_a_physician_or_to_a_practice(session: Session, make: Make) -> None:
    with pytest.raises(IntegrityError):
        relationships.promise(make, physician_id=make.physician().id, practice_id=make.referring_practice().id)
