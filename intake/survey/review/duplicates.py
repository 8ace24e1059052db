"""Duplicates in words: the pairs of records that a page shows side by side."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from intake import phone
from intake.db import db
from intake.directory.merging.duplicate_patients import alike_patients, seen_at
from intake.directory.merging.duplicate_physicians import alike_physicians
from intake.directory.merging.duplicate_practices import alike_practices
from intake.directory.merging.duplicates import Alike, still_open
from intake.directory.merging.merge import Kind, Merged, Pair, active_merges, read_as_one
from intake.directory.models import Location, Patient, Physician, ReferralSource, ReferringPractice
from intake.directory.npi.specialties import specialty_name
from intake.directory.patients.new_patients import again_after_years, new_patients, people_with
from intake.directory.patients.provisional import say_chart
from intake.directory.physicians.queries import members_of
from intake.directory.registry_names import physician_name, proper
from intake.survey.answers.counted_reply import counted_reply, replies_at
from intake.survey.answers.effective_answer import NOT_MATCHED
from intake.survey.ledger.counting import credited_mentions
from intake.survey.ledger.merge_effects import RecordCredit, credited, visits_of
from intake.survey.models import Outcome
from intake.survey.outcomes import OUTCOMES
from intake.survey.review import source_use
from intake.survey.review.similar_sources import alike_sources
from intake.web.ttl_cache import worked_out_aside
from intake.web.ui.formatting import say_date, say_day, say_month

HOLDS: dict[Kind, Any] = {
    Kind.PHYSICIANS: Physician,
    Kind.PRACTICES: ReferringPractice,
    Kind.PATIENTS: Patient,
    Kind.SOURCES: ReferralSource,
}


@dataclass(frozen=True)
class DuplicateSide:
    """One side: what it is called, and (label, value) of what tells it from the other."""

    id: int
    name: str
    facts: tuple[tuple[str, str], ...]
    # How much speaks for keeping this one: more of it than the other has.
    weight: tuple[int, int, int]


@dataclass(frozen=True)
class DuplicateComparison:
    """Two records side by side, the one to keep first."""

    alike: Alike
    kept: DuplicateSide
    other: DuplicateSide

    @property
    def rows(self) -> list[tuple[str, str, str, bool]]:
        """(label, what the kept one has, what the other has, whether they differ)"""
        pairs = zip(self.kept.facts, self.other.facts, strict=True)
        return [
            (label, value, other, value.casefold() != other.casefold())
            for (label, value), (_, other) in pairs
            if value or other
        ]


def alike(kind: Kind, *, location_ids: Collection[int], today: date, language: str) -> list[Alike] | None:
    """Return the pairs of this kind that nobody has decided about, the likeliest first.

    Patients as they were compared within the last quarter of an hour; None while that is done for the first time.
    """
    if kind == Kind.PHYSICIANS:
        return alike_physicians()
    if kind == Kind.PRACTICES:
        return alike_practices()
    if kind == Kind.PATIENTS:
        compared_lately = _patients_lately(frozenset(location_ids))
        return None if compared_lately is None else still_open(kind, compared_lately)
    return alike_sources(day=today, language=language)


# Tens of thousands of charts are compared within seconds.
@worked_out_aside(seconds=900)
def _patients_lately(within: frozenset[int]) -> list[Alike]:
    return alike_patients(within=within)


def compared(found: Alike, *, language: str) -> DuplicateComparison:
    """Return the two with what is known of each; the one that more speaks for comes first."""
    one, other = (record(found.kind, record_id, language=language) for record_id in found.ids)
    kept, gone = (one, other) if one.weight >= other.weight else (other, one)
    return DuplicateComparison(found, kept, gone)


def kept_first(found: Alike) -> Pair:
    """Return the ids of two charts, in the order in which `compared` shows them."""

    def weight(chart_id: int) -> tuple[int, int, int]:
        charts = read_as_one(found.kind, chart_id)
        return visits_of(charts)[0], credited(found.kind, charts).visits, -chart_id

    one, other = found.ids
    return (one, other) if weight(one) >= weight(other) else (other, one)


def may_be_seen(kind: Kind, ids: Collection[int], *, location_ids: Collection[int]) -> bool:
    """Whether all these records are there, and for patients, whether each has a visit at one of these locations."""
    if not all(0 < each < 2**62 for each in ids):
        return False
    model = HOLDS[kind]
    query = select(model.id).where(model.id.in_(ids))
    if kind == Kind.PATIENTS:
        query = query.where(Patient.id.in_(seen_at(location_ids)))
    return set(db.session.scalars(query)) == set(ids)


def merges(kind: Kind, *, location_ids: Collection[int], language: str, most: int) -> list[tuple[Merged, str, str]]:
    """(merge, name of the record that was merged, name of the one it is read as), newest first."""
    shown: list[tuple[Merged, str, str]] = []
    for merge in reversed(active_merges(kind)):
        if len(shown) == most:
            break
        if may_be_seen(kind, {merge.gone_id, merge.into_id}, location_ids=location_ids):
            shown.append((merge, told_apart(kind, merge.gone_id, language), told_apart(kind, merge.into_id, language)))
    return shown


def name_of(kind: Kind, record_id: int, language: str) -> str:
    """Return what the record is called on a page."""
    if kind == Kind.SOURCES:
        return source_use.labels(language)[record_id]
    row: Any = db.session.get_one(HOLDS[kind], record_id)
    if kind == Kind.PRACTICES:
        return str(row.name)
    if kind == Kind.PATIENTS:
        return f"{row.first_name} {row.last_name}"
    return physician_name(row.first_name, row.last_name, row.credential)


def told_apart(kind: Kind, record_id: int, language: str) -> str:
    """Return the name with the number that tells it from another record of the same name."""
    name, row = name_of(kind, record_id, language), db.session.get_one(HOLDS[kind], record_id)
    if kind == Kind.PATIENTS:
        return f"{name}, {say_chart(row.mrn)}"
    return f"{name}, NPI {row.npi}" if kind == Kind.PHYSICIANS and row.npi else name


def record(kind: Kind, record_id: int, *, language: str) -> DuplicateSide:
    """Return the record with all that was merged into it already."""
    row: Any = db.session.get_one(HOLDS[kind], record_id)
    sums = credited(kind, read_as_one(kind, record_id))
    name = name_of(kind, record_id, language)
    if kind == Kind.PHYSICIANS:
        return _physician(row, name, sums)
    if kind == Kind.PRACTICES:
        return _practice(row, name, sums)
    made = _patient if kind == Kind.PATIENTS else _source
    return made(row, name, sums, language)


def counts_as(patient_ids: Collection[int], *, language: str) -> str:
    """Say where these charts, read as one person, count as a new patient, and which source counts for them."""
    visits = [visit for person in people_with(patient_ids) for visit in person]
    said = []
    for new in new_patients(visits, again_after_years()):
        replies = replies_at(new.visit_ids)
        reply = counted_reply(replies.values())
        if reply is None:
            words = "has not said how they heard of you"
        elif reply.outcome == Outcome.ANSWERED:
            names = source_use.labels(language)
            credited = credited_mentions([reply.answer_id]).get(reply.answer_id, [])
            named = dict.fromkeys(names.get(each.source_id or 0, NOT_MATCHED) for each in credited)
            words = ", ".join(named) or NOT_MATCHED
        else:
            words = OUTCOMES[Outcome(reply.outcome)].told
        if others := len(replies) - (reply is not None):
            words += f" (said first; {others} later {'answer does' if others == 1 else 'answers do'} not count)"
        at = new.counted
        said.append(
            f"{say_day(at.day)} at {_location_name(at.location_id)}: {words}" if at else f"not here yet: {words}"
        )
    return "; ".join(said) or "No"


def new_patients_changed(one: Collection[int], other: Collection[int]) -> str:
    """Say by how many new patients each month differs once these two people's charts are read as one."""
    years = again_after_years()
    changes: Counter[date] = Counter()
    for charts, sign in (({*one, *other}, 1), (one, -1), (other, -1)):
        visits = [visit for person in people_with(charts) for visit in person]
        for new in new_patients(visits, years):
            if new.counted:
                changes[new.counted.day.replace(day=1)] += sign
    said = [
        f"{say_month(month)} {abs(change)} {'more' if change > 0 else 'fewer'}"
        for month, change in sorted(changes.items())
        if change
    ]
    if not said:
        return "Every month keeps its number of new patients."
    return f"New patients: {', '.join(said)}; what they answered, and coverage, change with it."


