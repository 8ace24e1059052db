"""A practice's own list of those who refer: whom of the registry's records a row means, and where they work.

A record is meant by its NPI, or by a name together with the practice or its telephone; a name alone is never enough.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from intake import phone
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.brought_files.named import is_called, npi_in, physicians_called, practices_called, refuse_several
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
    planned_rows,
    put_back,
)
from intake.directory.models import Physician, ReferringPractice
from intake.directory.npi.referring_practices import add_practice, practice_mapping, practice_names
from intake.directory.physicians.records import change_physician, physician_mapping
from intake.directory.registry_names import physician_name, proper
from intake.directory.schedule.undoing import pointed_at
from intake.directory.titled_rows import Columns, TitledRows, read_titled_rows

COLUMNS = Columns(
    {
        "name": ("name", "physician", "physician name", "referring physician", "provider", "provider name", "doctor",
                 "full name", "referring provider", "referring doctor", "referring provider name", "médico"),
        "first": ("first name", "first", "provider first name"),
        "last": ("last name", "last", "provider last name", "provider last name legal name"),
        "npi": ("npi", "npi number", "provider npi", "physician npi", "referring npi", "referring provider npi",
                "referring physician npi", "individual npi"),
        "practice": ("practice", "practice name", "organization", "organization name", "group", "group name",
                     "group practice", "office", "clinic", "clinic name", "company", "account", "account name",
                     "facility", "facility name", "location", "consultorio", "clínica"),
        "phone": ("phone", "telephone", "phone number", "telephone number", "office phone", "business phone",
                  "work phone", "tel", "teléfono"),
    },
    needed=[("name", "last", "npi")],
    called={"name": "Name", "last": "Last name", "npi": "NPI"},
)  # fmt: skip
LONGEST_PRACTICE, MOST_NAMED = 160, 3


@dataclass
class _Practice:
    """A practice of that name, or one that entering will add."""

    name: str
    id: int | None = None


def read_table(content: bytes) -> TitledRows:
    return read_titled_rows(content, COLUMNS)


def plan_physicians(table: TitledRows, _who: WhoEnters) -> FilePlan:
    """Where those who are listed work, and how to reach them, as far as the list says otherwise than their record."""
    return planned_rows(table, _ListReader().take)


class _ListReader:
    """Reads rows one after the other against what is here."""

    def __init__(self) -> None:
        self._merged, self._merged_practices = physician_mapping(), practice_mapping()
        self._names = [(one, name) for one, own, nicknames in practice_names() for name in (own, *nicknames)]
        # Practices that the list adds, and the row of each physician.
        self._added: list[_Practice] = []
        self._rows: dict[int, int] = {}

    def take(self, number: int, row: dict[str, str]) -> PlannedRow:
        wrong, notes = Faults(), list[str]()
        practice: _Practice | None = wrong.of(self._practice, row["practice"])
        found: Physician = wrong.of(self._meant, row, practice, notes)
        wrong.refuse()
        if found.id in self._rows:
            raise Wrong(f"row {self._rows[found.id]} is about {_said(found)} too")
        self._rows[found.id] = number
        given = _read_phone(row["phone"], notes)
        facts: dict[str, Any] = {} if found.phone or not given else {"phone": given}
        if found.phone and given and _digits(given) != _digits(found.phone):
            notes.append(
                f"{given} is not kept: {_phone(found.phone)} stands there; change it on their page if it is so"
            )
        moves = practice is not None and (practice.id is None or practice.id != self._works_in(found))
        if practice is not None and moves:
            notes += self._about(practice, found)

        def enter(log: UndoLog) -> None:
            if practice is not None and practice.id is None:
                practice.id = add_practice(name=practice.name).id
                log.add(practice.id, {"name": practice.name})
            changes = facts | ({"referring_practice_id": practice.id} if practice is not None and moves else {})
            if changes:
                log.change(found, changes)
                change_physician(found, **changes)

        becomes = Becomes.CHANGED if facts or moves else Becomes.KNOWN
        place = ", ".join(filter(None, (proper(found.city), found.state)))
        there = found.referring_practice.name if found.referring_practice else ""
        works_at, number_kept = practice.name if practice else there, _phone(found.phone) or given
        shown = (_said(found), found.npi or "", place, works_at, number_kept)
        return PlannedRow(number, becomes, shown, enter, tuple(notes))

    def _practice(self, text: str) -> _Practice | None:
        text = " ".join(text.split())
        if not text:
            return None
        if len(text) > LONGEST_PRACTICE:
            raise Wrong(f"“{text[:40]}…” has more than {LONGEST_PRACTICE} letters")
        ids = sorted(set(practices_called(text, self._names)))
        if len(ids) > 1:
            raise Wrong(f"several practices are called “{text[:60]}”; merge them or say on the physician’s page which")
        if ids:
            return _Practice(next(name for one, name in self._names if one == ids[0]), ids[0])
        refuse_several(text, self._names)
        same = practices_called(text, [(at, each.name) for at, each in enumerate(self._added)])
        if not same:
            self._added.append(_Practice(text))
        return self._added[same[0] if same else -1]

    def _meant(self, row: dict[str, str], practice: _Practice | None, notes: list[str]) -> Physician:
        name = row["name"] or " ".join(filter(None, (row["first"], row["last"])))
        if npi := npi_in(row["npi"]):
            return self._numbered(npi, name)
        if not name:
            raise Wrong("it has neither a name nor an NPI")
        ids = sorted({self._merged.get(one, one) for one in physicians_called(name)})
        called = list(db.session.scalars(select(Physician).where(Physician.id.in_(ids)).order_by(Physician.id)))
        if not called:
            raise Wrong(f"no physician is called “{name[:60]}”; give the NPI, or add them first")
        fitting = [each for each in called if self._fits(each, practice, row["phone"])]
        if len(fitting) == 1:
            notes.append(f"no NPI; taken as {_said(fitting[0])}, NPI {fitting[0].npi or 'none'}, by name and practice")
            return fitting[0]
        who = "; ".join(f"{_said(each)}, {proper(each.city)}, NPI {each.npi or 'none'}" for each in called[:MOST_NAMED])
        why = "nothing says which of these works there:" if len(called) > 1 else "nothing but the name says that it is"
        raise Wrong(f"“{name[:60]}” has no NPI, and {why} {who}; give the NPI")

    def _numbered(self, npi: str, name: str) -> Physician:
        found = db.session.scalars(select(Physician).where(Physician.npi == npi)).one_or_none()
        if found is None:
            raise Wrong(f"no physician here has the NPI {npi}; bring in the registry’s file of their state first")
        if name and not is_called(found, name):
            raise Wrong(f"the NPI {npi} is {_said(found)}’s, not “{name[:60]}”; mend or leave out one of them")
        return db.session.get(Physician, self._merged.get(found.id, found.id)) or found

    def _fits(self, each: Physician, practice: _Practice | None, number: str) -> bool:
        is_there = practice is not None and practice.id is not None and practice.id == self._works_in(each)
        return is_there or (bool(each.phone) and _digits(each.phone) == _digits(number))

    def _works_in(self, physician: Physician) -> int | None:
        place = physician.referring_practice_id
        return self._merged_practices.get(place, place) if place else None

    def _about(self, practice: _Practice, found: Physician) -> list[str]:
        there = found.referring_practice.name if found.referring_practice else ""
        told = [f"practice: {there} → {practice.name}"] if there else []
        return told + ([f"“{practice.name}” is added to the practices"] if practice.id is None else [])


def take_physicians_back(log: UndoLog, _who: WhoEnters) -> FileTakenBack:
    """Records are as before but for what was changed since; practices that the list added go with their last one."""
    done = FileTakenBack()
    for physician_id, values in reversed(log.changed):
        if found := db.session.get(Physician, physician_id):
            done.restored += put_back(found, values, _said(found), done, change_physician)
    held = pointed_at(ReferringPractice.__table__, [practice_id for practice_id, _ in log.added])
    for practice_id, facts in log.added:
        practice = db.session.get(ReferringPractice, practice_id)
        if practice is not None and practice_id in held:
            done.keep("in use since", practice.name)
            done.left.added.append((practice_id, facts))
        elif practice is not None:
            audit_trail.record("referring_practice.removed", subject_kind="referring_practice", subject_id=practice_id)
            db.session.delete(practice)
    db.session.flush()
    return done


PHYSICIANS = FileKind(
    "physicians",
    "physician",
    ("Physician", "NPI", "City", "Practice", "Telephone"),
    "registry.upload_page",
    "Records are as before, and practices that it added go. What was changed since stays.",
    read_table,
    plan_physicians,
    take_physicians_back,
)


def _read_phone(text: str, notes: list[str]) -> str:
    """The number as people write it here; one that can't be read is left out, with a note."""
    if not text:
        return ""
    try:
        return phone.national(phone.to_e164(text))
    except phone.NotAPhoneNumber:
        notes.append(f"“{text[:40]}” is no telephone number and is left out")
        return ""


def _phone(text: str) -> str:
    """A number that stands here as people write it."""
    try:
        return phone.national(phone.to_e164(text)) if text else ""
    except phone.NotAPhoneNumber:
        return text


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))[-10:]


def _said(physician: Physician) -> str:
    return physician_name(physician.first_name, physician.last_name, physician.credential)
