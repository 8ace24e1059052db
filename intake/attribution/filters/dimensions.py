"""The ways to cut the totals, and which row of a cut each entry of the ledger belongs to.

Merged sources and physicians are mapped here, when reading: the ledger keeps what was recorded, so undoing a merge
needs no recount.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import aliased

from intake.db import db
from intake.directory.merging.merge import Kind, mappings
from intake.directory.models import Physician, ReferralSource, SourceKind, Visit
from intake.directory.sources.history import sources_before
from intake.survey.answers.effective_answer import Merges
from intake.survey.models import CreditEntry


class Cut(StrEnum):
    SOURCE = "source"
    KIND = "kind"
    PHYSICIAN = "physician"
    PRACTICE = "practice"
    PATIENT = "patient"
    LOCATION = "location"
    PROVIDER = "provider"
    STAFF = "staff"
    CHANNEL = "channel"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


# Rows of these are spans of days, in order; queries key them by day and callers fold days into their span.
CALENDAR = frozenset({Cut.MONTH, Cut.WEEK, Cut.DAY})
# Eligible visits, and so coverage, belong to a row of these and of no other.
COVERED = frozenset({Cut.LOCATION, Cut.PROVIDER}) | CALENDAR


class Listing(StrEnum):
    """Whether the past is read under today's list of sources and physicians, or as it was recorded."""

    TODAY = "today"
    RECORDED = "recorded"


class Level(StrEnum):
    """Sources one by one, or campaigns rolled up into the channel they belong to."""

    EACH = "each"
    ROLLED_UP = "rolled-up"


# Rows that hold what a cut can't name, so that every cut adds up to the same. Ids are positive, so these are free.
NOBODY = 0
UNNAMED = -1
OTHER_SOURCES = -2
UNMATCHED = -3
ALONE = -4

REMAINDER_KEYS = {NOBODY: "-nobody", UNNAMED: "-unnamed", OTHER_SOURCES: "-other-sources", UNMATCHED: "-unmatched"}
REMAINDER_KEYS[ALONE] = "-alone"
REMAINDER_IDS = {key: number for number, key in REMAINDER_KEYS.items()}
# Providers are kept as text, so the row of visits without one is the empty text.
NO_PROVIDER = ""
# Kinds as numbers, since the remainder of their cut is one.
KIND_NUMBERS = {kind: number for number, kind in enumerate(SourceKind, start=1)}


@dataclass
class Source:
    """A referral source as the practice's list has it today."""

    id: int
    code: str
    kind: str
    label: str | None
    hint: str | None
    parent_id: int | None
    position: int


@dataclass(frozen=True)
class Lists:
    """The practice's lists: what each source is called, and what each recorded source and physician counts as."""

    sources: dict[int, Source]
    source_counts_as: dict[int, int]
    physician_counts_as: dict[int, int]
    practice_counts_as: dict[int, int] = field(default_factory=dict)
    patient_counts_as: dict[int, int] = field(default_factory=dict)

    @property
    def merges(self) -> Merges:
        """What records are read as, by kind."""
        return {
            Kind.SOURCES: self.source_counts_as,
            Kind.PHYSICIANS: self.physician_counts_as,
            Kind.PRACTICES: self.practice_counts_as,
            Kind.PATIENTS: self.patient_counts_as,
        }

    def top_of(self, source_id: int) -> int:
        """The source at the top that this one rolls up into, after merges; itself when it stands at the top."""
        seen: set[int] = set()
        current = self.source_counts_as.get(source_id, source_id)
        while current not in seen:
            seen.add(current)
            parent = self.sources[current].parent_id
            if parent is None:
                return current
            current = self.source_counts_as.get(parent, parent)
        return current

    def parent_of(self, source_id: int) -> int | None:
        """The source at the top that a standing source is shown under; None for one that is at the top itself."""
        top = self.top_of(source_id)
        return None if top == source_id else top

    def kind_of(self, source_id: int) -> str:
        """The kind that a recorded source counts as."""
        return self.sources[self.source_counts_as.get(source_id, source_id)].kind

    def with_kind(self, kind: SourceKind) -> list[int]:
        """Recorded source ids that count as a source of that kind."""
        return [source_id for source_id in self.sources if self.kind_of(source_id) == kind]


def lists_as_of_now() -> Lists:
    """Today's lists: today's names and places, merged ones as what they were merged into."""
    merged = mappings()
    return Lists(
        sources=_sources(),
        source_counts_as=merged[Kind.SOURCES],
        physician_counts_as=merged[Kind.PHYSICIANS],
        practice_counts_as=merged[Kind.PRACTICES],
        patient_counts_as=merged[Kind.PATIENTS],
    )


def lists_as_recorded(moment: datetime) -> Lists:
    """The lists as they stood at `moment`, each source and physician counting as what was recorded, unmerged."""
    sources = _sources()
    for source_id, before in sources_before(moment).items():
        source = sources[source_id]
        source.kind, source.label, source.hint = before.kind, before.label, before.hint
        source.parent_id = before.parent_id
    return Lists(sources=sources, source_counts_as={}, physician_counts_as={})


def _sources() -> dict[int, Source]:
    columns = (
        ReferralSource.id,
        ReferralSource.code,
        ReferralSource.kind,
        ReferralSource.label,
        ReferralSource.hint,
        ReferralSource.parent_id,
        ReferralSource.position,
    )
    rows = db.session.execute(select(*columns).order_by(ReferralSource.position, ReferralSource.id))
    return {row.id: Source(*row) for row in rows}


