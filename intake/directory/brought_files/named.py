"""Physicians and practices as files name them."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from intake.db import db
from intake.directory.brought_files.plan import Wrong
from intake.directory.models import Physician
from intake.directory.name_keys import normal
from intake.directory.schedule.file.cell_values import UnreadableCell, read_npi, read_number

_OF_NAMES = ("dr", "md", "do", "np", "pa", "dpm", "aprn", "rn")
_COMPANIES = ("pllc", "llc", "pc", "pa", "inc", "psc", "ltd", "pllp")

_BETWEEN_PRACTICES = re.compile(rf"[;/&|\n]|,(?!\s*(?:{'|'.join(_COMPANIES)})\b)", re.I)


def is_called(physician: Physician, text: str) -> bool:
    """Whether a text may be this physician's name: it has their last name, or what is in it is in theirs."""
    last = set(normal(physician.last_name).split())
    return bool(last & _words(text)) or _words(text) <= _words(f"{physician.first_name} {physician.last_name}")


def npi_in(text: str) -> str:
    """The NPI of a cell, empty for none. Raises Wrong for what is none, or what a spreadsheet made of one."""
    try:
        return read_npi(read_number(text)) if text.strip() else ""
    except UnreadableCell as error:
        raise Wrong(f"“{text[:20]}” is no NPI: expected {error}") from None


def refuse_several(text: str, all_of: Sequence[tuple[int, str]]) -> None:
    """Raise Wrong for a cell that names several practices that are here."""
    parts = [part.strip() for part in _BETWEEN_PRACTICES.split(text)]
    named = [part for part in parts if part and practices_called(part, all_of)]
    if len(named) > 1:
        raise Wrong(f"“{text[:60]}” names several practices: {' and '.join(named[:3])}; leave one")


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
