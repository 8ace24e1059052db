"""Physicians and practices as files name them."""

from collections.abc import Sequence

from sqlalchemy import select

from intake.db import db
from intake.directory.models import Physician
from intake.directory.name_keys import normal

_OF_NAMES = ("dr", "md", "do", "np", "pa", "dpm", "aprn", "rn")
_COMPANIES = ("pllc", "llc", "pc", "pa", "inc", "psc", "ltd", "pllp")


def is_called(physician: Physician, text: str) -> bool:
    """Whether a text may be this physician's name: it has their last name, or what is in it is in theirs."""
    last = set(normal(physician.last_name).split())
    return bool(last & _words(text)) or _words(text) <= _words(f"{physician.first_name} {physician.last_name}")


def physicians_called(text: str) -> list[int]:
    """Ids of those whom 'Ruth Adler, MD', 'Adler, Ruth' or 'Dr. Ruth Adler' names."""
    words = _words(text)
    spelled = sorted({form for word in words for form in (word, word.title(), word.upper())})
    rows = db.session.execute(
        select(Physician.id, Physician.first_name, Physician.last_name).where(Physician.last_name.in_(spelled))
    )
    return [row[0] for row in rows if {*normal(row[1]).split(), *normal(row[2]).split()} <= words]


def practices_called(text: str, all_of: Sequence[tuple[int, str]]) -> list[int]:
    """Ids of those of (id, name) that have this name, else of those that have it but for the kind of company."""
    ids = [one for one, name in all_of if normal(name) == normal(text)]
    return ids or [one for one, name in all_of if _without_company(name) == _without_company(text)]


def _words(text: str) -> set[str]:
    return {word for word in normal(text.replace(",", " ")).split() if word not in _OF_NAMES}


def _without_company(name: str) -> str:
    words = normal(name.replace(".", "").replace(",", " ")).split()
    return " ".join(word for word in words if word not in _COMPANIES)
