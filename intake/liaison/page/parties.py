"""Whom a row is about: one physician, or one referring practice."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, or_
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from intake.directory.models import Physician, ReferringPractice
from intake.id_filters import among

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


def about(table: Any, *, physician_ids: Collection[int], practice_ids: Collection[int]) -> ColumnElement[bool]:
    """SQL: the row is about one of these physicians or practices."""
    return or_(among(table.physician_id, physician_ids), among(table.practice_id, practice_ids))
