"""Reads of touchpoints."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from intake.db import db
from intake.id_filters import among
from intake.liaison.touchpoints.kinds import REACHED, TouchpointKind
from intake.liaison.touchpoints.models import Participant, Touchpoint


@dataclass(frozen=True)
class Contact:
    """A day on which somebody of ours reached a physician or their office."""

    physician_id: int
    day: date
    kind: TouchpointKind


@dataclass(frozen=True)
class Gift:
    """What one physician received at one touchpoint, with the manager's reason where it was over the limit."""

    touchpoint_id: int
    location_id: int
    physician_id: int
    day: date
    kind: TouchpointKind
    words: str
    cents: int
    shared: str | None
    author_id: int | None
    over_limit_reason: str
    over_limit_by_id: int | None


def contacts(*, location_ids: Collection[int], until: date) -> list[Contact]:
    """Every contact with a physician up to a day, oldest first; physicians as recorded, before merges are applied."""
    columns: Any = select(Participant.physician_id, Participant.day, Touchpoint.kind)
    query = (
        columns.join(Touchpoint, Touchpoint.id == Participant.touchpoint_id)
        .where(
            Participant.physician_id.is_not(None),
            Participant.day <= until,
            Touchpoint.withdrawn_at.is_(None),
            Touchpoint.kind.in_(sorted(REACHED)),
            among(Touchpoint.location_id, sorted(location_ids)),
        )
        .order_by(Participant.day, Participant.id)
    )
    return [Contact(row[0], row[1], TouchpointKind(row[2])) for row in db.session.execute(query)]


def gifts(
    *,
    first_day: date,
    last_day: date,
    physician_ids: Collection[int] | None = None,
    location_ids: Collection[int] | None = None,
    but_touchpoint: int | None = None,
) -> list[Gift]:
    """What physicians received from first to last day, oldest first. The limit holds for the whole practice, so a sum
    for it leaves `location_ids` out; a list of entries for a reader gives those of the reader.
    """
    columns: Any = select(
        Touchpoint.id,
        Touchpoint.location_id,
        Participant.physician_id,
        Participant.day,
        Touchpoint.kind,
        Touchpoint.words,
        Participant.received_cents,
        Touchpoint.shared,
        Touchpoint.author_id,
        Touchpoint.over_limit_reason,
        Touchpoint.over_limit_by_id,
    )
    query = (
        columns.join(Touchpoint, Touchpoint.id == Participant.touchpoint_id)
        .where(
            Participant.physician_id.is_not(None),
            Participant.contact_id.is_(None),
            Participant.received_cents > 0,
            Participant.day.between(first_day, last_day),
            Touchpoint.withdrawn_at.is_(None),
        )
        .order_by(Participant.day, Participant.id)
    )
    if physician_ids is not None:
        query = query.where(among(Participant.physician_id, sorted(physician_ids)))
    if location_ids is not None:
        query = query.where(among(Touchpoint.location_id, sorted(location_ids)))
    if but_touchpoint is not None:
        query = query.where(Touchpoint.id != but_touchpoint)
    rows: list[Any] = list(db.session.execute(query))
    return [Gift(*(*row[:4], TouchpointKind(row[4]), *row[5:])) for row in rows]
