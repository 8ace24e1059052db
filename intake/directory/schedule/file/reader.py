"""Schedule files read as a whole, without the database: visits, what is left out, what is wrong, what is asked."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import islice

from intake.directory.models import VisitType
from intake.directory.name_keys import normal
from intake.directory.schedule.file import columns, not_visits, visit_words
from intake.directory.schedule.file.agreement import (
    clashes,
    is_a_room,
    renamed_within,
    same_appointment,
    trial_patients,
)
from intake.directory.schedule.file.cell_values import ends_in_initial, text_of
from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.context import ReadingContext
from intake.directory.schedule.file.dates_and_times import names_day_and_time, order_of_dates, unsaid_half
from intake.directory.schedule.file.headings import CELLS_OF_A_HEADING, Headings, read_heading
from intake.directory.schedule.file.import_errors import (
    ImportProblem,
    LeftOut,
    Question,
    UnreadableFile,
    quoted,
    rows_in_words,
)
from intake.directory.schedule.file.rows import RowReader
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.file.sheet.sheets import read_sheet
from intake.directory.schedule.file.sheet.table import MOST_COLUMNS, Shape, SheetRows

MOST_PROBLEMS = 2_000
LONGEST_DATE = 60
# A bare time before the first hour is in the afternoon; before the second it may be the first patient's.
NIGHT_ENDS, EARLIEST = 6, 7
AFTERNOON = "afternoon"
DAY_FIRST = "day first"
LAST_FIRST = "last name first"
TAKE, LEAVE_OUT = "take them", "leave them out"
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class ScheduleFile:
    """A file as it was read. `rows` are sound; whether they may be imported depends on what else there is."""

    rows: list[ScheduleRow]
    # Why the file as a whole is no schedule, or can't be read to its end.
    refused: list[ImportProblem] = field(default_factory=list)
    # Rows that can't be read; the others may be imported without them.
    wrong: list[ImportProblem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[ImportProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Titles of columns that Intake has no use for.
    ignored: tuple[str, ...] = ()
    described: str = ""
    header: Header | None = None
    # Of the content, by which the same file is known again.
    digest: str = ""

    @property
    def errors(self) -> list[ImportProblem]:
        return [*self.refused, *self.wrong]

    def has_column(self, key: str) -> bool:
        """Whether the file has this column: what a file leaves out is not taken away from what is known."""
        return self.header is not None and key in self.header.places


def read_schedule(data: bytes, context: ReadingContext) -> ScheduleFile:
    """Read a file, its rows and all that is wrong with it or unsure. Pure: no clock, no database."""
    return replace(_read(data, context), digest=hashlib.sha256(data).hexdigest())


def _read(data: bytes, context: ReadingContext) -> ScheduleFile:
    try:
        sheet = read_sheet(data, columns.recognised, context.answers)
    except UnreadableFile as error:
        return ScheduleFile([], [error.problem])
    lines = [[text_of(cell) for cell in row] for row in sheet.rows]
    header = columns.find_header(sheet.rows, day_elsewhere=_gives_a_day(sheet, lines), answers=context.answers)
    if header.problems:
        return ScheduleFile([], list(header.problems), ignored=header.ignored, described=sheet.described, header=header)
    return _FileReader(sheet, lines, columns.with_status(header, lines, context.answers), context).read()


def _gives_a_day(sheet: SheetRows, lines: Sequence[Sequence[str]]) -> bool:
    """Whether the day may stand elsewhere than in a column of its own: with the time, or in a line over the rows."""
    for cells, texts in islice(zip(sheet.rows, lines, strict=True), columns.ROWS_TO_LOOK_AT):
        # What is longer is no date, and would take long to look at.
        if any(len(text) <= LONGEST_DATE and names_day_and_time(cell) for cell, text in zip(cells, texts, strict=True)):
            return True
        if 0 < sum(map(bool, texts)) <= CELLS_OF_A_HEADING:
            heading = read_heading(texts)
            if heading is not None and heading.day is not None:
                return True
    return False


class _FileReader:
    def __init__(self, sheet: SheetRows, lines: list[list[str]], header: Header, context: ReadingContext) -> None:
        self.sheet, self.lines, self.header, self.context = sheet, lines, header, context
        self.reader = RowReader(header, context, since_1904=sheet.since_1904)
        self.rows: list[ScheduleRow] = []
        self.left_out: list[LeftOut] = []
        self.questions = [*sheet.questions, *header.questions]
        self.notes = list(sheet.notes)
        self.headings: set[int] = set()
        self.over = Headings(context.places.own | context.places.others)
        self.nobodys: set[int] = set()
        # The first row of titles in another order, as where two exports were pasted together.
        self.other_titles = 0

    def read(self) -> ScheduleFile:
        header, reader = self.header, self.reader
        for row in range(1, header.row):
            texts = self.lines[row - 1]
            if any(texts):
                self.left_out.append(LeftOut(row, not_visits.ABOVE_THE_TITLES))
                self.over.take(row, texts)
        if header.row > 1:
            self.notes.append(f"The column titles were found in row {header.row}.")
        reader.heading = self.over.heading
        self._note_what_lacks()
        visits = [row for row in range(header.row + 1, len(self.lines) + 1) if self._may_be_a_visit(row)]
        self._settle_order(visits)
        self._settle_halves(visits)
        self._settle_names(visits)
        self.reader.marks_new = any(self._texts("is_new", visits))
        self.reader.codes = visit_words.codes_of(self._texts("status", visits))
        shape = Shape(self.sheet, self.lines, header, visits)
        take_hidden = self._settle_hidden(visits)
        visited = set(visits)
        stopped = False
        for row in range(header.row + 1, len(self.lines) + 1):
            if row not in visited:
                if row in self.headings:
                    self.over.take(row, self.lines[row - 1], is_below=True)
                    reader.heading = self.over.heading
            elif row in self.sheet.hidden and not take_hidden:
                self.left_out.append(LeftOut(row, "hidden in the sheet"))
            else:
                self._read_row(row, shape)
            if len(reader.errors) >= MOST_PROBLEMS:
                stopped = True
                break
        rows = self._of_this_place(self._without_tests(self._joined()))
        wrong = sorted([*reader.errors, *clashes(rows, header)], key=lambda problem: problem.row or 0)
        bad = {problem.row for problem in wrong}
        rows = [row for row in rows if row.row not in bad]
        refused = []
        if stopped:
            found = f"{MOST_PROBLEMS:,} errors and stopped reading"
            refused.append(ImportProblem(None, "", found, "those above to be mended first"))
        if not rows and not wrong and not any(each.row > header.row for each in self.left_out):
            refused.append(ImportProblem(None, "", "column titles and no appointments", "a row for each appointment"))
        self.notes += self.over.notes(max(visits, default=0))
        below = [each.row for each in self.left_out if each.row > header.row and each.row in self.nobodys]
        if below:
            self.notes.append(f"Left out as nobody’s appointment: {rows_in_words(sorted(below))}.")
        return ScheduleFile(
            rows,
            refused,
            wrong,
            [*self.questions, *reader.questions(but=bad)],
            sorted(self.left_out, key=lambda each: each.row),
            [*reader.warnings, *renamed_within(rows, header)],
            self.notes,
            header.ignored,
            self.sheet.described,
            header,
        )

    def _note_what_lacks(self) -> None:
        if self.reader.makes_ids:
            made = "it is made of chart number, day and time, so one that is moved is another appointment"
            self.notes.append(f"No column gives the appointment’s number: {made}.")
        signs = [f"“{sign.title}”" for sign in self.header.signs]
        if "status" not in self.header.places:
            taken = (
                f"it is taken from {', '.join(signs)}"
                if signs
                else "where no line over rows says otherwise, all are taken as scheduled"
            )
            self.notes.append(f"No column gives the status: {taken}.")
        elif signs:
            self.notes.append(f"Read beside the status: {', '.join(signs)}.")
        for key, zone in self.reader.zones.items():
            if zone and key in self.header.places:
                said = f"on the clocks of {zone.replace('_', ' ')}, as the title says"
                self.notes.append(f"“{self.header.title(key)}” is read {said}, and shown on the location’s own.")

    def _of_this_place(self, rows: Sequence[ScheduleRow]) -> list[ScheduleRow]:
        """Ask about locations that nobody knows; without the rows that somebody said belong elsewhere."""
        questions, notes, out = self.reader.named_places.ask(self.context.places, self.context.answers)
        self.questions += questions
        self.notes += notes
        self.left_out += [LeftOut(row, "of another location, as somebody said") for row in sorted(out)]
        return [row for row in rows if row.row not in out]

    def _may_be_a_visit(self, row: int) -> bool:
        """Whether a row below the titles is somebody's visit; one that isn't is kept with its reason."""
        texts = self.lines[row - 1]
        if not any(texts):
            return False
        if row in self.sheet.broken:
            return True
        titles = self.lines[self.header.row - 1]
        self.reader.take(row, self.sheet.rows[row - 1], texts)
        # Titles hold no dates and numbers, so that few rows need a closer look.
        may_be_titles = sum(map(bool, map(_DIGIT.search, texts))) <= 1
        named = may_be_titles and columns.recognised(texts) >= max(4, len(self.header.places) - 2)
        if texts[: len(titles)] == titles or named:
            reason = not_visits.TITLES_AGAIN
            if columns.read_header(row, texts).places != self.header.places:
                self.other_titles = self.other_titles or row
        else:
            reason = not_visits.why_left_out(self.reader.text, texts)
        if reason:
            self.left_out.append(LeftOut(row, reason))
            self.nobodys.add(row)
        if reason == not_visits.HEADING:
            self.headings.add(row)
        return not reason

    def _texts(self, key: str, visits: Sequence[int]) -> set[str]:
        """What these rows say in a column, each text once; nothing for a column that isn't there."""
        place = self.header.places.get(key, MOST_COLUMNS)
        return {texts[place] for row in visits if place < len(texts := self.lines[row - 1])} - {""}

    def _settle_order(self, visits: Sequence[int]) -> None:
        """Find out whether the day or the month comes first, by the dates that can only mean one."""
        keys = [self.header.places[key] for key in ("birth_date", "start", "day") if key in self.header.places]
        texts = [self.lines[row - 1][place] for row in visits for place in keys if place < len(self.lines[row - 1])]
        month_first, day_first, example = order_of_dates(texts)
        if day_first and not month_first:
            question = Question("order of dates", example, (DAY_FIRST, "month first"))
            answer = self.context.answers.get(question.key)
            self.reader.day_first = answer == DAY_FIRST
            if answer is None:
                self.questions.append(question)
                self.reader.day_first = True
        self.reader.order_unsure = day_first > 1 and month_first > 0 and day_first * 5 >= month_first

    def _settle_halves(self, visits: Sequence[int]) -> None:
        """Find out whether 4:15 is in the afternoon, where it doesn't say and nobody has written 16:15."""
        keys = [key for key in ("time", "start") if key in self.header.places]
        if not keys:
            return
        place = self.header.places[keys[0]]
        found = {
            row: unsaid_half(self.sheet.rows[row - 1][place]) for row in visits if place < len(self.lines[row - 1])
        }
        known = {row: half for row, half in found.items() if half}
        by_24 = any(half[1] for half in known.values())
        early = [row for row, (hour, _) in known.items() if 0 < hour < (NIGHT_ENDS if by_24 else EARLIEST)]
        if not early:
            return
        others = [hour for hour, _ in known.values() if hour >= EARLIEST]
        if others and not by_24 and all(known[row][0] < NIGHT_ENDS for row in early):
            self.reader.afternoon = early
            self.notes.append(f"Times without AM or PM are taken as after noon: {rows_in_words(early)}.")
            return
        said = self.lines[early[0] - 1][place]
        question = Question("times", f"{said}, without AM or PM", (AFTERNOON, "morning"), tuple(early))
        answer = self.context.answers.get(question.key)
        if answer is None:
            self.questions.append(question)
        elif answer == AFTERNOON:
            self.reader.afternoon = early

    def _settle_names(self, visits: Sequence[int]) -> None:
        """Ask which name stands first where one without a comma ends in an initial: SMITH JOHN A."""
        if {"first_name", "last_name"} <= self.header.places.keys():
            return
        names = sorted(filter(ends_in_initial, self._texts("full_name", visits)))
        if names:
            question = Question("order of names", names[0], (LAST_FIRST, "first name first"))
            answer = self.context.answers.get(question.key)
            self.reader.last_first = answer == LAST_FIRST
            self.questions += [question] if answer is None else []

    def _settle_hidden(self, visits: Sequence[int]) -> bool:
        hidden = [row for row in visits if row in self.sheet.hidden]
        if not hidden:
            return True
        number = "1 row is" if len(hidden) == 1 else f"{len(hidden):,} rows are"
        question = Question("hidden rows", f"{number} hidden in the sheet", (TAKE, LEAVE_OUT), tuple(hidden))
        answer = self.context.answers.get(question.key)
        if answer is None:
            self.questions.append(question)
        return answer != LEAVE_OUT

    def _read_row(self, row: int, shape: "Shape") -> None:
        reader = self.reader
        if row in self.sheet.broken:
            reader.take(row, (), ())
            reader.error("", *self.sheet.broken[row])
            return
        cells, texts = self.sheet.rows[row - 1], self.lines[row - 1]
        reader.take(row, cells, texts)
        if 0 < self.other_titles < row:
            expected = f"the titles of row {self.header.row}; import what stands below as a file of its own"
            reader.error("", f"a row under other column titles, those of row {self.other_titles}", expected)
            return
        if expected := shape.why_wrong(texts):
            reader.error("", f"{len(cells)} cells", expected)
            return
        told, doubts = len(reader.errors), len(reader.warnings)
        found = reader.read()
        unsure = len(reader.warnings) > doubts or len(reader.errors) > told or not shape.fits(texts)
        if shape.is_odd(cells) and unsure:
            # A cell that doesn't fit its column, in a row of another length: everything may stand one place beside.
            del reader.errors[told:], reader.warnings[doubts:]
            reader.error("", f"{len(cells)} cells that don't fit their titles", shape.expected)
        elif found:
            self.rows.append(found)

    def _without_tests(self, rows: Sequence[ScheduleRow]) -> list[ScheduleRow]:
        """Ask about patients who are called as only those are that a system is tried with."""
        tests = trial_patients(rows)
        left_out: set[int] = set()
        if sum(map(len, tests.values())) * 2 > len(rows):
            # A file made to try Intake with.
            return list(rows)
        for name, numbers in tests.items():
            question = Question("test patient", name, (TAKE, LEAVE_OUT), tuple(numbers))
            answer = self.context.answers.get(question.key)
            if answer is None:
                self.questions.append(question)
            elif answer == LEAVE_OUT:
                left_out.update(numbers)
        self.left_out += [LeftOut(number, "a test patient, as somebody said") for number in sorted(left_out)]
        return [row for row in rows if row.row not in left_out]

    def _joined(self) -> list[ScheduleRow]:
        """The visits, each appointment once where its rows agree; further rows are left out with what they add."""
        groups: dict[str, list[ScheduleRow]] = {}
        for row in self.rows:
            groups.setdefault(row.appointment_id, []).append(row)
        joined: list[ScheduleRow] = []
        for group in groups.values():
            rows = sorted(group, key=lambda row: (row.scheduled_at, row.row))
            agree = all(same_appointment(rows[0], each) for each in rows[1:])
            joined += [reduce(self._join, rows)] if agree else rows
        return sorted(joined, key=lambda row: row.row)

    def _join(self, kept: ScheduleRow, row: ScheduleRow) -> ScheduleRow:
        reason = f"the same appointment as row {kept.row}"
        if row.scheduled_at != kept.scheduled_at:
            reason += ", which begins earlier"
        provider = kept.provider
        if row.provider and row.provider != kept.provider:
            provider = min((each for each in (kept.provider, row.provider) if each), key=is_a_room)
            reason += (
                f"; the provider is {provider}, beside {row.provider if provider == kept.provider else kept.provider}"
            )
        visit_type = kept.visit_type
        if row.visit_type != kept.visit_type:
            # A row for each thing that is done: the visit is a new patient's when one of them says so.
            visit_type = VisitType.NEW
            title = self.header.title("visit_type" if "visit_type" in self.header.places else "is_new")
            found = f"{row.visit_type} for an appointment that is {kept.visit_type} in row {kept.row}"
            self.reader.warnings.append(ImportProblem(row.row, title, found, "one type; new counts"))
        self.left_out.append(LeftOut(row.row, reason))
        if row.referrer_name and kept.referrer_name and normal(row.referrer_name) != normal(kept.referrer_name):
            found = f"{quoted(row.referrer_name)} for an appointment that has another one in row {kept.row}"
            title = self.header.title("referrer_name")
            self.reader.warnings.append(ImportProblem(row.row, title, found, "one; the first counts"))
        says = [each.agrees for each in (kept, row) if each.agrees is not None]
        referrer = kept if kept.referrer_name or kept.referrer_npi else row
        return replace(
            kept,
            provider=provider,
            visit_type=visit_type,
            mobile_e164=kept.mobile_e164 or row.mobile_e164,
            language=kept.language or row.language,
            referrer_name=referrer.referrer_name,
            referrer_npi=referrer.referrer_npi,
            arrived_at=kept.arrived_at or row.arrived_at,
            agrees=all(says) if says else None,
        )
