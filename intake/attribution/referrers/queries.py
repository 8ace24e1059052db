"""What else a physician's page asks: who it is, what became of everybody they sent, how their patients said it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union
from sqlalchemy.orm import joinedload

from intake import clock
from intake.attribution.filters.dimensions.dimension import Dimension, RowName
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.dimensions.visit_fields import LOCATION
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import entries_within
from intake.attribution.filters.request import SentRequest, Which
from intake.attribution.referrers.charted import charted_visits
from intake.attribution.statistics.shares import wilson
from intake.capture.call.queries import patient_called_for
from intake.db import db
from intake.directory.merge_mapping import with_merged
from intake.directory.models import ELIGIBLE_STATUSES, Caller, Location, Physician, Visit
from intake.id_filters import among
from intake.survey.answers.effective_answer import link_holds
from intake.survey.models import CreditEntry, Evidence, PhysicianReferral

CHART_ALONE = "The chart alone"
# The row of a dimension (None: the chart alone), its name, and how many.
ReferralPart = tuple[Any, RowName, int]
STATUS_WORDS = {
    "scheduled": "Not arrived",
    "arrived": "Came",
    "completed": "Came",
    "cancelled": "Cancelled",
    "no_show": "Didn't come",
}


@dataclass(frozen=True)
class ReferralOutcome:
    """Of everybody whom a physician is known to have sent, up to today: how many came."""

    sent: int
    came: int
    callers: int

    @property
    def share(self) -> float | None:
        return self.came / self.sent if self.sent else None

    @property
    def interval(self) -> tuple[float, float]:
        """The share's 95% Wilson interval."""
        return wilson(self.came, self.sent)


@dataclass(frozen=True)
class SentPatient:
    """One patient or caller whom a physician sent. `said` and `charted` say how that is known."""

    day: date
    location: str
    who: str
    mrn: str
    what: str
    came: bool
    said: bool
    charted: bool

    @property
    def known_from(self) -> str:
        if self.said and self.charted:
            return "Patient and chart"
        return "Chart" if self.charted else "Patient"


def physician(physician_id: int) -> Physician | None:
    if not 0 < physician_id < 2**62:
        return None
    return db.session.get(Physician, physician_id, options=[joinedload(Physician.referring_practice)])


