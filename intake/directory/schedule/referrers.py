"""Referring physicians that a schedule names, matched to the directory."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nameparser import HumanName
from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Physician
from intake.directory.name_keys import normal
from intake.directory.npi.number import is_npi
from intake.directory.physician_search.search import search_physicians
from intake.directory.schedule.file.rows import ScheduleRow
from intake.directory.schedule.known_records import rows_with

_TITLE = re.compile(r"^(dr|doctor|prof|professor)\b\.?\s*", re.I)
_NUMBER_IN_NAME = re.compile(r"\b(\d{10})\b")


@dataclass(frozen=True)
class NamedReferrer:
    """Name and NPI of a referrer as one row has them; either may be empty."""

    name: str
    npi: str

    @property
    def text(self) -> str:
        """Name and NPI as they are kept with the visit and shown."""
        parts = (self.name, f"NPI {self.npi}" if self.npi else "")
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Referrer:
    """The match: a physician of the directory, or one to be added, or nobody and the reason."""

    physician_id: int | None = None
    # To be added: the name that stands beside an NPI, in this row or another.
    adds: NamedReferrer | None = None
    doubt: str = ""


NOBODY = Referrer()


def named_referrer(row: ScheduleRow) -> NamedReferrer:
    """Name and NPI of a row; an NPI written inside the name is taken out of it."""
    name, npi = row.referrer_name, row.referrer_npi
    inside = _NUMBER_IN_NAME.search(name)
    if inside and is_npi(inside[1]) and npi in ("", inside[1]):
        npi = inside[1]
        name = re.sub(r"\W*(NPI\W*)?" + npi + r"\W*", " ", name, flags=re.I).strip()
    return NamedReferrer(name, npi)


def resolve(wanted: Collection[NamedReferrer]) -> dict[NamedReferrer, Referrer]:
    """Match each referrer: by NPI, else by name when exactly one physician has that first and last name."""
    by_npi = _physicians_by_npi([each.npi for each in wanted if each.npi])
    found = {each: _by_npi(each, by_npi.get(each.npi)) for each in wanted if each.npi}
    new_by_name: dict[tuple[str, str], dict[str, NamedReferrer]] = {}
    for referrer in found.values():
        if referrer.adds:
            new_by_name.setdefault(_first_and_last(referrer.adds.name), {})[referrer.adds.npi] = referrer.adds
    return found | {each: _by_name(each.name, new_by_name) for each in wanted if not each.npi}


def add_physician(named: NamedReferrer) -> int:
    """Add a physician with the name and NPI of the schedule; return the id. Flushes."""
    parsed = parsed_name(named.name)
    physician = Physician(
        npi=named.npi,
        first_name=parsed.first[:60],
        middle_name=parsed.middle[:60],
        last_name=parsed.last[:80],
        suffix=parsed.suffix[:20] if not _is_credential(parsed.suffix) else "",
        credential=parsed.suffix[:40] if _is_credential(parsed.suffix) else "",
        created_at=clock.now(),
    )
    db.session.add(physician)
    db.session.flush()
    audit_trail.record("physician.added", subject_kind="physician", subject_id=physician.id, origin="schedule")
    return physician.id


def parsed_name(name: str) -> HumanName:
    """First, middle, last name and credentials of `Okafor, Grace, MD` or `Dr. Grace Okafor`."""
    name = _TITLE.sub("", name.strip())
    parsed = HumanName(name)
    parsed.capitalize()
    return parsed


def _is_credential(suffix: str) -> bool:
    return bool(suffix) and not re.fullmatch(r"(jr|sr|ii|iii|iv)\.?", suffix, re.I)


def _physicians_by_npi(npis: Sequence[str]) -> dict[str, Physician]:
    rows = rows_with(select(Physician), Physician.npi, set(npis))
    return {physician.npi or "": physician for (physician,) in rows}


def _by_npi(named: NamedReferrer, physician: Physician | None) -> Referrer:
    if physician is None:
        if not named.name or not parsed_name(named.name).last:
            return Referrer(doubt="no physician with this NPI is in the directory, and the file gives no name")
        return Referrer(adds=named)
    if named.name and physician.last_name and not _may_be(named.name, physician):
        return Referrer(physician.id, doubt="in the directory this NPI belongs to somebody of another name")
    return Referrer(physician.id)


def _may_be(name: str, physician: Physician) -> bool:
    words = normal(name).split()
    known = normal(f"{physician.last_name} {physician.former_last_name}").split()
    return not set(words).isdisjoint(known) or normal(physician.last_name).replace(" ", "") in normal(name).replace(
        " ", ""
    )


def _by_name(name: str, new_by_name: Mapping[tuple[str, str], Mapping[str, NamedReferrer]]) -> Referrer:
    """Match a name alone: exactly one physician has it, in the directory or among those that this file adds."""
    if not name:
        return NOBODY
    first, last = names = _first_and_last(name)
    if not first or not last:
        return Referrer(doubt="a last name alone doesn't say who it is")
    hits = search_physicians(f"{first} {last}", limit=20)
    alike = [hit.physician_id for hit in hits if (normal(hit.first_name), normal(hit.last_name)) == names]
    new = list(new_by_name.get(names, {}).values())
    if len(alike) + len(new) > 1:
        return Referrer(doubt="several physicians have this name")
    if alike:
        return Referrer(alike[0])
    return Referrer(adds=new[0]) if new else Referrer(doubt="no physician in the directory has this name")


def _first_and_last(name: str) -> tuple[str, str]:
    parsed = parsed_name(name)
    return normal(parsed.first), normal(parsed.last)
