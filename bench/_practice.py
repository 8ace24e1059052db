"""A practice of one location with patients and arrived visits, inserted in bulk."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.dev.demo.texting import insert_rows
from intake.directory.models import Location, Patient, Practice, Visit

ZONE = "America/Chicago"


def add_practice(
    numbers: Sequence[str | None], *, visits: int, arrived_at: datetime
) -> tuple[Location, Sequence[int], Sequence[int]]:
    """Add a new patient for each telephone and so many visits of theirs in turn; the location, and their ids."""
    now = clock.now()
    location = db.session.scalars(select(Location)).first()
    if location is None:
        db.session.add(Practice(id=1, name="Bench", time_zone=ZONE, languages=["en", "es"], set_up_at=now))
        location = Location(code="B", name="Bench", time_zone=ZONE)
        db.session.add(location)
        db.session.flush()
    patient = {"first_name": "Bench", "last_name": "Patient", "created_at": now}
    patient_ids = insert_rows(
        Patient, [{**patient, "mrn": f"B{secrets.token_hex(8)}", "mobile_e164": phone} for phone in numbers]
    )
    visit = {
        "location_id": location.id,
        "scheduled_at": arrived_at,
        "visit_date": clock.clinic_day(arrived_at, location.time_zone),
        "arrived_at": arrived_at,
        "visit_type": "new",
        "status": "arrived",
        "created_at": now,
    }
    rows = [{**visit, "patient_id": patient_ids[place % len(patient_ids)]} for place in range(visits)]
    return location, patient_ids, insert_rows(Visit, rows)