def _location_name(location_id: int) -> str:
    return db.session.get_one(Location, location_id).name


def _physician(row: Physician, name: str, sums: RecordCredit) -> DuplicateSide:
    former = f"{proper(row.former_first_name)} {proper(row.former_last_name)}".strip() if row.former_last_name else ""
    practice = row.referring_practice.name if row.referring_practice else ""
    facts = (
        ("NPI", row.npi or "None"),
        ("Formerly", former),
        ("Specialty", specialty_name(row.taxonomy_code)),
        ("Practice", practice),
        ("Street", proper(row.street)),
        ("City", _place(row.city, row.state)),
        ("Telephone", phone.said(row.phone)),
        ("Comes from", "Typed by hand" if row.added_by_hand else "The registry"),
        ("Sent us", _visits(sums)),
    )
    return DuplicateSide(row.id, name, facts, (int(bool(row.npi)) + int(row.active), sums.visits, -row.id))


def _practice(row: ReferringPractice, name: str, sums: RecordCredit) -> DuplicateSide:
    members = len(members_of(row.id))
    facts = (
        ("City", _place(row.city, row.state)),
        ("Telephone", phone.national(row.phone_e164) if row.phone_e164 else ""),
        ("Physicians", str(members)),
        ("Sent us", _visits(sums)),
    )
    return DuplicateSide(row.id, name, facts, (members, sums.visits, -row.id))


def _patient(row: Patient, name: str, sums: RecordCredit, language: str) -> DuplicateSide:
    visits, last_day = visits_of(read_as_one(Kind.PATIENTS, row.id))
    facts = (
        ("Born", say_date(row.birth_date) if row.birth_date else ""),
        ("Chart number", row.mrn),
        ("Mobile", phone.national(row.mobile_e164) if row.mobile_e164 else ""),
        ("Visits", f"{visits}, the last {say_day(last_day)}" if last_day else str(visits)),
        ("New patient", counts_as(read_as_one(Kind.PATIENTS, row.id), language=language)),
        ("Sent us", _visits(sums)),
    )
    return DuplicateSide(row.id, name, facts, (visits, sums.visits, -row.id))


def _source(row: ReferralSource, name: str, sums: RecordCredit, language: str) -> DuplicateSide:
    words = ", ".join(source_use.aliases_of(row.id))
    above = source_use.labels(language)[row.parent_id] if row.parent_id else "The top of the list"
    facts = (("Stands under", above), ("Other words", words), ("Sent us", _visits(sums)))
    return DuplicateSide(row.id, name, facts, (sums.visits, int(row.label is None), -row.id))


def _place(city: str, state: str) -> str:
    return ", ".join(part for part in (proper(city), state) if part)


def _visits(sums: RecordCredit) -> str:
    if not sums.visits:
        return "Nobody yet"
    patients = "1 patient" if sums.visits == 1 else f"{sums.visits:,} patients"
    return f"{patients}, the last {say_day(sums.last_day)}" if sums.last_day else patients
