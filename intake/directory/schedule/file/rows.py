"""Rows of a schedule file: each cell read by its column, problems collected with their place."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from nameparser import HumanName

from intake import clock, phone
from intake.directory.npi.number import is_npi
from intake.directory.schedule.file import cell_values, columns, dates_and_times
from intake.directory.schedule.file.cell_values import UnreadableCell
from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.import_errors import ImportProblem, quoted
from intake.directory.schedule.file.sheets import Cell
from intake.directory.schedule.file.start_times import START_COLUMNS, UnreadableStart, read_start, refuse_bare_serial

LONGEST_CELL = 300
LONGEST_NAME = 80
EARLIEST_YEAR = 2000
YEARS_AHEAD = 5
LENGTHS = {"appointment_id": 60, "mrn": 40, "full_name": 160, "provider": 120, "referrer_name": 140}
LENGTHS |= {"first_name": LONGEST_NAME, "last_name": LONGEST_NAME}
NOT_A_LANGUAGE = cell_values.NO_VALUE | {"declined", "other", "declined to specify", "not specified", "unspecified"}

Value = TypeVar("Value")


@dataclass(frozen=True)
class ScheduleRow:
    """One appointment of the file; `row` is its number in the sheet."""

    row: int
    appointment_id: str
    mrn: str
    first_name: str
    last_name: str
    birth_date: date
    scheduled_at: datetime
    visit_type: str
    status: str
    mobile_e164: str | None = None
    provider: str = ""
    language: str | None = None
    referrer_name: str = ""
    referrer_npi: str = ""
    arrived_at: datetime | None = None
    # Whether the patient agreed to texts; None when the file doesn't say.
    agrees: bool | None = None


REQUIRED = ("appointment_id", "mrn", "first_name", "last_name", "birth_date", "scheduled_at", "visit_type", "status")


@dataclass(frozen=True)
class ReadingContext:
    """What reading depends on beside the file: time zone, day, and the practice's own words."""

    time_zone: str
    today: date
    # The practice's own words for types of visit, casefolded, to `new` or `established`.
    learned_types: Mapping[str, str] = field(default_factory=dict)
    # Names and codes of the practice's other locations, casefolded: a row that names one of them is wrong here.
    other_locations: frozenset[str] = frozenset()


