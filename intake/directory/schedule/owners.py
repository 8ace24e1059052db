"""Whose an appointment is: the same patient under another chart number, or somebody else."""

from collections.abc import Callable, Mapping

from intake.directory.name_keys import normal
from intake.directory.patients.records import patient_mapping
from intake.directory.schedule import known_records
from intake.directory.schedule.file.import_errors import quoted
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.known_records import KnownRow
from intake.directory.schedule.plan import PlannedMerge

# Of a row, the key of a column, what was found and what is expected.
Warn = Callable[[ScheduleRow, str, str, str], None]


class Owners:
    """The patients whose known appointments a file names, and which of its charts are theirs under another number."""

    def __init__(self, patient_ids: set[int], known: Mapping[str, KnownRow], warn: Warn) -> None:
        self.warn = warn
        self.patients = {patient.id: patient for patient in known.values()}
        self.patients |= known_records.patients_by_id(patient_ids - self.patients.keys())
        self.merges: dict[int, PlannedMerge] = {}

    def is_of(self, visit: KnownRow, row: ScheduleRow, patient: KnownRow | None) -> bool:
        """Whether the row's chart is that of the visit's patient: merged before, or now, in the practice's system.

        One appointment under another chart number, with the same name and date of birth, is one person's.
        """
        owner = self.patients.get(visit.patient_id)
        if owner is None:
            return False
        if patient is not None:
            ends = patient_mapping({owner.id, patient.id})
            if ends.get(owner.id, owner.id) == ends.get(patient.id, patient.id):
                return True
            pair = (min(owner.id, patient.id), max(owner.id, patient.id))
            if known_records.known_apart({pair}):
                return False
        if owner.birth_date != row.birth_date or not same_name(owner, row):
            return False
        self.merges[owner.id] = PlannedMerge(owner.id, row.mrn)
        expected = (
            f"{quoted(owner.mrn)}, as before: same name, date of birth and appointment, so both charts are read as one"
        )
        self.warn(row, "mrn", quoted(row.mrn), expected)
        return True


def same_name(kept: KnownRow, row: ScheduleRow) -> bool:
    """Whether the names differ in case, accents or further first names at most."""
    same_first = normal(kept.first_name).split()[:1] == normal(row.first_name).split()[:1]
    return same_first and normal(kept.last_name) == normal(row.last_name)
