"""Plans of imports: each row compared with the database, nothing written yet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Location, VisitStatus
from intake.directory.name_keys import normal
from intake.directory.patients.provisional import ListedPerson, charts_to_take_over, is_provisional
from intake.directory.schedule import known_records, referrers, whole_file
from intake.directory.schedule.file.import_errors import ImportProblem, LeftOut, quoted
from intake.directory.schedule.file.reader import ScheduleFile
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.file.sheet.sheets import NO_ANSWERS
from intake.directory.schedule.known_records import KnownRow
from intake.directory.schedule.owners import Owners, same_name
from intake.directory.schedule.plan import FieldChange, Plan, PlannedAction, PlannedPatient, PlannedVisit
from intake.directory.schedule.referrers import NamedReferrer, Referrer
from intake.web.wall.location_wall import whole_practice

# What only a day that has come can say.
OF_THE_DAY = frozenset({VisitStatus.ARRIVED, VisitStatus.COMPLETED, VisitStatus.NO_SHOW})
# How far along a visit is. What is cancelled or missed stands beside this order.
PROGRESS = {VisitStatus.SCHEDULED: 0, VisitStatus.ARRIVED: 1, VisitStatus.COMPLETED: 2}


@whole_practice()
def plan_import(
    schedule: ScheduleFile, location: Location, now: datetime, answers: Mapping[str, str] = NO_ANSWERS
) -> Plan:
    """Compare a file with the database: what its sound rows would do, what is wrong, what is to be asked first."""
    if schedule.refused or schedule.header is None:
        return Plan(
            refused=schedule.refused, wrong=schedule.wrong, warnings=schedule.warnings, notes=schedule.notes,
            left_out=schedule.left_out, questions=schedule.questions,
        )  # fmt: skip
    rows, wrong, left_out = schedule.rows, list(schedule.wrong), list(schedule.left_out)
    while True:
        planner = _Planner(schedule, rows, location, now, answers)
        plan = planner.plan()
        out = {each.row for each in plan.wrong} | {each.row for each in plan.left_out}
        wrong, left_out = [*wrong, *plan.wrong], [*left_out, *plan.left_out]
        if not out:
            break
        # What is left out may not speak for its patient either, so the rest is compared without it.
        rows = [row for row in rows if row.row not in out]
    plan.wrong = sorted(wrong, key=lambda problem: problem.row or 0)
    plan.left_out = sorted(left_out, key=lambda each: each.row)
    plan.questions = [*schedule.questions, *plan.questions]
    return plan


def merged_status(current: str, imported: str, *, same_day: bool) -> VisitStatus:
    """Return the status after an import: an older export doesn't undo an arrival.

    An appointment that was moved to another day takes the imported status.
    """
    before, after = VisitStatus(current), VisitStatus(imported)
    if same_day and before in PROGRESS and after in PROGRESS and PROGRESS[after] < PROGRESS[before]:
        return before
    return after


class _Planner:
    def __init__(
        self,
        schedule: ScheduleFile,
        rows: list[ScheduleRow],
        location: Location,
        now: datetime,
        answers: Mapping[str, str],
    ) -> None:
        assert schedule.header is not None
        self.schedule, self.location, self.now, self.answers = schedule, location, now, answers
        self.title = schedule.header.title
        self.today = clock.clinic_day(now, location.time_zone)
        starts = {row.row: clock.local(row.scheduled_at, location.time_zone) for row in rows}
        self.days = {row: start.date() for row, start in starts.items()}
        self.hours = {row: start.hour for row, start in starts.items()}
        # Rows that say of a day to come that somebody came, or didn't.
        self.unbelieved = {row.row for row in rows if row.status in OF_THE_DAY and self.days[row.row] > self.today}
        self.rows = [
            replace(row, status=VisitStatus.SCHEDULED, arrived_at=None) if row.row in self.unbelieved else row
            for row in rows
        ]
        self.renamed: list[int] = []
        self.reborn: list[int] = []
        self.result = Plan(warnings=list(schedule.warnings), notes=list(schedule.notes), digest=schedule.digest)
        self.further_along = 0
        # Whether this very file was brought in before, and nothing of it is set back.
        self.leaves_as_is = False
        for row in rows:
            if row.row in self.unbelieved:
                found = f"{row.status.replace('_', '-')} on {self.days[row.row]:%m/%d/%Y}, which is still to come"
                self.warn(row, "status", found, "a status that a day to come can have; taken as scheduled")

    def plan(self) -> Plan:
        charts = {row.mrn: row for row in self.rows}
        patients = known_records.patients_by_mrn(charts)
        patients |= self._but_for_zeros([row for mrn, row in charts.items() if mrn not in patients])
        patients |= self._without_number([row for mrn, row in charts.items() if mrn not in patients])
        self.result.patients = {mrn: self._patient(row, patients.get(mrn)) for mrn, row in charts.items()}
        visits = known_records.visits_by_appointment(self.location.id, {row.appointment_id for row in self.rows})
        owners = Owners({visit.patient_id for visit in visits.values()}, patients, self.warn)
        by_hand = self._added_by_hand(patients, {row.row for row in self.rows if row.appointment_id not in visits})
        names = {row.row: referrers.named_referrer(row) for row in self.rows}
        matched = referrers.resolve(set(names.values()))
        seen: set[str] = set()
        for row in self.rows:
            visit = visits.get(row.appointment_id) or by_hand.get(row.row)
            named = names[row.row]
            values = self._visit_values(row, visit, named, matched[named])
            about_patient = () if row.mrn in seen else self.result.patients[row.mrn].differences
            seen.add(row.mrn)
            draft = PlannedVisit(row, PlannedAction.ADD, None, values, named, matched[named])
            if visit is None:
                values |= {"appointment_id": row.appointment_id, "location_id": self.location.id}
                self.result.visits.append(draft)
                continue
            patient = patients.get(row.mrn)
            if (patient is None or patient.id != visit.patient_id) and not owners.is_of(visit, row, patient):
                self._changes_hands(row, visit)
                values["patient_id"] = patient.id if patient else None
            self.result.visits.append(_compared(draft, visit, about_patient))
        self.result.merges = list(owners.merges.values())
        self._note(len(by_hand))
        nobody = sum(bool(row.referrer_name) and not names[row.row].text for row in self.rows)
        if nobody:
            count = "1 row says" if nobody == 1 else f"{nobody:,} rows say"
            self.result.notes.append(f"{count} in the referrer’s column that nobody referred, or no clinician.")
        self._know_again()
        self._note_consent()
        self._ask(patients, visits)
        self.result.warnings.sort(key=lambda warning: warning.row or 0)
        return self.result

    def _know_again(self) -> None:
        """Ask what becomes of visits that were changed since this very file was brought in; until then they stay."""
        before = known_records.brought_in_at(self.location.id, self.schedule.digest)
        if before is None:
            return
        when = f"{clock.local(before, self.location.time_zone):%m/%d/%Y at %I:%M %p}"
        changed = [visit.row.row for visit in self.result.visits if visit.action is PlannedAction.CHANGE]
        asked = whole_file.question_of_the_same(when, changed)
        answer = self.answers.get(asked[0].key) if asked else whole_file.AS_THEY_ARE
        if answer == whole_file.SET_BACK:
            return
        self.leaves_as_is = True
        if answer == whole_file.AS_THEY_ARE:
            self.result.notes.append(f"This very file was brought in on {when}; what was changed since stays as it is.")
            self.result.visits = [visit.as_it_is() for visit in self.result.visits]
            self.result.patients = {
                mrn: each if each.patient_id is None else PlannedPatient(mrn, each.patient_id, {})
                for mrn, each in self.result.patients.items()
            }
        else:
            self.result.questions += asked

    def _note_consent(self) -> None:
        for row in self.rows:
            if row.agrees is not None and not self.leaves_as_is:
                # Two rows of one patient that contradict each other: nobody is texted on the strength of one of them.
                self.result.agrees[row.mrn] = row.agrees and self.result.agrees.get(row.mrn, True)
        agreed = sum(self.result.agrees.values())
        if self.result.agrees:
            refused = len(self.result.agrees) - agreed
            counts = f"{agreed:,} {'patient agrees' if agreed == 1 else 'patients agree'} to texts, {refused:,} don’t"
            self.result.notes.append(f"{counts}; this is kept with today’s date. Whoever has said STOP stays stopped.")

    def _ask(self, patients: Mapping[str, KnownRow], visits: Mapping[str, KnownRow]) -> None:
        """Ask whether this is the right file where it looks unlike what is known; a no refuses it."""
        known = sum(1 for patient in self.result.patients.values() if patient.patient_id is not None)
        others = {row.id: row.name for row in db.session.execute(select(Location.id, Location.name))}
        stand = {row.row for row in self.rows if _stands(visits.get(row.appointment_id), row)}
        for question in (
            *whole_file.question_of_dates(self.days, self.today),
            *whole_file.question_of_times(self.hours),
            *whole_file.question_of_changes("names", self.renamed, known),
            *whole_file.question_of_changes("dates of birth", self.reborn, known),
            *whole_file.question_of_location(
                self.rows, self.location, patients=patients, here=visits, others=others, today=self.today
            ),
        ):
            answer = self.answers.get(question.key)
            if question.rows and stand.issuperset(question.rows):
                # What somebody has taken once isn't asked about again.
                continue
            if answer not in question.choices:
                self.result.questions.append(question)
            elif answer == whole_file.NO:
                self.result.refused.append(ImportProblem(None, "", question.found, "another file, as somebody said"))
            elif answer in (whole_file.LEAVE_OUT, whole_file.LEAVE_THEM_OUT):
                why = "its date is far off" if question.about == whole_file.DATE else "it is at night"
                self.result.left_out += [LeftOut(row, f"left out, as somebody said: {why}") for row in question.rows]

    def error(self, row: ScheduleRow, key: str, found: str, expected: str) -> None:
        self.result.wrong.append(ImportProblem(row.row, self.title(key), found, expected))

    def warn(self, row: ScheduleRow, key: str, found: str, expected: str) -> None:
        self.result.warnings.append(ImportProblem(row.row, self.title(key), found, expected))

    def _patient(self, row: ScheduleRow, kept: KnownRow | None) -> PlannedPatient:
        columns = ("first_name", "last_name", "birth_date", "mobile_e164", "language")
        values = {name: getattr(row, name) for name in columns}
        if kept is None:
            return PlannedPatient(row.mrn, None, values)
        if is_provisional(kept.mrn):
            values["mrn"] = row.mrn
        # A file that leaves something out doesn't take it away.
        differences = _differences(kept, {name: value for name, value in values.items() if value is not None})
        # Nor does one that can't write accents, or only capitals, take away what is better known.
        differences = tuple(each for each in differences if not _says_less(each))
        renamed = not same_name(kept, row)
        reborn = kept.birth_date is not None and kept.birth_date != row.birth_date
        if renamed and not reborn:
            self.renamed.append(row.row)
        if reborn and not renamed:
            self.reborn.append(row.row)
        if renamed and reborn:
            found = f"{quoted(row.mrn)}, the chart number of somebody with another name and date of birth"
            self.error(row, "mrn", found, "a chart number of one person")
        elif renamed:
            self.warn(
                row, "mrn", f"{quoted(row.mrn)} under another name than before", "the same; the new name is taken"
            )
        elif reborn:
            self.warn(row, "birth_date", "another date of birth than before", "the same; the new one is taken")
        return PlannedPatient(row.mrn, kept.id, {each.name: each.after for each in differences}, differences)

    def _but_for_zeros(self, rows: list[ScheduleRow]) -> dict[str, KnownRow]:
        """Charts kept with other leading zeros, which spreadsheets eat: only with the same name and date of birth."""
        by_mrn = {row.mrn: row for row in rows}
        found: dict[str, KnownRow] = {}
        for mrn, kept in known_records.patients_but_for_zeros(by_mrn):
            row = by_mrn[mrn]
            if mrn not in found and kept.birth_date == row.birth_date and same_name(kept, row):
                found[mrn] = kept
                expected = f"{quoted(kept.mrn)}, as this patient's chart number is kept; taken as the same patient"
                self.warn(row, "mrn", quoted(mrn), expected)
        return found

    def _without_number(self, rows: list[ScheduleRow]) -> dict[str, KnownRow]:
        """Charts of walk-ins that were added without a chart number and get theirs from this file."""
        days: dict[str, set[date]] = {}
        for row in self.rows:
            days.setdefault(row.mrn, set()).add(self.days[row.row])
        people = [
            ListedPerson(row.mrn, row.first_name, row.last_name, row.birth_date, frozenset(days[row.mrn]))
            for row in rows
        ]
        found = charts_to_take_over(people, location_id=self.location.id)
        if found:
            which = "1 walk-in gets" if len(found) == 1 else f"{len(found):,} walk-ins get"
            self.result.notes.append(f"{which} the chart number that was missing.")
        return found

    def _visit_values(
        self, row: ScheduleRow, visit: KnownRow | None, named: NamedReferrer, referrer: Referrer
    ) -> dict[str, Any]:
        """Columns of the visit as this row gives them; those that the file lacks are left out."""
        status = VisitStatus(row.status)
        if visit is not None:
            status = merged_status(visit.status, row.status, same_day=visit.visit_date == self.days[row.row])
            if row.row in self.unbelieved and visit.visit_date == self.days[row.row]:
                status = VisitStatus(visit.status)
            self.further_along += status != row.status
        values: dict[str, Any] = {
            "scheduled_at": row.scheduled_at,
            "visit_date": self.days[row.row],
            "visit_type": row.visit_type,
            "status": status,
            "arrived_at": self._arrived_at(row, visit, status),
        }
        for key in ("provider", "language"):
            if getattr(row, key) or visit is None:
                values[key] = getattr(row, key)
        if self.schedule.has_column("referrer_name") or self.schedule.has_column("referrer_npi"):
            values |= self._documented(row, visit, named, referrer)
        return values

    def _documented(
        self, row: ScheduleRow, visit: KnownRow | None, named: NamedReferrer, referrer: Referrer
    ) -> dict[str, Any]:
        # Once linked, the same words stay linked: a namesake who joins the directory later doesn't undo it.
        settled = visit is not None and visit.documented_name == named.text and visit.documented_physician_id
        if settled and referrer.physician_id is None:
            return {}
        if referrer.doubt:
            key = "referrer_npi" if named.npi else "referrer_name"
            kept = "the NPI counts" if referrer.physician_id else "kept as written, nobody is linked"
            self.warn(row, key, quoted(named.text), f"a physician of the directory: {referrer.doubt}; {kept}")
        # The number of a practice or hospital is nobody's.
        text = (
            named.name
            if named.name and referrers.is_organisation(named.name) and not referrer.physician_id
            else named.text
        )
        return {"documented_physician_id": referrer.physician_id, "documented_name": text[:160]}

    def _arrived_at(self, row: ScheduleRow, visit: KnownRow | None, status: str) -> datetime | None:
        if status not in ELIGIBLE_STATUSES:
            return None
        if row.arrived_at:
            return row.arrived_at
        day = self.days[row.row]
        if visit is not None and visit.arrived_at and visit.visit_date == day:
            return visit.arrived_at
        # Nobody noted when they came. For a day that is over the appointed time is nearest to the truth.
        is_over = day < clock.clinic_day(self.now, self.location.time_zone)
        return row.scheduled_at if is_over else self.now

    def _changes_hands(self, row: ScheduleRow, visit: KnownRow) -> None:
        found = f"{quoted(row.mrn)} for appointment {quoted(row.appointment_id)}, which was another patient's"
        if visit.status in ELIGIBLE_STATUSES:
            # Whatever was asked and answered at that visit would end up with somebody else.
            self.error(row, "mrn", found, "the patient who came to it, or an appointment id of its own")
        else:
            self.warn(row, "mrn", found, "the same patient; the new one is taken")

    def _added_by_hand(self, patients: Mapping[str, KnownRow], unknown: set[int]) -> dict[int, KnownRow]:
        """Visits that the desk added by hand, by the number of the row that is the same visit."""
        mrns = {patient.id: mrn for mrn, patient in patients.items()}
        rows: dict[tuple[str, date], list[int]] = {}
        for row in self.rows:
            rows.setdefault((row.mrn, self.days[row.row]), []).append(row.row)
        found: dict[int, KnownRow] = {}
        for visit in known_records.visits_added_by_hand(self.location.id, mrns):
            same_day = rows.get((mrns[visit.patient_id], visit.visit_date), [])
            # With two appointments on one day nobody can say which of them it was.
            if len(same_day) == 1 and same_day[0] in unknown:
                found.setdefault(same_day[0], visit)
        return found

    def _note(self, taken_over: int) -> None:
        notes = self.result.notes
        if self.further_along == 1:
            notes.append("1 visit is further along here than in the file and stays as it is.")
        elif self.further_along:
            notes.append(f"{self.further_along:,} visits are further along here than in the file and stay as they are.")
        if taken_over:
            notes.append(f"Added by hand before and now taken over, not added twice: {_visits(taken_over)}.")
        days = set(self.days.values())
        named = {row.appointment_id for row in self.rows}
        to_come = known_records.appointments_to_come(self.location.id, days)
        missing = sorted((begins, id_) for id_, begins in to_come.items() if id_ not in named)
        if missing:
            which = "that day" if len(days) == 1 else "those days"
            said = f"Scheduled here on {which} but not in the file, and left as before: {_visits(len(missing))}"
            notes.append(f"{said} ({whole_file.appointments_in_words(missing, self.location.time_zone)}).")


def _says_less(change: FieldChange) -> bool:
    """Whether a name is the same without its accents, or in capitals throughout."""
    if change.name not in ("first_name", "last_name") or normal(change.before) != normal(change.after):
        return False
    loses_accents = change.after.isascii() and not change.before.isascii()
    return loses_accents or (change.after.isupper() and not change.before.isupper())


def _stands(visit: KnownRow | None, row: ScheduleRow) -> bool:
    """Whether the visit stands here already at the time that the row gives."""
    return visit is not None and bool(visit.scheduled_at == row.scheduled_at)


def _compared(draft: PlannedVisit, visit: KnownRow, about_patient: tuple[FieldChange, ...]) -> PlannedVisit:
    """Reduce the draft of a known visit to what differs."""
    differences = _differences(visit, draft.values)
    values = {each.name: each.after for each in differences}
    if visit.appointment_id is None:
        values["appointment_id"] = draft.row.appointment_id
        differences = (*differences, FieldChange("appointment_id", None, draft.row.appointment_id))
    return replace(
        draft,
        action=PlannedAction.CHANGE if values or about_patient or draft.referrer.adds else PlannedAction.KEEP,
        visit_id=visit.id,
        values=values,
        differences=differences,
        patient_differences=about_patient,
    )


def _differences(kept: KnownRow, values: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, getattr(kept, name), value) for name, value in values.items() if getattr(kept, name) != value
    )


def _visits(count: int) -> str:
    return "1 visit" if count == 1 else f"{count:,} visits"
