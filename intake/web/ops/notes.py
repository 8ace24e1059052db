"""What operation notes about itself, one row a thing: the last write, backup, look for damage, mail of alarm."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from intake import clock
from intake.db import Base

GOOD = "good"


class OperationNote(Base):
    """The newest of its name; `outcome` is 'good' or a word for what was wrong."""

    __tablename__ = "operation_note"

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


def find(connection: Connection, name: str) -> Any:
    """Return the row of a name, or None when there was never such a thing."""
    return connection.execute(select(OperationNote.__table__).where(OperationNote.name == name)).one_or_none()
