"""What visits tell of a referral's stage: booked, cancelled, not kept, seen. Plain values, no database."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from intake.directory.models import DID_NOT_COME, ELIGIBLE_STATUSES, VisitStatus
from intake.liaison.loops.stages import Move, Stage


class KnownVisit(NamedTuple):
    """One visit of the person referred. `known_at`: when it reached this service, on the day `known_on`."""

    day: date
    known_on: date
    scheduled_at: datetime
    known_at: datetime
    status: str
    arrived_at: datetime | None = None


def moves_of(visits: Iterable[KnownVisit], *, now: datetime) -> list[Move]:
    """The moves of these visits, in order: each one that was missed and booked again, then the one that was kept.

    A visit that is still to come counts as booked after all that were missed, in whatever order they were made.
    """
    ordered = sorted(visits, key=lambda each: each.scheduled_at)
    kept = next((each for each in ordered if each.status in ELIGIBLE_STATUSES), None)
    if kept is not None:
        ordered = [each for each in ordered if each.scheduled_at <= kept.scheduled_at]
    missed = [each for each in ordered if each.status in DID_NOT_COME]
    waiting = [each for each in ordered if each.status == VisitStatus.SCHEDULED]
    latest = kept.arrived_at or kept.scheduled_at if kept else now
    moves: list[Move] = []

    def move(stage: Stage, day: date, at: datetime) -> None:
        before = moves[-1].at if moves else at
        moves.append(Move(stage, day, min(max(at, before), max(latest, before)), derived=True))

    for each in missed:
        move(Stage.BOOKED, each.known_on, each.known_at)
        stage = Stage.NO_SHOW if each.status == VisitStatus.NO_SHOW else Stage.CANCELLED
        later = [other.known_at for other in ordered if other.known_at > each.known_at]
        move(stage, each.day, min([each.scheduled_at, now, *later]))
    for each in waiting[:1] or ([kept] if kept else []):
        move(Stage.BOOKED, each.known_on, each.known_at)
    if kept is not None:
        move(Stage.SEEN, kept.day, latest)
    return moves
