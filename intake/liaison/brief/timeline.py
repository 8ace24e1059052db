"""A relationship in one column: what we did, what they sent, how their status changed, what went wrong."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from flask import url_for

from intake import clock
from intake.accounts.current import current_locations
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.history import Records
from intake.attribution.referrers.messages import STATUS_ICONS, STATUS_LABELS
from intake.attribution.referrers.practices import practice_history, records_of_practice
from intake.attribution.referrers.status import StatusName
from intake.liaison.page.access import staff_names
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import TIMELINE, TimelineEntry
from intake.liaison.page.referrers import referring_ids, status_on
from intake.liaison.promises import queries as promises
from intake.liaison.promises.messages import issue_title
from intake.liaison.touchpoints import queries as touchpoints
from intake.liaison.touchpoints.kinds import KINDS
from intake.web.ui.formatting import say_date

# Changes that somebody would act on; growing and steady come and go.
TOLD = frozenset({StatusName.NEW, StatusName.BACK, StatusName.QUIETER, StatusName.LAPSED, StatusName.INACTIVE})


def timeline(party: Party, *, since: date, known: Records) -> list[TimelineEntry]:
    """All that is known since a day, newest first."""
    physician_ids = referring_ids(party)
    entries = [
        *_touchpoints(party, since),
        *_promises(party, since),
        *_issues(party, since),
        *_referrals(party, since, known),
        *(entry for part in TIMELINE.all for entry in part(party, since)),
    ]
    if party.is_physician:
        entries += _changes(physician_ids, since, known)
    return sorted(entries, key=lambda entry: entry.day, reverse=True)


def _touchpoints(party: Party, since: date) -> Iterator[TimelineEntry]:
    rows = touchpoints.with_party(party, since=since)
    names, staff = touchpoints.names_met(rows), staff_names()
    for row in rows:
        words = KINDS[row.kind]  # type: ignore[index]
        others = [name for name, key in names[row.id] if key != party.key or name != party.name]
        yield TimelineEntry(
            row.day,
            f"{words.told}{': ' + ', '.join(others) if others else ''}",
            row.words,
            words.icon,
            url_for("touchpoints.show", touchpoint_id=row.id),
            staff.get(row.author_id or 0, ""),
        )


def _promises(party: Party, since: date) -> Iterator[TimelineEntry]:
    for row in promises.promises_to(party, since):
        told = "Promise kept" if row.kept else "Promise no longer needed" if row.closed_at else "Promised"
        day = clock.clinic_day(row.closed_at or row.made_at, practice_time_zone())
        icon = "check-circle" if row.kept else "bell"
        yield TimelineEntry(day, told, row.text, icon, note=f"due {say_date(row.due_on)}")


def _issues(party: Party, since: date) -> Iterator[TimelineEntry]:
    for row in promises.issues_since(since, of=party):
        href = url_for("issues.issue", issue_id=row.id)
        yield TimelineEntry(row.opened_on, f"Issue: {issue_title(row.kind)}", row.text, "exclamation-triangle", href)
        if row.told_on:
            yield TimelineEntry(row.told_on, "Solved, and they were told", row.done, "check-circle", href)


def _referrals(party: Party, since: date, known: Records) -> Iterator[TimelineEntry]:
    today = known.windows.today
    if party.is_physician:
        history, sent = known.histories.get(party.row_id), "referring.sent"
    else:
        ids = records_of_practice(party.row_id, lists_as_of_now())
        history, sent = practice_history(ids, until=today, location_ids=current_locations()), "referring.practice_sent"
    weeks: Counter[date] = Counter()
    for place, ordinal in enumerate(history.days if history else ()):
        day = date.fromordinal(ordinal)
        if day >= since:
            weeks[day - timedelta(days=day.weekday())] += history.count_at(place)  # type: ignore[union-attr]
    for monday, count in weeks.items():
        last = min(monday + timedelta(days=6), today)
        asked: dict[str, Any] = {"from": max(monday, since).isoformat(), "to": last.isoformat(), **party.named}
        told = f"{count} {'referral' if count == 1 else 'referrals'}"
        yield TimelineEntry(last, told, icon="person-check", href=url_for(sent, **asked), note="came that week")


def _changes(physician_ids: Collection[int], since: date, known: Records) -> Iterable[TimelineEntry]:
    """Status at the end of each week against the week before."""
    found: list[TimelineEntry] = []
    for each in physician_ids:
        history = known.histories.get(each)
        if history is None:
            continue
        day, before = known.windows.today, known.standings[each].status
        while day > since:
            earlier = day - timedelta(days=7)
            status = status_on(earlier, history, known.windows)
            if status != before and before in TOLD:
                found.append(_change(day, before))
            day, before = earlier, status  # type: ignore[assignment]
    return found


def _change(day: date, status: Any) -> TimelineEntry:
    return TimelineEntry(day, STATUS_LABELS[status], icon=STATUS_ICONS[status], note="how often they refer")
