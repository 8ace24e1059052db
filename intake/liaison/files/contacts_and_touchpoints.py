"""Contacts and touchpoints from CSV files as other programs export them, and the rows of ours.

Of each row that can't be taken it is told why; the others are taken. The same file twice changes nothing, so one is
mended and brought in again: a row makes its touchpoint's submission id.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from intake import phone
from intake.accounts.models import Staff
from intake.attribution.costs.forms import read_cents
from intake.db import db
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.registry_names import physician_name
from intake.id_filters import among
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.hours import UnreadableHours, read_hours, say_hours
from intake.liaison.page.parties import Party, party_of_physician, party_of_practice
from intake.liaison.page.referrers import today
from intake.liaison.people.forms import EMAIL
from intake.liaison.people.messages import JOBS
from intake.liaison.people.models import ContactJob, OfficeContact
from intake.liaison.people.records import add_contact
from intake.liaison.people.whom import PersonToMeet, of_contact, of_physician
from intake.liaison.touchpoints.kinds import KINDS, Shared, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint
from intake.liaison.touchpoints.recording import NewTouchpoint, find_submission, record_touchpoint

MOST_ROWS = 20_000
LONGEST_WORDS = 4000
# What the columns may be called, in plain form.
TITLES = {
    "npi": ("npi", "provider npi", "physician npi"),
    "physician": ("physician", "provider", "doctor", "provider name", "physician name"),
    "practice": ("practice", "organization", "account", "practice name", "office", "company"),
    "contact": ("contact", "contact name", "name", "met", "person"),
    "job": ("job", "title", "role", "contact type", "position"),
    "phone": ("phone", "telephone", "phone number"),
    "email": ("email", "e-mail", "e mail", "email address"),
    "hours": ("hours", "in the office", "availability"),
    "note": ("note", "notes", "comment"),
    "day": ("date", "day", "visit date", "activity date", "when"),
    "kind": ("kind", "type", "activity", "activity type", "touchpoint type", "encounter"),
    "words": ("sentence", "notes", "note", "description", "comment", "summary", "what happened"),
    "by": ("by", "author", "user", "liaison", "rep", "owner", "e-mail of author"),
    "cost": ("cost", "amount", "expense"),
}
_KIND_WORDS = {
    TouchpointKind.VISIT: ("drop in", "meeting"),
    TouchpointKind.MATERIAL: ("drop off",),
    TouchpointKind.PHONE: ("call", "telephone"),
    TouchpointKind.LETTER: ("mail", "fax"),
    TouchpointKind.LUNCH: ("lunch and learn", "meal"),
    TouchpointKind.EVENT: ("cme",),
    TouchpointKind.THANKS: ("thank you",),
}
_JOB_WORDS = {
    ContactJob.COORDINATOR: ("referral coordinator", "coordinator"),
    ContactJob.FRONT_DESK: ("receptionist", "reception", "front desk"),
    ContactJob.OFFICE_MANAGER: ("office manager", "manager"),
    ContactJob.NURSE: ("nurse", "medical assistant"),
    ContactJob.OTHER: ("other", ""),
}
_LONGEST = {"contact": 120, "email": 254, "note": 300, "words": LONGEST_WORDS}
CONTACT_COLUMNS = ("Practice", "Physician", "NPI", "Contact", "Job", "Phone", "E-mail", "Hours", "Note", "Left")
TOUCHPOINT_COLUMNS = (
    "Date", "Kind", "Physician", "NPI", "Practice", "Contact", "Sentence", "Purpose", "Need", "Materials", "Cost",
    "Received", "By",
)  # fmt: skip


@dataclass
class FileRead:
    """How many rows were taken over and how many were there already; in sentences, why the others weren't.

    `unknown`: names in rows that were taken without them, and how many rows have them.
    """

    added: int = 0
    known: int = 0
    wrong: list[str] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


class _Wrong(ValueError):
    """Why a row can't be read."""


def import_contacts(content: bytes, *, by_id: int) -> FileRead:
    """Add contacts: a practice or physician (by NPI or name) and a name a row. Flushes."""
    there = {(row.practice_id, row.physician_id, normal(row.name)) for row in db.session.scalars(select(OfficeContact))}

    def take(row: dict[str, str]) -> bool:
        party = _party(row)
        if not row["contact"]:
            raise _Wrong("there is no name of a contact")
        practice_id = party.practice.id if party.practice else None
        key = (practice_id, None if practice_id else party.row_id, normal(row["contact"]))
        if key in there:
            return False
        if row["email"] and not re.fullmatch(EMAIL, row["email"]):
            raise _Wrong(f"“{row['email'][:40]}” is no e-mail address")
        told_jobs = "is no job; use " + ", ".join(JOBS.values())
        facts = {
            "name": row["contact"],
            "job": _taken(_job, row["job"], told_jobs, LookupError),
            "phone_e164": _taken(phone.to_e164, row["phone"], "is no telephone number", phone.NotAPhoneNumber)
            if row["phone"]
            else None,
            "email": row["email"],
            "hours": say_hours(_taken(read_hours, row["hours"], "are no hours, such as Mon-Thu 8-12", UnreadableHours)),
            "note": row["note"],
        }
        there.add(key)
        add_contact(party, by_id=by_id, **facts)
        return True

    return _read(content, ("contact",), take)


