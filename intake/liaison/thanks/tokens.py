"""Tokens of thanks to patients who sent somebody: off unless the practice says otherwise, and then capped.

Small things of little value may be given to people insured by the federal government; cash and what can be spent like
it may not (42 U.S.C. 1320a-7a(i)(6); OIG policy statement of 2016-12-07). A reward for a referral is another matter,
which no amount is small enough for, so a token is never tied to one.
"""

import re
from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.merging.merge import Kind, mapping, read_as_one
from intake.directory.models import Patient, Visit
from intake.directory.patients import queries as directory
from intake.id_filters import among
from intake.liaison.gifts.limits import Limits, limits
from intake.liaison.gifts.messages import dollars
from intake.liaison.gifts.models import LimitKind
from intake.liaison.thanks.models import PatientToken

LONGEST_WHAT = 80
# Cards that are read, and no money. Any other may be a shop's.
_READ = (
    "a|the|small|printed|handmade|greeting|you|birthday|post|note|holiday|christmas|well|business|playing|thank"
    "|sympathy|reminder"
)
_CASH = re.compile(
    r"\b(cash|money|dollar bills?|gift[\s\W]*(cards?|certificates?)|e-?gift|vouchers?|coupons?|pre-?paid"
    r"|checks?|cheques?|bitcoin|venmo|paypal|zelle|efectivo|dinero|tarjetas? de regalo|vales?|bonos?)\b"
    rf"|(?<!\w)(?!(?:{_READ})[\s\W]*cards?\b)\w+[\s\W]+cards?\b",
    re.IGNORECASE,
)


class TokenRefused(ValueError):
    """This token can't be given; the message says why, for staff."""


def give_token(patient_id: int, what: str, cents: int, *, day: date, staff: Staff) -> PatientToken:
    """Keep that a patient is given a token on that day. Flushes. Raises TokenRefused."""
    if not directory.practice().patient_tokens:
        raise TokenRefused("Tokens of thanks are switched off. A manager can switch them on under Gifts.")
    charts = sorted(read_as_one(Kind.PATIENTS, patient_id))
    # Two at once wait for each other, so that together they stay below the cap.
    db.session.execute(select(Patient.id).where(Patient.id.in_(charts)).order_by(Patient.id).with_for_update())
    given = db.session.scalar(
        select(func.sum(PatientToken.cents)).where(
            PatientToken.patient_id.in_(charts),
            PatientToken.given_on.between(date(day.year, 1, 1), date(day.year, 12, 31)),
        )
    )
    what = " ".join(what.split())[:LONGEST_WHAT]
    if refusal := refusal_by_caps(limits(), what, cents=cents, day=day, given_in_year=int(given or 0)):
        raise TokenRefused(refusal)
    token = PatientToken(
        patient_id=patient_id, what=what, cents=cents, given_on=day, recorded_at=clock.now(), given_by_id=staff.id
    )
    db.session.add(token)
    db.session.flush()
    audit_trail.record("patient.token_given", subject_kind="patient", subject_id=patient_id, cents=cents)
    return token


def take_back(token: PatientToken) -> None:
    """Delete a token that was not given, so that it counts for nobody; the trail keeps that it was noted. Flushes."""
    audit_trail.record(
        "patient.token_taken_back", subject_kind="patient", subject_id=token.patient_id, cents=token.cents
    )
    db.session.delete(token)
    db.session.flush()


def tokens_of_year(day: date, *, location_ids: Collection[int]) -> list[tuple[PatientToken, Patient, int | None]]:
    """(token, the patient, cents left to them) of this day’s year, the newest first; of patients seen at the locations.

    Charts that were merged count as one. None: no cap is known for that day.
    """
    merged = mapping(Kind.PATIENTS)
    query = select(PatientToken).where(PatientToken.given_on.between(date(day.year, 1, 1), date(day.year, 12, 31)))
    rows = list(db.session.scalars(query.order_by(PatientToken.given_on.desc(), PatientToken.id.desc())))
    given: Counter[int] = Counter()
    for row in rows:
        given[merged.get(row.patient_id, row.patient_id)] += row.cents
    charts = sorted(with_merged(given, merged))
    seen = select(Visit.patient_id).where(
        among(Visit.patient_id, charts), among(Visit.location_id, sorted(location_ids))
    )
    here = {merged.get(one, one) for one in db.session.scalars(seen.distinct())}
    people = {each.id: each for each in db.session.scalars(select(Patient).where(among(Patient.id, sorted(here))))}
    cap = limits().on(LimitKind.TOKEN_YEAR, day)
    return [
        (row, people[one], None if cap is None else max(0, cap.cents - given[one]))
        for row in rows
        if (one := merged.get(row.patient_id, row.patient_id)) in people
    ]


def refusal_by_caps(caps: Limits, what: str, *, cents: int, day: date, given_in_year: int) -> str:
    """Why a patient who got so many cents before in that year can't be given this, in a sentence; "" when they can."""
    piece, year = caps.on(LimitKind.TOKEN_PIECE, day), caps.on(LimitKind.TOKEN_YEAR, day)
    if not what or cents <= 0:
        return "Write what it is and what it cost."
    if _CASH.search(what):
        return "Nobody may be given cash, or anything that can be spent like it, such as a gift card."
    if piece is None or year is None:
        return "No cap is known for that day. A manager can enter one under Gifts."
    if cents > piece.cents:
        return f"One piece may be worth {dollars(piece.cents)} at most; this is {dollars(cents)}."
    if given_in_year + cents > year.cents:
        left = max(0, year.cents - given_in_year)
        told = f"A patient may be given {dollars(year.cents)} in a year; {dollars(left)} are left"
        return f"{told}, this is {dollars(cents)}."
    return ""
