"""What the loops tell a relationship's page and its brief: what is owed, what was told. No patient's name."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from flask import Flask, url_for

from intake.liaison.loops.models import EventKind
from intake.liaison.loops.owed import LABELS, LOOK_BACK, TOLD_LABELS, Owed, owed_notes
from intake.liaison.loops.referrals import referrals
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, TIMELINE, BriefLine, BriefSection, TimelineEntry
from intake.liaison.page.referrers import referring_records, today


def init_app(app: Flask) -> None:
    TIMELINE.add(app, told_entries)
    BRIEF.add(app, owed_lines)


def told_entries(party: Party, since: date) -> Iterator[TimelineEntry]:
    """What the office was told, each day's together."""
    told = Counter(
        (event.day, event.value)
        for referral in referrals(since=since - LOOK_BACK, physician_ids=referring_records(party))
        for event in referral.events
        if event.kind == EventKind.TOLD and event.day >= since and referral.told.get(event.value) is event
    )
    for (day, what), count in told.items():
        text = f"{count} referrals" if count > 1 else ""
        yield TimelineEntry(day, TOLD_LABELS[Owed(what)], text, "envelope")


def owed_lines(party: Party) -> Iterator[BriefLine]:
    """What we owe them, the question that follows, and what nobody knows."""
    day = today()
    found = referrals(since=day - LOOK_BACK, physician_ids=referring_records(party))
    notes = owed_notes(found, today=day)
    for what in Owed:
        mine = [note for note in notes if note.what == what]
        if mine:
            oldest = mine[0].age(day)
            count = "1 referral" if len(mine) == 1 else f"{len(mine)} referrals"
            text = f"{LABELS[what]}: {count}, the oldest for {oldest} days"
            yield BriefLine(BriefSection.OWED, text, mine[0].since, url_for("loops.owed", what=what))
    if any(note.what == Owed.RESULT for note in notes):
        yield BriefLine(BriefSection.QUESTIONS, "How would they like results to reach them, and do ours arrive?")
    past = sum(each.is_open and each.since < day - timedelta(days=30) for each in found)
    if past:
        said = "1 of their referrals" if past == 1 else f"{past} of their referrals"
        yield BriefLine(BriefSection.UNKNOWN, f"What became of {said}: nothing was noted for a month or more.")
