"""Entries that may be one referring practice: Lakeside Family Medicine and Lakeside Fam. Med., PLLC."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select

from intake.cached_property import cached_property
from intake.db import db
from intake.directory.merging.duplicates import Alike, pairs_sharing, still_open
from intake.directory.merging.merge import Kind
from intake.directory.models import ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.physician_search.keys import city_word

_LEGAL = frozenset({"pc", "pa", "llc", "llp", "pllc", "inc", "ltd", "corp", "the", "of", "and", "at"})
_SHORT = {
    "fam": "family", "med": "medicine", "medical": "medicine", "ctr": "center", "centre": "center", "cntr": "center",
    "assoc": "associates", "assocs": "associates", "associate": "associates", "grp": "group", "hlth": "health",
    "healthcare": "health", "phys": "physicians", "physician": "physicians", "peds": "pediatrics",
    "pediatric": "pediatrics", "int": "internal", "ortho": "orthopedics", "orthopedic": "orthopedics",
    "orthopaedics": "orthopedics", "orthopaedic": "orthopedics", "derm": "dermatology", "cardio": "cardiology",
    "obgyn": "obstetrics", "st": "saint", "mt": "mount", "clin": "clinic", "hosp": "hospital", "univ": "university",
}  # fmt: skip
_ALIKE, _NEARLY_SAME = 84.0, 93.0


@dataclass(frozen=True)
class ComparedPractice:
    """Columns of a practice that are compared."""

    id: int
    name: str
    phone_e164: str | None
    city: str
    state: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words of the name, abbreviations written out, legal forms left out."""
        words = normal(self.name.replace("&", " and ")).split()
        return tuple(_SHORT.get(word, word) for word in words if word not in _LEGAL) or tuple(words)


def alike_practices() -> list[Alike]:
    """Pairs that are written alike in one city, or share a telephone; the likeliest first."""
    columns = (ReferringPractice.id, ReferringPractice.name, ReferringPractice.phone_e164)
    query = select(*columns, ReferringPractice.city, ReferringPractice.state).order_by(ReferringPractice.id)
    groups = [ComparedPractice(*row) for row in db.session.execute(query)]
    return still_open(Kind.PRACTICES, starmap(_compared, pairs_sharing(groups, _keys)))


def _keys(group: ComparedPractice) -> Iterator[Any]:
    for word in group.words:
        # Misspelled words rarely have another beginning.
        yield word[:3], city_word(group.city)
        yield word[:3], "anywhere"
    if group.phone_e164:
        yield group.phone_e164


def _compared(one: ComparedPractice, other: ComparedPractice) -> Alike | None:
    likeness = fuzz.token_sort_ratio(" ".join(one.words), " ".join(other.words))
    same_phone = bool(one.phone_e164) and one.phone_e164 == other.phone_e164
    same_city = bool(one.city) and city_word(one.city) == city_word(other.city)
    elsewhere = bool(one.city and other.city) and not same_city
    if likeness < _ALIKE and not (same_phone and likeness > _ALIKE / 2):
        return None
    if elsewhere and not same_phone:
        return None
    if not same_city and not same_phone and likeness < _NEARLY_SAME:
        return None
    reasons = ["Same name" if likeness == 100 else "Nearly the same name" if likeness >= _ALIKE else "Part of the name"]
    reasons += ["Same telephone"] if same_phone else []
    reasons += ["Same city"] if same_city else []
    strength = likeness / 20 + same_phone + same_city
    return Alike(Kind.PRACTICES, min(one.id, other.id), max(one.id, other.id), tuple(reasons), strength)
