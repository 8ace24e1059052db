"""Finding a physician from what somebody typed."""

from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import func, or_, select

from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.names import proper
from intake.directory.naming import normal

LONGEST_TEXT = 200
_TITLES = frozenset({"dr", "doctor", "doctora", "dra", "md", "mr", "mrs", "ms", "the", "at", "in", "on", "of"})
_CANDIDATES = 300


@dataclass(frozen=True)
class PhysicianHit:
    """A physician that the text may mean. `score` runs from 0 to 1; 1 is every word found as written."""

    physician_id: int
    npi: str | None
    first_name: str
    last_name: str
    credential: str
    specialty: str
    taxonomy: str
    city: str
    state: str
    practice: str
    active: bool
    score: float

    @property
    def display_name(self) -> str:
        """As people write it: `Maria Gonzalez, MD`."""
        name = f"{proper(self.first_name)} {proper(self.last_name)}".strip()
        return f"{name}, {self.credential}" if self.credential else name


def search_physicians(text: str, *, limit: int = 10, location_id: int | None = None) -> list[PhysicianHit]:
    """Active physicians that `text` may mean, likeliest first; empty for a text that names nobody."""
    words = [word for word in normal(text[:LONGEST_TEXT]).split() if word not in _TITLES]
    if not words:
        return []
    name_parts = [
        func.lower(column).like(f"{word[:3]}%")
        for word in words
        for column in (Physician.last_name, Physician.first_name, Physician.former_last_name)
    ]
    query = (
        select(Physician, ReferringPractice.name)
        .outerjoin(Physician.referring_practice)
        .where(Physician.active, or_(*name_parts))
        .order_by(Physician.id)
        .limit(_CANDIDATES)
    )
    hits = [_hit(physician, practice or "", words) for physician, practice in db.session.execute(query)]
    return sorted(hits, key=lambda hit: -hit.score)[:limit]


def _hit(physician: Physician, practice: str, words: list[str]) -> PhysicianHit:
    known = normal(
        " ".join((physician.first_name, physician.last_name, physician.former_last_name, physician.city, practice))
    ).split()
    best = [max((fuzz.ratio(word, own[: len(word)]) for own in known), default=0.0) for word in words]
    return PhysicianHit(
        physician_id=physician.id,
        npi=physician.npi,
        first_name=physician.first_name,
        last_name=physician.last_name,
        credential=physician.credential,
        specialty="",
        taxonomy=physician.taxonomy_code,
        city=physician.city,
        state=physician.state,
        practice=practice,
        active=physician.active,
        score=round(sum(best) / len(best) / 100, 4),
    )
