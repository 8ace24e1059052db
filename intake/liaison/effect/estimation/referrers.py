"""Referrers as the comparison sees them, and the spans of days that it names."""

from dataclasses import dataclass

from intake.attribution.referrers.status import YEAR_DAYS, History

# Days after a contact, the one in the middle asked first: see `estimates.judged`.
WINDOWS = (30, 90, 180)
MAIN_WINDOW = 90
# Weeks shown before and after the first contact.
WEEKS = 26
YEAR = YEAR_DAYS
RECENT = 90


@dataclass(frozen=True)
class WatchedReferrer:
    """A referrer's history, and the first day on which anybody of ours reached them; days are ordinals.

    `kind` is that contact's; "" where it can't be looked at for an effect (a gift, a meal, thanks): such a referrer
    is neither contacted nor "not yet contacted" from then on.
    """

    id: int
    history: History
    contacted_on: int | None = None
    kind: str = ""
    specialty: str = ""
    distance: str = ""


@dataclass(frozen=True)
class Observed:
    """Days on which referrals are known: from `began` up to the day before `end`."""

    began: int
    end: int
