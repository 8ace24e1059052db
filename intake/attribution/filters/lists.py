"""The practice's lists of sources and people, as reports read them: today's, or as they stood when it was recorded.

Merged sources and physicians are mapped when reading: the ledger keeps what was recorded, so undoing a merge needs no
recount.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from intake.db import db
from intake.directory.merging.merge import Kind, mappings
from intake.directory.models import ReferralSource, SourceKind
from intake.directory.sources.history import sources_before
from intake.once_a_look import once_a_look
from intake.survey.answers.effective_answer import Merges
from intake.survey.free_text.directory_names import own_physician_ids


class ListVersion(StrEnum):
    """Whether the past is read under today's list of sources and physicians, or as it was recorded."""

    TODAY = "today"
    RECORDED = "recorded"


class Level(StrEnum):
    """Sources one by one, or campaigns rolled up into the channel they belong to."""

    EACH = "each"
    ROLLED_UP = "rolled-up"


@dataclass
class ReportSource:
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

    sources: dict[int, ReportSource]
    source_counts_as: dict[int, int]
    physician_counts_as: dict[int, int]
    practice_counts_as: dict[int, int] = field(default_factory=dict)
    patient_counts_as: dict[int, int] = field(default_factory=dict)
    # Physicians who work here, and so send nobody.
    own_physicians: frozenset[int] = frozenset()

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
        """The source at the top that a source is shown under; None for one that is at the top itself."""
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
    return once_a_look("lists", None, _lists_as_of_now)


def _lists_as_of_now() -> Lists:
    merged = mappings()
    return Lists(
        sources=_sources(),
        source_counts_as=merged[Kind.SOURCES],
        physician_counts_as=merged[Kind.PHYSICIANS],
        practice_counts_as=merged[Kind.PRACTICES],
        patient_counts_as=merged[Kind.PATIENTS],
        own_physicians=own_physician_ids(),
    )


def lists_as_recorded(moment: datetime) -> Lists:
    """The lists as they stood at `moment`, each source and physician counting as what was recorded, unmerged."""
    sources = _sources()
    for source_id, before in sources_before(moment).items():
        source = sources[source_id]
        source.kind, source.label, source.hint = before.kind, before.label, before.hint
        source.parent_id = before.parent_id
    return Lists(sources=sources, source_counts_as={}, physician_counts_as={}, own_physicians=own_physician_ids())


def _sources() -> dict[int, ReportSource]:
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
    return {row.id: ReportSource(*row) for row in rows}
