"""What operation notes about itself, one row a thing: the last write, backup, look for damage, mail of alarm."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Connection, String, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from intake import clock
from intake.db import Base

GOOD = "good"


class OperationNote(Base):
    """The newest of its name; `outcome` is 'good' or a word for what was wrong."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(40))
    # Counts, file names and words of ours; never personal data.
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def note(connection: Connection, name: str, outcome: str = GOOD, **details: Any) -> None:
    """Keep what happened just now, in the caller's transaction."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(OperationNote)
    values = {"at": clock.now(), "outcome": outcome, "details": details}
    connection.execute(insert.values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values))


def claim(connection: Connection, name: str, *, every: timedelta, **details: Any) -> bool:
    """Note it unless the same was noted within `every`; returns whether it was: of several processes one gets True."""
    kind = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"at": clock.now(), "outcome": "said", "details": details}
    first = (
        kind.insert(OperationNote).values(name=name, **values).on_conflict_do_nothing().returning(OperationNote.name)
    )
    if connection.execute(first).first() is not None:
        return True
    last = connection.execute(select(OperationNote.__table__).where(OperationNote.name == name).with_for_update()).one()
    if clock.now() - last.at < every and last.details == details:
        return False
    connection.execute(update(OperationNote).where(OperationNote.name == name).values(**values))
    return True


def find(connection: Connection, name: str) -> Any:
    """Return the row of a name, or None when there was never such a thing."""
    return connection.execute(select(OperationNote.__table__).where(OperationNote.name == name)).one_or_none()
