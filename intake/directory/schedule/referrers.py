"""Referring physicians that a schedule names, matched to the directory."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.known_records import rows_with

_TITLE = re.compile(r"^(dr|doctor|prof|professor)\b\.?\s*", re.I)
# What stands in the column where nobody referred, or no clinician did, as `normal` writes it.
_CLINICIAN = "(referring|referral|referrer|pcp|primary|care|provider|physician|doctor|md|dr|source|name)"
_LACKING = (
    "(no|none|not|without|unknown|unspecified|unassigned|undefined|other|outside|default|generic|unlisted|tbd|pending)"
)
_LACKED = "(a|any|one|on|file|known|listed|given|applicable|available|assigned|needed|stated|specified)"
_ELSEWHERE = (
    "(friend|family|relative|spouse|word of mouth|patient|internet|google|website|web|online|facebook|yelp|insurance|"
    "advertisement|ad|radio|tv|billboard|social media)"
)
_NOBODY = re.compile(
    rf"((patient|pt) )?self( (referred|referral|refer|ref|pay|patient))*|(patient|pt) referred|"
    rf"(referred|referral) self|"
    rf"walk ?ins?( patient)?|{_LACKING}( ({_CLINICIAN}|{_LACKED}))*|{_CLINICIAN} (self|{_LACKING}( {_LACKED})*)|n a|na|"
    rf"nil|null|nobody|x+|(existing )?{_ELSEWHERE}( (or )?({_ELSEWHERE}|member|referral|referred|search|plan|"
    rf"directory))*"
)
_ORGANISATION = re.compile(
    r"\b(p ?l ?l ?c|l ?l ?[cp]|inc|incorporated|corp|corporation|ltd|p ?c|clinics?|cent(er|re)s?|hospitals?|groups?|"
    r"associates|assoc|practice|medical|medicine|health|healthcare|care|physicians|partners|partnership|university|"
    r"systems?|department|dept|institute|services|specialists|surgeons|cardiology|dermatology|orthopa?edics|pediatrics|"
    r"oncology|urology|radiology|imaging|wellness|urgent|er|foundation|network|office|pharmacy|laborator(y|ies))\b|&"
    r"| and "
)
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
    if is_nobody(name):
        # Nobody referred, whatever number the system puts beside it.
        return NamedReferrer("", "")
    inside = _NUMBER_IN_NAME.search(name)
    if inside and is_npi(inside[1]) and npi in ("", inside[1]):
        npi = inside[1]
        name = re.sub(r"\W*(NPI\W*)?" + npi + r"\W*", " ", name, flags=re.I).strip()
    return NamedReferrer(name, npi)


def is_nobody(name: str) -> bool:
    """Whether the words in the referrer's column say that nobody referred, or name no clinician at all."""
    words = normal(name)
    turned = normal(" ".join(reversed(name.split(",")))) if "," in name else words
    return bool(words and (_NOBODY.fullmatch(words) or _NOBODY.fullmatch(turned)))


def is_organisation(name: str) -> bool:
    """Whether a name is that of a practice or hospital rather than of a clinician."""
    plain = normal(name.replace("&", " and "))
    person = (
        re.search(r"[,\s](MD|DO|NP|PA|PA-C|APRN|FNP|DPM|DDS)\.?$", name.strip(), re.I) and "and" not in plain.split()
    )
    return bool(_ORGANISATION.search(f" {plain} ")) and not person


def resolve(wanted: Collection[NamedReferrer]) -> dict[NamedReferrer, Referrer]:
    """Match each referrer: by NPI, else by name when exactly one physician has that first and last name."""
    by_npi = _physicians_by_npi([each.npi for each in wanted if each.npi])
    found = {each: _by_npi(each, by_npi.get(each.npi)) for each in wanted if each.npi}
    new_by_name: dict[tuple[str, str], dict[str, NamedReferrer]] = {}
    for referrer in found.values():
        if referrer.adds:
            new_by_name.setdefault(_first_and_last(referrer.adds.name), {})[referrer.adds.npi] = referrer.adds
    return found | {each: _by_name(each.name, new_by_name) for each in wanted if not each.npi}


def add_physicians(named: Iterable[NamedReferrer]) -> dict[str, int]:
    """Add physicians with the names and NPIs of the schedule, each NPI once; return their ids by NPI. Flushes."""
    first: dict[str, NamedReferrer] = {}
    for each in named:
        first.setdefault(each.npi, each)
    added = {npi: _physician(each) for npi, each in first.items()}
    db.session.add_all(added.values())
    db.session.flush()
    for physician in added.values():
        audit_trail.record("physician.added", subject_kind="physician", subject_id=physician.id, origin="schedule")
    return {npi: physician.id for npi, physician in added.items()}


def _physician(named: NamedReferrer) -> Physician:
    parsed = parsed_name(named.name)
    return Physician(
        npi=named.npi,
        first_name=parsed.first[:60],
        middle_name=parsed.middle[:60],
        last_name=parsed.last[:80],
        suffix=parsed.suffix[:20] if not _is_credential(parsed.suffix) else "",
        credential=parsed.suffix[:40] if _is_credential(parsed.suffix) else "",
        created_at=clock.now(),
    )


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
        if is_organisation(named.name):
            return Referrer(doubt="this is an organisation")
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
    if is_organisation(name):
        return Referrer(doubt="this is an organisation")
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