def key_of(cut: Cut, lists: Lists, level: Level = Level.EACH) -> ColumnElement[Any]:
    """SQL: the row of `cut` that a credit entry belongs to; the day itself for a cut by the calendar."""
    source, kind = CreditEntry.source_id, lists.with_kind
    if cut == Cut.SOURCE:
        counts_as = lists.source_counts_as
        if level == Level.ROLLED_UP:
            counts_as = {each: lists.top_of(each) for each in lists.sources if lists.top_of(each) != each}
        return func.coalesce(_mapped(source, counts_as), UNMATCHED)
    if cut == Cut.PHYSICIAN:
        named = _mapped(CreditEntry.physician_id, lists.physician_counts_as)
        return _person(CreditEntry.physician_id, named, kind(SourceKind.PHYSICIAN))
    if cut == Cut.KIND:
        numbers = {each: KIND_NUMBERS[SourceKind(lists.kind_of(each))] for each in lists.sources}
        return func.coalesce(case(numbers, value=source), UNMATCHED) if numbers else literal(UNMATCHED)
    if cut == Cut.PRACTICE:
        works_at = _practice_of(_mapped(CreditEntry.physician_id, lists.physician_counts_as))
        works_at = _mapped(works_at, lists.practice_counts_as)
        return _person(CreditEntry.physician_id, func.coalesce(works_at, ALONE), kind(SourceKind.PHYSICIAN))
    if cut == Cut.PATIENT:
        patient = CreditEntry.__table__.c.referring_patient_id
        return _person(patient, _mapped(patient, lists.patient_counts_as), kind(SourceKind.PATIENT))
    plain: dict[Cut, ColumnElement[Any]] = {
        Cut.LOCATION: CreditEntry.__table__.c.location_id,
        Cut.STAFF: func.coalesce(CreditEntry.staff_id, NOBODY),
        Cut.CHANNEL: CreditEntry.__table__.c.channel,
        Cut.PROVIDER: provider_of(CreditEntry),
    }
    return plain.get(cut, CreditEntry.__table__.c.day)


def entries_of(cut: Cut, key: Any, lists: Lists, level: Level = Level.EACH) -> list[ColumnElement[bool]]:
    """SQL: the entries that `key_of` puts into this row, said so that an index finds them."""
    if members := members_of(cut, key, lists, level):
        column, ids = members
        return [getattr(CreditEntry, column).in_(ids)]
    if cut in (Cut.SOURCE, Cut.KIND):
        return [CreditEntry.source_id.is_(None)]
    person: dict[Cut, Any] = {Cut.PHYSICIAN: CreditEntry.physician_id, Cut.PATIENT: CreditEntry.referring_patient_id}
    if cut not in person:
        return [key_of(cut, lists, level) == key]
    of_kind = set(lists.with_kind(SourceKind.PHYSICIAN if cut == Cut.PHYSICIAN else SourceKind.PATIENT))
    sources = of_kind if key == UNNAMED else lists.sources.keys() - of_kind
    return [person[cut].is_(None), _sources_in(sources, key)]


def members_of(cut: Cut, key: Any, lists: Lists, level: Level = Level.EACH) -> tuple[str, list[int]] | None:
    """(column, what it holds) of the entries in this row, where that is all that says so."""
    if cut in (Cut.SOURCE, Cut.KIND) and key != UNMATCHED:
        return "source_id", sorted(each for each in lists.sources if _row_of(cut, each, lists, level) == key)
    if cut in (Cut.PHYSICIAN, Cut.PATIENT) and key > 0:
        counts_as = lists.physician_counts_as if cut == Cut.PHYSICIAN else lists.patient_counts_as
        twins = {each for each, into in counts_as.items() if into == key}
        column = "physician_id" if cut == Cut.PHYSICIAN else "referring_patient_id"
        return column, sorted(twins | ({key} - counts_as.keys()))
    return None


def _row_of(cut: Cut, source_id: int, lists: Lists, level: Level) -> int:
    if cut == Cut.KIND:
        return KIND_NUMBERS[SourceKind(lists.kind_of(source_id))]
    return lists.top_of(source_id) if level == Level.ROLLED_UP else lists.source_counts_as.get(source_id, source_id)


def _sources_in(source_ids: AbstractSet[int], key: Any) -> ColumnElement[bool]:
    return CreditEntry.source_id.is_(None) if key == UNMATCHED else CreditEntry.source_id.in_(sorted(source_ids))


def provider_of(entry: Any) -> ColumnElement[Any]:
    """SQL: who the visit of a ledger entry was with, as the schedule says now."""
    # A visit of its own: the query around it may hold visits too.
    visit = aliased(Visit)
    named = select(visit.provider).where(visit.id == entry.visit_id).scalar_subquery()
    return func.coalesce(named, NO_PROVIDER)


def _mapped(column: Any, counts_as: dict[int, int]) -> ColumnElement[Any]:
    return case(counts_as, value=column, else_=column) if counts_as else column


def _practice_of(physician: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(Physician.referring_practice_id).where(Physician.id == physician).scalar_subquery()


def _person(column: Any, named: ColumnElement[Any], sources_of_kind: list[int]) -> ColumnElement[Any]:
    """The person's row when one is linked, else the remainder that says why none is."""
    return case(
        (column.is_not(None), named),
        (CreditEntry.source_id.is_(None), literal(UNMATCHED)),
        (CreditEntry.source_id.in_(sources_of_kind), literal(UNNAMED)),
        else_=literal(OTHER_SOURCES),
    )
