"""The demo practice itself: three locations, the people who work there, its sources, the physicians around it."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import insert, select

from intake import clock
from intake.db import db
from intake.dev.demo.names import ENGLISH_FIRST, ENGLISH_LAST, SPANISH_FIRST, SPANISH_LAST
from intake.directory.models import Location, Physician, Practice, ReferralSource, ReferringPractice, SourceKind
from intake.directory.npi.number import check_digit
from intake.directory.physician_search.index import index_physicians
from intake.directory.sources.records import add_default_sources

TIME_ZONE = "America/New_York"
PRACTICE_NAME = "Larkfield Vein Clinic"
CAMPAIGN = "billboard_route_9"


@dataclass(frozen=True)
class DemoLocation:
    code: str
    name: str
    city: str
    state: str
    time_zone: str
    area_code: str
    # New patients on an ordinary day.
    pace: int
    providers: tuple[str, ...]


LOCATIONS = (
    DemoLocation(
        "RIV", "Riverside", "Louisville", "KY", "America/New_York", "502", 6, ("Dr. Ada Lindqvist", "Dr. Paul Obi")
    ),
    DemoLocation("NOR", "Northgate", "Jeffersonville", "IN", "America/New_York", "812", 5, ("Dr. Mei Tanaka",)),
    DemoLocation("CED", "Cedar Hill", "Bowling Green", "KY", "America/Chicago", "270", 3, ("Dr. Samuel Ríos",)),
)

# Taxonomy and how readily such a colleague refers to a vein clinic.
SPECIALTIES = (
    ("207Q00000X", 8),
    ("207R00000X", 6),
    ("207V00000X", 4),
    ("207RC0000X", 3),
    ("213E00000X", 3),
    ("207N00000X", 2),
    ("2086S0129X", 1),
    ("363L00000X", 3),
    ("363A00000X", 2),
    ("207RE0101X", 1),
    ("208600000X", 1),
    ("207RR0500X", 1),
)
CREDENTIALS = {"213E00000X": "DPM", "363L00000X": "APRN", "363A00000X": "PA-C"}
PRACTICES = (
    "Bluegrass Family Medicine", "Falls City Internal Medicine", "Ohio Valley Women's Health", "Knobs Primary Care",
    "Barren River Medical Group", "Cherokee Park Physicians", "Sycamore Heart Associates", "Riverbend Foot & Ankle",
    "Clifton Internal Medicine", "Harrods Creek Family Care", "Jackson Street Clinic", "Lost River Women's Care",
    "Silver Hills Family Medicine", "Corvette City Podiatry", "Big Four Bridge Medical", "Green River Dermatology",
    "Shelby Park Primary Care", "Utica Pike Physicians", "Chestnut Street Cardiology", "Rough River Family Practice",
)  # fmt: skip
PHYSICIAN_COUNT = 140


def add_practice() -> None:
    """Practice and locations, the usual sources and the billboard campaign. Flushes."""
    db.session.add(
        Practice(
            id=1,
            name=PRACTICE_NAME,
            phone_e164="+15025550100",
            time_zone=TIME_ZONE,
            languages=["en", "es"],
            set_up_at=clock.now(),
        )
    )
    for place in LOCATIONS:
        db.session.add(
            Location(
                code=place.code,
                name=place.name,
                city=place.city,
                state=place.state,
                time_zone=place.time_zone,
                phone_e164=f"+1{place.area_code}5550110",
            )
        )
    add_default_sources()
    db.session.flush()


def add_campaign(first_day: date, last_day: date) -> None:
    """The billboard on the road to Northgate, shown as a choice while it is up and a month after. Flushes."""
    parent = db.session.scalars(select(ReferralSource).filter_by(code="advertising")).one()
    db.session.add(
        ReferralSource(
            code=CAMPAIGN,
            kind=SourceKind.NON_PERSON,
            label="Billboard on Route 9",
            icon="signpost-2",
            parent_id=parent.id,
            position=parent.position + 9,
            active_from=first_day,
            active_until=last_day + timedelta(days=30),
            created_at=clock.now(),
        )
    )
    db.session.flush()


def add_physicians(rng: random.Random) -> None:
    """Invented clinicians in the three towns, most of them in a group, each with an NPI that begins with 2. Flushes."""
    now = clock.now()
    groups = [
        ReferringPractice(
            name=name,
            phone_e164=f"+1{place.area_code}55501{20 + number}",
            city=place.city,
            state=place.state,
            created_at=now,
        )
        for number, name in enumerate(PRACTICES)
        for place in [LOCATIONS[number % len(LOCATIONS)]]
    ]
    db.session.add_all(groups)
    db.session.flush()
    codes, weights = zip(*SPECIALTIES, strict=True)
    rows = []
    for number in range(PHYSICIAN_COUNT):
        # Real ones begin with 1.
        digits = f"2{number * 397 + 10_000_019:08d}"
        group = rng.choice(groups) if rng.random() < 0.7 else None
        place = rng.choice(LOCATIONS)
        hispanic = rng.random() < 0.15
        code = rng.choices(codes, weights)[0]
        rows.append(
            {
                "npi": f"{digits}{check_digit(digits)}",
                "first_name": rng.choice(SPANISH_FIRST if hispanic else ENGLISH_FIRST),
                "last_name": rng.choice(SPANISH_LAST if hispanic else ENGLISH_LAST),
                "credential": CREDENTIALS.get(code, "DO" if rng.random() < 0.15 else "MD"),
                "taxonomy_code": code,
                "street": f"{rng.randrange(100, 990)} {rng.choice(('Main', 'Oak', 'Bardstown', 'Market', 'Mill'))} St",
                "city": group.city if group else place.city,
                "state": group.state if group else place.state,
                "postal_code": "",
                "phone": f"{place.area_code}55501{rng.randrange(100):02d}",
                "referring_practice_id": group.id if group else None,
                "active": True,
                "added_by_hand": False,
                "created_at": now,
            }
        )
    ids = db.session.scalars(insert(Physician).returning(Physician.id, sort_by_parameter_order=True), rows)
    index_physicians(ids)
