"""Rows of the relationships for tests, beside those of `tests/making.py`."""

import uuid
from datetime import date, timedelta
from typing import Any

from intake import clock
from intake.accounts.models import Staff
from intake.capture.models import CallOutcome, CallSlip, ReturnReason, ThanksWish
from intake.db import db
from intake.directory.models import Caller, Location, Patient, Physician, ReferringPractice, Visit
from intake.liaison.day.models import RoundStop
from intake.liaison.loops.models import ReferralEvent
from intake.liaison.people.models import OfficeContact, Relationship
from intake.liaison.promises.models import OfficeIssue, Promise
from intake.liaison.thanks.models import PatientThanks, PatientToken
from intake.liaison.touchpoints.models import Participant, Touchpoint
from tests.making import ZONE, Make


def target(
    make: Make,
    location: Location | None = None,
    physician: Physician | None = None,
    *,
    practice: ReferringPractice | None = None,
    owner: Staff | None = None,
    **values: Any,
) -> Relationship:
    """One of our locations looks after a physician (a new one unless told) or a practice; tier B, for a year."""
    physician = None if practice else physician or make.physician()
    given = {
        "location_id": (location or make.location()).id,
        "physician_id": physician.id if physician else None,
        "practice_id": practice.id if practice else None,
        "owner_id": owner.id if owner else None,
        "tier": "B",
        "since": clock.clinic_today(ZONE) - timedelta(days=365),
    }
    return _add(Relationship(**(given | values)))


def contact(make: Make, practice: ReferringPractice | None = None, **values: Any) -> OfficeContact:
    """A referral coordinator in a practice."""
    given = {"name": "Dana Pruitt", "job": "coordinator", "created_at": clock.now()}
    practice_id = (practice or make.referring_practice()).id
    return _add(OfficeContact(**({"practice_id": practice_id} | given | values)))


def touchpoint(
    make: Make,
    location: Location | None = None,
    *physicians: Physician,
    author: Staff | None = None,
    day: date | None = None,
    received_cents: int | None = None,
    **values: Any,
) -> Touchpoint:
    """A visit today with these physicians (a new one unless told)."""
    day = day or clock.clinic_today(ZONE)
    given = {
        "submission_id": uuid.uuid4().hex,
        "location_id": (location or make.location()).id,
        "author_id": author.id if author else None,
        "day": day,
        "kind": "visit",
        "words": "Asked how results reach them.",
        "written_at": clock.now(),
        "cost_cents": received_cents,
    }
    met = [
        Participant(
            physician_id=each.id, practice_id=each.referring_practice_id, day=day, received_cents=received_cents
        )
        for each in physicians or (make.physician(),)
    ]
    return _add(Touchpoint(**(given | values), participants=met))


def promise(make: Make, location: Location | None = None, owner: Staff | None = None, **values: Any) -> Promise:
    """Something promised to a physician, due tomorrow."""
    given = {
        "location_id": (location or make.location()).id,
        "text": "Send the fax number of the results desk.",
        "due_on": clock.clinic_today(ZONE) + timedelta(days=1),
        "owner_id": owner.id if owner else None,
        "made_at": clock.now(),
    }
    if not values.keys() & {"physician_id", "practice_id"}:
        given["physician_id"] = make.physician().id
    return _add(Promise(**(given | values)))


def issue(make: Make, location: Location | None = None, **values: Any) -> OfficeIssue:
    """A referring physician says that results don't arrive; open since today."""
    given = {
        "location_id": (location or make.location()).id,
        "kind": "results",
        "text": "Results don't reach them.",
        "opened_on": clock.clinic_today(ZONE),
    }
    if not values.keys() & {"physician_id", "practice_id"}:
        given["physician_id"] = make.physician().id
    return _add(OfficeIssue(**(given | values)))


def stop(make: Make, location: Location | None = None, staff: Staff | None = None, **values: Any) -> RoundStop:
    """A target on somebody's round of today."""
    location = location or make.location()
    staff = staff or make.staff("liaison", locations=[location])
    given = {
        "relationship_id": target(make, location, owner=staff).id,
        "staff_id": staff.id,
        "day": clock.clinic_today(ZONE),
        "position": 1,
        "planned_at": clock.now(),
    }
    return _add(RoundStop(**(given | values)))


def noted(visit: Visit, caller: Caller, physician: Physician, sender: Patient, *, words: str = "a postcard") -> None:
    """A row in each table of call slips, loops and thanks."""
    now = clock.now()
    told = {"kind": "told", "value": "came", "words": words, "day": now.date(), "recorded_at": now}
    for row in (
        CallSlip(caller_id=caller.id, kind="new", for_whom="child", reason=words, patient_name=words),
        CallOutcome(caller_id=caller.id, result="booked", recorded_at=now),
        ThanksWish(visit_id=visit.id, wish="yes", recorded_at=now),
        ReturnReason(visit_id=visit.id, words=words, recorded_at=now),
        ReferralEvent(visit_id=visit.id, physician_id=physician.id, **told),
        PatientToken(patient_id=visit.patient_id, what="a mug", cents=900, given_on=now.date(), recorded_at=now),
        PatientThanks(visit_id=visit.id, referring_patient_id=sender.id, how="letter", thanked_at=now),
    ):
        _add(row)


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
