"""Whom a row is about: one physician, or one referring practice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, select
from sqlalchemy.orm import Mapped, declared_attr, joinedload, mapped_column

from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.models import Physician, ReferringPractice
from intake.directory.record_links import physician_address, practice_address
from intake.directory.registry_names import physician_name, proper
from intake.id_filters import among, read_id

ONE_PARTY = "(physician_id IS NULL) <> (practice_id IS NULL)"


class OfParty:
    """Columns of a row about a physician or a practice; a table adds `one_party()` to its constraints."""

    @declared_attr
    def physician_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("physician.id"))

    @declared_attr
    def practice_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("referring_practice.id"))


def one_party() -> CheckConstraint:
    return CheckConstraint(ONE_PARTY, name="one_party")


@dataclass(frozen=True)
class Party:
    """A physician or a practice, with the ids of every record that is read as this one, their own first."""

    name: str
    physician_ids: tuple[int, ...] = ()
    practice_ids: tuple[int, ...] = ()
    physician: Physician | None = None
    practice: ReferringPractice | None = None

    @property
    def key(self) -> str:
        """As forms and addresses write it: 'physician-12', 'practice-3'."""
        return f"physician-{self.physician_ids[0]}" if self.physician_ids else f"practice-{self.practice_ids[0]}"

    @property
    def is_physician(self) -> bool:
        return bool(self.physician_ids)

    @property
    def row_id(self) -> int:
        """The id of the record itself."""
        return (self.physician_ids or self.practice_ids)[0]

    @property
    def city(self) -> str:
        """As people write it; empty when nobody knows."""
        record = self.physician or self.practice
        return proper(record.city) if record else ""

    @property
    def street(self) -> str:
        """Where a physician's office is, on one line: '381 Bardstown St, Louisville KY 40205'; empty when unknown."""
        one = self.physician
        if one is None or not one.street:
            return ""
        code = one.postal_code[:5] if one.postal_code[:5].isdigit() else one.postal_code
        return ", ".join(filter(None, (proper(one.street), " ".join(filter(None, (self.city, one.state, code))))))

    @property
    def address(self) -> str:
        """Of the party's own page."""
        return physician_address(self.row_id) if self.is_physician else practice_address(self.row_id)

    @property
    def named(self) -> dict[str, int]:
        """What an address of the room's pages takes."""
        return {"physician_id" if self.is_physician else "practice_id": self.row_id}

    @property
    def columns(self) -> dict[str, int | None]:
        """Values of a new row's two columns."""
        return {
            "physician_id": self.physician_ids[0] if self.physician_ids else None,
            "practice_id": None if self.physician_ids else self.practice_ids[0],
        }

    def owns(self, table: Any) -> ColumnElement[bool]:
        """SQL: the row of this table is about this party itself."""
        if self.physician_ids:
            return among(table.physician_id, self.physician_ids)
        return among(table.practice_id, self.practice_ids)


def party_of_physician(physician_id: int, lists: Lists | None = None) -> Party:
    """The physician whom this record is read as; 404 when there is none."""
    merged = (lists or lists_as_of_now()).physician_counts_as
    kept = db.session.get(Physician, merged.get(physician_id, physician_id)) or abort(404)
    name = physician_name(kept.first_name, kept.last_name, kept.credential)
    return Party(name, physician_ids=_read_as(kept.id, merged), physician=kept, practice=kept.referring_practice)


def party_of_practice(practice_id: int, lists: Lists | None = None) -> Party:
    """The practice that this record is read as; 404 when there is none."""
    merged = (lists or lists_as_of_now()).practice_counts_as
    kept = db.session.get(ReferringPractice, merged.get(practice_id, practice_id)) or abort(404)
    return Party(kept.name, practice_ids=_read_as(kept.id, merged), practice=kept)


def party(key: str) -> Party:
    """The party of a key; 404 when there is none."""
    kind, _, number = key.partition("-")
    if kind not in ("physician", "practice"):
        abort(404)
    row_id = read_id(number)
    return party_named(row_id, None) if kind == "physician" else party_named(None, row_id)


def party_named(physician_id: int | None, practice_id: int | None, lists: Lists | None = None) -> Party:
    """The party that is named by one of the two; 404 when there is none."""
    return party_of_physician(physician_id, lists) if physician_id else party_of_practice(practice_id or 0, lists)


def party_of(row: Any, lists: Lists | None = None) -> Party:
    """The party that a row with the two columns is about."""
    return party_named(row.physician_id, row.practice_id, lists)


def parties_of(rows: Iterable[Any]) -> list[Party]:
    """The parties that rows with the two columns are about, in two statements."""
    rows, lists = list(rows), lists_as_of_now()
    people = {lists.physician_counts_as.get(row.physician_id, row.physician_id) for row in rows if row.physician_id}
    groups = {lists.practice_counts_as.get(row.practice_id, row.practice_id) for row in rows if row.practice_id}
    at_hand = select(Physician).options(joinedload(Physician.referring_practice))
    # Held until the parties are made: each is found in the session then.
    _held = [
        *db.session.scalars(at_hand.where(among(Physician.id, sorted(people)))),
        *db.session.scalars(select(ReferringPractice).where(among(ReferringPractice.id, sorted(groups)))),
    ]
    return [party_of(row, lists) for row in rows]


def names_of(rows: Any) -> dict[str, str]:
    """Key → name of the parties of many rows, in two statements; of a merged record that of the kept one."""
    rows, lists = list(rows), lists_as_of_now()
    person, group = lists.physician_counts_as, lists.practice_counts_as
    people = {row.physician_id: person.get(row.physician_id, row.physician_id) for row in rows if row.physician_id}
    groups = {row.practice_id: group.get(row.practice_id, row.practice_id) for row in rows if row.practice_id}
    named = select(Physician.id, Physician.first_name, Physician.last_name, Physician.credential)
    of_people = db.session.execute(named.where(among(Physician.id, sorted(set(people.values())))))
    names = {row_id: physician_name(*name) for row_id, *name in of_people}
    named_groups = select(ReferringPractice.id, ReferringPractice.name)
    of_groups = db.session.execute(named_groups.where(among(ReferringPractice.id, sorted(set(groups.values())))))
    group_names = {row[0]: row[1] for row in of_groups}
    found = {f"physician-{one}": names[kept] for one, kept in people.items()}
    return found | {f"practice-{one}": group_names[kept] for one, kept in groups.items()}


def key_of(row: Any) -> str:
    """The key of the party that a row is about."""
    return f"physician-{row.physician_id}" if row.physician_id else f"practice-{row.practice_id}"


def _read_as(kept_id: int, merged: Mapping[int, int]) -> tuple[int, ...]:
    return (kept_id, *sorted(with_merged({kept_id}, merged) - {kept_id}))
