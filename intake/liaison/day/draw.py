"""Who is visited when: a random order among targets that are equally due, kept so that its effect can be judged.

Plain values. Areas are drawn before the targets in them, so that a round stays in few places; both draws are recorded,
which makes the rounds a stepped wedge by clusters (Hemming et al., BMJ 2015;350:h391).
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from intake.liaison.page.hours import on_day
from intake.liaison.people.targets import TargetOffice


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


def plan(drawn: Sequence[Drawn], room: Mapping[date, int]) -> list[PlannedDay]:
    """Put the drawn targets on days with room for so many stops, each on the first day on which they are due and in."""
    waiting = list(drawn)
    days = []
    for day, most in sorted(room.items()):
        chosen = [each for each in waiting if each.target.due.day <= day and on_day(each.target.hours, day) != []]
        planned = PlannedDay(day, _on_the_way(chosen[:most], day))
        waiting = [each for each in waiting if each not in planned.stops]
        days.append(planned)
    return days


def _on_the_way(stops: Sequence[Drawn], day: date) -> list[Drawn]:
    """By area and office as they came, then by when they open."""
    areas = list(dict.fromkeys(each.target.area for each in stops))
    offices = list(dict.fromkeys(_office(each.target) for each in stops))

    def order(each: Drawn) -> tuple[int, int, int]:
        hours = on_day(each.target.hours, day)
        return areas.index(each.target.area), hours[0][0] if hours else 0, offices.index(_office(each.target))

    return sorted(stops, key=order)


def _office(target: TargetOffice) -> object:
    return target.practice_id or target.key
