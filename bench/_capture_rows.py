"""A practice with visits that were handed a personal link each, inserted in bulk, ready to be answered."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select

from intake import clock
from intake.accounts.tokens import hash_token
from intake.capture.models import SurveyLink
from intake.db import db
from intake.directory.models import Location, Patient, Physician, Practice, ReferralSource, Visit
from intake.directory.sources.records import add_default_sources
from intake.survey.models import Ask, CoverageEntry

BATCH = 2000


@dataclass(frozen=True)
class Prepared:
    """Tokens of links nobody has used, and a physician to name."""

    tokens: list[str]
    physician_id: int
    source_ids: dict[str, int]


def prepare(count: int) -> Prepared:
    """Commits `count` visits of arrived new patients at one location, each with an ask and a link."""
    now = clock.now()
    if db.session.get(Practice, 1) is None:
        zone = "America/New_York"
        db.session.add(Practice(id=1, name="Bench", time_zone=zone, languages=["en", "es"], set_up_at=now))
        db.session.add(Location(code="B", name="Bench", time_zone=zone))
        db.session.add(Physician(first_name="Bench", last_name="Physician", created_at=now))
        add_default_sources()
        db.session.commit()
    location = db.session.scalars(select(Location)).first()
    assert location is not None
    sources = {source.code: source.id for source in db.session.scalars(select(ReferralSource))}
    options = [code for code in sources if code != "other"] + ["other"]
    today = clock.clinic_today(location.time_zone)
    tokens: list[str] = []
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        visit = {
            "location_id": location.id,
            "scheduled_at": now,
            "visit_date": today,
            "arrived_at": now,
            "visit_type": "new",
            "status": "arrived",
            "created_at": now,
        }
        # A new patient is a person: each is asked once.
        person = {"first_name": "Bench", "last_name": "Patient", "created_at": now}
        people = [{**person, "mrn": f"B{secrets.token_hex(8)}"} for _ in range(size)]
        patients = db.session.scalars(insert(Patient).returning(Patient.id), people).all()
        visits = db.session.scalars(
            insert(Visit).returning(Visit.id), [{**visit, "patient_id": each} for each in patients]
        ).all()
        ask = {"channel": "link", "language": "en", "options": options, "asked_at": now}
        asks = db.session.execute(
            insert(Ask).returning(Ask.id, Ask.visit_id), [{**ask, "visit_id": visit_id} for visit_id in visits]
        ).all()
        place = {"day": today, "location_id": location.id}
        none = {"eligible": 0, "asked": 0, "answered": 0, "dont_remember": 0, "declined": 0}
        covered = [{**place, **none, "visit_id": each, "channel": None, "eligible": 1} for each in visits]
        covered += [{**place, **none, "visit_id": each, "channel": "link", "asked": 1} for each in visits]
        db.session.execute(insert(CoverageEntry), covered)
        batch = [secrets.token_urlsafe(24) for _ in asks]
        links = [
            {
                "token_hash": hash_token(token),
                "visit_id": row.visit_id,
                "ask_id": row.id,
                "created_at": now,
                "expires_at": now + timedelta(days=1),
                "steps_done": [],
            }
            for token, row in zip(batch, asks, strict=True)
        ]
        db.session.execute(insert(SurveyLink), links)
        tokens += batch
        db.session.commit()
    physician_id = db.session.scalars(select(Physician.id)).first()
    assert physician_id is not None
    return Prepared(tokens, physician_id, sources)
