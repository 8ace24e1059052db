"""Reads of physicians and referring practices for pages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.models import Physician, PhysicianMerge, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.npi.referring_practices import practice_mapping
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.directory.physician_search.search import probably_nobody, search_physicians

PAGE_SIZE = 50
# A directory beyond this is browsed by searching: sorting millions for a page helps nobody.
MOST_BROWSED = 20_000


@dataclass(frozen=True)
class Duplicate:
    """Two records that may be one person, and why."""

    one: Physician
    other: Physician
    reason: str


def physician(physician_id: int) -> Physician:
    """The physician with their practice; 404 when there is none."""
    found = db.session.get(Physician, physician_id, options=[joinedload(Physician.referring_practice)])
    return found or abort(404)


def find_physician(physician_id: int) -> Physician | None:
    return db.session.get(Physician, physician_id) if 0 < physician_id < 2**62 else None


def practice(practice_id: int) -> ReferringPractice:
    """404 when there is none."""
    return db.session.get(ReferringPractice, practice_id) or abort(404)


def directory_size() -> int:
    """How many physicians there are, counted up to MOST_BROWSED + 1."""
    some = select(Physician.id).limit(MOST_BROWSED + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def physicians_by_name(*, known_here: bool, page: int) -> tuple[list[Physician], int]:
    """(physicians of one page, number of pages), by surname; with `known_here` only those of `ids_known_here`."""
    rows = select(Physician).where(Physician.id.not_in(_merged_ids()))
    if known_here:
        rows = rows.where(Physician.id.in_(ids_known_here()))
    total = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    ordered = rows.order_by(func.lower(Physician.last_name), func.lower(Physician.first_name), Physician.id)
    shown = ordered.options(joinedload(Physician.referring_practice)).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return list(db.session.scalars(shown)), pages


def physicians_matching(text: str) -> list[Physician]:
    """Physicians whom the search finds, in its order."""
    return physicians_found(text)[0]


def physicians_found(text: str) -> tuple[list[Physician], bool]:
    """As `physicians_matching`, and whether it is probably none of them."""
    hits = search_physicians(text, limit=PAGE_SIZE)
    ids = [hit.physician_id for hit in hits]
    query = select(Physician).where(Physician.id.in_(ids)).options(joinedload(Physician.referring_practice))
    found = {row.id: row for row in db.session.scalars(query)}
    return [found[one] for one in ids if one in found], probably_nobody(hits)


def practices_with_members() -> list[tuple[ReferringPractice, int]]:
    """Every referring practice by name, with its number of physicians; merged ones count with the kept one."""
    merged = practice_mapping()
    members: Counter[int] = Counter()
    works_in: Any = Physician.referring_practice_id
    counts = select(works_in, func.count()).where(works_in.is_not(None)).group_by(works_in)
    for practice_id, count in db.session.execute(counts):
        members[merged.get(practice_id, practice_id)] += count
    query = select(ReferringPractice).order_by(func.lower(ReferringPractice.name), ReferringPractice.id)
    return [(each, members[each.id]) for each in db.session.scalars(query) if each.id not in merged]


def members_of(practice_id: int) -> Sequence[Physician]:
    """Physicians of a practice and of those merged with it, by surname."""
    ids = with_merged({practice_id}, practice_mapping())
    query = select(Physician).where(Physician.referring_practice_id.in_(sorted(ids)))
    return db.session.scalars(query.order_by(func.lower(Physician.last_name), Physician.id)).all()


def active_merges_of(physician_id: int) -> list[tuple[PhysicianMerge, Physician, Physician]]:
    """(merge, record read as another, record it is read as) of each active merge of this physician."""
    gone, kept = aliased(Physician), aliased(Physician)
    query = (
        select(PhysicianMerge, gone, kept)
        .join(gone, gone.id == PhysicianMerge.physician_id)
        .join(kept, kept.id == PhysicianMerge.into_id)
        .where(
            PhysicianMerge.undone_at.is_(None),
            or_(PhysicianMerge.physician_id == physician_id, PhysicianMerge.into_id == physician_id),
        )
        .order_by(PhysicianMerge.id)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def likely_same(*, first_name: str, last_name: str, city: str = "", but: int | None = None) -> list[Physician]:
    """Physicians of the same name, at most four: shown before another one is added."""
    hits = search_physicians(f"{first_name} {last_name} {city}", limit=8)
    names = (normal(first_name), normal(last_name))
    alike = [
        hit.physician_id
        for hit in hits
        if (normal(hit.first_name), normal(hit.last_name)) == names and hit.physician_id != but
    ]
    return list(map(physician, alike[:4]))


def duplicates_of(found: Physician) -> list[Duplicate]:
    """Records that may be the same person, by replaced NPI, former name, or name and city."""
    replaced = [Physician.npi == found.replacement_npi] if found.replacement_npi else []
    if found.npi and directory_size() <= MOST_BROWSED:
        replaced.append(Physician.replacement_npi == found.npi)
    candidates = [
        Duplicate(found, row, "The registry replaced one number by the other")
        for row in (db.session.scalars(select(Physician).where(or_(*replaced))) if replaced else ())
    ]
    hits = search_physicians(f"{found.first_name} {found.last_name} {found.city}", limit=12)
    if found.former_last_name:
        hits += search_physicians(f"{found.first_name} {found.former_last_name} {found.city}", limit=12)
    merged = {found.id} | {row.id for _, gone, kept in active_merges_of(found.id) for row in (gone, kept)}
    for hit in hits:
        if hit.physician_id in merged:
            continue
        other = physician(hit.physician_id)
        if reason := _why_same(found, other):
            candidates.append(Duplicate(found, other, reason))
    unique: dict[int, Duplicate] = {}
    for candidate in candidates:
        if candidate.other.id not in merged:
            unique.setdefault(candidate.other.id, candidate)
    return list(unique.values())


def _why_same(one: Physician, other: Physician) -> str:
    if normal(one.first_name) != normal(other.first_name) or normal(one.city) != normal(other.city):
        return ""
    lasts, others = normal(one.last_name), normal(other.last_name)
    if lasts == others:
        return "Same name in the same city"
    if others == normal(one.former_last_name) or lasts == normal(other.former_last_name):
        return "The former name of one, in the same city"
    return ""


def ids_known_here() -> Select[int]:
    """Ids of physicians who refer to us, work in a referring practice, or were added without an NPI."""
    known = union(
        REFERRALS.filled.physician_ids(),
        select(Physician.id).where(Physician.referring_practice_id.is_not(None)),
        select(Physician.id).where(Physician.npi.is_(None)),
    ).subquery()
    return select(known.c[0])


def _merged_ids() -> Select[int]:
    return select(PhysicianMerge.physician_id).where(PhysicianMerge.undone_at.is_(None))
