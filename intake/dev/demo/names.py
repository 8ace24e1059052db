"""Invented people of the demo practice: who they are and how they would write it down."""

import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

_NAMES = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
ENGLISH_FIRST = _NAMES["english_first"].split()
SPANISH_FIRST = _NAMES["spanish_first"].split()
ENGLISH_LAST = _NAMES["english_last"].split()
SPANISH_LAST = _NAMES["spanish_last"].split()
SPANISH_SHARE = 0.18
SPANISH_SPEAKING_SHARE = 0.6


@dataclass(frozen=True)
class InventedPerson:
    first_name: str
    last_name: str
    birth_date: date
    mobile_e164: str | None
    # None when the chart doesn't say.
    language: str | None


def person(rng: random.Random, *, on: date, area_code: str) -> InventedPerson:
    """Somebody who might see a vein clinic: mostly women, mostly between 30 and 80."""
    hispanic = rng.random() < SPANISH_SHARE
    first = rng.choice(SPANISH_FIRST if hispanic else ENGLISH_FIRST)
    last = rng.choice(SPANISH_LAST if hispanic else ENGLISH_LAST)
    if hispanic and rng.random() < 0.25:
        last = f"{last} {rng.choice(SPANISH_LAST)}"
    speaks_spanish = hispanic and rng.random() < SPANISH_SPEAKING_SHARE
    age_days = int(rng.triangular(22, 88, 54) * 365.25) + rng.randrange(365)
    mobile = f"+1{area_code}55501{rng.randrange(100):02d}" if rng.random() < 0.9 else None
    language = "es" if speaks_spanish else ("en" if rng.random() < 0.8 else None)
    return InventedPerson(first, last, on - timedelta(days=age_days), mobile, language)
