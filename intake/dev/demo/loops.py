"""What the demo practice noted of referrals, calls and thanks: most loops are closed, some wait, so that pages have a
story.
"""

import random
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from intake import clock
from intake.accounts.models import Staff
from intake.capture.call.slip import CallerKind, CallResult, ForWhom, WhyNot, reasons
from intake.capture.models import CallOutcome, CallSlip, ThanksWish
from intake.db import db
from intake.dev.demo.names import person
from intake.dev.demo.people import DOMAIN
from intake.dev.demo.plan import SEED
from intake.dev.demo.practice import LOCATIONS, TIME_ZONE
from intake.dev.demo.texting import insert_rows
from intake.directory.models import Caller, Location
from intake.liaison.loops.models import EventKind, ReferralEvent
from intake.liaison.loops.owed import LOOK_BACK, Owed, owed_note
from intake.liaison.loops.referrals import Referral, referrals
from intake.liaison.loops.stages import Stage
from intake.liaison.thanks.models import PatientThanks
from intake.survey.models import PatientReferral

CALL_DAYS = 60
# What came of calls that aren't followed by a visit here, and how often.
CALLS: tuple[tuple[CallResult | None, WhyNot | None, int], ...] = (
    (CallResult.BOOKED, None, 30),
    (CallResult.NOT_BOOKED, WhyNot.NO_TIME_SOON, 6),
    (CallResult.NOT_BOOKED, WhyNot.PLAN, 5),
    (CallResult.NOT_BOOKED, WhyNot.PRICE, 3),
    (CallResult.NOT_BOOKED, WhyNot.THINKING, 3),
    (CallResult.NOT_BOOKED, WhyNot.INFORMATION, 4),
    (CallResult.CALL_BACK, None, 2),
    (CallResult.WAITING, None, 2),
    # Nobody answered.
    (None, None, 6),
)


def add_loops() -> None:
    """Note what became of referrals, calls and thanks so far, unless that was noted before. Flushes."""
    if db.session.scalar(select(func.count(ReferralEvent.id))):
        return
    rng = random.Random(SEED)  # noqa: S311 - a story, not a secret
    desk_id = db.session.scalars(select(Staff.id).filter_by(email=f"desk@{DOMAIN}")).one()
    _close_loops(rng, desk_id)
    _add_calls(rng, desk_id)
    _thank(rng, desk_id)


def _close_loops(rng: random.Random, staff_id: int) -> None:
    today, now = clock.clinic_today(TIME_ZONE), clock.now()
    location_ids = list(db.session.scalars(select(Location.id)))
    rows = []

    def note(referral: Referral, kind: EventKind, value: str, at: datetime, words: str = "") -> None:
        rows.append(
            {
                "visit_id": referral.visit_id,
                "caller_id": referral.caller_id,
                "physician_id": referral.recorded_physician_id,
                "kind": kind,
                "value": value,
                "words": words,
                "day": clock.clinic_day(at, TIME_ZONE),
                "recorded_at": at,
                "recorded_by_id": staff_id,
            }
        )

    for referral in referrals(since=today - LOOK_BACK, location_ids=location_ids):
        if rng.random() < 0.3:
            note(referral, EventKind.REFERENCE, "", now, f"{rng.choice('ABK')}-{rng.randrange(1000, 9999)}")
        owed = owed_note(referral, today=today)
        if owed is None:
            continue
        seen = clock.from_wall_clock(owed.since, time(16), TIME_ZONE)
        procedure = seen + timedelta(days=rng.randrange(7, 21))
        if referral.came and procedure < now and rng.random() < 0.3:
            note(referral, EventKind.STAGE, Stage.PROCEDURE, procedure)
        told = seen + timedelta(days=rng.choice((1, 1, 2, 3, 5, 9)))
        if told >= now or rng.random() < 0.05:
            continue
        first = Owed.CAME if referral.came else owed.what
        if not referral.charted:
            note(referral, EventKind.CONFIRMED, "", told)
        note(referral, EventKind.TOLD, first, told, "letter")
        result = told + timedelta(days=rng.randrange(1, 8))
        if referral.came and result < now and rng.random() < 0.95:
            note(referral, EventKind.TOLD, Owed.RESULT, result, "letter")
    insert_rows(ReferralEvent, rows)


