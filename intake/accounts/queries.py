"""What pages of this room read."""

from dataclasses import dataclass

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.db import db


@dataclass(frozen=True)
class Place:
    """A location as this room needs it; the full row belongs to the directory."""

    id: int
    code: str
    name: str
    active: bool


def places() -> list[Place]:
    """Every location, the active ones first, then by name."""
    table = Staff.metadata.tables["location"]
    query = select(table.c.id, table.c.code, table.c.name, table.c.active).order_by(
        table.c.active.desc(), table.c.name, table.c.id
    )
    return [Place(*row) for row in db.session.execute(query)]
