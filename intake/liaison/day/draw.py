"""Who is visited when: a random order among targets that are equally due, kept so that its effect can be judged.

Plain values. Areas are drawn before the targets in them, so that a round stays in few places; both draws are recorded,
which makes the rounds a stepped wedge by clusters (Hemming et al., BMJ 2015;350:h391).
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from intake.liaison.page.hours import is_in, on_day
from intake.liaison.people.targets import HasPlace, TargetOffice

ALL_DAY = (8 * 60, 17 * 60)
# Relationship → days, in order.
DaysIn = dict[int, list[date]]


@dataclass(frozen=True)
class Drawn:
    """A target at its place among the `of` targets of its stratum; places begin at 1."""

    target: TargetOffice
    stratum: str
    place: int
    of: int


@dataclass
class PlannedDay:
    """The stops of one day, in the order in which to drive."""

    day: date
    stops: list[Drawn] = field(default_factory=list)


def draw(targets: Iterable[TargetOffice], chance: random.Random) -> list[Drawn]:
    """Most urgent first, then by tier; among equals areas in random order, and targets in random order within them."""
    strata: dict[tuple[int, str], list[TargetOffice]] = {}
    for each in sorted(targets, key=lambda target: target.relationship_id):
        # Whoever declines is equally due whatever the tier.
        tier = "" if each.due.stratum == "declining" else each.tier or "Z"
        strata.setdefault((int(each.due.urgency), tier), []).append(each)
    found = []
    for _, members in sorted(strata.items()):
        areas = sorted({each.area for each in members})
        chance.shuffle(areas)
        ordered = []
        for area in areas:
            here = [each for each in members if each.area == area]
            chance.shuffle(here)
            ordered += here
        found += [Drawn(each, each.due.stratum, place, len(ordered)) for place, each in enumerate(ordered, start=1)]
    return found


def days_in(targets: Iterable[TargetOffice], days: Iterable[date], *, now: tuple[date, int] | None = None) -> DaysIn:
    """On which of the days each is due and in; on the day of `now` only after its minute."""
    after = dict([now] if now else [])
    in_order = sorted(days)
    return {
        each.relationship_id: [
            day for day in in_order if each.due.day <= day and is_in(each.hours, day, after=after.get(day, 0))
        ]
        for each in targets
    }


def within_reach(one: HasPlace, other: HasPlace) -> bool:
    """Whether one round may hold both: of one city, or of one region of the post, as far as both are known."""
    return one.area == other.area or not (one.region and other.region) or one.region == other.region


def keep_within_reach(
    on: DaysIn,
    targets: Sequence[TargetOffice],
    room: Mapping[date, int],
    standing: Mapping[date, TargetOffice],
    chance: random.Random,
) -> DaysIn:
    """Of the days on which each is in those whose round comes near. A day's round goes where it has a stop already,
    else to one of those who are most pressing then, whom a lot of its own picks: the order that is drawn afterwards
    knows nothing of it, so that its draw is judged among those within reach.
    """
    waiting = draw(targets, chance)
    found: DaysIn = {one: [] for one in on}
    for day, most in sorted(room.items()):
        there = [each for each in waiting if day in on[each.target.relationship_id]]
        if not there:
            continue
        first = standing.get(day) or chance.choice([each for each in there if each.stratum == there[0].stratum]).target
        near = {each.relationship_id for each in targets if within_reach(first, each)}
        for one in near:
            found[one] += [day] if day in on[one] else []
        gone = [each for each in there if each.target.relationship_id in near][:most]
        waiting = [each for each in waiting if each not in gone]
    return found


def plan(drawn: Sequence[Drawn], room: Mapping[date, int], on: DaysIn | None = None) -> list[PlannedDay]:
    """Put the drawn targets on days with room for so many stops, each on the first of those `on` which they may be met:
    on which they are due and in, unless told.
    """
    waiting = list(drawn)
    on = days_in((each.target for each in drawn), room) if on is None else on
    days = []
    for day, most in sorted(room.items()):
        chosen = [each for each in waiting if day in on[each.target.relationship_id]]
        taken = {each.target.relationship_id: each for each in chosen[:most]}
        way = on_the_way([each.target for each in taken.values()], day)
        planned = PlannedDay(day, [taken[each.relationship_id] for each in way])
        waiting = [each for each in waiting if each not in planned.stops]
        days.append(planned)
    return days


def on_the_way(targets: Sequence[TargetOffice], day: date) -> list[TargetOffice]:
    """One place after the other, first the one that closes first; within a place by when they are in, then by office.

    Nobody is met earlier than somebody there who must be met before them, and no place is left and come back to.
    """
    areas: dict[str, list[TargetOffice]] = {}
    for each in targets:
        areas.setdefault(each.area, []).append(each)
    offices = list(dict.fromkeys(each.place for each in targets))

    def order(target: TargetOffice) -> tuple[int, int, int]:
        return *_in_office(target, day), offices.index(target.place)

    found: list[TargetOffice] = []
    for _, here in sorted(areas.items(), key=lambda area: min(_in_office(each, day)[::-1] for each in area[1])):
        found += sorted(here, key=order)
    return found


def _in_office(target: TargetOffice, day: date) -> tuple[int, int]:
    """From when until when they are in, in minutes of the day; whose hours nobody knows is in all day."""
    hours = on_day(target.hours, day)
    return (hours[0][0], hours[-1][1]) if hours else ALL_DAY
