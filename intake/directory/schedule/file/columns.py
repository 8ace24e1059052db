"""Columns of a schedule file, recognised by the titles that exports give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from intake.directory.schedule.file import visit_words
from intake.directory.schedule.file.import_errors import ImportProblem, Question
from intake.directory.schedule.file.signs import Sign, sign_of
from intake.directory.schedule.file.titles import PART_OF, place_of, says_whether_new, squeezed, words, words_of

HEADER_WITHIN_ROWS = 30
ROWS_TO_LOOK_AT = 500
BARE_NPI = frozenset({"npi", "npinumber"})


@dataclass(frozen=True)
class ScheduleColumn:
    """A column that is read: its key, its name on pages, and a title to suggest when it is missing."""

    key: str
    label: str
    example: str
    required: bool = False


COLUMNS = (
    ScheduleColumn("appointment_id", "appointment id", "Appt ID"),
    ScheduleColumn("mrn", "chart number (MRN)", "MRN", required=True),
    ScheduleColumn("first_name", "first name", "First Name", required=True),
    ScheduleColumn("last_name", "last name", "Last Name", required=True),
    ScheduleColumn("full_name", "patient name", "Patient Name"),
    ScheduleColumn("birth_date", "date of birth", "DOB", required=True),
    ScheduleColumn("age", "age", "Age"),
    ScheduleColumn("mobile", "mobile phone", "Mobile"),
    ScheduleColumn("start", "start of the appointment", "Start"),
    ScheduleColumn("day", "date of the appointment", "Appt Date"),
    ScheduleColumn("time", "time of the appointment", "Appt Time"),
    ScheduleColumn("visit_type", "type of visit", "Visit Type", required=True),
    ScheduleColumn("is_new", "new patient", "New Patient?"),
    ScheduleColumn("status", "status", "Status"),
    ScheduleColumn("provider", "provider", "Provider"),
    ScheduleColumn("language", "language", "Language"),
    ScheduleColumn("agrees", "consent to texts", "Text Consent"),
    ScheduleColumn("referrer_name", "referring physician", "Referring Physician"),
    ScheduleColumn("referrer_npi", "referring physician's NPI", "Referring NPI"),
    ScheduleColumn("location", "location", "Location"),
    ScheduleColumn("arrived", "time of arrival", "Check-In Time"),
)
BY_KEY = {column.key: column for column in COLUMNS}
LEAVE_OUT = "leave it out"
# Columns worth a question when a title only looks like theirs, by the part that makes it look so.
_ASKED_OF = {"npi": "referrer_npi", "ref": "referrer_name", "status": "status"}
# The parts of titles of the NPI of whoever sees the patient.
_OWN_NPI = words("npi provider renders appt name id")
# What a title says that isn't theirs although it looks so.
_PLAINLY_OTHER = words(
    "rendering rndrng rndr billing supervising ordering attending pcp facility fax phone address addr city zip date dt "
    "expires exp auth authorization number no num nbr id required insurance ins marital eligibility claim payment "
    "balance copay employment smoking student vital immunization reminder confirmation portal patient pt "
    "pat county country"
)


@dataclass(frozen=True)
class Header:
    """The header row: where each column stands, its title in the export, and the titles that aren't read."""

    row: int
    places: dict[str, int]
    titles: dict[str, str]
    ignored: tuple[str, ...] = ()
    problems: tuple[ImportProblem, ...] = ()
    width: int = 0
    questions: tuple[Question, ...] = ()
    # Columns that say a status beside the status column.
    signs: tuple[Sign, ...] = ()

    def title(self, key: str) -> str:
        """Title of the column as it stands in the sheet; our own label for one that isn't there."""
        return self.titles.get(key) or BY_KEY[key].label


def recognised(row: Sequence[Any]) -> int:
    """Number of different columns of a schedule that this row names."""
    return len({key for cell in row if isinstance(cell, str) and (key := place_of(cell.strip())[0])})


def find_header(
    rows: Sequence[Sequence[Any]], *, day_elsewhere: bool = False, answers: Mapping[str, str] | None = None
) -> Header:
    """Find the row near the top that names most columns; its `problems` say what is missing or doubled."""
    near = rows[:HEADER_WITHIN_ROWS]
    at = max(range(len(near)), key=lambda number: (recognised(near[number]), -number), default=0)
    if not near or recognised(near[at]) < 2:
        at = next((number for number, row in enumerate(near) if any(str(cell).strip() for cell in row)), 0)
    titles = [str(cell).strip() for cell in near[at]] if near else []
    return read_header(at + 1, titles, day_elsewhere=day_elsewhere, answers=answers)