def names_any(table: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """SQL condition on a link or a ledger entry: it names one of these physicians, or (below 0) practices."""
    practices = [-each for each in ids if each < 0]
    named = table.physician_id.in_([each for each in ids if each > 0])
    return or_(named, table.practice_id.in_(practices)) if practices else named


def records_counted_as(physician_id: int, lists: Lists) -> list[int]:
    """The ids of every record that is read as this physician, their own first."""
    return [physician_id, *sorted(with_merged({physician_id}, lists.physician_counts_as) - {physician_id})]


def referral_outcome(ids: Collection[int], *, until: date, location_ids: Collection[int]) -> ReferralOutcome:
    """Visits (each once, however often a link was recorded) and callers without a visit yet."""
    visits = _sent_visits(ids, until, location_ids)
    came = func.sum(case((Visit.status.in_(ELIGIBLE_STATUSES), 1), else_=0))
    row = db.session.execute(select(func.count(), came).select_from(Visit).where(Visit.id.in_(visits))).one()
    callers = db.session.scalar(
        select(func.count()).select_from(Caller).where(Caller.id.in_(_callers(ids, location_ids)))
    )
    return ReferralOutcome(sent=int(row[0]) + int(callers or 0), came=int(row[1] or 0), callers=int(callers or 0))


def shown_patients(
    sent: SentRequest, ids: Collection[int], *, until: date, location_ids: Collection[int], part: slice = slice(None)
) -> tuple[list[SentPatient], int]:
    """The patients that a page of those sent and its files list, newest first: a part of them, and how many there are.

    Only those of that part are read in full.
    """
    found = _referrals(sent.days, ids, location_ids, sent.came) if sent.days else None
    listed: list[tuple[date, int | SentPatient]] = (
        [(day, visit_id) for visit_id, (day, _) in found.items()]
        if found is not None
        else _sent_days(ids, until, location_ids, sent.came)
    )
    here = listed[part]
    visit_ids = [each for _, each in here if isinstance(each, int)]
    known = {each: found[each][1] for each in visit_ids} if found is not None else _evidence(visit_ids, ids)
    query = (
        select(Visit).where(among(Visit.id, visit_ids)).options(joinedload(Visit.patient), joinedload(Visit.location))
    )
    visits = {each.id: each for each in db.session.scalars(query)}
    rows = [each if isinstance(each, SentPatient) else _sent(visits[each], known[each]) for _, each in here]
    return rows, len(listed)


def _sent_days(
    ids: Collection[int], until: date, location_ids: Collection[int], which: Which
) -> list[tuple[date, int | SentPatient]]:
    """The day, and the visit or the caller, of everybody behind `became`, newest first, or of only some of them."""
    evidence = [PhysicianReferral.evidence == Evidence.DOCUMENTED] if which == Which.CHARTED else []
    columns: Any = select(Visit.visit_date, Visit.id)
    query = columns.where(Visit.id.in_(_sent_visits(ids, until, location_ids, *evidence)))
    if which != Which.ALL:
        held = Visit.status.in_(ELIGIBLE_STATUSES)
        query = query.where(~held if which == Which.DID_NOT_COME else held)
    newest = query.order_by(Visit.visit_date.desc(), Visit.id.desc())
    listed: list[tuple[date, int | SentPatient]] = []
    if which != Which.CALLED:
        listed += ((row[0], row[1]) for row in db.session.execute(newest))
    if which not in (Which.CHARTED, Which.CAME):
        listed += ((each.day, each) for each in _sent_callers(ids, location_ids))
    return sorted(listed, key=lambda each: each[0], reverse=True)


def _referrals(
    period: Period, ids: Collection[int], location_ids: Collection[int], which: Which
) -> dict[int, tuple[date, set[str]]]:
    """Visit → its day and how it is known, of the new patients who count as referrals on these days, newest first."""
    charted, said = (_days(query(ids, period, location_ids)) for query in (_charted, _said))
    wanted = {
        Which.CHARTED: charted.keys(),
        Which.SAID: said.keys(),
        Which.BOTH: charted.keys() & said.keys(),
        Which.CHART_ALONE: charted.keys() - said.keys(),
    }
    days = charted | said
    newest = sorted(wanted.get(which, days.keys()), key=lambda each: (days[each], each), reverse=True)
    known = ((said, Evidence.PATIENT_STATED), (charted, Evidence.DOCUMENTED))
    return {each: (days[each], {evidence for visits, evidence in known if each in visits}) for each in newest}


def referral_days(ids: Collection[int], period: Period, *, location_ids: Collection[int]) -> dict[int, date]:
    """Visit → its day, of the new patients who count as referrals of these records on these days."""
    return _days(_charted(ids, period, location_ids)) | _days(_said(ids, period, location_ids))


def referral_places(
    period: Period, *, location_ids: Collection[int], ids: Collection[int] | None = None
) -> dict[int, int]:
    """Location → new patients of these days whom a physician, or one of these, sent, by chart or answer, each once."""
    linked, said = (query(ids, period, location_ids).subquery() for query in (_charted, _said))
    sent = union(select(linked.c[0]), select(said.c[0])).subquery()
    query = select(Visit.location_id, func.count()).where(Visit.id.in_(select(sent.c[0]))).group_by(Visit.location_id)
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def _days(query: Select[Any]) -> dict[int, date]:
    return {row[0]: row[1] for row in db.session.execute(query)}


def _charted(ids: Collection[int] | None, period: Period, location_ids: Collection[int]) -> Select[Any]:
    visits = charted_visits(period, location_ids=location_ids)
    if ids is None:
        return visits
    return visits.where(among(PhysicianReferral.physician_id, sorted(each for each in ids if each > 0)))


def _said(ids: Collection[int] | None, period: Period, location_ids: Collection[int]) -> Select[Any]:
    entry = CreditEntry
    columns: Any = select(entry.visit_id, entry.day)
    named = entry.physician_id.is_not(None) if ids is None else names_any(entry, ids)
    return (
        columns.where(*entries_within(entry, period, location_ids), named)
        .group_by(entry.visit_id, entry.day)
        .having(func.sum(entry.any_units) > 0)
    )


def _sent(visit: Visit, evidence: Collection[str]) -> SentPatient:
    return SentPatient(
        day=visit.visit_date,
        location=visit.location.name,
        who=f"{visit.patient.first_name} {visit.patient.last_name}",
        mrn=visit.patient.mrn,
        what=STATUS_WORDS[visit.status],
        came=visit.status in ELIGIBLE_STATUSES,
        said=bool(set(evidence) - {Evidence.DOCUMENTED}),
        charted=Evidence.DOCUMENTED in evidence,
    )


def charted(ids: Collection[int], *, until: date, location_ids: Collection[int]) -> int:
    """Visits that came and whose chart names this physician."""
    visits = _sent_visits(ids, until, location_ids, PhysicianReferral.evidence == Evidence.DOCUMENTED)
    query = select(func.count()).where(Visit.id.in_(visits), Visit.status.in_(ELIGIBLE_STATUSES))
    return db.session.scalar(query) or 0


def places_and_sources(
    ids: Collection[int], *, period: Period, location_ids: Collection[int], lists: Lists
) -> tuple[list[ReferralPart], list[ReferralPart]]:
    """Where the referrals of these days came, and how patients put it with those last whom only the chart names."""
    at = referral_places(period, location_ids=location_ids, ids=ids)
    charted, said = (_days(query(ids, period, location_ids)) for query in (_charted, _said))
    sources = _most_first(SOURCE, _said_sources(ids, period, location_ids, lists), lists)
    if alone := len(charted.keys() - said.keys()):
        sources.append((None, RowName("", CHART_ALONE), alone))
    return _most_first(LOCATION, at, lists), sources


def _most_first(by: Dimension, counts: Mapping[Any, int], lists: Lists) -> list[ReferralPart]:
    names = by.names(counts, lists)
    parts = [(row, names[row], count) for row, count in counts.items()]
    return sorted(parts, key=lambda each: (-each[2], each[1].label))


def _said_sources(ids: Collection[int], period: Period, location_ids: Collection[int], lists: Lists) -> dict[Any, int]:
    """Source → visits of which the answer names one of these there."""
    entry = (
        select(CreditEntry.visit_id, SOURCE.entry_row(lists).label("row"), CreditEntry.any_units.label("units"))
        .where(*entries_within(CreditEntry, period, location_ids), names_any(CreditEntry, ids))
        .subquery()
    )
    counted = (
        select(entry.c.row, entry.c.visit_id)
        .group_by(entry.c.row, entry.c.visit_id)
        .having(func.sum(entry.c.units) > 0)
        .subquery()
    )
    found = db.session.execute(select(counted.c.row, func.count()).group_by(counted.c.row))
    return {row[0]: int(row[1]) for row in found}


def _sent_visits(ids: Collection[int], until: date, location_ids: Collection[int], *conditions: Any) -> Select[Any]:
    # A caller who has a visit by now is that visit.
    visit_id = func.coalesce(PhysicianReferral.visit_id, Caller.visit_id)
    return (
        select(Visit.id)
        .select_from(PhysicianReferral)
        .outerjoin(Caller, Caller.id == PhysicianReferral.caller_id)
        .join(Visit, Visit.id == visit_id)
        .where(
            names_any(PhysicianReferral, ids),
            link_holds(PhysicianReferral),
            Visit.visit_date <= until,
            Visit.location_id.in_(sorted(location_ids)),
            *conditions,
        )
    )


def _callers(ids: Collection[int], location_ids: Collection[int]) -> Select[Any]:
    return (
        select(Caller.id)
        .join(PhysicianReferral, PhysicianReferral.caller_id == Caller.id)
        .where(
            names_any(PhysicianReferral, ids),
            link_holds(PhysicianReferral),
            Caller.visit_id.is_(None),
            Caller.location_id.in_(sorted(location_ids)),
        )
    )


def _evidence(visit_ids: Collection[int], ids: Collection[int]) -> dict[int, set[str]]:
    """Visit → how it is known that one of these records sent the patient."""
    visit_id = func.coalesce(PhysicianReferral.visit_id, Caller.visit_id)
    query = (
        select(visit_id, PhysicianReferral.evidence)
        .select_from(PhysicianReferral)
        .outerjoin(Caller, Caller.id == PhysicianReferral.caller_id)
        .where(names_any(PhysicianReferral, ids), link_holds(PhysicianReferral), among(visit_id, visit_ids))
    )
    found: dict[int, set[str]] = {each: set() for each in visit_ids}
    for each, evidence in db.session.execute(query):
        found[each].add(evidence)
    return found


def _sent_callers(ids: Collection[int], location_ids: Collection[int]) -> list[SentPatient]:
    query = select(Caller, Location).join(Location, Location.id == Caller.location_id)
    rows = db.session.execute(query.where(Caller.id.in_(_callers(ids, location_ids)))).all()
    names = patient_called_for([row[0] for row in rows])
    return [
        SentPatient(
            day=clock.clinic_day(caller.called_at, place.time_zone),
            location=place.name,
            who=names[caller.id],
            mrn="",
            what="Called, no visit yet",
            came=False,
            said=True,
            charted=False,
        )
        for caller, place in rows
    ]
