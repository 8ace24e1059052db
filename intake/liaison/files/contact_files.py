"""Contacts from files as other programs export them, and the rows of ours.

Somebody who is there already is brought up to date with what the file says otherwise, and each such change is told.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from intake import clock, phone
from intake.db import db
from intake.directory.brought_files.plan import (
    Becomes,
    Faults,
    FileKind,
    FilePlan,
    FileTakenBack,
    PlannedRow,
    UndoLog,
    WhoEnters,
    Wrong,
    is_as_written,
    planned_rows,
    put_back,
)
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.registry_names import physician_name
from intake.directory.schedule.undoing import pointed_at
from intake.directory.titled_rows import TitledRows, read_titled_rows
from intake.liaison.files import file_rows
from intake.liaison.files.file_rows import NO, YES, Parties, taken, too_long
from intake.liaison.page.hours import UnreadableHours, read_hours, say_hours
from intake.liaison.people.forms import EMAIL
from intake.liaison.people.messages import JOBS
from intake.liaison.people.models import ContactJob, OfficeContact
from intake.liaison.people.records import add_contact, change_contact, remove_contact

CONTACT_COLUMNS = (
    "Practice", "Physician", "NPI", "Contact", "Job", "Phone", "E-mail", "Hours", "Note", "Left", "Id",
)  # fmt: skip
FACTS = ("job", "phone_e164", "email", "hours", "note")
LONGEST_NOTE = 300
_JOB_WORDS = {
    ContactJob.COORDINATOR: ("referral coordinator", "coordinator"),
    ContactJob.FRONT_DESK: ("receptionist", "reception", "front desk"),
    ContactJob.OFFICE_MANAGER: ("office manager", "manager", "practice manager"),
    ContactJob.NURSE: ("nurse", "medical assistant"),
    ContactJob.OTHER: ("other", ""),
}
_HAS_LEFT = (*YES, "left", "gone")
# What stands behind the name of somebody in an office.
_LETTERS = {"rn", "lpn", "bsn", "msn", "np", "fnp", "aprn", "pa", "pa c", "ma", "cma", "rma", "cna", "md", "do", "mba",
            "phd", "cpc", "jr", "sr"}  # fmt: skip
_EXTENSION = re.compile(r"[\s,;]*(?:x|ext\.?|extension|#)\s*(\d{1,7})\s*$", re.I)
_LABELS = {"phone_e164": "phone", "email": "e-mail", "gone_at": "left"}


@dataclass
class _Known:
    """A contact as it stands, or will stand after the rows before: `row` is the last of the file that is about them."""

    facts: dict[str, Any]
    contact: OfficeContact | None = None
    row: int = 0


_Key = tuple[int | None, int | None, str]


def plan_contacts(table: TitledRows, who: WhoEnters) -> FilePlan:
    """Contacts to add or to bring up to date: a practice or physician (by NPI or name) and a name a row."""
    there: dict[_Key, list[_Known]] = {}
    for row in db.session.scalars(select(OfficeContact).order_by(OfficeContact.id)):
        facts = {name: getattr(row, name) for name in (*FACTS, "gone_at")}
        there.setdefault((row.practice_id, row.physician_id, _compared(row.name)), []).append(_Known(facts, row))
    parties = Parties()

    def take(number: int, row: dict[str, str]) -> PlannedRow:
        wrong = Faults(too_long(row))
        party = wrong.of(parties.named_in, row)
        name = _first_name_first(row["contact"]) or " ".join(f"{row['first']} {row['last']}".split())
        if not name:
            wrong.append("there is no name of a contact")
        facts, notes = _facts(row, wrong)
        wrong.refuse()
        practice_id = party.practice.id if party.practice else None
        known = _meant(there.setdefault((practice_id, None if practice_id else party.row_id, _compared(name)), []), row)
        if known.contact is None and not known.row:
            becomes, changes = Becomes.ADDED, facts
        else:
            changes = _changes(known.facts, facts, has_job=bool(row["job"]))
            becomes = Becomes.CHANGED if changes else Becomes.KNOWN
            before = f" (row {known.row} of this file)" if known.row else ""
            notes += [f"{_LABELS.get(each, each)}: {_said(each, known.facts[each])}{before} → {_said(each, value)}"
                      for each, value in changes.items()]  # fmt: skip
            if known.facts["gone_at"] and row["left"] and facts["gone_at"] is None:
                notes.append("has left here, and the file says otherwise; left as it is")
        known.facts = {**known.facts, **changes}
        known.row = number

        def enter(log: UndoLog) -> None:
            if becomes is Becomes.ADDED:
                known.contact = add_contact(party, by_id=who.staff_id, name=name, **facts)
                log.add(known.contact.id, {"name": name, **facts})
            elif becomes is Becomes.CHANGED and known.contact is not None:
                log.change(known.contact, changes)
                change_contact(known.contact, **changes)

        shown = {**known.facts, "contact": name, "party": party.practice.name if party.practice else party.name}
        cells = (shown["party"], name, *(_said(each, shown[each], none="") for each in (*FACTS, "gone_at")))
        return PlannedRow(number, becomes, cells, enter, tuple(f"{name[:60]}: {note}" for note in notes))

    return planned_rows(table, take)


def take_contacts_back(log: UndoLog, _who: WhoEnters) -> FileTakenBack:
    """What a file changed is as before, and whom it added go; not what was changed, or whom somebody met, since."""
    done = FileTakenBack()
    as_before = set()
    for contact_id, values in reversed(log.changed):
        found = db.session.get(OfficeContact, contact_id)
        if found is not None and put_back(found, values, found.name, done, change_contact):
            as_before.add(contact_id)
    done.restored = len(as_before - {each for each, _ in (*log.added, *done.left.changed)})
    met = pointed_at(OfficeContact.__table__, [contact_id for contact_id, _ in log.added])
    for contact_id, facts in log.added:
        if (found := db.session.get(OfficeContact, contact_id)) is None:
            continue
        if not is_as_written(found, facts) or contact_id in met:
            done.keep("met since" if contact_id in met else "changed since", found.name)
            done.left.added.append((contact_id, facts))
        else:
            remove_contact(found)
            done.removed += 1
    return done


CONTACTS = FileKind(
    "contacts",
    "contact",
    ("Practice", "Contact", "Job", "Phone", "E-mail", "Hours", "Note", "Left"),
    "relationship_files.files",
    "Contacts that it added go, and what it changed is as before. Whoever was changed or met since stays.",
    partial(read_titled_rows, columns=file_rows.CONTACTS),
    plan_contacts,
    take_contacts_back,
)


def contact_rows() -> Iterable[Sequence[Any]]:
    """All contacts, as `plan_contacts` reads them."""
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
            row.email, row.hours, row.note, bool(row.gone_at), row.id,
        )  # fmt: skip


def _facts(row: dict[str, str], wrong: Faults) -> tuple[dict[str, Any], list[str]]:
    """Columns of the contact, and what of the row is kept otherwise than it stands; faults go to `wrong`."""
    notes, words = [], [row["note"]]
    job = _job(row["job"])
    if row["email"] and not re.fullmatch(EMAIL, row["email"]):
        wrong.append(f"“{row['email'][:40]}” is no e-mail address")
    if job is None:
        words.insert(0, f"Job: {row['job']}")
        notes.append(f"“{row['job'][:40]}” is none of {', '.join(JOBS.values())}; kept as Other, with these words")
    number = _EXTENSION.sub("", row["phone"])
    if number != row["phone"]:
        words.insert(0, f"Extension {_EXTENSION.findall(row['phone'])[0]}")
    left = normal(row["left"])
    if left not in (*_HAS_LEFT, *NO):
        wrong.append(f"“{row['left'][:40]}” doesn’t say yes or no to Left")
    note = "; ".join(filter(None, words))
    if len(note) > LONGEST_NOTE:
        notes.append(f"the note is longer than {LONGEST_NOTE} letters and is cut")
    facts = {
        "job": job or ContactJob.OTHER,
        "phone_e164": wrong.of(_cell, phone.to_e164, number, "is no telephone number", phone.NotAPhoneNumber),
        "email": row["email"],
        "hours": wrong.of(_cell, _hours, row["hours"], "are no hours, such as Mon-Thu 8-12", UnreadableHours) or "",
        "note": note[:LONGEST_NOTE],
        "gone_at": clock.now() if left in _HAS_LEFT else None,
    }
    return facts, notes


def _meant(called: list[_Known], row: Mapping[str, str]) -> _Known:
    """Whom of those who are called so at that office a row is about, or somebody new. Raises Wrong."""
    own = [each for each in called if each.contact is not None and str(each.contact.id) == row["id"]]
    if len(called) > 1 and not own:
        raise Wrong(f"{len(called)} contacts there are called so; give the Id, which the file that is taken out has")
    if not called:
        called.append(_Known({}))
    return (own or called)[0]


def _first_name_first(text: str) -> str:
    """'Jensen, Walt' as people say it; letters behind a name, as in 'Walt Jensen, RN', stay where they are."""
    text = " ".join(text.split())
    names = [part.strip() for part in text.split(",") if normal(part) not in _LETTERS]
    return f"{names[1]} {names[0]}" if len(names) == 2 and all(names) else text


def _compared(name: str) -> str:
    words = [word for word in normal(name).split() if word not in _LETTERS]
    return " ".join(words) or normal(name)


def _cell(read: Callable[[str], Any], text: str, told: str, *errors: type[Exception]) -> Any:
    return taken(read, text, told, *errors) if text else None


def _changes(known: Mapping[str, Any], facts: Mapping[str, Any], *, has_job: bool) -> dict[str, Any]:
    """What the file says otherwise; what it leaves empty is not taken away."""
    said = {name: value for name, value in facts.items() if value and (name != "job" or has_job)}
    if known["gone_at"]:
        said.pop("gone_at", None)
    return {name: value for name, value in said.items() if known[name] != value}


def _said(name: str, value: Any, none: str = "none") -> str:
    if name == "gone_at":
        return "yes" if value else none.replace("none", "no")
    if name == "phone_e164":
        return phone.national(value) or none
    return (JOBS[ContactJob(value)] if name == "job" else str(value)) or none


def _hours(text: str) -> str:
    return say_hours(read_hours(text))


def _job(text: str) -> ContactJob | None:
    """None for a job that contacts don't have."""
    return next((job for job, words in _JOB_WORDS.items() if normal(text) in words), None)
