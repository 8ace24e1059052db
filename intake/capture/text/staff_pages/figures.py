"""Figures of texting in a period: counts by location, reasons of failure, time to answer."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from sqlalchemy import ColumnElement, func, select

from intake.db import db
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextState, TextStop, TextSurvey
from intake.survey.answers.counted_reply import is_answered
from intake.survey.models import Answer
from intake.web.wall.location_wall import whole_practice

COUNTS = ("sent", "tried", "delivered", "answered", "stopped", "failed", "uncertain", "waiting", "reminders")
ASKING = (TextPurpose.SURVEY, TextPurpose.REMINDER)


@dataclass
class TextingFigures:
    """Counts of surveys queued in the period, reminders apart: `sent` left, `waiting` have not yet."""

    sent: int = 0
    # Sent, or refused before it could leave.
    tried: int = 0
    delivered: int = 0
    answered: int = 0
    stopped: int = 0
    failed: int = 0
    uncertain: int = 0
    waiting: int = 0
    reminders: int = 0
    minutes: list[float] = field(default_factory=list)

    @property
    def median_minutes(self) -> float | None:
        return median(self.minutes) if self.minutes else None

    @property
    def nothing(self) -> bool:
        return not (self.sent or self.failed or self.uncertain or self.waiting or self.stopped)

    def add(self, other: "TextingFigures") -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.minutes += other.minutes


@dataclass(frozen=True)
class TextingOverview:
    by_location: Mapping[int, TextingFigures]
    whole: TextingFigures
    # Static word → how many, most first.
    failed_by: list[tuple[str, int]]


def overview(location_ids: Collection[int], start: datetime, end: datetime) -> TextingOverview:
    """Return figures of surveys queued in [start, end) at these locations, and opt-outs of phones texted there."""
    places: dict[int, TextingFigures] = {location_id: TextingFigures() for location_id in location_ids}
    reasons: Counter[str] = Counter()
    rows = db.session.execute(
        select(
            OutboxText.location_id,
            OutboxText.purpose,
            OutboxText.state,
            OutboxText.reason,
            OutboxText.sent_at.is_not(None).label("left"),
            func.count(),
        )
        .where(*_of(location_ids, start, end), OutboxText.purpose.in_(ASKING))
        .group_by(OutboxText.location_id, OutboxText.purpose, OutboxText.state, OutboxText.reason, "left")
    )
    for location_id, purpose, state, reason, left, count in rows:
        place = places[location_id or 0]
        if purpose == TextPurpose.REMINDER:
            place.reminders += count if left else 0
            continue
        place.sent += count if left else 0
        place.tried += count if left or state == TextState.FAILED else 0
        place.delivered += count if state == TextState.DELIVERED else 0
        place.uncertain += count if state == TextState.UNCERTAIN else 0
        place.waiting += count if state in (TextState.QUEUED, TextState.CLAIMED, TextState.SENDING) else 0
        if state == TextState.FAILED:
            place.failed += count
            reasons[reason or "carrier_error"] += count
    for location_id, answered in _answered(location_ids, start, end).items():
        places[location_id].answered = answered
    for location_id, minutes in _minutes(location_ids, start, end).items():
        places[location_id].minutes = minutes
    for location_id, stopped in _stopped(location_ids, start, end).items():
        places[location_id].stopped = stopped
    whole = TextingFigures()
    for place in places.values():
        whole.add(place)
    return TextingOverview(places, whole, reasons.most_common())


def _of(location_ids: Collection[int], start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxText.queued_at >= start,
        OutboxText.queued_at < end,
        OutboxText.location_id.in_(location_ids),
    )


@whole_practice()
def _answered(location_ids: Collection[int], start: datetime, end: datetime) -> dict[int, int]:
    """Surveys whose text was answered by text, and counted."""
    rows = db.session.execute(
        select(OutboxText.location_id, func.count(TextSurvey.id.distinct()))
        .join(TextSurvey, TextSurvey.visit_id == OutboxText.visit_id)
        .join(Answer, Answer.ask_id == TextSurvey.ask_id)
        .where(
            *_of(location_ids, start, end),
            OutboxText.purpose == TextPurpose.SURVEY,
            Answer.turn.is_not(None),
            is_answered(TextSurvey.visit_id),
        )
        .group_by(OutboxText.location_id)
    )
    return {location_id or 0: count for location_id, count in rows}


def _minutes(location_ids: Collection[int], start: datetime, end: datetime) -> dict[int, list[float]]:
    """From the text to the first reply that said something, a survey each."""
    first = (
        select(InboundText.visit_id, func.min(InboundText.received_at).label("at"))
        .where(InboundText.outcome.in_(("answer", "left_to_a_person")))
        .group_by(InboundText.visit_id)
        .subquery()
    )
    rows = db.session.execute(
        select(OutboxText.location_id, OutboxText.sent_at, first.c.at)
        .join(first, first.c.visit_id == OutboxText.visit_id)
        .where(
            *_of(location_ids, start, end),
            OutboxText.purpose == TextPurpose.SURVEY,
            OutboxText.sent_at.is_not(None),
        )
    )
    found: dict[int, list[float]] = defaultdict(list)
    for location_id, sent_at, replied_at in rows:
        if sent_at is not None and replied_at >= sent_at:
            found[location_id or 0].append((replied_at - sent_at).total_seconds() / 60)
    return found


def _stopped(location_ids: Collection[int], start: datetime, end: datetime) -> dict[int, int]:
    """Phones that stopped in the period, each at the location that texted it last."""
    rows = db.session.execute(
        select(TextStop.phone_e164, TextSurvey.location_id)
        .join(TextSurvey, TextSurvey.phone_e164 == TextStop.phone_e164)
        .where(
            TextStop.stopped_at >= start,
            TextStop.stopped_at < end,
            TextStop.reason != "staff",
            TextSurvey.location_id.in_(location_ids),
        )
        .order_by(TextSurvey.id)
    )
    last = {phone: location_id for phone, location_id in rows}  # noqa: C416 - rows are not plain pairs
    return Counter(last.values())
