"""Referrals as loops to close: one for each person whom a physician sent, however many visits name the physician."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, select
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts.current import current_locations
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.referrers.queries import records_counted_as
from intake.cached_property import cached_property
from intake.capture.call.slip import CallResult, WhyNot
from intake.capture.models import CallOutcome
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.models import Caller, Location, Visit
from intake.id_filters import among
from intake.liaison.loops.from_schedule import KnownVisit, moves_of
from intake.liaison.loops.links import links_of, links_where
from intake.liaison.loops.models import EventKind, ReferralEvent
from intake.liaison.loops.stages import CAME, DID_NOT_COME, Move, Stage, may_go_back_to, way_taken
from intake.liaison.page.referrers import today
from intake.once_a_look import once_a_look
from intake.survey.models import Evidence, PhysicianReferral
from intake.web.wall.location_wall import whole_practice

# A chart names the same physician at every visit; after so long it is a referral of its own.
ANEW_AFTER = timedelta(days=365)
DAY = timedelta(days=1)


class NoSuchReferral(NotFound):
    """There is no such referral at these locations."""


@dataclass(frozen=True)
class Referral:
    """One person sent by one physician. `id` is that of the link that opened it, on `opened_on`.

    `recorded_physician_id` is as that link has it, before merges: what is noted is noted of it.
    """

    id: int
    opened_on: date
    physician_id: int
    recorded_physician_id: int
    visit_id: int | None
    caller_id: int | None
    patient_id: int | None
    location_id: int
    source_id: int | None
    # The chart names the physician, or a fax or an order of theirs does; else only the patient does.
    charted: bool
    way: tuple[Move, ...]
    events: tuple[ReferralEvent, ...]

    @property
    def received(self) -> date:
        return self.way[0].day

    @property
    def stage(self) -> Stage:
        return self.way[-1].stage

    @property
    def since(self) -> date:
        """The day on which it came to this stage."""
        return self.way[-1].day

    @property
    def came(self) -> bool:
        return self.stage in CAME

    @property
    def is_open(self) -> bool:
        """Whether it may still go on by itself: nobody has said how it ended."""
        return self.stage in (Stage.REFERRED, Stage.BOOKED)

    @property
    def did_not_come(self) -> bool:
        return self.stage in DID_NOT_COME

    @property
    def reference(self) -> str:
        """The referring office's own number for the patient; empty while nobody has noted it."""
        numbers = [each.words for each in self.events if each.kind == EventKind.REFERENCE]
        return numbers[-1] if numbers else ""

    @property
    def confirmed(self) -> ReferralEvent | None:
        """Who confirmed that this physician did send the patient, and when; None while nobody has."""
        found = [each for each in self.events if each.kind in (EventKind.CONFIRMED, EventKind.UNSURE)]
        return found[-1] if found and found[-1].kind == EventKind.CONFIRMED else None

    @property
    def is_sure(self) -> bool:
        """Whether this physician may hear of the patient: of whom only the patient's words name, nobody knows."""
        return self.charted or self.confirmed is not None

    @property
    def told(self) -> dict[str, ReferralEvent]:
        """What the referring office was told, by what it was."""
        found: dict[str, ReferralEvent] = {}
        for each in self.events:
            if each.kind == EventKind.TOLD:
                found[each.value] = each
            elif each.kind == EventKind.NOT_TOLD:
                found.pop(each.value, None)
        return found

    @cached_property
    def reached(self) -> dict[Stage, date]:
        """The stages that it came to and still counts as having passed, with the day of each."""
        found: dict[Stage, date] = {}
        for move in self.way:
            if move.corrects:
                before = (move.stage, *may_go_back_to(move.stage))
                found = {stage: day for stage, day in found.items() if stage in before}
            found.setdefault(move.stage, move.day)
        return found


@whole_practice()
def referrals(
    *,
    since: date,
    location_ids: Collection[int] | None = None,
    physician_ids: Collection[int] | None = None,
) -> list[Referral]:
    """Referrals received at these locations (the reader's) from a day up to today, of all physicians or of these
    records, oldest first.

    Received is when the first visit that names the physician was made, or the call of somebody without a visit.
    """
    lists, until = lists_as_of_now(), today()
    location_ids = current_locations() if location_ids is None else location_ids
    # None is received after the day of the first visit, so that older ones are read only of people found here.
    visits = Visit.visit_date.between(since, until + ANEW_AFTER)
    called = and_(
        Caller.visit_id.is_(None), Caller.called_at.between(_midnight(since - DAY), _midnight(until + 2 * DAY))
    )
    links = links_where(links_of(visits, called, physician_ids=physician_ids))
    charts = _charts({each.patient_id for each in links if each.patient_id}, lists)
    earlier = and_(Visit.visit_date.between(since - ANEW_AFTER, since - DAY), among(Visit.patient_id, sorted(charts)))
    links += links_where(links_of(earlier, physician_ids=physician_ids))
    sent = [each for each in _sent(links, lists, _zones()) if each.opened_on >= since]
    return _assembled(
        sent, lists, wanted=lambda day, location_id: since <= day <= until and location_id in location_ids
    )