def import_touchpoints(content: bytes, *, location_ids: Collection[int]) -> FileRead:
    """Write touchpoints down: date, whom, and a sentence a row; the author by name or e-mail, else nobody."""
    staff = {normal(key): row.id for row in db.session.scalars(select(Staff)) for key in (row.name, row.email)}
    seen: dict[str, int] = {}
    unknown: Counter[str] = Counter()

    def take(row: dict[str, str]) -> bool:
        party, day, words = _party(row), _day(row["day"]), row["words"]
        kind = _kind(row["kind"])
        plain = "\x1f".join((day.isoformat(), party.key, kind, row["contact"], words))
        # Two equal rows of a file are two touchpoints, the same file again is none.
        seen[plain] = seen.get(plain, 0) + 1
        submission_id = "csv-" + hashlib.sha256(f"{plain}\x1f{seen[plain]}".encode()).hexdigest()[:56]
        if find_submission(submission_id):
            return False
        if (cents := read_cents(row["cost"] or "0")) is None:
            raise _Wrong(f"“{row['cost'][:20]}” is no amount in dollars")
        who, author_id = _who(party, row["contact"]), staff.get(normal(row["by"]))
        met = any(normal(each.name) == normal(row["contact"]) for each in who)
        unknown.update(
            [row["by"]] * bool(row["by"] and not author_id) + [row["contact"]] * (not met and row["contact"] != "")
        )
        new = NewTouchpoint(
            kind=kind,
            words=words or KINDS[kind].told,
            day=day,
            who=who,
            cost_cents=cents or None,
            shared=Shared.SPLIT,
            received=frozenset({party.key}) if cents else frozenset(),
            over_limit_reason="From a file of earlier years" if cents else "",
        )
        record_touchpoint(
            new,
            submission_id=submission_id,
            author_id=author_id,
            location_ids=location_ids,
            may_override=True,
        )
        return True

    read = _read(content, ("day", "words"), take)
    read.unknown = unknown
    return read


def contact_rows() -> Iterable[Sequence[Any]]:
    """All contacts, as `import_contacts` reads them."""
    query = (
        select(OfficeContact, ReferringPractice.name, Physician)
        .outerjoin(ReferringPractice, ReferringPractice.id == OfficeContact.practice_id)
        .outerjoin(Physician, Physician.id == OfficeContact.physician_id)
        .order_by(OfficeContact.id)
    )
    for row, practice, doctor in db.session.execute(query):
        name = physician_name(doctor.first_name, doctor.last_name, doctor.credential) if doctor else ""
        yield (
            practice, name, doctor.npi if doctor else "", row.name, str(row.job).replace("_", " "), row.phone_e164,
            row.email, row.hours, row.note, bool(row.gone_at),
        )  # fmt: skip


def touchpoint_rows(staff: dict[int, str]) -> Iterable[Sequence[Any]]:
    """Touchpoints of the reader's locations, a row for each one they were with, as `import_touchpoints` reads them."""
    query: Any = (
        select(Touchpoint, Participant, Physician, ReferringPractice.name, OfficeContact.name)
        .join(Participant, Participant.touchpoint_id == Touchpoint.id)
        .outerjoin(Physician, Physician.id == Participant.physician_id)
        .outerjoin(ReferringPractice, ReferringPractice.id == Participant.practice_id)
        .outerjoin(OfficeContact, OfficeContact.id == Participant.contact_id)
        .where(of_my_locations(Touchpoint.location_id), Touchpoint.withdrawn_at.is_(None))
        .order_by(Touchpoint.day, Touchpoint.id, Participant.id)
    )
    for row, each, doctor, practice, contact in db.session.execute(query.execution_options(yield_per=500)):
        name = physician_name(doctor.first_name, doctor.last_name, doctor.credential) if doctor else ""
        cost, received = ((each.received_cents or 0) / 100, True) if each.received_cents else ("", False)
        yield (
            row.day, str(row.kind), name, doctor.npi if doctor else "", practice, contact, row.words, row.purpose,
            row.need, row.materials, cost, received, staff.get(row.author_id or 0, ""),
        )  # fmt: skip


