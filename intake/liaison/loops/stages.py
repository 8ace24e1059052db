"""The stages of a referral: which may follow which, and the way that a referral took. Plain values, no database."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Stage(StrEnum):
    REFERRED = "referred"
    BOOKED = "booked"
    SEEN = "seen"
    PROCEDURE = "procedure"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"
    ELSEWHERE = "elsewhere"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    NO_PROCEDURE = "no_procedure"


LABELS = {
    Stage.REFERRED: "Referred",
    Stage.BOOKED: "Booked",
    Stage.SEEN: "Seen",
    Stage.PROCEDURE: "Procedure done",
    Stage.NOT_REACHED: "Not reached",
    Stage.DECLINED: "Did not want a visit",
    Stage.ELSEWHERE: "Went elsewhere",
    Stage.CANCELLED: "Cancelled",
    Stage.NO_SHOW: "Did not come",
    Stage.NO_PROCEDURE: "No procedure needed",
}
FOLLOWS: dict[Stage, tuple[Stage, ...]] = {
    Stage.REFERRED: (Stage.BOOKED, Stage.NOT_REACHED, Stage.DECLINED, Stage.ELSEWHERE),
    Stage.BOOKED: (Stage.SEEN, Stage.CANCELLED, Stage.NO_SHOW),
    Stage.CANCELLED: (Stage.BOOKED,),
    Stage.NO_SHOW: (Stage.BOOKED,),
    Stage.SEEN: (Stage.PROCEDURE, Stage.NO_PROCEDURE),
    Stage.PROCEDURE: (),
    Stage.NO_PROCEDURE: (),
    Stage.NOT_REACHED: (),
    Stage.DECLINED: (),
    Stage.ELSEWHERE: (),
}
CAME = frozenset({Stage.SEEN, Stage.PROCEDURE, Stage.NO_PROCEDURE})
DID_NOT_COME = frozenset({Stage.NOT_REACHED, Stage.DECLINED, Stage.ELSEWHERE, Stage.CANCELLED, Stage.NO_SHOW})
BY_SCHEDULE = "The schedule shows otherwise."


class MoveNotAllowed(ValueError):
    """No referral goes from the one stage to the other."""


class Move(NamedTuple):
    """A step of one referral. `derived`: the schedule or a call tells it; `corrects`: it goes back, `words` say why."""

    stage: Stage
    day: date
    at: datetime
    derived: bool = False
    corrects: bool = False
    words: str = ""
    by_id: int | None = None


def may_go_back_to(stage: Stage) -> tuple[Stage, ...]:
    """The stages that a correction may return to: those that lead, directly or through others, to this one."""
    return tuple(each for each in Stage if each != stage and _way(each, stage) is not None)


def check(now: Stage, wanted: Stage, *, corrects: bool) -> None:
    """Raise MoveNotAllowed unless a person may take this step."""
    if wanted not in (may_go_back_to(now) if corrects else FOLLOWS[now]):
        raise MoveNotAllowed(f"{now} → {wanted}")


def way_taken(received: Move, moves: Iterable[Move]) -> list[Move]:
    """The way of one referral from its first stage: `moves` in the order of their moments, as far as each is allowed.

    Steps that nobody noted (seen implies booked) are filled in. What the schedule tells against an earlier end, such
    as a kept visit of somebody who went elsewhere, goes back to the first stage and says so. The rest is left out.
    """
    taken = [received]
    for move in sorted(moves, key=lambda each: each.at):
        taken += _steps(taken[-1].stage, move)
    return taken


def _steps(now: Stage, move: Move) -> list[Move]:
    if move.stage == now:
        return []
    if move.corrects:
        return [move] if move.stage in may_go_back_to(now) else []
    way = _way(now, move.stage)
    if way is not None:
        return [*(move._replace(stage=each, words="") for each in way[:-1]), move]
    if move.derived and now in DID_NOT_COME:
        back = move._replace(stage=Stage.REFERRED, corrects=True, words=BY_SCHEDULE)
        return [back, *_steps(Stage.REFERRED, move)]
    return []


@cache
def _way(start: Stage, end: Stage) -> Sequence[Stage] | None:
    """The stages after `start` on the shortest allowed way to `end`; None where there is none."""
    ways: deque[tuple[Stage, ...]] = deque([(start,)])
    seen = {start}
    while ways:
        way = ways.popleft()
        if way[-1] == end:
            return way[1:]
        for each in FOLLOWS[way[-1]]:
            if each not in seen:
                seen.add(each)
                ways.append((*way, each))
    return None