@whole_practice()
def referral(link_id: int, *, within: Collection[int] | None = None) -> Referral:
    """The referral that this link belongs to, within these locations (the reader's); raises NoSuchReferral (a 404)."""
    lists = lists_as_of_now()
    link = db.session.get(PhysicianReferral, link_id) if 0 < link_id < 2**62 else None
    if link is None or link.physician_id is None:
        raise NoSuchReferral
    kept = lists.physician_counts_as.get(link.physician_id, link.physician_id)
    visit_id = link.visit_id or db.session.scalar(select(Caller.visit_id).where(Caller.id == link.caller_id))
    visit = db.session.get(Visit, visit_id) if visit_id else None
    if visit is None:
        whose = PhysicianReferral.caller_id == link.caller_id
    else:
        whose = links_of(Visit.patient_id.in_(_charts([visit.patient_id], lists)))
    links = links_where(whose, PhysicianReferral.physician_id.in_(records_counted_as(kept, lists)))
    found = _assembled(list(_sent(links, lists, _zones())), lists)
    # The one that was open on the link's day; an ended link leads to what took its place.
    mine = [each for each in found if visit is None or each.opened_on <= visit.visit_date]
    if not mine or mine[-1].location_id not in (current_locations() if within is None else within):
        raise NoSuchReferral
    return mine[-1]


def _midnight(day: date) -> datetime:
    return clock.from_wall_clock(day, time.min, "UTC")


def _charts(patient_ids: Iterable[int], lists: Lists) -> set[int]:
    """Every chart of the people whose charts these are."""
    return with_merged(set(patient_ids), lists.patient_counts_as)


@dataclass
class _Episode:
    """The links of one person and one physician that make one referral, by day."""

    physician_id: int
    person: tuple[str, int]
    links: list[tuple[date, Row[Any]]]

    @property
    def opened_on(self) -> date:
        return self.links[0][0]


def _assembled(
    sent: list[_Episode], lists: Lists, *, wanted: Callable[[date, int], bool] = lambda *_: True
) -> list[Referral]:
    """The referrals that these are, by day. `wanted`: of the day received and the location."""
    zones = _zones()
    visits = _visits_of({each.person[1] for each in sent if each.person[0] == "patient"}, lists)
    opened = []
    for each in sent:
        known = _known_visits(each, visits, zones)
        received = _received(each, known)
        if wanted(received.day, each.links[0][1].location_id):
            opened.append((each, known, received))
    links = [link for each, _, _ in opened for _, link in each.links]
    events, outcomes = _events(links, lists), _outcomes(links)
    now = clock.now()
    found = []
    for each, known, received in opened:
        opened_on, first = each.links[0]
        keys = _keys(each)
        noted = sorted(
            (event for key in keys for event in events.get((*key, each.physician_id), ())), key=lambda e: e.id
        )
        called = [outcome for key in keys for outcome in outcomes.get(key, ())]
        moves = [*moves_of(known, now=now), *_called_moves(called, zones[first.location_id]), *_noted_moves(noted)]
        named = [link.source_id for _, link in each.links if link.source_id is not None]
        found.append(
            Referral(
                id=first.id,
                opened_on=opened_on,
                physician_id=each.physician_id,
                recorded_physician_id=first.physician_id,
                visit_id=first.visit_id,
                caller_id=None if first.visit_id else first.caller_id,
                patient_id=first.patient_id,
                location_id=first.location_id,
                source_id=named[0] if named else None,
                charted=any(link.evidence == Evidence.DOCUMENTED or link.on_paper for _, link in each.links),
                way=tuple(way_taken(received, moves)),
                events=tuple(noted),
            )
        )
    return sorted(found, key=lambda each: (each.opened_on, each.id))


def _received(sent: _Episode, known: list[KnownVisit]) -> Move:
    """The first move: when the first visit became known, else when the caller called."""
    if known:
        first = min(known, key=lambda visit: visit.known_at)
        return Move(Stage.REFERRED, first.known_on, first.known_at, derived=True)
    opened_on, link = sent.links[0]
    return Move(Stage.REFERRED, opened_on, link.called_at, derived=True)


def _zones() -> dict[int, str]:
    query = select(Location.id, Location.time_zone)
    return once_a_look("zones", None, lambda: {row[0]: row[1] for row in db.session.execute(query)})