def _read(content: bytes, needed: Sequence[str], take: Callable[[dict[str, str]], bool]) -> FileRead:
    read = FileRead()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.lstrip().split("\n", 1)[0]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)))
    except csv.Error:
        rows = []
    titles = [normal(title) for title in rows[0]] if rows else []
    places = {
        key: next((titles.index(name) for name in names if name in titles), None) for key, names in TITLES.items()
    }
    lacks = [key for key in needed if places[key] is None]
    if not any(places[key] is not None for key in ("npi", "physician", "practice")):
        lacks.insert(0, "NPI, physician or practice")
    if lacks or len(rows) > MOST_ROWS:
        told = ", ".join({"day": "date", "words": "sentence"}.get(key, key) for key in lacks)
        missing = f"The first row must name the columns; missing: {told}."
        read.wrong = [missing if lacks else f"At most {MOST_ROWS:,} rows."]
        return read
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {
            key: row[place].strip().removeprefix("'") if place is not None and place < len(row) else ""
            for key, place in places.items()
        }
        try:
            for key, most in _LONGEST.items():
                if len(cells[key]) > most:
                    raise _Wrong(f"“{cells[key][:40]}…” has more than {most:,} letters")
            added = take(cells)
        except _Wrong as wrong:
            read.wrong.append(f"Row {number}: {wrong}.")
            continue
        read.added += added
        read.known += not added
    return read


def _party(row: dict[str, str]) -> Party:
    """The physician by NPI or name, else the practice by name."""
    if npi := row["npi"].replace(" ", ""):
        found = db.session.scalars(select(Physician.id).where(Physician.npi == npi)).first()
        if found is None:
            raise _Wrong(f"no physician has the NPI “{npi[:20]}”")
        return party_of_physician(found)
    if row["physician"]:
        return party_of_physician(_named_physician(row["physician"]))
    if row["practice"]:
        wanted = normal(row["practice"])
        ids = [each.id for each in db.session.scalars(select(ReferringPractice)) if normal(each.name) == wanted]
        if len(ids) != 1:
            raise _Wrong(f"{'several practices are' if ids else 'no practice is'} called “{row['practice'][:60]}”")
        return party_of_practice(ids[0])
    raise _Wrong("it names neither NPI nor physician nor practice")


def _named_physician(text: str) -> int:
    """'Ruth Adler, MD', 'Adler, Ruth' or 'Dr. Ruth Adler' as the one physician of that name."""
    words = [word for word in normal(text.replace(",", " ")).split() if word not in ("dr", "md", "do", "np", "pa")]
    spelled = sorted({form for word in words for form in (word, word.title(), word.upper())})
    rows = db.session.execute(
        select(Physician.id, Physician.first_name, Physician.last_name).where(Physician.last_name.in_(spelled))
    )
    ids = [row[0] for row in rows if {*normal(row[1]).split(), *normal(row[2]).split()} <= set(words)]
    if len(ids) != 1:
        raise _Wrong(f"{'several physicians are' if ids else 'no physician is'} called “{text[:60]}”; give the NPI")
    return ids[0]


def _who(party: Party, contact: str) -> list[PersonToMeet]:
    who = [of_physician(party.physician)] if party.physician else []
    if contact:
        practices = [party.practice.id] if party.practice else []
        query = select(OfficeContact).where(
            among(OfficeContact.practice_id, practices) | among(OfficeContact.physician_id, party.physician_ids)
        )
        who += [of_contact(each) for each in db.session.scalars(query) if normal(each.name) == normal(contact)]
    return who or [PersonToMeet(party.key, party.name, practice_id=party.row_id)]


def _job(text: str) -> ContactJob:
    """Raises LookupError for a job that contacts don't have."""
    plain = normal(text)
    found = next((job for job, of in _JOB_WORDS.items() if plain in of), None)
    if found is None:
        raise LookupError(text)
    return found


def _kind(text: str) -> TouchpointKind:
    plain = normal(text.replace("_", " ").replace("-", " "))
    for kind, words in KINDS.items():
        if plain in (normal(words.label.replace("-", " ")), str(kind).replace("_", " ")):
            return kind
    if not plain:
        return TouchpointKind.VISIT
    found = next((kind for kind, words in _KIND_WORDS.items() if any(word in plain for word in words)), None)
    if found is None:
        raise _Wrong(f"“{text[:40]}” is no kind of touchpoint; use {', '.join(each.label for each in KINDS.values())}")
    return found


def _day(text: str) -> date:
    day = _taken(read_date, text, "is no date, such as 2026-05-04", AmbiguousDate, UnreadableDate, OverflowError)
    if day > today():
        raise _Wrong(f"{text[:20]} is still to come")
    return day


def _taken(read: Callable[[str], Any], text: str, told: str, *errors: type[Exception]) -> Any:
    """What is read in a cell; Wrong with the cell and what is told of it."""
    try:
        return read(text)
    except errors:
        raise _Wrong(f"“{text[:40]}” {told}") from None
