"""Rows of contacts' and touchpoints' files: what the columns are called, and whom rows name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from intake.db import db
from intake.directory.brought_files.named import is_called, physicians_called, practices_called
from intake.directory.brought_files.plan import Wrong
from intake.directory.models import Physician, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.titled_rows import TitledRows, read_titled_rows
from intake.liaison.page.parties import Party, party_of_physician, party_of_practice

# What the columns may be called, in plain form.
TITLES = {
    "id": ("id", "touchpoint id"),
    "npi": ("npi", "provider npi", "physician npi"),
    "physician": ("physician", "provider", "doctor", "provider name", "physician name"),
    "practice": (
        "practice",
        "organization",
        "account",
        "practice name",
        "account name",
        "office",
        "company",
        "company name",
    ),
    "contact": ("contact", "contact name", "name", "met", "person"),
    "first": ("first name", "given name"),
    "last": ("last name", "surname", "family name"),
    "job": ("job", "title", "job title", "role", "contact type", "position"),
    "phone": ("phone", "telephone", "phone number", "business phone", "work phone", "mobile phone"),
    "email": ("email", "e mail", "email address", "e mail address"),
    "hours": ("hours", "in the office", "availability"),
    "note": ("note", "notes", "comment"),
    "left": ("left", "gone", "has left", "inactive"),
    "day": ("date", "day", "visit date", "activity date", "when"),
    "kind": ("kind", "type", "activity", "activity type", "touchpoint type", "encounter"),
    "words": ("sentence", "notes", "note", "description", "comment", "summary", "what happened", "subject"),
    "by": ("by", "author", "user", "liaison", "rep", "owner", "e mail of author", "assigned", "assigned to"),
    "cost": ("cost", "amount", "expense"),
}
_CALLED = {
    "contact": "Contact",
    "last": "Last name",
    "day": "Date",
    "words": "Sentence",
    "npi": "NPI",
    "physician": "Physician",
    "practice": "Practice",
}
_PARTY = ("npi", "physician", "practice")
_LONGEST = {"contact": 120, "email": 254, "note": 300, "words": 4000}


def read_table(content: bytes, needed: Sequence[Sequence[str]]) -> TitledRows:
    return read_titled_rows(
        content,
        TITLES,
        says_needed="The first row must name the columns.",
        needed=[_PARTY, *needed],
        called=_CALLED,
    )


def too_long(cells: Mapping[str, str]) -> list[str]:
    """What is wrong with cells of a row that hold more than is kept."""
    long = [(cells[key], most) for key, most in _LONGEST.items() if len(cells[key]) > most]
    return [f"“{text[:40]}…” has more than {most:,} letters" for text, most in long]


class Parties:
    """The parties that rows name, each looked up once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], Party | Wrong] = {}
        self._practices = [(each.id, each.name) for each in db.session.scalars(select(ReferringPractice))]

    def named_in(self, row: Mapping[str, str]) -> Party:
        """The physician by NPI or name, else the practice by name. Raises Wrong."""
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
        if npi := npi.replace(" ", ""):
            return _numbered(npi, physician)
        if physician:
            return party_of_physician(_named_physician(physician))
        if practice:
            return party_of_practice(_named_practice(practice, self._practices))
        raise Wrong("it names neither NPI nor physician nor practice")


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