def read_header(
    row: int, titles: Sequence[str], *, day_elsewhere: bool = False, answers: Mapping[str, str] | None = None
) -> Header:
    """Read one header row. Of two titles for one column the better one is taken; two equal ones are asked about.

    `day_elsewhere` says whether something else than a column of its own may give the day.
    """
    answers = answers or {}
    best: dict[str, tuple[int, int]] = {}
    rivals: dict[str, list[int]] = {}
    for index, title in enumerate(titles):
        key, rank = place_of(title)
        if not key or (key != "arrived" and sign_of(title, index)):
            continue
        if key == "visit_type" and says_whether_new(title):
            key = "is_new"
        if key not in best or rank < best[key][0]:
            best[key] = (rank, index)
            rivals[key] = [index]
        elif rank == best[key][0]:
            rivals[key].append(index)
    problems: list[ImportProblem] = []
    questions: list[Question] = []
    places = {key: index for key, (_, index) in best.items()}
    for key, alike in rivals.items():
        names = [titles[index] for index in alike]
        if len(set(map(squeezed, names))) < len(names):
            found = f"this column twice, as {letter_of(alike[0])} and {letter_of(alike[1])}"
            problems.append(ImportProblem(row, titles[alike[1]], found, "it once: delete one of them"))
        elif len(names) > 1:
            question = Question("column", f"{len(names)} columns for the {BY_KEY[key].label}", tuple(names))
            answer = answers.get(question.key)
            if answer in names:
                places[key] = alike[names.index(answer)]
            else:
                questions.append(question)
    npi = places.get("referrer_npi")
    # A bare "NPI" is the referring physician's only beside that name; elsewhere it is the provider's own.
    bare = npi is not None and squeezed(titles[npi]) in BARE_NPI and "ref" not in titles[npi].casefold()
    if npi is not None and bare and abs(npi - places.get("referrer_name", -9)) != 1:
        del places["referrer_npi"]
    questions += _settle_doubtful(titles, places, answers, bare=npi if bare else None)
    found_signs = (sign_of(title, index) for index, title in enumerate(titles) if index != places.get("status"))
    signs = tuple(sign for sign in found_signs if sign)
    taken = {*places.values(), *(sign.place for sign in signs)}
    ignored = tuple(title for index, title in enumerate(titles) if title and index not in taken)
    found_titles = {key: titles[index] for key, index in places.items()}
    return Header(
        row,
        places,
        found_titles,
        ignored,
        (*problems, *_missing(row, places, titles, day_elsewhere=day_elsewhere)),
        len(titles),
        tuple(questions),
        signs,
    )


def _settle_doubtful(
    titles: Sequence[str], places: dict[str, int], answers: Mapping[str, str], *, bare: int | None
) -> list[Question]:
    """Ask about columns that look like the referrer's, their NPI or the status, and are none that Intake knows."""
    questions = []
    there = set(places)
    for index, title in enumerate(titles):
        said = words_of(title)
        parts = {PART_OF.get(word, "?") for word in said}
        key = next((key for part, key in _ASKED_OF.items() if part in parts), "")
        if not key or key in there or index == bare or index in places.values() or len(said) > 8:
            continue
        plainly = _PLAINLY_OTHER.intersection(said) or {"npi", "provider"} <= parts <= _OWN_NPI
        if plainly or place_of(title)[0] or sign_of(title, index):
            continue
        question = Question("column", title, (BY_KEY[key].label, LEAVE_OUT))
        answer = answers.get(question.key)
        if answer == BY_KEY[key].label:
            places[key] = index
        elif answer != LEAVE_OUT:
            questions.append(question)
    return questions


def _missing(row: int, places: dict[str, int], titles: Sequence[str], *, day_elsewhere: bool) -> list[ImportProblem]:
    absent = [column for column in COLUMNS if column.required and column.key not in places]
    if "full_name" in places:
        absent = [column for column in absent if column.key not in ("first_name", "last_name")]
    if "is_new" in places:
        absent = [column for column in absent if column.key != "visit_type"]
    if not places.keys() & {"start", "day", "time"}:
        absent.append(BY_KEY["start"])
    elif "start" not in places and "day" not in places and not day_elsewhere:
        absent.append(BY_KEY["day"])
    if not absent:
        return []
    there = [title for title in titles if title]
    found = f"the columns {', '.join(there[:40])}" if there else "no column titles"
    if not places:
        found = f"no column title that Intake knows ({', '.join(title[:30] for title in there[:6]) or 'an empty row'})"
    return [
        ImportProblem(row, column.label, "no such column" if at else found, f"a column such as “{column.example}”")
        for at, column in enumerate(absent)
    ]


def letter_of(index: int) -> str:
    """Spreadsheet letters of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def with_status(header: Header, lines: Sequence[Sequence[str]], answers: Mapping[str, str]) -> Header:
    """Ask about a column that says nothing but statuses where none has the title of one: an unread cancellation."""
    if "status" in header.places:
        return header
    titles = lines[header.row - 1]
    for place, title in enumerate(titles):
        found = {row[place] for row in lines[header.row :][:ROWS_TO_LOOK_AT] if place < len(row)} - {""}
        if title and place not in header.places.values() and found and all(map(visit_words.is_status, found)):
            question = Question("column", title, (BY_KEY["status"].label, LEAVE_OUT))
            answer = answers.get(question.key)
            if answer == question.choices[0]:
                known = header.places | {"status": place}, header.titles | {"status": title}
                unread = tuple(each for each in header.ignored if each != title)
                return replace(header, places=known[0], titles=known[1], ignored=unread)
            if answer is None and question not in header.questions:
                return replace(header, questions=(*header.questions, question))
    return header
