"""Rows of contacts' and touchpoints' files: what the columns are called, and whom rows name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from intake.db import db
from intake.directory.brought_files.named import is_called, npi_in, physicians_called, practices_called, refuse_several
from intake.directory.brought_files.plan import Wrong
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.npi.referring_practices import practice_mapping
from intake.directory.titled_rows import Columns
from intake.liaison.page.parties import Party, party_of_physician, party_of_practice

# What the columns may be called, of both kinds.
_PARTY_TITLES = {
    "id": ("id", "touchpoint id", "contact id"),
    "npi": ("npi", "npi number", "provider npi", "physician npi", "referring npi", "referring provider npi"),
    "physician": ("physician", "provider", "doctor", "provider name", "physician name", "referring physician",
                  "referring provider", "referring doctor", "médico"),
    "practice": ("practice", "organization", "account", "practice name", "account name", "office", "company",
                 "company name", "associated company", "clinic", "facility", "group name", "consultorio", "clínica"),
}  # fmt: skip
_CALLED = {
    "contact": "Contact",
    "last": "Last name",
    "day": "Date",
    "words": "Sentence",
    "subject": "Subject",
    "npi": "NPI",
    "physician": "Physician",
    "practice": "Practice",
}
_PARTY = ("npi", "physician", "practice")
CONTACTS = Columns(
    {
        **_PARTY_TITLES,
        "contact": ("contact", "contact name", "name", "full name", "person", "contacto", "nombre"),
        "first": ("first name", "given name"),
        "last": ("last name", "surname", "family name"),
        "job": ("job", "title", "job title", "role", "contact type", "position", "cargo", "puesto"),
        "phone": ("phone", "telephone", "phone number", "business phone", "work phone", "mobile phone", "mobile",
                  "teléfono"),
        "email": ("email", "email address", "work email", "correo", "correo electrónico"),
        "hours": ("hours", "in the office", "availability", "best time to call"),
        "note": ("note", "notes", "comment", "comments", "nota", "notas"),
        "left": ("left", "gone", "has left", "inactive"),
    },
    needed=[_PARTY, ("contact", "last")],
    called=_CALLED,
)  # fmt: skip
# How a cell says either, as `normal` writes it.
YES, NO = ("yes", "y", "true", "1", "x"), ("", "no", "n", "false", "0", "none", "nobody", "n a")
TOUCHPOINTS = Columns(
    {
        **_PARTY_TITLES,
        "contact": ("contact", "contact name", "name", "met", "person", "associated contact", "contacto"),
        "day": ("date", "day", "visit date", "activity date", "event date", "call date", "when", "due date", "fecha"),
        "kind": ("kind", "type", "activity", "activity type", "touchpoint type", "event type", "encounter",
                 "task subtype", "tipo"),
        "subject": ("subject", "asunto"),
        "words": ("sentence", "notes", "note", "note body", "call notes", "description", "comments", "full comments",
                  "comment", "summary", "what happened", "details", "nota", "notas"),
        "by": ("by", "author", "user", "liaison", "rep", "marketer", "owner", "activity assigned to", "created by",
               "email of author", "assigned", "assigned to"),
        "purpose": ("purpose",),
        "need": ("need", "needs"),
        "materials": ("materials", "material"),
        "cost": ("cost", "amount", "expense"),
        "received": ("received",),
    },
    needed=[_PARTY, ("day",), ("words", "subject")],
    called=_CALLED,
    days=("day",),
    amounts=("cost",),
)  # fmt: skip
_LONGEST = {"contact": ("name", 120), "email": ("e-mail", 254), "note": ("note", 300), "words": ("sentence", 4000),
            "purpose": ("purpose", 200), "need": ("need", 300), "materials": ("materials", 200)}  # fmt: skip


def too_long(cells: Mapping[str, str]) -> list[str]:
    """What is wrong with cells of a row that hold more than is kept."""
    long = [(name, most) for key, (name, most) in _LONGEST.items() if len(cells.get(key, "")) > most]
    return [f"the {name} has more than {most:,} letters" for name, most in long]


class Parties:
    """The parties that rows name, each looked up once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], Party | Wrong] = {}
        self._merged = practice_mapping()
        self._practices = [(each.id, each.name) for each in db.session.scalars(select(ReferringPractice))]

    def named_in(self, row: Mapping[str, str]) -> Party:
        """The physician by NPI or name, else the practice by name. Raises Wrong, also where the two are apart."""
        key = tuple(row[each] for each in _PARTY)
        if key not in self._found:
            try:
                self._found[key] = self._party(*key)
            except Wrong as wrong:
                self._found[key] = wrong
        found = self._found[key]
        if isinstance(found, Wrong):
            raise Wrong(str(found))
        return found

    def _party(self, npi: str, physician: str, practice: str) -> Party:
        if number := npi_in(npi):
            return self._works_there(_numbered(number, physician), practice)
        if physician:
            return self._works_there(party_of_physician(_named_physician(physician)), practice)
        if practice:
            return party_of_practice(_named_practice(practice, self._practices))
        raise Wrong("it names neither NPI nor physician nor practice")

    def _works_there(self, party: Party, practice: str) -> Party:
        """The physician, unless the row names a practice where they don't work."""
        named = [self._merged.get(one, one) for one in practices_called(practice, self._practices)] if practice else []
        own = party.practice
        if own is not None and named and self._merged.get(own.id, own.id) not in named:
            raise Wrong(f"{party.name} works at {own.name}, not “{practice[:60]}”; mend or leave out one of them")
        return party


def _numbered(npi: str, name: str) -> Party:
    found = db.session.scalars(select(Physician.id).where(Physician.npi == npi)).first()
    if found is None:
        raise Wrong(f"no physician has the NPI “{npi[:20]}”")
    party = party_of_physician(found)
    assert party.physician is not None
    if name and not is_called(party.physician, name):
        raise Wrong(f"the NPI {npi} is {party.name}’s, not “{name[:60]}”; mend or leave out one of them")
    return party


def _named_physician(text: str) -> int:
    ids = physicians_called(text)
    if len(ids) != 1:
        raise Wrong(f"{'several physicians are' if ids else 'no physician is'} called “{text[:60]}”; give the NPI")
    return ids[0]


def _named_practice(text: str, all_of: Sequence[tuple[int, str]]) -> int:
    """The practice of that name; the nearest ones are told."""
    ids, wanted = practices_called(text, all_of), normal(text)
    if len(ids) == 1:
        return ids[0]
    refuse_several(text, all_of)
    if ids:
        raise Wrong(f"several practices are called “{text[:60]}”; give the NPI of a physician there")
    near = sorted(name for _, name in all_of if len(wanted) >= 5 and normal(name).startswith(wanted[:12].rstrip()))
    told = f"; did you mean {' or '.join(f'“{name}”' for name in near[:3])}?" if near else ""
    raise Wrong(f"no practice is called “{text[:60]}”{told}".rstrip("?"))


def taken(read: Callable[[str], Any], text: str, told: str, *errors: type[Exception]) -> Any:
    """What is read in a cell; Wrong with the cell and what is told of it."""
    try:
        return read(text)
    except errors:
        raise Wrong(f"“{text[:40]}” {told}") from None
