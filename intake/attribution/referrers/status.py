"""The state of a referrer: new, back, growing, steady, quieter than usual, lapsed, inactive. Plain arithmetic.

Imports neither Flask nor SQLAlchemy. A referral is a new patient who came and of whom the chart or the answer names the
physician; who is named by both counts once.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from intake.attribution.statistics import silence
from intake.attribution.statistics.counts import SURE
from intake.attribution.statistics.silence import FEWEST_TO_LAPSE

WINDOW_DAYS = 90
YEAR_DAYS = 365
# Referrals in the trailing year from which a physician is in the tier: about one a month, about one a quarter.
TIERS = (("A", 12), ("B", 4), ("C", 1))


# However unlikely a silence, it is none before the practice was open on so many days.
LEAST_SILENT_CLINIC_DAYS = 60


class StatusName(StrEnum):
    QUIETER = "quieter than usual"
    LAPSED = "lapsed"
    NEW = "new"
    BACK = "back"
    GROWING = "growing"
    STEADY = "steady"
    INACTIVE = "inactive"


GONE_QUIET = (StatusName.QUIETER, StatusName.LAPSED)


@dataclass(frozen=True)
class History:
    """The days on which a physician's patients came, ascending, and how many had come by the end of each."""

    days: Sequence[int]
    by_then: Sequence[int]

    def count(self, first_day: date, last_day: date) -> int:
        """Referrals from first to last day, both included."""
        return self.within(first_day.toordinal(), last_day.toordinal() + 1)

    def within(self, start: int, end: int) -> int:
        """Referrals from one day up to another, which is not included; both as ordinals."""
        low, high = bisect_left(self.days, start), bisect_left(self.days, end)
        return (self.by_then[high - 1] if high else 0) - (self.by_then[low - 1] if low else 0)

    def between(self, days: Iterable[int]) -> list[int]:
        """Referrals from each of these days, ascending ordinals, up to the next of them."""
        place, by = 0, []
        for day in days:
            place = bisect_left(self.days, day, place)
            by.append(self.by_then[place - 1] if place else 0)
        return [after - before for before, after in pairwise(by)]

    def until(self, end: int) -> int:
        """Referrals before this day, an ordinal."""
        place = bisect_left(self.days, end)
        return self.by_then[place - 1] if place else 0

    def last_before(self, day: date) -> date | None:
        place = bisect_left(self.days, day.toordinal())
        return date.fromordinal(self.days[place - 1]) if place else None

    def first_from(self, day: date) -> date | None:
        place = bisect_left(self.days, day.toordinal())
        return date.fromordinal(self.days[place]) if place < len(self.days) else None

    def count_at(self, place: int) -> int:
        """Referrals on the day at this place of `days`."""
        return self.by_then[place] - (self.by_then[place - 1] if place else 0)

    @property
    def total(self) -> int:
        return self.by_then[-1]


@dataclass(frozen=True)
class Windows:
    """The trailing window and the one before it, ending with `today`, and what each weighs.

    Exposure is clinic days × coverage: a physician whose patients were asked less often, or came on fewer open days,
    has not sent fewer. `records_began` is the practice's first recorded day; `days_open` are the days, as ordinals and
    ascending, on which it was open. Without any, every day counts.
    """

    today: date
    records_began: date
    exposure: float = 1.0
    exposure_before: float = 1.0
    adjusted: bool = False
    days_open: tuple[int, ...] = ()
    # Coverage of the trailing window beside that of the one before.
    coverage_ratio: float = 1.0

    def open_between(self, first_day: date, last_day: date) -> int:
        """Clinic days from first to last day, both included."""
        if not self.days_open:
            return max(0, (last_day - first_day).days + 1)
        low = bisect_left(self.days_open, first_day.toordinal())
        return max(0, bisect_right(self.days_open, last_day.toordinal()) - low)

    @property
    def first_day(self) -> date:
        return self.today - timedelta(days=WINDOW_DAYS - 1)

    @property
    def before_first_day(self) -> date:
        return self.today - timedelta(days=2 * WINDOW_DAYS - 1)

    @property
    def before_last_day(self) -> date:
        return self.today - timedelta(days=WINDOW_DAYS)

    @property
    def year_first_day(self) -> date:
        return self.today - timedelta(days=YEAR_DAYS - 1)


@dataclass(frozen=True)
class ReferrerStatus:
    """One physician's status today, with all figures that it was decided by."""

    physician_id: int
    status: StatusName
    tier: str
    first_day: date
    last_day: date
    total: int
    year: int
    recent: int
    before: int
    # Chance of so few, and of so many, in the trailing window if nothing had changed; None without any to compare.
    chance_of_so_few: float | None
    chance_of_so_many: float | None
    # Chance of so long a silence; None when too few came before it to say.
    chance_of_silence: float | None
    silent_days: int
    silent_clinic_days: int
    missed: float
    # "New" where the records are too young to know of earlier ones.
    since_records_began: bool


