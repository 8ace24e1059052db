"""Planned rounds: proposing them, changing them, reading them."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort
from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.history import Records
from intake.db import db
from intake.id_filters import among
from intake.liaison.day.draw import days_in, draw, keep_within_reach, on_the_way, plan, within_reach
from intake.liaison.day.kept_draws import keep_draw
from intake.liaison.day.models import RoundStop
from intake.liaison.page.access import of_my_locations
from intake.liaison.page.hours import is_in
from intake.liaison.page.parties import key_of
from intake.liaison.page.referrers import referrer_records, today
from intake.liaison.people.merged_targets import merged_targets
from intake.liaison.people.models import Relationship
from intake.liaison.people.targets import TargetOffice, targets, whereabouts
from intake.liaison.touchpoints.models import Participant, Touchpoint

STOPS_A_DAY = 8
MOST_A_DAY = 15


@dataclass(frozen=True)
class Stop:
    """A planned stop with its target. `seen`: its author wrote something down about them that day."""

    stop: RoundStop
    target: TargetOffice
    seen: bool


def propose(*, staff_id: int, days: Sequence[date], a_day: int = STOPS_A_DAY) -> int:
    """Fill these days up to `a_day` stops each with targets of this person that are due; return how many are added.

    Nobody who is on a round of anybody from today on is drawn again, and nobody who wants no visits.
    """
    taken = set(
        db.session.scalars(
            select(RoundStop.relationship_id).where(RoundStop.day >= min(days), RoundStop.taken_out_at.is_(None))
        )
    )
    # Whoever was taken out of these days is not put back on them.
    taken |= {row.relationship_id for row in _stops(staff_id, days)}
    into = merged_targets().into
    taken |= {into[each] for each in taken if each in into}
    known, chance = referrer_records(), random.SystemRandom()
    mine = [
        each
        for each in targets(known, owner_id=staff_id)
        if each.due.day <= max(days) and not each.do_not_visit and each.relationship_id not in taken
    ]
    standing = round_of(staff_id, days, known)
    room = {day: max(0, a_day - len(standing[day])) for day in days}
    first = {day: stops[0].target for day, stops in standing.items() if stops}
    on = keep_within_reach(days_in(mine, days, now=_now()), mine, room, first, chance)
    drawn = draw(mine, chance)
    days_planned = plan(drawn, room, on)
    keep_draw(drawn, room, days_planned, staff_id=staff_id, on=on)
    added = 0
    for planned in days_planned:
        for each in planned.stops:
            stop = RoundStop(relationship_id=each.target.relationship_id, staff_id=staff_id, day=planned.day)
            stop.position, stop.area, stop.planned_at = 0, each.target.area, clock.now()
            stop.stratum, stop.drawn_place, stop.drawn_of = each.stratum, each.place, each.of
            db.session.add(stop)
            added += 1
    db.session.flush()
    _put_in_order(staff_id, days)
    audit_trail.record("round.proposed", subject_kind="staff", subject_id=staff_id, days=len(days), stops=added)
    return added


def _now() -> tuple[date, int]:
    """Today, and the minute of it."""
    local = clock.local(clock.now(), practice_time_zone())
    return local.date(), local.hour * 60 + local.minute


@dataclass(frozen=True)
class UnmetToday:
    """How many of those due no round of today can hold, and why; each is counted once, by the first of these."""

    on_other_days: int = 0
    no_more_today: int = 0
    too_far: int = 0

    @property
    def count(self) -> int:
        return self.on_other_days + self.no_more_today + self.too_far


def left_out(ids: Collection[int], stops: Sequence[Stop]) -> UnmetToday:
    """Why some of these relationships, all of them due, can't come to today's stops."""
    day, minute = _now()
    found: Counter[str] = Counter()
    for each in whereabouts(ids):
        if not is_in(each.hours, day):
            found["on_other_days"] += 1
        elif not is_in(each.hours, day, after=minute):
            found["no_more_today"] += 1
        elif stops and not within_reach(stops[0].target, each):
            found["too_far"] += 1
    return UnmetToday(**found)


def _put_in_order(staff_id: int, days: Sequence[date]) -> None:
    """Let what was planned before and what came now make one way a day, after what was written down already."""
    for day, stops in round_of(staff_id, days, referrer_records()).items():
        rows = {each.target.relationship_id: each.stop for each in stops}
        to_come = on_the_way([each.target for each in stops if not each.seen], day)
        met = [each.target for each in stops if each.seen]
        for position, target in enumerate([*met, *to_come], start=1):
            rows[target.relationship_id].position = position
    db.session.flush()


def add_by_hand(relationship: Relationship, *, staff_id: int, day: date) -> None:
    """Put a target on a day's round; one that was taken out comes back."""
    there = _stops(staff_id, [day])
    found = next((row for row in there if row.relationship_id == relationship.id), None)
    if found is None:
        position = max((row.position for row in there), default=0) + 1
        found = RoundStop(
            relationship_id=relationship.id, staff_id=staff_id, day=day, position=position, planned_at=clock.now()
        )
        db.session.add(found)
    take_out(found, back=True)


