"""A practice of any size for reports to be read from: visits, asks, answers and the ledger, straight into the tables.

Seeded, so that the same size is the same practice. What is measured only reads.
"""

import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select, text

from intake import clock
from intake.attribution.rollup.refresh import refresh_all
from intake.db import db
from intake.directory.models import Patient, Physician, Visit
from intake.survey.ledger.crediting import UNIT, CreditedMention, credits_of
from intake.survey.models import Answer, Ask, CoverageEntry, CreditEntry, Mention, PhysicianReferral
from intake.survey.question.choices import drawn_order
from tests.making import Make, npi

DAYS = 365
CHUNK = 5_000
ASKED, REPLIED = 0.95, 0.92
WEIGHTS = {
    "friend_family": 27, "doctor": 25, "online_search": 13, "insurance": 8, "returning": 6, "website": 4,
    "online_reviews": 4, "facebook": 3, "mail": 2, "billboard": 2, "instagram": 2, "drove_by": 2, "event": 1,
    "tv": 1, "radio": 1, "other": 1,
}  # fmt: skip
CHANNELS = {"desk": 50, "kiosk": 30, "link": 12, "text": 6, "call": 2}
PROVIDERS = ("Dr. Ada Lindqvist", "Dr. Paul Obi", "Dr. Mei Tanaka")
PLACES = ("Riverside", "Northgate", "Cedar Hill")
NOTHING = {"eligible": 0, "asked": 0, "answered": 0, "dont_remember": 0, "declined": 0}


@dataclass
class Rows:
    """What is to be inserted, table by table."""

    of: dict[type, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, model: type, **values: Any) -> int:
        rows = self.of.setdefault(model, [])
        rows.append({"id": len(rows) + 1, **values})
        return len(rows)

    def write(self) -> None:
        for model in (Visit, Ask, Answer, Mention, PhysicianReferral, CreditEntry, CoverageEntry):
            rows = self.of.get(model, [])
            for start in range(0, len(rows), CHUNK):
                db.session.execute(insert(model), rows[start : start + CHUNK])
        _catch_up(self.of)


