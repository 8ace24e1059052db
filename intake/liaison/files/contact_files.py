"""Contacts from files as other programs export them, and the rows of ours.

Of each row that can't be taken it is told why; the others are taken. Somebody who is there already is brought up to
date with what the file says otherwise, and each such change is told.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from intake import clock, phone
from intake.db import db
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.registry_names import physician_name
from intake.liaison.files.file_rows import FileRead, Wrong, party_of, read_rows, taken
from intake.liaison.page.hours import UnreadableHours, read_hours, say_hours
from intake.liaison.people.forms import EMAIL
from intake.liaison.people.messages import JOBS
from intake.liaison.people.models import ContactJob, OfficeContact
from intake.liaison.people.records import add_contact, change_contact

CONTACT_COLUMNS = ("Practice", "Physician", "NPI", "Contact", "Job", "Phone", "E-mail", "Hours", "Note", "Left")
LONGEST_NOTE = 300
_JOB_WORDS = {
    ContactJob.COORDINATOR: ("referral coordinator", "coordinator"),
    ContactJob.FRONT_DESK: ("receptionist", "reception", "front desk"),
    ContactJob.OFFICE_MANAGER: ("office manager", "manager", "practice manager"),
    ContactJob.NURSE: ("nurse", "medical assistant"),
    ContactJob.OTHER: ("other", ""),
}
_YES, _NO = ("yes", "y", "true", "1", "x", "left", "gone"), ("", "no", "n", "false", "0")
_EXTENSION = re.compile(r"[\s,;]*(?:x|ext\.?|extension|#)\s*(\d{1,7})\s*$", re.I)
_LABELS = {"phone_e164": "phone", "email": "e-mail", "gone_at": "left"}


def import_contacts(content: bytes, *, by_id: int) -> FileRead:
    """Add contacts, or bring them up to date: a practice or physician (by NPI or name) and a name a row. Flushes."""
    there = {
        (row.practice_id, row.physician_id, normal(row.name)): row for row in db.session.scalars(select(OfficeContact))
    }
    read = FileRead()

    def take(number: int, row: dict[str, str]) -> str:
        party = party_of(row)
        if not row["contact"]:
            raise Wrong("there is no name of a contact")
        practice_id = party.practice.id if party.practice else None
        key = (practice_id, None if practice_id else party.row_id, normal(row["contact"]))
        facts, notes = _facts(row)
        known = there.get(key)
        if known is None:
            there[key] = add_contact(party, by_id=by_id, name=row["contact"], **facts)
            became = "added"
        else:
            changes = _changes(known, facts, has_job=bool(row["job"]))
            notes = [f"{_LABELS.get(name, name)}: {_said(name, getattr(known, name))} → {_said(name, facts[name])}"
                     for name in changes]  # fmt: skip
            if known.gone_at and row["left"] and facts["gone_at"] is None:
                notes.append("has left here, and the file says otherwise; left as it is")
            if changes:
                change_contact(known, **changes)
            became = "changed" if changes else "known"
        read.notes += [f"Row {number}, {row['contact'][:60]}: {note}." for note in notes]
        return became

    read_rows(content, ("contact",), take, read)
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


def _facts(row: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Columns of the contact, and what of the row is kept otherwise than it stands. Raises Wrong with all of it."""
    notes, wrong = [], []
    facts: dict[str, Any] = {"email": row["email"], "job": _job(row["job"]), "gone_at": None}
    if row["email"] and not re.fullmatch(EMAIL, row["email"]):
        wrong.append(f"“{row['email'][:40]}” is no e-mail address")
    words = [row["note"]]
    if facts["job"] is None:
        facts["job"] = ContactJob.OTHER
        words.insert(0, f"Job: {row['job']}")
        notes.append(f"“{row['job'][:40]}” is none of {', '.join(JOBS.values())}; kept as Other, with these words")
    number = _EXTENSION.sub("", row["phone"])
    if number != row["phone"]:
        words.insert(0, f"Extension {_EXTENSION.findall(row['phone'])[0]}")
    for name, read, text, told, error in (
        ("phone_e164", phone.to_e164, number, "is no telephone number", phone.NotAPhoneNumber),
        ("hours", _hours, row["hours"], "are no hours, such as Mon-Thu 8-12", UnreadableHours),
    ):
        facts[name] = None if name == "phone_e164" else ""
        try:
            if text:
                facts[name] = taken(read, text, told, error)
        except Wrong as each:
            wrong.append(str(each))
    left = normal(row["left"])
    if left not in (*_YES, *_NO):
        wrong.append(f"“{row['left'][:40]}” doesn’t say yes or no to Left")
    elif left in _YES:
        facts["gone_at"] = clock.now()
    facts["note"] = "; ".join(filter(None, words))[:LONGEST_NOTE]
    if wrong:
        raise Wrong("; ".join(wrong))
    return facts, notes


def _changes(known: OfficeContact, facts: dict[str, Any], *, has_job: bool) -> dict[str, Any]:
    """What the file says otherwise; what it leaves empty is not taken away."""
    said = {name: value for name, value in facts.items() if value and (name != "job" or has_job)}
    if known.gone_at:
        said.pop("gone_at", None)
    return {name: value for name, value in said.items() if getattr(known, name) != value}


def _said(name: str, value: Any) -> str:
    if name == "gone_at":
        return "yes" if value else "no"
    if name == "phone_e164":
        return phone.national(value) or "none"
    return (JOBS[ContactJob(value)] if name == "job" else str(value)) or "none"


def _hours(text: str) -> str:
    return say_hours(read_hours(text))


def _job(text: str) -> ContactJob | None:
    """None for a job that contacts don't have."""
    return next((job for job, words in _JOB_WORDS.items() if normal(text) in words), None)
