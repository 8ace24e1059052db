"""What the room's folders tell each other: entries of a time line, lines of a brief, a check of gifts, what else is
handed over.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from intake.liaison.page.parties import Party
from intake.slots import Parts


@dataclass(frozen=True)
class TimelineEntry:
    """Something that happened with a referring office: 'Visited', 'Anna Reyes: their fax was dead'."""

    day: date
    title: str
    text: str = ""
    icon: str = "clock-history"
    href: str = ""
    # Small words below: who wrote it, what was promised.
    note: str = ""


class BriefSection(StrEnum):
    """Where on the brief a line stands."""

    OWED = "owed"
    GIFTS = "gifts"
    QUESTIONS = "questions"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class BriefLine:
    """One line. What is owed is put in the order of `since`, oldest first; a question comes from a gap."""

    section: BriefSection
    text: str
    since: date | None = None
    href: str = ""


@dataclass(frozen=True)
class Received:
    """What a touchpoint that is about to be kept would give to one physician."""

    physician_id: int
    day: date
    cents: int


# Each is asked for a party's entries from a day on.
TIMELINE: Parts[Callable[[Party, date], Iterable[TimelineEntry]]] = Parts("time line of a relationship")
BRIEF: Parts[Callable[[Party], Iterable[BriefLine]]] = Parts("lines of a brief")
# Given what is about to be received, and the touchpoint it stands in already (None for a new one), returns why it is
# over the limit, or "" when it is not.
GIFT_LIMITS: Parts[Callable[[Sequence[Received], int | None], str]] = Parts("limits of gifts")
# Given who hands over, to whom, and at which locations, gives what else is theirs to the taker; returns how much of it.
HAND_OVERS: Parts[Callable[[int, int, Collection[int]], int]] = Parts("what a hand-over gives")
