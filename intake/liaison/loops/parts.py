"""What the loops tell a relationship's page and its brief: what is owed, what was told. No patient's name."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from flask import Flask, url_for
from sqlalchemy import select

from intake import clock
from intake.accounts.current import current_locations
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.db import db
from intake.directory.models import Physician
from intake.id_filters import among
from intake.liaison.loops.models import EventKind
from intake.liaison.loops.owed import LABELS, LOOK_BACK, TOLD_LABELS, Owed, owed_notes
from intake.liaison.loops.referrals import Referral, records_of, referrals
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, TIMELINE, BriefLine, BriefSection, TimelineEntry


def init_app(app: Flask) -> None:
    TIMELINE.add(app, told_entries)
    BRIEF.add(app, owed_lines)


def told_entries(party: Party, since: date) -> Iterator[TimelineEntry]:
    """What the office was told, each day's together."""
    told = Counter(
        (event.day, event.value)
        for referral in _referrals_of(party, since - LOOK_BACK)
        for event in referral.events
        if event.kind == EventKind.TOLD and event.day >= since and referral.told.get(event.value) is event
    )
    for (day, what), count in told.items():
        text = f"{count} referrals" if count > 1 else ""
        yield TimelineEntry(day, TOLD_LABELS[Owed(what)], text, "envelope")


def owed_lines(party: Party) -> Iterator[BriefLine]:
    """What we owe them, the question that follows, and what nobody knows."""
    today = clock.clinic_today(practice_time_zone())
    found = _referrals_of(party, today - LOOK_BACK)
    notes = owed_notes(found, today=today)
    for what in Owed:
        mine = [note for note in notes if note.what == what]
        if mine:
            oldest = mine[0].age(today)
            count = "1 referral" if len(mine) == 1 else f"{len(mine)} referrals"
            text = f"{LABELS[what]}: {count}, the oldest for {oldest} days"
            yield BriefLine(BriefSection.OWED, text, mine[0].since, url_for("loops.owed", what=what))
    if any(note.what == Owed.RESULT for note in notes):
        yield BriefLine(BriefSection.QUESTIONS, "How would they like results to reach them, and do ours arrive?")
    past = sum(each.is_open and each.since < today - timedelta(days=30) for each in found)
    if past:
        said = "1 of their referrals" if past == 1 else f"{past} of their referrals"
        yield BriefLine(BriefSection.UNKNOWN, f"What became of {said}: nothing was noted for a month or more.")


def _referrals_of(party: Party, since: date) -> list[Referral]:
    lists, today = lists_as_of_now(), clock.clinic_today(practice_time_zone())
    return referrals(
        since=since,
        until=today,
        location_ids=current_locations(),
        lists=lists,
        physician_ids=_physician_ids(party, lists),
    )


def _physician_ids(party: Party, lists: Lists) -> Collection[int]:
    if party.physician_ids:
        return party.physician_ids
    works_there = select(Physician.id).where(among(Physician.referring_practice_id, party.practice_ids))
    return sorted({each for id_ in db.session.scalars(works_there) for each in records_of(id_, lists)})
