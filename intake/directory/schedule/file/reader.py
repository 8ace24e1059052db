"""Schedule files read as a whole, without the database: rows, errors, warnings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from intake.directory.schedule.file import columns
from intake.directory.schedule.file.cell_values import text_of
from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.import_errors import ImportProblem, UnreadableFile, quoted
from intake.directory.schedule.file.rows import ReadingContext, RowReader, ScheduleRow
from intake.directory.schedule.file.sheets import SheetRows, read_sheet

MOST_PROBLEMS = 2_000
_FOOTER = re.compile(
    r"(grand |sub|page )?-?\s*(totals?|counts?)\b|\d+ (appointments?|records?|rows?|patients?|visits?)\b|"
    r"(number of )?(appointments?|records?|patients?|visits?)\s*:|end of|printed|generated|report |run (on|date)|"
    r"page \d|\*{2,}|-{3,}|={3,}|©|confidential",
    re.I,
)


@dataclass(frozen=True)
class ScheduleFile:
    """A file as it was read. `rows` may be used only when there are no `errors`."""

    rows: list[ScheduleRow]
    errors: list[ImportProblem]
    warnings: list[ImportProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Titles of columns that Intake has no use for.
    ignored: tuple[str, ...] = ()
    described: str = ""
    header: Header | None = None
    # Words for the type of a visit that Intake doesn't know, with the rows they stand in.
    unknown_types: Mapping[str, list[int]] = field(default_factory=dict)

    def has_column(self, key: str) -> bool:
        """Whether the file has this column: what a file leaves out is not taken away from what is known."""
        return self.header is not None and key in self.header.places


def read_schedule(data: bytes, context: ReadingContext) -> ScheduleFile:
    """Read a file, its rows and all its problems. Pure: no clock, no database."""
    try:
        sheet = read_sheet(data, columns.recognised)
    except UnreadableFile as error:
        return ScheduleFile([], [error.problem])
    header = columns.find_header(sheet.rows)
    if header.problems:
        return ScheduleFile([], list(header.problems), ignored=header.ignored, described=sheet.described, header=header)
    return _read_rows(sheet, header, context)


def _read_rows(sheet: SheetRows, header: Header, context: ReadingContext) -> ScheduleFile:
    reader = RowReader(header, context)
    titles = [text_of(cell) for cell in sheet.rows[header.row - 1]]
    rows: list[ScheduleRow] = []
    left_out: list[int] = []
    for number, cells in enumerate(sheet.rows[header.row :], start=header.row + 1):
        texts = [text_of(cell) for cell in cells]
        if not any(texts):
            continue
        reader.take(number, cells, texts)
        if texts[: len(titles)] == titles or _closes_the_list(reader, texts):
            left_out.append(number)
        elif found := reader.read():
            rows.append(found)
        if len(reader.errors) >= MOST_PROBLEMS:
            break
    errors = sorted([*reader.errors, *_clashes(rows, header)], key=lambda problem: problem.row or 0)
    if len(reader.errors) >= MOST_PROBLEMS:
        errors.append(
            ImportProblem(None, "", f"{MOST_PROBLEMS:,} errors and stopped reading", "those above to be mended first")
        )
    if not rows and not errors:
        errors.append(ImportProblem(None, "", "column titles and no appointments", "a row for each appointment"))
    return ScheduleFile(
        rows,
        errors,
        [*reader.warnings, *_renamed_within(rows, header)],
        _notes(header, left_out),
        header.ignored,
        sheet.described,
        header,
        reader.unknown_types,
    )


def _closes_the_list(reader: RowReader, texts: Sequence[str]) -> bool:
    """Whether a line counts, closes or explains the list instead of being an appointment."""
    named = sum(bool(reader.text(key)) for key in ("mrn", "last_name", "full_name", "birth_date"))
    first = next(text for text in texts if text)
    return named <= 1 and bool(_FOOTER.match(first[:200]))


def _clashes(rows: Sequence[ScheduleRow], header: Header) -> list[ImportProblem]:
    """Errors of rows that contradict each other: one appointment twice, one chart with two dates of birth."""
    problems = []
    appointments: dict[str, ScheduleRow] = {}
    charts: dict[str, ScheduleRow] = {}
    for each in rows:
        twin = appointments.setdefault(each.appointment_id, each)
        if twin is not each:
            found = f"{quoted(each.appointment_id)}, which stands in row {twin.row} too"
            problems.append(ImportProblem(each.row, header.title("appointment_id"), found, "every appointment once"))
        chart = charts.setdefault(each.mrn, each)
        if chart.birth_date != each.birth_date:
            found = (
                f"{each.birth_date:%m/%d/%Y} for chart number {quoted(each.mrn)}, "
                f"which has {chart.birth_date:%m/%d/%Y} in row {chart.row}"
            )
            problems.append(
                ImportProblem(each.row, header.title("birth_date"), found, "one date of birth for a chart number")
            )
    return problems


def _renamed_within(rows: Sequence[ScheduleRow], header: Header) -> list[ImportProblem]:
    warnings = []
    charts: dict[str, ScheduleRow] = {}
    for each in rows:
        before = charts.get(each.mrn)
        charts[each.mrn] = each
        if before and (before.first_name, before.last_name) != (each.first_name, each.last_name):
            found = f"{quoted(each.mrn)} under another name than in row {before.row}"
            warnings.append(
                ImportProblem(each.row, header.title("mrn"), found, "one name for a chart number; this row counts")
            )
    return warnings


def _notes(header: Header, left_out: Sequence[int]) -> list[str]:
    notes = []
    if header.row > 1:
        notes.append(f"The column titles were found in row {header.row}.")
    if left_out:
        shown = ", ".join(str(number) for number in left_out[:12])
        more = f" and {len(left_out) - 12} more" if len(left_out) > 12 else ""
        notes.append(f"Left out as titles or totals: {'row' if len(left_out) == 1 else 'rows'} {shown}{more}.")
    return notes