def take_out(stop: RoundStop, *, back: bool = False) -> None:
    """They aren't visited on that day, or `back` they are after all."""
    stop.taken_out_at = None if back else clock.now()
    db.session.flush()
    action = "round.stop_added" if back else "round.stop_taken_out"
    audit_trail.record(action, subject_kind="relationship", subject_id=stop.relationship_id)


def hand_over_stops(from_id: int, to_id: int, location_ids: Collection[int]) -> int:
    """Put what somebody planned at these locations from today on, and hasn't seen yet, on a colleague's rounds: on
    nobody's they would be left out of every proposal and be seen by none. How many stops move.
    """
    query = (
        select(RoundStop, Relationship)
        .join(Relationship, Relationship.id == RoundStop.relationship_id)
        .where(RoundStop.staff_id == from_id, RoundStop.day >= today(), RoundStop.taken_out_at.is_(None))
        .where(among(Relationship.location_id, sorted(location_ids)))
    )
    rows = db.session.execute(query).all()
    days = sorted({stop.day for stop, _ in rows})
    if not days:
        return 0
    seen = _met(from_id, days)
    theirs = {(row.day, row.relationship_id) for row in _stops(to_id, days)}
    moved = 0
    for stop, relationship in rows:
        if (stop.day, key_of(relationship)) in seen:
            continue
        if (stop.day, stop.relationship_id) in theirs:
            take_out(stop)
        else:
            stop.staff_id = to_id
            moved += 1
    db.session.flush()
    _put_in_order(to_id, days)
    return moved


def round_stop(stop_id: int) -> RoundStop:
    """One of the reader's locations; 404 for any other."""
    query = (
        select(RoundStop)
        .join(Relationship, Relationship.id == RoundStop.relationship_id)
        .where(RoundStop.id == stop_id, of_my_locations(Relationship.location_id))
    )
    return db.session.scalars(query).one_or_none() or abort(404)


def round_of(staff_id: int, days: Sequence[date], known: Records) -> dict[date, list[Stop]]:
    """Day → its stops in order, of one person; two whose records were merged since are one."""
    rows = [row for row in _stops(staff_id, days) if not row.taken_out_at]
    into = merged_targets().into if rows else {}
    planned = targets(known, ids={into.get(row.relationship_id, row.relationship_id) for row in rows}) if rows else []
    found = {each.relationship_id: each for each in planned}
    seen = _met(staff_id, days) if rows else set()
    by_day: dict[date, list[Stop]] = {day: [] for day in days}
    for row in rows:
        target = found.get(into.get(row.relationship_id, row.relationship_id))
        if target and target not in [each.target for each in by_day[row.day]]:
            stop = Stop(row, target, (row.day, target.key) in seen)
            # Since it was planned they may have said that they want no visits.
            if stop.seen or not target.do_not_visit:
                by_day[row.day].append(stop)
    return by_day


def workdays(count: int, first: date | None = None) -> list[date]:
    """The next days from Monday to Friday, today among them."""
    day = first or today()
    found: list[date] = []
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found


def _met(staff_id: int, days: Collection[date]) -> set[tuple[date, str]]:
    """(day, key of a party) of those about whom this person wrote something down."""
    query = (
        select(Participant.day, Participant.physician_id, Participant.practice_id)
        .join(Touchpoint, Touchpoint.id == Participant.touchpoint_id)
        .where(
            Touchpoint.author_id == staff_id,
            Touchpoint.withdrawn_at.is_(None),
            Touchpoint.day.between(min(days), max(days)),
        )
    )
    found: set[tuple[date, str]] = set()
    for day, physician_id, practice_id in db.session.execute(query):
        found |= {(day, f"physician-{physician_id}"), (day, f"practice-{practice_id}")}
    return found


def _stops(staff_id: int, days: Sequence[date]) -> list[RoundStop]:
    query = select(RoundStop).where(RoundStop.staff_id == staff_id, RoundStop.day.between(min(days), max(days)))
    return list(db.session.scalars(query.order_by(RoundStop.day, RoundStop.position, RoundStop.id)))