def _add_calls(rng: random.Random, staff_id: int) -> None:
    today, offered = clock.clinic_today(TIME_ZONE), reasons()
    places = {row.code: row for row in db.session.scalars(select(Location))}
    callers, slips, outcomes = [], [], []
    results, weights = [each[:2] for each in CALLS], [each[2] for each in CALLS]
    for place in LOCATIONS:
        for days_ago in range(CALL_DAYS):
            day = today - timedelta(days=days_ago)
            for _ in range(rng.randrange(0, 4) if day.weekday() < 5 else 0):
                at = clock.from_wall_clock(day, time(rng.randrange(8, 17), rng.randrange(60)), place.time_zone)
                if at >= clock.now():
                    continue
                who = person(rng, on=day, area_code=place.area_code)
                result, why_not = rng.choices(results, weights)[0]
                if result in (CallResult.CALL_BACK, CallResult.WAITING) and days_ago > 12:
                    result = CallResult.BOOKED
                if result is None and days_ago > 3:
                    why_not, result = WhyNot.NOT_REACHED, CallResult.NOT_BOOKED
                callers.append(
                    {
                        "location_id": places[place.code].id,
                        "first_name": who.first_name,
                        "last_name": who.last_name,
                        "phone_e164": who.mobile_e164,
                        "called_at": at,
                        "noted_by_id": staff_id,
                    }
                )
                missed = result is None or why_not == WhyNot.NOT_REACHED
                slips.append(
                    {
                        "kind": CallerKind.NEW if rng.random() < 0.8 else CallerKind.EXISTING,
                        "for_whom": ForWhom.SELF if rng.random() < 0.8 else ForWhom.PARENT,
                        "reason": "" if missed else rng.choice(offered),
                        "missed": missed,
                        "on_paper": False,
                    }
                )
                due_on = today + timedelta(days=rng.randrange(-2, 5))
                waits = result in (CallResult.CALL_BACK, CallResult.WAITING)
                outcomes.append((result, why_not, due_on if waits else None, at + timedelta(minutes=4)))
    ids = insert_rows(Caller, callers)
    if ids:
        db.session.execute(insert(CallSlip), [{"caller_id": id_, **slip} for id_, slip in zip(ids, slips, strict=True)])
    rows: list[dict[str, Any]] = [
        {
            "caller_id": id_,
            "result": result,
            "why_not": why_not,
            "due_on": due_on,
            "recorded_at": at,
            "recorded_by_id": staff_id,
        }
        for id_, (result, why_not, due_on, at) in zip(ids, outcomes, strict=True)
        if result is not None
    ]
    insert_rows(CallOutcome, rows)


def _thank(rng: random.Random, staff_id: int) -> None:
    """Most who sent somebody in these months are thanked; some new patients said whether they may be named."""
    links = db.session.execute(
        select(PatientReferral.visit_id, PatientReferral.referring_patient_id, PatientReferral.recorded_at).where(
            PatientReferral.referring_patient_id.is_not(None),
            PatientReferral.visit_id.is_not(None),
            PatientReferral.ended_at.is_(None),
            PatientReferral.recorded_at >= clock.now() - LOOK_BACK,
        )
    ).all()
    wishes, thanks = [], []
    for visit_id, sender_id, at in links:
        wish = rng.choices(("yes", "nameless", "no", ""), (4, 2, 1, 3))[0]
        if wish:
            wishes.append({"visit_id": visit_id, "wish": wish, "recorded_at": at})
        thanked = at + timedelta(hours=rng.choice((2, 20, 26, 44, 70, 120)))
        if wish != "no" and thanked < clock.now() and rng.random() < 0.9:
            row = {"visit_id": visit_id, "referring_patient_id": sender_id, "how": "card"}
            thanks.append(row | {"thanked_at": thanked, "thanked_by_id": staff_id})
    insert_rows(ThanksWish, wishes)
    insert_rows(PatientThanks, thanks)