def _sent(links: list[Row[Any]], lists: Lists, zones: Mapping[int, str]) -> Iterator[_Episode]:
    by_pair: defaultdict[tuple[int, tuple[str, int]], list[tuple[date, Row[Any]]]] = defaultdict(list)
    for link in links:
        physician_id = lists.physician_counts_as.get(link.physician_id, link.physician_id)
        if link.visit_id is None:
            person = ("caller", link.caller_id)
            day = clock.clinic_day(link.called_at, zones[link.location_id])
        else:
            person = ("patient", lists.patient_counts_as.get(link.patient_id, link.patient_id))
            day = link.visit_date
        by_pair[physician_id, person].append((day, link))
    for (physician_id, person), dated in by_pair.items():
        dated.sort(key=lambda each: (each[0], each[1].id))
        begun = 0
        for place in range(1, len(dated) + 1):
            if place == len(dated) or dated[place][0] - dated[place - 1][0] > ANEW_AFTER:
                yield _Episode(physician_id, person, dated[begun:place])
                begun = place


def _visits_of(people: Collection[int], lists: Lists) -> dict[int, list[Row[Any]]]:
    """Person → every visit of theirs, at any location: whoever was sent to one and seen at another has come."""
    if not people:
        return {}
    query = select(
        Visit.patient_id,
        Visit.location_id,
        Visit.visit_date,
        Visit.scheduled_at,
        # Of an older schedule that was loaded later the visit itself is what is known first.
        case((Visit.created_at < Visit.scheduled_at, Visit.created_at), else_=Visit.scheduled_at).label("known_at"),
        Visit.status,
        Visit.arrived_at,
    ).where(among(Visit.patient_id, sorted(_charts(people, lists))))
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in db.session.execute(query):
        found[lists.patient_counts_as.get(row.patient_id, row.patient_id)].append(row)
    return found


def _known_visits(sent: _Episode, visits: Mapping[int, list[Row[Any]]], zones: Mapping[int, str]) -> list[KnownVisit]:
    kind, person_id = sent.person
    if kind != "patient":
        return []
    first_day, last_day = sent.links[0][0], sent.links[-1][0] + ANEW_AFTER
    return [
        KnownVisit(
            day=row.visit_date,
            scheduled_at=row.scheduled_at,
            known_on=min(clock.clinic_day(row.known_at, zones[row.location_id]), row.visit_date),
            known_at=row.known_at,
            status=row.status,
            arrived_at=row.arrived_at,
        )
        for row in visits.get(person_id, ())
        if first_day <= row.visit_date <= last_day
    ]


def _keys(sent: _Episode) -> set[tuple[str, int]]:
    visits = {("visit", link.visit_id) for _, link in sent.links if link.visit_id}
    return visits | {("caller", link.caller_id) for _, link in sent.links if link.caller_id}


def _events(links: list[Row[Any]], lists: Lists) -> dict[tuple[str, int, int], list[ReferralEvent]]:
    """(whether of a visit or a caller, its id, the physician) → what was noted."""
    visit_ids = sorted({link.visit_id for link in links if link.visit_id})
    caller_ids = sorted({link.caller_id for link in links if link.caller_id})
    found: defaultdict[tuple[str, int, int], list[ReferralEvent]] = defaultdict(list)
    event = ReferralEvent
    for column, ids in ((event.visit_id, visit_ids), (event.caller_id, caller_ids)):
        for each in db.session.scalars(select(event).where(among(column, ids))) if ids else ():
            physician_id = lists.physician_counts_as.get(each.physician_id, each.physician_id)
            key = ("visit", each.visit_id) if each.visit_id else ("caller", each.caller_id or 0)
            found[(*key, physician_id)].append(each)
    return found


def _outcomes(links: list[Row[Any]]) -> dict[tuple[str, int], list[CallOutcome]]:
    caller_ids = sorted({link.caller_id for link in links if link.caller_id})
    found: defaultdict[tuple[str, int], list[CallOutcome]] = defaultdict(list)
    for each in db.session.scalars(select(CallOutcome).where(among(CallOutcome.caller_id, caller_ids))):
        found["caller", each.caller_id].append(each)
    return found


def _called_moves(outcomes: Iterable[CallOutcome], zone: str) -> Iterator[Move]:
    """What came of calling the person: booked, or why not."""
    for each in outcomes:
        stage = {CallResult.BOOKED: Stage.BOOKED, CallResult.NOT_BOOKED: Stage.DECLINED}.get(CallResult(each.result))
        if stage == Stage.DECLINED:
            stage = {WhyNot.ELSEWHERE: Stage.ELSEWHERE, WhyNot.NOT_REACHED: Stage.NOT_REACHED}.get(
                WhyNot(each.why_not or WhyNot.OTHER), stage
            )
        if stage is not None:
            yield Move(stage, clock.clinic_day(each.recorded_at, zone), each.recorded_at, derived=True)


def _noted_moves(events: Iterable[ReferralEvent]) -> list[Move]:
    return [
        Move(
            Stage(each.value),
            each.day,
            each.recorded_at,
            corrects=each.kind == EventKind.CORRECTION,
            words=each.words,
            by_id=each.recorded_by_id,
        )
        for each in events
        if each.kind in (EventKind.STAGE, EventKind.CORRECTION)
    ]
