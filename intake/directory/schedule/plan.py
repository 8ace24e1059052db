"""What an import would do: visits, patients and merges with their changes, and what keeps it from being done."""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from intake.directory.models import VisitStatus
from intake.directory.schedule.file.import_errors import ImportProblem, LeftOut, Question
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.referrers import NamedReferrer, Referrer

NOT_COMING = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})


class PlannedAction(StrEnum):
    ADD = "added"
    CHANGE = "changed"
    KEEP = "unchanged"


class FieldChange(NamedTuple):
    """One change: the column's name in the database, its value before and after."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class PlannedPatient:
    """A chart of the file: `patient_id` is None for one to be added; `values` are to be written."""

    mrn: str
    patient_id: int | None
    values: dict[str, Any]
    differences: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class PlannedVisit:
    """A row of the file: `visit_id` is None for one to be added; `values` are to be written."""

    row: ScheduleRow
    action: PlannedAction
    visit_id: int | None
    values: dict[str, Any]
    named_referrer: NamedReferrer
    referrer: Referrer
    differences: tuple[FieldChange, ...] = ()
    # What changes about the patient; with the first of their rows only.
    patient_differences: tuple[FieldChange, ...] = ()

    @property
    def cancels(self) -> bool:
        """Whether the visit becomes cancelled or missed."""
        return any(
            each.name == "status" and each.after in NOT_COMING and each.before not in NOT_COMING
            for each in self.differences
        )

    def as_it_is(self) -> "PlannedVisit":
        """The same row, which changes nothing of a visit that is here already."""
        if self.action is not PlannedAction.CHANGE:
            return self
        nobody = replace(self.referrer, adds=None)
        return PlannedVisit(self.row, PlannedAction.KEEP, self.visit_id, {}, self.named_referrer, nobody)


@dataclass(frozen=True)
class PlannedMerge:
    """A chart that the practice's system has merged into another: read as that one from now on."""

    gone_id: int
    into_mrn: str


@dataclass
class Plan:
    """Everything that an import would do with the sound rows, and what keeps it from being done."""

    visits: list[PlannedVisit] = field(default_factory=list)
    patients: dict[str, PlannedPatient] = field(default_factory=dict)
    merges: list[PlannedMerge] = field(default_factory=list)
    # Why nothing of the file can be imported.
    refused: list[ImportProblem] = field(default_factory=list)
    # Rows that can't be imported; the others can without them.
    wrong: list[ImportProblem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[ImportProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # By chart number: whether the patient agreed to texts, where the file says so.
    agrees: dict[str, bool] = field(default_factory=dict)
    digest: str = ""

    @property
    def errors(self) -> list[ImportProblem]:
        return [*self.refused, *self.wrong]

    def may_be_applied(self, *, skip_wrong: bool) -> bool:
        """Whether nothing is open: no question, and no wrong row unless these are left out."""
        return not self.refused and not self.questions and (skip_wrong or not self.wrong)

    @property
    def counts(self) -> dict[str, int]:
        """Rows read; of these added, changed, unchanged; and how many of the changed are now cancelled or missed."""
        actions = Counter(visit.action for visit in self.visits)
        cancelled = sum(visit.cancels for visit in self.visits)
        return {
            "read": len(self.visits),
            **{str(each): actions[each] for each in PlannedAction},
            "cancelled": cancelled,
        }

    @property
    def changes_nothing(self) -> bool:
        return not self.agrees and not self.merges and all(each.action is PlannedAction.KEEP for each in self.visits)
