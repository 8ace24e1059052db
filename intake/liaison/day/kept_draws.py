"""Keeps what a draw chose from, so that its effect can be judged by repeating it in thought."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from intake import clock
from intake.db import db
from intake.liaison.day.draw import DaysIn, Drawn, PlannedDay, days_in
from intake.liaison.day.models import RoundDraw


def keep_draw(
    drawn: Sequence[Drawn],
    room: Mapping[date, int],
    planned: Sequence[PlannedDay],
    *,
    staff_id: int,
    on: DaysIn | None = None,
) -> None:
    """Keep the strata, most urgent first, down to the last of which anybody was taken; nothing when nobody was. `on` as
    `plan` was told.
    """
    on = days_in((each.target for each in drawn), room) if on is None else on
    taken = {stop.target.relationship_id: each.day for each in planned for stop in each.stops}
    if not taken:
        return
    strata: list[tuple[str, list[Any]]] = []
    last = 0
    for each in drawn:
        if each.place == 1:
            strata.append((f"{each.stratum} {each.target.tier}".strip(), []))
        days = on[each.target.relationship_id]
        strata[-1][1].append([each.target.relationship_id, each.target.area, [day.toordinal() for day in days]])
        if each.target.relationship_id in taken:
            last = len(strata)
    db.session.add(
        RoundDraw(
            staff_id=staff_id,
            first_day=min(room),
            drawn_at=clock.now(),
            room=[[day.toordinal(), most] for day, most in sorted(room.items())],
            strata=strata[:last],
            drawn=[[one, day.toordinal()] for one, day in sorted(taken.items())],
        )
    )
