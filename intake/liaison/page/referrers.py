"""What the reports know of those who refer, for this room: today's statuses, and those of earlier days."""

from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta

from intake import clock
from intake.accounts.current import current_locations
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.history import Records, records
from intake.attribution.referrers.status import WINDOW_DAYS, History, StatusName, Windows, status_of
from intake.attribution.rollup.period_cache import period_cache
from intake.directory.merge_mapping import with_merged
from intake.directory.physicians.queries import members_of
from intake.liaison.page.parties import Party

DECLINING = frozenset({StatusName.QUIETER, StatusName.LAPSED})
WEEKS_LOOKED_BACK = 13


def today() -> date:
    """The practice's own day."""
    return clock.clinic_today(practice_time_zone())


def referring_ids(party: Party) -> list[int]:
    """Whose referrals count for a party: the physician's, or those of everybody in the practice."""
    if party.is_physician:
        return [party.row_id]
    counts_as = lists_as_of_now().physician_counts_as
    return sorted({counts_as.get(each.id, each.id) for each in members_of(party.row_id)})


def referring_records(party: Party) -> list[int]:
    """Every record that is read as one of these."""
    return sorted(with_merged(referring_ids(party), lists_as_of_now().physician_counts_as))


def referrer_records() -> Records:
    """Histories and statuses of all referrers to the locations of the signed-in person, as of today."""
    return records(today=today(), location_ids=current_locations(), lists=lists_as_of_now())


def status_on(day: date, history: History, windows: Windows) -> StatusName | None:
    """The status that the list would have shown on an earlier day, changes of coverage aside; None before the first
    referral.
    """
    known = bisect_right(history.days, day.toordinal())
    if not known:
        return None
    then = replace(windows, today=day, adjusted=False, coverage_ratio=1.0)
    lately = then.open_between(then.first_day, day)
    before = then.open_between(then.before_first_day, then.before_last_day)
    if lately and before:
        then = replace(then, exposure=float(lately), exposure_before=float(before))
    return status_of(0, History(history.days[:known], history.by_then[:known]), then).status


def declining_since(physician_id: int, history: History, windows: Windows) -> date:
    """The day, to the week and at most a quarter back, since when somebody who declines today has done so."""
    key = (
        "declining since",
        physician_id,
        windows,
        len(history.days),
        history.total,
        history.days[0],
        history.days[-1],
    )
    if kept := period_cache().get(key):
        assert isinstance(kept, date)
        return kept
    first = windows.today
    for week in range(1, WEEKS_LOOKED_BACK):
        day = windows.today - timedelta(weeks=week)
        if status_on(day, history, windows) not in DECLINING:
            break
        first = day
    found = max(first, windows.today - timedelta(days=WINDOW_DAYS))
    period_cache().keep(key, found)
    return found