def status_of(physician_id: int, history: History, windows: Windows) -> ReferrerStatus:
    """State, tier and expected referrals missed, by the definitions in docs/attribution.md."""
    today = windows.today
    first, last = date.fromordinal(history.days[0]), date.fromordinal(history.days[-1])
    recent = history.count(windows.first_day, today)
    before = history.count(windows.before_first_day, windows.before_last_day)
    year = history.count(windows.year_first_day, today)
    fewer = more = None
    if recent or before:
        fewer = _chance_of_so_few(recent, before, windows.exposure, windows.exposure_before)
        more = _chance_of_so_few(before, recent, windows.exposure_before, windows.exposure)
    n, observed = _before_the_silence(history, last, windows)
    silent = windows.open_between(last + timedelta(days=1), today)
    weighed = silent * min(1.0, windows.coverage_ratio)
    quiet = silence.silence_p(n, observed_days=observed, silent_days=weighed) if n >= FEWEST_TO_LAPSE else None
    status = _status(history, windows, year, silent, _Chances(fewer, more, quiet))
    missed = 0.0
    if status == StatusName.QUIETER:
        missed = before * windows.exposure / windows.exposure_before - recent
    elif status == StatusName.LAPSED:
        lately = min(silent, windows.open_between(windows.first_day, today))
        missed = silence.expected_missed(n, observed_days=observed, silent_days=lately)
    return ReferrerStatus(
        physician_id=physician_id,
        status=status,
        tier=next((name for name, least in TIERS if year >= least), ""),
        first_day=first,
        last_day=last,
        total=history.total,
        year=year,
        recent=recent,
        before=before,
        chance_of_so_few=fewer,
        chance_of_so_many=more,
        chance_of_silence=quiet,
        silent_days=(today - last).days,
        silent_clinic_days=silent,
        missed=max(0.0, missed),
        since_records_began=(first - windows.records_began).days < YEAR_DAYS,
    )


@dataclass(frozen=True)
class _Chances:
    """How likely so few, so many and so long a silence are if nothing had changed; None: nothing to tell it by."""

    fewer: float | None
    more: float | None
    silence: float | None


def _status(history: History, windows: Windows, year: int, silent: int, chances: _Chances) -> StatusName:
    if silent >= LEAST_SILENT_CLINIC_DAYS:
        if not year:
            return StatusName.INACTIVE
        if chances.silence is not None and chances.silence < SURE:
            return StatusName.LAPSED
    if back := history.first_from(windows.first_day):
        earlier = history.last_before(windows.first_day)
        if earlier is None:
            return StatusName.NEW
        # Silent days are those between the two, neither included.
        if (back - earlier).days - 1 >= YEAR_DAYS:
            return StatusName.BACK
    if chances.fewer is not None and chances.fewer < SURE:
        return StatusName.QUIETER
    return StatusName.GROWING if chances.more is not None and chances.more < SURE else StatusName.STEADY


def _before_the_silence(history: History, last: date, windows: Windows) -> tuple[int, int]:
    """(referrals, clinic days) in the 365 days up to the last referral, fewer where records began later."""
    first = max(last - timedelta(days=YEAR_DAYS - 1), min(windows.records_began, last))
    return history.count(first, last), max(1, windows.open_between(first, last))


@dataclass(frozen=True)
class FalseAlarms:
    """What chance alone would flag: of `compared` physicians about `quieter` and `growing`, of `watched` at most
    `lapsed`."""

    compared: int
    quieter: float
    growing: float
    watched: int
    lapsed: float


def false_alarms(standings: Iterable[ReferrerStatus], windows: Windows) -> FalseAlarms:
    """Alarms to expect if no physician had changed.

    A count takes steps, so the test's true level lies below 5% and is summed exactly for each physician. A silence
    has at most 5% for each physician who can be watched.
    """
    compared = watched = 0
    quieter = growing = 0.0
    for each in standings:
        if each.chance_of_so_few is not None:
            both = each.recent + each.before
            level = _true_level(both, windows.exposure, windows.exposure_before)
            other = _true_level(both, windows.exposure_before, windows.exposure)
            compared += level > 0 or other > 0
            quieter += level
            growing += other
        watched += each.chance_of_silence is not None
    return FalseAlarms(compared, quieter, growing, watched, SURE * watched)


# Thousands of physicians share a few hundred pairs of counts.
@lru_cache(maxsize=50_000)
def _chance_of_so_few(recent: int, before: int, exposure: float, exposure_before: float) -> float:
    return silence.declining_p(recent, before, exposure_recent=exposure, exposure_earlier=exposure_before)


@lru_cache(maxsize=20_000)
def _true_level(both: int, exposure: float, exposure_before: float) -> float:
    return silence.false_alarm(both, exposure_recent=exposure, exposure_earlier=exposure_before)
