"""Booked calls among the new-patient calls that could be served; those that nobody answered stand apart."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from intake import clock
from intake.attribution.filters.periods import Period
from intake.attribution.statistics.counts import TOO_FEW
from intake.attribution.statistics.shares import Interval, wilson
from intake.capture.call.slip import NOT_SERVABLE, STILL_TO_CALL, CallerKind, CallResult, WhyNot
from intake.capture.models import CallOutcome, CallSlip
from intake.db import db
from intake.directory.models import Caller, Location
from intake.id_filters import among


@dataclass(frozen=True)
class CallFact:
    """One new-patient call, in the hours of its location."""

    at: datetime
    missed: bool
    result: CallResult | None
    why_not: WhyNot | None
    has_visit: bool = False

    @property
    def unanswered(self) -> bool:
        return self.missed and self.result is None and not self.has_visit

    @property
    def booked(self) -> bool:
        return self.result == CallResult.BOOKED or self.has_visit

    @property
    def servable(self) -> bool:
        """Whether it was answered and could have been booked."""
        turned_away = self.result == CallResult.NOT_BOOKED and self.why_not in NOT_SERVABLE and not self.has_visit
        return not self.unanswered and not turned_away


@dataclass
class CallCount:
    """Calls of one hour, or of all. `waiting`: may still be booked."""

    servable: int = 0
    booked: int = 0
    waiting: int = 0
    unanswered: int = 0

    @property
    def share(self) -> float | None:
        return self.booked / self.servable if self.servable else None

    @property
    def interval(self) -> Interval:
        return wilson(self.booked, self.servable)

    @property
    def too_few(self) -> bool:
        return self.servable < TOO_FEW

    def add(self, call: CallFact) -> None:
        self.unanswered += call.unanswered
        self.servable += call.servable
        self.booked += call.booked
        self.waiting += not call.booked and call.result in STILL_TO_CALL


@dataclass(frozen=True)
class CallFigures:
    """`hours`: (weekday, hour) → calls, Monday being 0. `not_booked`: why → calls, most first."""

    together: CallCount
    hours: Mapping[tuple[int, int], CallCount]
    not_booked: Mapping[WhyNot, int] = field(default_factory=dict)

    @property
    def hours_used(self) -> list[int]:
        return sorted({hour for _, hour in self.hours})


def call_figures(calls: Iterable[CallFact]) -> CallFigures:
    """Add up these calls."""
    hours: defaultdict[tuple[int, int], CallCount] = defaultdict(CallCount)
    together, why = CallCount(), Counter[WhyNot]()
    for call in calls:
        together.add(call)
        hours[call.at.weekday(), call.at.hour].add(call)
        if call.why_not and not call.booked:
            why[call.why_not] += 1
    return CallFigures(together, dict(hours), dict(why.most_common()))


def new_patient_calls(*, period: Period, location_ids: Collection[int]) -> list[CallFact]:
    """The slips of callers who were new, on these days; referrals on paper are no calls."""
    newest = select(func.max(CallOutcome.id)).where(CallOutcome.caller_id == Caller.id).correlate(Caller)
    query = (
        select(
            Caller.called_at,
            Location.time_zone,
            CallSlip.missed,
            CallOutcome.result,
            CallOutcome.why_not,
            Caller.visit_id.is_not(None),
        )
        .join(Location, Location.id == Caller.location_id)
        .join(CallSlip, CallSlip.caller_id == Caller.id)
        .outerjoin(CallOutcome, CallOutcome.id == newest.scalar_subquery())
        .where(
            CallSlip.kind == CallerKind.NEW,
            ~CallSlip.on_paper,
            among(Caller.location_id, sorted(location_ids)),
            Caller.called_at >= clock.day_range(period.first_day, period.first_day, "Pacific/Kiritimati")[0],
            Caller.called_at < clock.day_range(period.last_day, period.last_day, "Pacific/Pago_Pago")[1],
        )
    )
    found = []
    for called_at, zone, missed, result, why_not, has_visit in db.session.execute(query):
        at = clock.local(called_at, zone)
        if period.first_day <= at.date() <= period.last_day:
            told = CallResult(result) if result else None
            found.append(CallFact(at, missed, told, WhyNot(why_not) if why_not else None, has_visit))
    return found
