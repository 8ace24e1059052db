"""Touchpoints from files as other programs export them, and the rows of ours.

A row is known again by its Id, which our own file has, else by what it says: the same file twice changes nothing.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.costs.forms import read_cents
from intake.db import db
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.registry_names import physician_name
from intake.id_filters import among
from intake.liaison.files.file_rows import FileRead, Wrong, party_of, read_rows, taken
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.parties import Party
from intake.liaison.page.referrers import today
from intake.liaison.people.models import OfficeContact
from intake.liaison.people.whom import PersonToMeet, of_contact, of_physician
from intake.liaison.touchpoints.kinds import KINDS, Shared, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint
from intake.liaison.touchpoints.recording import (
    NOBODY_SAID_WHY,
    NewTouchpoint,
    find_submission,
    record_touchpoint,
)
from intake.web.wall.location_wall import whole_practice

EARLIEST_YEAR = 2000
_KIND_WORDS = {
    TouchpointKind.VISIT: ("drop in", "meeting"),
    TouchpointKind.MATERIAL: ("drop off",),
    TouchpointKind.PHONE: ("call", "telephone"),
    TouchpointKind.LETTER: ("mail", "fax"),
    TouchpointKind.LUNCH: ("lunch and learn", "lunch learn", "meal"),
    TouchpointKind.EVENT: ("cme",),
    TouchpointKind.THANKS: ("thank you",),
}
TOUCHPOINT_COLUMNS = (
    "Date", "Kind", "Physician", "NPI", "Practice", "Contact", "Sentence", "Purpose", "Need", "Materials", "Cost",
    "Received", "By", "Id",
)  # fmt: skip
# The time of day behind a date, as programs write when something was entered.
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([ap]\.?m\.?)?(z|[+-]\d\d:?\d\d)?$", re.I)


def import_touchpoints(content: bytes, *, location_ids: Collection[int]) -> FileRead:
    """Write touchpoints down: date, whom, and a sentence a row; the author by name or e-mail, else nobody."""
    staff = {normal(key): row.id for row in db.session.scalars(select(Staff)) for key in (row.name, row.email)}
    # How often each row has stood in the file, and where first.
    seen: dict[str, list[int]] = {}
    read = FileRead()

    def take(number: int, row: dict[str, str]) -> str:
        if row["id"] and find_submission(row["id"][:64]):
            return "known"
        party, day, words = party_of(row), _day(row["day"]), row["words"]
        kind = _kind(row["kind"])
        plain = "\x1f".join((day.isoformat(), party.key, kind, row["contact"], words))
        # Two equal rows of a file are two touchpoints, the same file again is none.
        rows = seen.setdefault(plain, [])
        rows.append(number)
        submission_id = "csv-" + hashlib.sha256(f"{plain}\x1f{len(rows)}".encode()).hexdigest()[:56]
        who, author_id = _who(party, row["contact"]), staff.get(normal(row["by"]))
        if find_submission(submission_id) or _said_before(party, day, kind, words, row["contact"]) >= len(rows):
            return "known"
        if (cents := read_cents(row["cost"] or "0")) is None:
            raise Wrong(f"“{row['cost'][:20]}” is no amount in dollars")
        met = any(normal(each.name) == normal(row["contact"]) for each in who)
        read.unknown.update(
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
            over_limit_reason=NOBODY_SAID_WHY if cents else "",
        )
        made = record_touchpoint(
            new, submission_id=submission_id, author_id=author_id, location_ids=location_ids, may_override=True
        )
        if made.over_limit_reason:
            told = "over the limit of gifts, and nobody has said why: a manager finds it under Gifts"
            read.notes.append(f"Row {number}: {party.name}, {day:%Y-%m-%d}: {told}.")
        if len(rows) > 1:
            read.notes.append(f"Row {number} says the same as row {rows[0]}; both are taken.")
        if not row["kind"]:
            read.notes.append(f"Row {number} names no kind; taken as {KINDS[kind].label}.")
        return "added"

    read_rows(content, ("day", "words"), take, read)
    return read


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
            row.need, row.materials, cost, received, staff.get(row.author_id or 0, ""), row.submission_id,
        )  # fmt: skip


@whole_practice()
def _said_before(party: Party, day: date, kind: TouchpointKind, words: str, contact: str) -> int:
    """How many touchpoints say the same of the same people, whoever wrote them down; those taken back too."""
    said = " ".join((words or KINDS[kind].told).split())
    query = select(Touchpoint).where(Touchpoint.day == day, Touchpoint.kind == kind)
    return sum(
        " ".join(each.words.split()) == said and any(_is_with(one, party, contact) for one in each.participants)
        for each in db.session.scalars(query)
    )


def _is_with(one: Participant, party: Party, contact: str) -> bool:
    if contact and one.contact_id:
        named = db.session.get(OfficeContact, one.contact_id)
        if named is not None and normal(named.name) != normal(contact):
            return False
    return one.physician_id in party.physician_ids or (
        party.practice is not None and one.practice_id in (party.practice_ids or (party.practice.id,))
    )


def _who(party: Party, contact: str) -> list[PersonToMeet]:
    who = [of_physician(party.physician)] if party.physician else []
    if contact:
        practices = [party.practice.id] if party.practice else []
        query = select(OfficeContact).where(
            among(OfficeContact.practice_id, practices) | among(OfficeContact.physician_id, party.physician_ids)
        )
        who += [of_contact(each) for each in db.session.scalars(query) if normal(each.name) == normal(contact)]
    return who or [PersonToMeet(party.key, party.name, practice_id=party.row_id)]


def _kind(text: str) -> TouchpointKind:
    plain = normal(text.replace("_", " ").replace("-", " "))
    for kind, words in KINDS.items():
        if plain in (normal(words.label.replace("-", " ")), normal(words.told), str(kind).replace("_", " ")):
            return kind
    if not plain:
        return TouchpointKind.VISIT
    found = next((kind for kind, words in _KIND_WORDS.items() if any(word in plain for word in words)), None)
    if found is None:
        raise Wrong(f"“{text[:40]}” is no kind of touchpoint; use {', '.join(each.label for each in KINDS.values())}")
    return found


def _day(text: str) -> date:
    day: date = taken(
        read_date, _TIME.sub("", text), "is no date, such as 2026-05-04", AmbiguousDate, UnreadableDate, OverflowError
    )
    if day > today():
        raise Wrong(f"{text[:20]} is still to come")
    if day.year < EARLIEST_YEAR:
        raise Wrong(f"{text[:20]} is before {EARLIEST_YEAR}")
    return day
