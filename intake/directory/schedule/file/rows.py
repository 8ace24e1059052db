"""Rows of a schedule file: each cell read by its column, problems collected with their place."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from intake import clock, phone
from intake.directory.models import VisitStatus, VisitType
from intake.directory.schedule.file import cell_values, columns, dates_and_times, visit_words
from intake.directory.schedule.file.cell_values import UnreadableCell
from intake.directory.schedule.file.columns import Header
from intake.directory.schedule.file.context import ReadingContext
from intake.directory.schedule.file.dates_and_times import (
    DAYS_1904,
    START_COLUMNS,
    Hint,
    TwoDays,
    UnreadableStart,
    read_birth_date,
    read_start,
    refuse_bare_serial,
)
from intake.directory.schedule.file.headings import Heading
from intake.directory.schedule.file.import_errors import ImportProblem, Question, question_key, quoted
from intake.directory.schedule.file.places import NamedPlaces
from intake.directory.schedule.file.schedule_row import ScheduleRow
from intake.directory.schedule.file.sheet.encodings import decoded_once_more
from intake.directory.schedule.file.sheet.table import Cell
from intake.directory.schedule.file.signs import Sign, settled

LONGEST_CELL = 300
LONGEST_NAME = 80
EARLIEST_YEAR = 2000
YEARS_AHEAD = 5
LENGTHS = {"appointment_id": 60, "mrn": 40, "full_name": 160, "provider": 120, "referrer_name": 140}
LENGTHS |= {"first_name": LONGEST_NAME, "last_name": LONGEST_NAME}
NOT_A_LANGUAGE = cell_values.NO_VALUE | {"declined", "other", "declined to specify", "not specified", "unspecified"}

Value = TypeVar("Value")


REQUIRED = ("appointment_id", "mrn", "birth_date", "scheduled_at", "visit_type", "status")
NAMES = frozenset({"first_name", "last_name", "full_name", "referrer_name"})
DATES = frozenset({"start", "day", "time", "birth_date", "arrived"})
# Letters that a program couldn't write, and signs that stand for no letter: Jos\ufffd, Mu?oz, Mu¤oz.
_LOST_LETTERS = re.compile(
    r"[\ufffd\u25a1\u00a1-\u00a9\u00ab-\u00b3\u00b6-\u00b9\u00bb-\u00bf\u2020-\u2026\u2030-\u203a\u2202-\u22ff]|\w\?|\?\w"
)
_DAY_FIRST = re.compile(r"^(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})\b")
_DAY_ZERO = re.compile(r"^\s*(12/3[01]/1899|1899-12-3[01]|0?1/0?[01]/1900|1900-01-0[01]|30-Dec-1899)[ T]+(?=\d)", re.I)
# The chart number that some systems write behind the name: Cruz, Ana [0012301].
_NUMBER_BEHIND = re.compile(r"\s*[\[(]#?[A-Z]{0,3}\d{2,}[\])]$")
VISIT_TYPE, STATUS, BIRTH_DATE = "visit type", "status", "date of birth"
CHOICES: dict[str, tuple[str, ...]] = {VISIT_TYPE: tuple(map(str, VisitType)), STATUS: tuple(map(str, VisitStatus))}


class RowReader:
    """Reads rows one after the other; collects errors, warnings and words to be asked about."""

    def __init__(self, header: Header, context: ReadingContext, *, since_1904: bool = False) -> None:
        self.header, self.context, self.since_1904 = header, context, since_1904
        self.errors: list[ImportProblem] = []
        self.warnings: list[ImportProblem] = []
        # Words that Intake doesn't know, with the rows they stand in, by what they are about.
        self.unknown: dict[str, dict[str, list[int]]] = {VISIT_TYPE: {}, STATUS: {}}
        # Dates of birth that may be of two centuries: the choices, and the rows they stand in.
        self.births: dict[str, tuple[tuple[str, ...], list[int]]] = {}
        # What the line over this group of rows says.
        self.heading = Heading()
        # Whether dates have the day first, and whether one that could mean two days is refused.
        self.day_first = self.order_unsure = False
        # A sheet kept by hand has no numbers: then chart, day and time make one.
        self.makes_ids = "appointment_id" not in header.places
        # Rows whose time is after noon although it says neither AM nor PM.
        self.afternoon: Collection[int] = ()
        # What the file's codes for statuses mean, by its own words elsewhere ("x - Cancelled").
        self.codes: dict[str, str] = {}
        # Whether one column has the last name first, without a comma.
        self.last_first = False
        # Whether the column for new patients is used at all.
        self.marks_new = False
        # Zones that the titles of times name, where these aren't the location's own; empty for the location's clocks.
        self.zones = {key: context.other_zone(header.titles.get(key, "")) for key in (*START_COLUMNS, "arrived")}
        self.named_places = NamedPlaces()
        self.row = 0
        self.cells: Sequence[Cell] = ()
        self.texts: Sequence[str] = ()
        # Texts of this row that were encoded twice, put right, by the key of their column.
        self.repaired: dict[str, str] = {}

    def take(self, row: int, cells: Sequence[Cell], texts: Sequence[str]) -> None:
        """Make this the row that is being read; `texts` are its cells as `text_of` reads them."""
        self.row, self.cells, self.texts = row, cells, texts
        self.repaired = {}

    def read(self) -> ScheduleRow | None:
        """Read the row; None when it has an error."""
        errors_before = len(self.errors)
        self._repair_letters()
        first_name, last_name = self._names()
        makes_id = self.makes_ids or self.text("appointment_id").casefold() in cell_values.NUMBER_TO_COME
        found: dict[str, Any] = {
            "appointment_id": "" if makes_id else self._identifier("appointment_id"),
            "mrn": self._identifier("mrn"),
            "first_name": first_name,
            "last_name": last_name,
            "birth_date": self._birth_date(),
            "scheduled_at": self._start(),
            "visit_type": self._type(),
            "status": self._status(),
            "mobile_e164": self._mobile(),
            "provider": self._optional_text("provider") or self.heading.provider[: LENGTHS["provider"]],
            "language": self._language(),
            "referrer_name": self._optional_text("referrer_name"),
            "referrer_npi": self._npi(),
            "agrees": self._read_or_warn("agrees", cell_values.read_consent, "taken as not asked"),
        }
        if makes_id and found["mrn"] and (start := found["scheduled_at"]):
            wall = clock.local(start, self.context.time_zone)
            found["appointment_id"] = f"{found['mrn']}-{wall:%Y%m%d-%H%M}"
        self._check_location()
        self._check_places(found["language"])
        if len(self.errors) > errors_before or not all(found[key] for key in REQUIRED):
            return None
        return ScheduleRow(row=self.row, arrived_at=self._arrived(found["scheduled_at"]), **found)

    def cell(self, key: str) -> Cell:
        place = self.header.places.get(key)
        cell = self.cells[place] if place is not None and place < len(self.cells) else ""
        if key == "day" and place is None and self.heading.day:
            return self.heading.day
        if key not in DATES:
            return cell
        if key in ("time", "start", "arrived") and isinstance(cell, str):
            # The day on which a database begins to count: only the time is meant.
            cell = _DAY_ZERO.sub("", cell)
        if self.since_1904 and isinstance(cell, int | float) and not isinstance(cell, bool) and cell >= 1:
            return cell + DAYS_1904
        if self.order_unsure and isinstance(cell, str) and (match := _DAY_FIRST.match(cell.strip())):
            # Some of this file's dates have the day first, others the month: written with dots, a date says so.
            return cell.strip().replace(match[2], ".", 2)
        if self.day_first and isinstance(cell, str):
            return _DAY_FIRST.sub(r"\3\2\1\2\4", cell.strip())
        return cell

    def text(self, key: str) -> str:
        if key in self.repaired:
            return self.repaired[key]
        place = self.header.places.get(key)
        return self.texts[place] if place is not None and place < len(self.texts) else ""

    def error(self, key: str, found: str, expected: str) -> None:
        self.errors.append(ImportProblem(self.row, self.header.title(key) if key else "", found, expected))

    def warn(self, key: str, found: str, expected: str) -> None:
        self.warnings.append(ImportProblem(self.row, self.header.title(key), found, expected))

    def _repair_letters(self) -> None:
        """Undo that names were encoded twice (`JosÃ©`), and say so."""
        for key in sorted({*NAMES, "provider"} & self.header.places.keys()):
            text = self.text(key)[:LONGEST_CELL]
            if not text.isascii() and (meant := decoded_once_more(text)):
                self.repaired[key] = meant
                self.warn(key, f"{quoted(text)}, which was encoded twice", f"{quoted(meant)}, and that is taken")

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
        elif key in NAMES and _LOST_LETTERS.search(text):
            self.error(key, f"{quoted(text)}, in which letters are lost", "the name as it is written in the chart")
        else:
            return True
        return False

    def _identifier(self, key: str) -> str:
        if not self._sound(key):
            return ""
        try:
            number = cell_values.read_number(self.cell(key))
        except UnreadableCell as error:
            self.error(key, quoted(self.text(key)), str(error))
            return ""
        if number.casefold() in cell_values.NO_VALUE | cell_values.NUMBER_TO_COME:
            to_do = "; who has none yet is added at the desk by name and gets it from a later file" * (key == "mrn")
            self.error(key, quoted(number), f"the {columns.BY_KEY[key].label}{to_do}")
        return number

    def _names(self) -> tuple[str, str]:
        if {"first_name", "last_name"} <= self.header.places.keys():
            first, last = (self._name(key) for key in ("first_name", "last_name"))
            last = last or cell_values.surname_none(self.text("last_name"), first)
        elif self._sound("full_name"):
            name = self._without_remarks("full_name")
            first, last = cell_values.both_names(name, last_first=self.last_first)
        else:
            return "", ""
        if not first and not last:
            key = "last_name" if "last_name" in self.header.places else "full_name"
            self.error(key, quoted(self.text(key)), "a name")
        elif max(len(first), len(last)) > LONGEST_NAME:
            self.error("full_name", quoted(self.text("full_name")), f"names of at most {LONGEST_NAME} characters")
        return first, last

    def _name(self, key: str) -> str:
        """One of the two names; empty for somebody who has only the other."""
        name = self._without_remarks(key)
        if not self._sound(key) or name.casefold() in cell_values.NO_NAME:
            return ""
        if not any(letter.isalpha() for letter in name):
            self.error(key, quoted(name), "a name")
        return name

    def _without_remarks(self, key: str) -> str:
        text = _NUMBER_BEHIND.sub("", self.text(key))
        name = cell_values.without_remarks(text)
        if name != " ".join(text.split()):
            self.warn(key, quoted(text), f"a name alone; {quoted(name)} is taken")
        return name

    def _birth_date(self) -> date | None:
        if not self._sound("birth_date"):
            return None
        text, cell = self.text("birth_date"), self.cell("birth_date")
        try:
            refuse_bare_serial(cell)
            return read_birth_date(cell, self.context.today, Hint(self.text("age"), self.text("visit_type")))
        except TwoDays as doubt:
            choices = tuple(f"{day:%m/%d/%Y}" for day in doubt.days)
            said = self.context.answers.get(question_key(BIRTH_DATE, text))
            if said in choices:
                return doubt.days[choices.index(said)]
            self.births.setdefault(text, (choices, []))[1].append(self.row)
            return doubt.days[0]
        except UnreadableCell as error:
            self.error("birth_date", quoted(text), str(error))
            return None

    def _start(self) -> datetime | None:
        there = [key for key in START_COLUMNS if key in self.header.places]
        if not all(list(map(self._sound, there))):
            return None
        zone = next(filter(None, (self.zones[key] for key in there)), self.context.time_zone)
        try:
            moment = read_start(self.cell, zone)
        except UnreadableStart as error:
            key = error.key if error.key in there else there[0]
            self.error(key, quoted(self.text(key)), error.expected)
            return None
        if self.row in self.afternoon:
            wall = clock.local(moment, zone)
            moment = clock.from_wall_clock(wall.date(), wall.time().replace(hour=wall.hour + 12), zone)
        latest = self.context.today.year + YEARS_AHEAD
        if not EARLIEST_YEAR <= moment.year <= latest:
            self.error(there[0], quoted(self.text(there[0])), f"a day between {EARLIEST_YEAR} and {latest}")
        return moment

    def _type(self) -> str | None:
        learned, word, said_new = self.context.learned_types, self.text("visit_type"), self.text("is_new")
        if "is_new" not in self.header.places or (word and not said_new and not self.marks_new):
            return self._word("visit_type", VISIT_TYPE, learned, visit_words.read_type)
        by_words = learned.get(word.casefold()) or visit_words.sure_type(word)
        if by_words and not said_new:
            return by_words
        # Yes or no decides, unless the words surely mean the contrary.
        marked = self._word("is_new", VISIT_TYPE, {}, visit_words.read_is_new)
        if marked and by_words and marked != by_words:
            both = f"{word}, {said_new}"
            said = self.context.answers.get(question_key(VISIT_TYPE, both)) or learned.get(both.casefold())
            if said not in CHOICES[VISIT_TYPE]:
                self.unknown[VISIT_TYPE].setdefault(both, []).append(self.row)
            return said or marked
        return marked

    def _status(self) -> str | None:
        said: str | None = None
        if "status" in self.header.places:
            said = self._word(
                "status", STATUS, {**self.codes, **self.context.learned_statuses}, visit_words.read_status
            )
            if said is None or self.row in self.unknown[STATUS].get(self.text("status"), ()):
                return said
        signs = [
            (sign, text, status)
            for sign in self.header.signs
            if (text := self.texts[sign.place] if sign.place < len(self.texts) else "") and (status := sign.said(text))
        ]
        if (over := self.heading.status) and over is not VisitStatus.SCHEDULED:
            signs.append((Sign("the line over it", -1, over, by_filling=False), self.heading.line, over))
        found = settled(said, signs)
        if found.wrong:
            expected = "one status: the row is left out until the file says which"
            self.errors.append(ImportProblem(self.row, found.title, found.wrong, expected))
            return None
        if found.doubt:
            self.warnings.append(ImportProblem(self.row, found.title, found.doubt, "one of them; the status counts"))
        return found.status

    def _word(self, key: str, about: str, learned: Mapping[str, str], read: Callable[[str], str]) -> str | None:
        """Read a word by what somebody has said of it, else by what is known; one that isn't is asked about."""
        if not self._sound(key):
            return None
        text = self.text(key)
        said = self.context.answers.get(question_key(about, text)) or learned.get(text.casefold())
        if said in CHOICES[about]:
            return said
        try:
            return read(text)
        except UnreadableCell as error:
            if len(text) > visit_words.LONGEST_WORD or (not text and key == "visit_type"):
                self.error(key, quoted(text), str(error))
                return None
            self.unknown[about].setdefault(text, []).append(self.row)
            # Only so that the rest can be looked at: nothing is imported before the answer.
            return CHOICES[about][-1] if about == VISIT_TYPE else CHOICES[about][0]

    def questions(self, *, but: Collection[int | None]) -> list[Question]:
        """Words to be asked about, each once, unless they stand in these rows only."""
        open_ = [
            (about, text, CHOICES[about], rows) for about, words in self.unknown.items() for text, rows in words.items()
        ]
        open_ += [(BIRTH_DATE, text, choices, rows) for text, (choices, rows) in self.births.items()]
        return [
            Question(about, text, choices, tuple(asked))
            for about, text, choices, rows in open_
            if (asked := [row for row in rows if row not in but])
        ]

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
        unsaid = self.text("language")[:LONGEST_CELL].casefold() in NOT_A_LANGUAGE
        return None if unsaid else self._read_or_warn("language", cell_values.read_language, "left out")

    def _read_or_warn(self, key: str, read: Callable[[str], Value], otherwise: str) -> Value | None:
        """Read a cell that a visit can do without."""
        text = self.text(key)[:LONGEST_CELL]
        try:
            return read(text)
        except UnreadableCell as error:
            self.warn(key, quoted(text), f"{error}; {otherwise}")
            return None

    def _npi(self) -> str:
        # Whatever is wrong with the number: the visit must not be missing from the day because of that.
        return self._read_or_warn("referrer_npi", cell_values.read_npi, "left out, the name counts") or ""

    def _arrived(self, scheduled_at: datetime) -> datetime | None:
        """Time of arrival, None where it can't be read: systems put many things into this column."""
        cell = self.cell("arrived")
        if not self.text("arrived") or len(self.text("arrived")) > 60:
            return None
        try:
            zone = self.zones["arrived"] or self.context.time_zone
            if dates_and_times.names_day_and_time(cell):
                return dates_and_times.read_moment(cell, zone)
            return clock.from_wall_clock(clock.clinic_day(scheduled_at, zone), dates_and_times.read_time(cell), zone)
        except (UnreadableCell, OverflowError):
            return None

    def _check_location(self) -> None:
        text, places = self.text("location") or self.heading.location, self.context.places
        if text and text.casefold() in places.others:
            self.error("location", quoted(text), "only rows of the location that the file is imported for")
        elif text and places.is_own(text):
            self.named_places.own_rows += 1
        elif text and places.name:
            self.named_places.unknown.setdefault(text, []).append(self.row)

    def _check_places(self, language: str | None) -> None:
        """Refuse a row whose cells stand under the titles of their neighbours: `English` is nobody's doctor."""
        for key in ("provider", "referrer_name"):
            text = self.text(key)
            spoken = language is None and "language" in self.header.places and cell_values.is_language(text)
            if spoken or ("status" in self.header.places and not self.text("status") and visit_words.is_status(text)):
                expected = "a name: the cells of this row seem to stand under the titles beside theirs"
                self.error(key, quoted(text), expected)
