"""What a referring practice sent: by its own name and by its physicians together, each patient once."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import EARLIEST, Period
from intake.attribution.referrers.charted import history_of
from intake.attribution.referrers.queries import records_counted_as, referral_days
from intake.attribution.referrers.status import History
from intake.directory.merge_mapping import with_merged
from intake.directory.physicians.queries import members_of
from intake.once_a_look import once_a_look


def records_of_practice(practice_id: int, lists: Lists) -> list[int]:
    """The ids of every record that is read as a physician who works there, and of the practice itself, below 0."""
    members = [row.id for row in members_of(practice_id) if row.id not in lists.physician_counts_as]
    own = sorted(with_merged({practice_id}, lists.practice_counts_as))
    return [*(each for member in members for each in records_counted_as(member, lists)), *(-each for each in own)]


def practice_history(ids: Collection[int], *, until: date, location_ids: Collection[int]) -> History | None:
    """Referrals of these records by day; a patient whom two of them sent counts once. Read once for a page."""

    def read() -> History | None:
        days = referral_days(ids, Period(EARLIEST, until), location_ids=location_ids)
        return history_of(Counter(day.toordinal() for day in days.values()))

    return once_a_look("practice", (tuple(ids), until, frozenset(location_ids)), read)