class RowReader:
    """Reads rows one after the other; collects errors, warnings and unknown types of visit."""

    def __init__(self, header: Header, context: ReadingContext) -> None:
        self.header, self.context = header, context
        self.errors: list[ImportProblem] = []
        self.warnings: list[ImportProblem] = []
        self.unknown_types: dict[str, list[int]] = {}
        self.row = 0
        self.cells: Sequence[Cell] = ()
        self.texts: Sequence[str] = ()

    def take(self, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
        """Make this the row that is being read; `texts` are its cells as `text_of` reads them."""
        self.row, self.cells, self.texts = row, cells, texts

    def read(self) -> ScheduleRow | None:
        """Read the row; None when it has an error."""
        if any(self.texts[self.header.width :]):
            expected = f"{self.header.width}: a cell that holds the delimiter must stand in quotation marks"
            self.error("", f"{len(self.cells)} cells", expected)
            return None
        errors_before = len(self.errors)
        first_name, last_name = self._names()
        found: dict[str, Any] = {
            "appointment_id": self._identifier("appointment_id"),
            "mrn": self._identifier("mrn"),
            "first_name": first_name,
            "last_name": last_name,
            "birth_date": self._birth_date(),
            "scheduled_at": self._start(),
            "visit_type": self._type(),
            "status": self._required("status", cell_values.read_status),
            "mobile_e164": self._mobile(),
            "provider": self._optional_text("provider"),
            "language": self._language(),
            "referrer_name": self._optional_text("referrer_name"),
            "referrer_npi": self._npi(),
            "agrees": self._read_or_warn("agrees", cell_values.read_consent, "taken as not asked"),
        }
        self._check_location()
        if len(self.errors) > errors_before or not all(found[key] for key in REQUIRED):
            return None
        return ScheduleRow(row=self.row, arrived_at=self._arrived(found["scheduled_at"]), **found)

    def cell(self, key: str) -> Cell:
        place = self.header.places.get(key)
        return self.cells[place] if place is not None and place < len(self.cells) else ""

    def text(self, key: str) -> str:
        place = self.header.places.get(key)
        return self.texts[place] if place is not None and place < len(self.texts) else ""

    def error(self, key: str, found: str, expected: str) -> None:
        self.errors.append(ImportProblem(self.row, self.header.title(key) if key else "", found, expected))

    def warn(self, key: str, found: str, expected: str) -> None:
        self.warnings.append(ImportProblem(self.row, self.header.title(key), found, expected))

    def _sound(self, key: str) -> bool:
        """Whether any column may hold this cell; the reason is noted when not."""
        text = self.text(key)
        longest = LENGTHS.get(key, LONGEST_CELL)
        if len(text) > longest:
            self.error(key, quoted(text), f"at most {longest} characters")
        elif cell_values.has_control_characters(text):
            self.error(key, f"{quoted(text)} with control characters", "text as it can be typed")
        elif text.casefold() in cell_values.SPREADSHEET_ERRORS:
            self.error(key, f"{quoted(text)}, a spreadsheet's sign for an error", columns.BY_KEY[key].label)
        else:
            return True
        return False

    def _required(self, key: str, read: Callable[[str], Value]) -> Value | None:
        if not self._sound(key):
            return None
        try:
            return read(self.text(key))
        except UnreadableCell as error:
            self.error(key, quoted(self.text(key)), str(error))
            return None

    def _identifier(self, key: str) -> str:
        number = self._required(key, cell_values.read_number)
        if number is not None and number.casefold() in cell_values.NO_VALUE:
            self.error(key, quoted(number), f"the {columns.BY_KEY[key].label}")
        return number or ""

    def _names(self) -> tuple[str, str]:
        if {"first_name", "last_name"} <= self.header.places.keys():
            return self._name("first_name"), self._name("last_name")
        return self._required("full_name", _both_names) or ("", "")

    def _name(self, key: str) -> str:
        name = self.text(key)
        if self._sound(key) and not any(letter.isalpha() for letter in name):
            self.error(key, quoted(name), "a name")
        return name

    def _birth_date(self) -> date | None:
        if not self._sound("birth_date"):
            return None
        cell = self.cell("birth_date")
        try:
            refuse_bare_serial(cell)
            return dates_and_times.read_birth_date(cell, self.context.today)
        except UnreadableCell as error:
            self.error("birth_date", quoted(self.text("birth_date")), str(error))
            return None

    def _start(self) -> datetime | None:
        there = [key for key in START_COLUMNS if key in self.header.places]
        if not all(list(map(self._sound, there))):
            return None
        try:
            moment = read_start(self.cell, self.context.time_zone)
        except UnreadableStart as error:
            key = error.key if error.key in there else there[0]
            self.error(key, quoted(self.text(key)), error.expected)
            return None
        latest = self.context.today.year + YEARS_AHEAD
        if not EARLIEST_YEAR <= moment.year <= latest:
            self.error(there[0], quoted(self.text(there[0])), f"a day between {EARLIEST_YEAR} and {latest}")
        return moment

    def _type(self) -> str | None:
        if columns.squeezed(self.header.title("visit_type")) in columns.YES_OR_NO:
            return self._required("visit_type", cell_values.read_is_new)
        text = self.text("visit_type")
        if learned := self.context.learned_types.get(text.casefold()):
            return learned
        found = self._required("visit_type", cell_values.read_type)
        if found is None and 0 < len(text) <= cell_values.LONGEST_TYPE_WORD:
            self.unknown_types.setdefault(text, []).append(self.row)
        return found

    def _mobile(self) -> str | None:
        text = cell_values.whole(self.text("mobile")[:LONGEST_CELL])
        if text.casefold() in cell_values.NO_VALUE or not any(letter not in "0()-. +" for letter in text):
            return None
        try:
            return phone.to_e164(text)
        except phone.NotAPhoneNumber:
            # A visit must not be missing from the day because of a mistyped phone number.
            self.warn("mobile", quoted(text), "a phone number; the visit is taken without it")
            return None

    def _optional_text(self, key: str) -> str:
        text = self.text(key)
        return "" if not self._sound(key) or text.casefold() in cell_values.NO_VALUE else text

    def _language(self) -> str | None:
        if self.text("language")[:LONGEST_CELL].casefold() in NOT_A_LANGUAGE:
            return None
        return self._read_or_warn("language", cell_values.read_language, "left out")

    def _read_or_warn(self, key: str, read: Callable[[str], Value], otherwise: str) -> Value | None:
        """Read a cell that a visit can do without."""
        text = self.text(key)[:LONGEST_CELL]
        try:
            return read(text)
        except UnreadableCell as error:
            self.warn(key, quoted(text), f"{error}; {otherwise}")
            return None

    def _npi(self) -> str:
        text = cell_values.whole(self.text("referrer_npi"))
        if not self._sound("referrer_npi") or text.casefold() in cell_values.NO_VALUE:
            return ""
        digits = re.sub(r"[\s-]", "", text)
        if not is_npi(digits):
            ten = len(digits) == 10 and digits.isascii() and digits.isdigit()
            wanted = "an NPI: ten digits, the last of which checks the others"
            self.error("referrer_npi", quoted(text), f"{wanted} (here it doesn't)" if ten else wanted)
        return digits

    def _arrived(self, scheduled_at: datetime) -> datetime | None:
        """Time of arrival, None where it can't be read: systems put many things into this column."""
        cell = self.cell("arrived")
        if not self.text("arrived") or len(self.text("arrived")) > 60:
            return None
        zone = self.context.time_zone
        try:
            if dates_and_times.names_day_and_time(cell):
                return dates_and_times.read_moment(cell, zone)
            return clock.from_wall_clock(clock.clinic_day(scheduled_at, zone), dates_and_times.read_time(cell), zone)
        except (UnreadableCell, OverflowError):
            return None

    def _check_location(self) -> None:
        text = self.text("location")
        if text and text.casefold() in self.context.other_locations:
            self.error("location", quoted(text), "only rows of the location that the file is imported for")


def _both_names(text: str) -> tuple[str, str]:
    """Split one cell into first and last name: `Lane, Robert J` or `Robert J Lane`; raises UnreadableCell."""
    if "," in text:
        last, _, first = (part.strip() for part in text.partition(","))
        first = " ".join(first.replace(",", " ").split())
    else:
        parsed = HumanName(text)
        first, last = " ".join([parsed.first, parsed.middle]).strip(), parsed.last
    named = all(any(letter.isalpha() for letter in part) and len(part) <= LONGEST_NAME for part in (first, last))
    if not named:
        raise UnreadableCell("last name and first name, as in “Lane, Robert”")
    return first, last
