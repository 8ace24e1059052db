"""The referring physician that a schedule names: who that is in the directory, or what to make of it."""

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

BATCH = 500
_TITLE = re.compile(r"^(dr|doctor|prof|professor)\b\.?\s*", re.I)
_NUMBER_IN_NAME = re.compile(r"\b(\d{10})\b")


@dataclass(frozen=True)
class Named:
    """What one row says: name and NPI, either may be empty."""

    name: str
    npi: str

    @property
    def words(self) -> str:
        """As it is kept with the visit and shown."""
        parts = (self.name, f"NPI {self.npi}" if self.npi else "")
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Referrer:
    """Who is meant: a physician of the directory; or one to be added; or nobody known, and why."""

    physician_id: int | None = None
    # Who is to be added: what the file says with an NPI, here or in another row.
    adds: Named | None = None
    doubt: str = ""


NOBODY = Referrer()


def named_in(row: ScheduleRow) -> Named:
    """What the row says, with an NPI that stands inside the name taken out of it."""
    name, npi = row.referrer_name, row.referrer_npi
    inside = _NUMBER_IN_NAME.search(name)
    if inside and is_npi(inside[1]) and npi in ("", inside[1]):
        npi = inside[1]
        name = re.sub(r"\W*(NPI\W*)?" + npi + r"\W*", " ", name, flags=re.I).strip()
    return Named(name, npi)


def resolve(wanted: Collection[Named]) -> dict[Named, Referrer]:
    """Who each of these is: by NPI for sure, by name only when exactly one physician has that first and last name."""
    by_npi = _physicians_by_npi([each.npi for each in wanted if each.npi])
    found = {each: _by_npi(each, by_npi.get(each.npi)) for each in wanted if each.npi}
    joining: dict[tuple[str, str], dict[str, Named]] = {}
    for referrer in found.values():
        if referrer.adds:
            joining.setdefault(_first_and_last(referrer.adds.name), {})[referrer.adds.npi] = referrer.adds
    return found | {each: _by_name(each.name, joining) for each in wanted if not each.npi}


def add_physician(named: Named) -> int:
    """The id of a new physician with the name and NPI that the schedule gives. Flushes."""
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
    found: dict[str, Physician] = {}
    unique = sorted(set(npis))
    for start in range(0, len(unique), BATCH):
        query = select(Physician).where(Physician.npi.in_(unique[start : start + BATCH]))
        found |= {physician.npi or "": physician for physician in db.session.scalars(query)}
    return found


def _by_npi(named: Named, physician: Physician | None) -> Referrer:
    if physician is None:
        if not named.name or not parsed_name(named.name).last:
            return Referrer(doubt="no physician with this NPI is in the directory, and the file gives no name")
        return Referrer(adds=named)
    if named.name and physician.last_name and not _may_be(named.name, physician):
        return Referrer(physician.id, doubt="in the directory this NPI belongs to somebody of another name")
    return Referrer(physician.id)


def _may_be(name: str, physician: Physician) -> bool:
    said = set(normal(name).split())
    known = normal(f"{physician.last_name} {physician.former_last_name}").split()
    return bool(said & set(known)) or normal(physician.last_name).replace(" ", "") in normal(name).replace(" ", "")


def _by_name(name: str, joining: Mapping[tuple[str, str], Mapping[str, Named]]) -> Referrer:
    """By name alone: exactly one of that first and last name, in the directory or about to join it from this file."""
    if not name:
        return NOBODY
    first, last = said = _first_and_last(name)
    if not first or not last:
        return Referrer(doubt="a last name alone doesn't say who it is")
    hits = search_physicians(f"{first} {last}", limit=20)
    alike = [hit.physician_id for hit in hits if (normal(hit.first_name), normal(hit.last_name)) == said]
    new = list(joining.get(said, {}).values())
    if len(alike) + len(new) > 1:
        return Referrer(doubt="several physicians have this name")
    if alike:
        return Referrer(alike[0])
    return Referrer(adds=new[0]) if new else Referrer(doubt="no physician in the directory has this name")


def _first_and_last(name: str) -> tuple[str, str]:
    parsed = parsed_name(name)
    return normal(parsed.first), normal(parsed.last)