class Practice:
    """Three locations, their people, the clinicians around them; `fill` gives it a past."""

    def __init__(self, *, seed: int = 20_261_101) -> None:
        self.make, self.rng, self.rows = Make(), random.Random(seed), Rows()
        self.make.practice(name="Larkfield Vein Clinic")
        self.sources = self.make.sources()
        self.places = [self.make.location(name) for name in PLACES]
        self.askers = [self.make.staff(locations=[place]) for place in self.places for _ in range(3)]
        self.reader = self.make.staff("manager", locations=self.places)
        self.today = clock.clinic_today(self.places[0].time_zone)

    def fill(self, answers: int, *, days: int = DAYS) -> None:
        """As many answers, spread over as many days up to today. Commits."""
        patients, physicians = _patients(max(2, min(4_000, answers))), _physicians(max(2, min(300, answers // 8)))
        top = [code for code in self.sources if self.sources[code].parent_id is None]
        given, number = 0, 0
        # Day after day, as a practice lives them; a ledger is never written in any other order.
        while given < answers:
            number += 1
            day = self.today - timedelta(days=days - 1 - given * days // max(answers, 1))
            if day.weekday() == 6:
                day = max(day - timedelta(days=1), self.today - timedelta(days=days - 1))
            given += self._visit(number, day, patients, physicians, top)
        self.rows.write()
        db.session.commit()
        # A service folds along as answers come in.
        for _ in refresh_all():
            pass
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))

    def _visit(
        self, number: int, day: date, patients: Sequence[int], physicians: Sequence[int], top: Sequence[str]
    ) -> int:
        rng, rows = self.rng, self.rows
        place = rng.choices(range(3), (5, 4, 2))[0]
        at = clock.now() - timedelta(days=(self.today - day).days)
        provider = PROVIDERS[place] if rng.random() < 0.9 else ""
        visit_id = rows.add(
            Visit,
            location_id=self.places[place].id,
            patient_id=patients[number % len(patients)],
            appointment_id=f"B{number}",
            scheduled_at=at,
            visit_date=day,
            arrived_at=at,
            visit_type="new",
            status="completed",
            provider=provider,
            created_at=at,
        )
        where = {"visit_id": visit_id, "day": day, "location_id": self.places[place].id}
        rows.add(CoverageEntry, **where, **NOTHING | {"eligible": 1}, channel=None, staff_id=None)
        if rng.random() > ASKED:
            return 0
        channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        alone = channel in ("kiosk", "link", "text")
        asker = None if alone else self.askers[place * 3 + rng.choices((0, 1, 2), (5, 3, 1))[0]].id
        by = {"channel": channel, "staff_id": asker}
        options = drawn_order(top, rng)
        ask_id = rows.add(Ask, visit_id=visit_id, **by, language="en", options=options, asked_at=at)
        draw = rng.random()
        outcome = "answered" if draw < REPLIED else ("declined", "dont_remember", "")[int(rng.random() * 3)]
        rows.add(CoverageEntry, **where, **NOTHING | {"asked": 1} | ({outcome: 1} if outcome else {}), **by)
        if not outcome:
            return 0
        answer_id = rows.add(
            Answer,
            submission_id=str(uuid.UUID(int=rng.getrandbits(128))),
            ask_id=ask_id,
            visit_id=visit_id,
            turn=1,
            outcome=outcome,
            verbatim="",
            answered_at=at,
            recorded_at=at,
            staff_id=asker,
        )
        if outcome != "answered":
            return 0
        named = self._named(day, options, physicians, alone=alone)
        for rank, each in enumerate(named, start=1):
            mention_id = rows.add(
                Mention, answer_id=answer_id, rank=rank, source_id=each.source_id, match_state="exact", detail=""
            )
            if each.physician_id:
                told = {"evidence": "patient_stated", "mention_id": mention_id, "recorded_at": at}
                rows.add(PhysicianReferral, visit_id=visit_id, physician_id=each.physician_id, **told)
        for each in credits_of(named):
            units = {"primary_units": each.primary, "any_units": UNIT, "fractional_units": each.fractional}
            rows.add(CreditEntry, **where, **by, **vars(each.of), **units)
        return 1

    def _named(
        self, day: date, options: Sequence[str], physicians: Sequence[int], *, alone: bool
    ) -> list[CreditedMention]:
        rng, weights = self.rng, dict(WEIGHTS)
        if alone:
            weights["online_search"] *= 1.3
        if day > self.today - timedelta(days=90):
            weights["mail"], weights["billboard"] = 4, 1
        codes = rng.choices(list(weights), list(weights.values()), k=rng.choice((1, 1, 1, 2, 3)))
        if alone and rng.random() < 0.04:
            codes[0] = options[0]
        found = []
        for code in dict.fromkeys(codes):
            physician = None
            if code == "doctor" and rng.random() < 0.9:
                place = int(rng.random() ** 2 * len(physicians))
                # The third of them sends hardly anybody any more.
                gone = place == 2 and day > self.today - timedelta(days=90) and rng.random() < 0.75
                physician = physicians[len(physicians) // 2 if gone else place]
            found.append(CreditedMention(self.sources[code].id, physician))
        return found


def _catch_up(written: Iterable[type]) -> None:
    """Rows came with their ids; PostgreSQL's own counters must not give them again."""
    if db.engine.dialect.name != "postgresql":
        return
    for model in written:
        name = model.__tablename__  # type: ignore[attr-defined]
        newest = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
        db.session.execute(text(newest))


def _patients(count: int) -> list[int]:
    rows = [
        {"mrn": f"B{number}", "first_name": "Ada", "last_name": f"Bench {number}", "created_at": clock.now()}
        for number in range(count)
    ]
    db.session.execute(insert(Patient), rows)
    return list(db.session.scalars(select(Patient.id)))


def _physicians(count: int) -> list[int]:
    groups = [Make().referring_practice(name).id for name in ("Knobs Primary Care", "Barren River Medical Group")]
    names = ("Osei", "Haddad", "Petrov", "Nakamura", "Lindgren", "Okafor", "Moreau", "Castillo", "Brandt", "Ivarsson")
    rows = [
        {
            "npi": npi(50_000_000 + number),
            "first_name": ("Ama", "Samir", "Irina", "Ken", "Maja")[number % 5],
            "last_name": names[number % 10] + (f"-{names[number // 10 % 10]}" if number >= 10 else ""),
            "credential": "MD",
            "city": "Albany",
            "state": "NY",
            "referring_practice_id": groups[number % 2] if number % 3 else None,
            "created_at": clock.now(),
        }
        for number in range(count)
    ]
    db.session.execute(insert(Physician), rows)
    return list(db.session.scalars(select(Physician.id).order_by(Physician.id)))
