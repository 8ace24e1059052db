"""When somebody we look after should hear from us again, and how pressing that is. Plain values."""

from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple

# Days between contacts by tier, unless the relationship says its own.
EVERY_DAYS = {"A": 30, "B": 60, "C": 120, "": 90}
# Whoever declines hears from us within a week of it, and every month while it lasts.
DECLINING_DAYS = 7
DECLINING_EVERY_DAYS = 30


class Urgency(IntEnum):
    """Why somebody is due; those before are visited first."""

    DECLINING = 0
    NEVER_SEEN = 1
    DUE = 2


class DueDay(NamedTuple):
    """From this day on they are due, and why."""

    day: date
    urgency: Urgency
    tier: str
    # Days from one contact to the next, as is wanted.
    every: int = 0

    @property
    def stratum(self) -> str:
        """Those who are equally due have the same."""
        return "declining" if self.urgency == Urgency.DECLINING else f"{self.urgency.name.lower()} {self.tier or '-'}"


def due(
    *, tier: str, every_days: int | None, since: date, last_contact_on: date | None, declining_since: date | None
) -> DueDay:
    """When a target falls due. `declining_since`: the day since when they send less than usual or nothing."""
    every = every_days or EVERY_DAYS[tier]
    usual = last_contact_on + timedelta(days=every) if last_contact_on else since
    urgency = Urgency.DUE if last_contact_on else Urgency.NEVER_SEEN
    if declining_since is not None:
        if last_contact_on is None or last_contact_on < declining_since:
            pressing = declining_since + timedelta(days=DECLINING_DAYS)
        else:
            pressing = last_contact_on + timedelta(days=min(every, DECLINING_EVERY_DAYS))
        return DueDay(min(usual, pressing), Urgency.DECLINING, tier, every)
    return DueDay(usual, urgency, tier, every)
