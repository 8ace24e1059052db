"""Patients named as those who sent somebody, until staff say which record that is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from flask import abort
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.directory.models import DID_NOT_COME, Patient, ReferralSource, SourceKind, Visit
from intake.directory.patients import queries
from intake.directory.patients.records import PatientHit, as_kept, patient_mapping, search_patients
from intake.id_filters import among
from intake.survey.answers.counted_reply import may_count
from intake.survey.answers.effective_answer import decision_that_holds, is_current
from intake.survey.free_text.source_cache import source_index
from intake.survey.models import Answer, Mention, MentionDecision, PatientReferral
from intake.survey.review.groups import ReviewLists, read
from intake.survey.spotting.kinds import PLACES, SOMEBODY
from intake.survey.text_reader.other_languages import is_understood

MOST_CANDIDATES = 5
_STEP = 200
LATELY = timedelta(days=60)


@dataclass(frozen=True)
class NamedPerson:
    """Somebody who was named: `name` as the patient gave it, `words` all that was said about them."""

    mention_id: int
    source_id: int
    visit: Visit
    name: str
    words: str


@dataclass(frozen=True)
class Candidate:
    """A patient record that the name may mean. `hints` speak for or against it."""

    hit: PatientHit
    hints: tuple[str, ...]
    household: bool = False


@dataclass(frozen=True)
class MatchedPerson:
    """A decision in force. `referrer` None: not a patient here."""

    decision: MentionDecision
    visit: Visit
    name: str
    referrer: Patient | None
    decided_by: str


def unmatched_people(*, within: Collection[int], limit: int) -> list[NamedPerson]:
    """Names without a record in current answers at these locations, the latest visit first."""
    found = _unmatched(_waiting(within).where(Visit.visit_date >= clock.now().date() - LATELY), limit)
    # Mostly there are enough, and the visits of all years need not be read.
    return found if len(found) >= limit else _unmatched(_waiting(within), limit)


def _unmatched(waiting: Select[Any], limit: int) -> list[NamedPerson]:
    query = (
        waiting.with_only_columns(Mention.id, _source(), Visit, _name(), Mention.detail, maintain_column_froms=True)
        .options(joinedload(Visit.patient), joinedload(Visit.location))
        .order_by(Visit.visit_date.desc(), Mention.id.desc())
    )
    found: list[NamedPerson] = []
    lists = _lists()
    # Each step goes on where the one before ended, without reading that again.
    after = query
    while batch := db.session.execute(after.limit(_STEP)).all():
        for mention_id, source_id, visit, given, detail in batch:
            # "A friend" names nobody.
            if name := _name_in(given, detail, lists):
                found.append(NamedPerson(mention_id, source_id, visit, name, detail))
                if len(found) >= limit:
                    return found
        day, last = batch[-1][2].visit_date, batch[-1][0]
        after = query.where(or_(Visit.visit_date < day, and_(Visit.visit_date == day, Mention.id < last)))
    return found


def count_unmatched_people(*, within: Collection[int], at_most: int) -> int:
    """Return how many there are, counted up to `at_most`."""
    rows = db.session.execute(
        _waiting(within)
        .with_only_columns(_name(), Mention.detail, maintain_column_froms=True)
        .order_by(Mention.id.desc())
        .limit(4 * at_most)
    ).all()
    if not rows:
        return 0
    lists = _lists()
    named = (1 for given, detail in rows if _name_in(given, detail, lists))
    return sum(islice(named, at_most))


def _lists() -> ReviewLists:
    return ReviewLists(source_index(clock.clinic_today(queries.practice().time_zone)))


def _name_in(given: str | None, detail: str, lists: ReviewLists) -> str:
    """The name to look for: "Linda M" of "my neighbor Linda M". Empty for words that name nobody: "a friend"."""
    if not given:
        return _person_in(detail, lists)
    return _person_in(given, lists) or ("" if _is_only_a_relation(given, lists) else given)


def _is_only_a_relation(given: str, lists: ReviewLists) -> bool:
    """Somebody, and nobody who could be looked for: "my sister", "a friend at work"."""
    mentions = read(given, lists).mentions
    only = bool(mentions) and all(mention.meaning in SOMEBODY | PLACES for mention in mentions)
    return only and is_understood(given)


def _person_in(detail: str, lists: ReviewLists) -> str:
    """The friend or relative whom the words name."""
    readings = (read(detail, lists), read(f"my friend {detail}", lists))
    return next((mention.person for reading in readings for mention in reading.mentions if mention.person), "")


def named_person(mention_id: int, *, within: Collection[int]) -> NamedPerson:
    """The person named in this mention, matched already or not, or a 404."""
    query = (
        _named(within)
        .where(Mention.id == mention_id)
        .with_only_columns(Mention.id, _source(), Visit, _name(), Mention.detail, maintain_column_froms=True)
        .options(joinedload(Visit.patient), joinedload(Visit.location))
    )
    mention, source_id, visit, given, detail = db.session.execute(query).first() or abort(404)
    return NamedPerson(mention, source_id, visit, _name_in(given, detail, _lists()) or detail, detail)


def candidates(
    people: Collection[NamedPerson], *, instead: Mapping[int, str] | None = None, within: Collection[int] = ()
) -> dict[int, list[Candidate]]:
    """Mention → patients of the visit's location whom its name may mean; never the patient themselves.

    `instead`: of these mentions, what to look for in place of the name, at all of `within`.
    """
    hits = {each.mention_id: _hits(each, (instead or {}).get(each.mention_id, ""), within) for each in people}
    ids = {hit.patient_id for found in hits.values() for hit in found}
    records = {row.id: row for row in db.session.scalars(select(Patient).where(among(Patient.id, ids)))}
    columns: Any = select(Visit.patient_id, func.min(Visit.visit_date))
    came = columns.where(among(Visit.patient_id, ids), Visit.status.not_in(DID_NOT_COME)).group_by(Visit.patient_id)
    first_visits = {row[0]: row[1] for row in db.session.execute(came)}

    def candidate(named: NamedPerson, hit: PatientHit) -> Candidate:
        household = _household(named.visit.patient, records[hit.patient_id])
        hints = (*household, *_since(named.visit, first_visits.get(hit.patient_id)))
        return Candidate(hit, hints, bool(household))

    # Who shares a household goes first among those whom the name may mean.
    return {
        each.mention_id: sorted(
            (candidate(each, hit) for hit in hits[each.mention_id]), key=lambda found: not found.household
        )
        for each in people
    }


def _hits(named: NamedPerson, text: str, within: Collection[int]) -> list[PatientHit]:
    patient = named.visit.patient
    places = within if text else [named.visit.location_id]
    found = search_patients(text or named.name, within=places, limit=MOST_CANDIDATES + 1)
    own = patient_mapping([patient.id]).get(patient.id, patient.id)
    return [hit for hit in found if hit.patient_id not in (patient.id, own)][:MOST_CANDIDATES]


def matched_people(*, within: Collection[int], limit: int) -> list[MatchedPerson]:
    """Decisions by hand in force, the latest first."""
    rows = db.session.execute(
        select(MentionDecision, Visit, Mention.detail, Patient, Staff.name)
        .join(Mention, Mention.id == MentionDecision.mention_id)
        .join(Answer, Answer.id == Mention.answer_id)
        .join(Visit, Visit.id == Answer.visit_id)
        .join(ReferralSource, ReferralSource.id == MentionDecision.source_id)
        .outerjoin(PatientReferral, PatientReferral.id == MentionDecision.patient_referral_id)
        .outerjoin(Patient, Patient.id == PatientReferral.referring_patient_id)
        .outerjoin(Staff, Staff.id == MentionDecision.decided_by_id)
        .where(
            MentionDecision.rule_id.is_(None),
            MentionDecision.decided_by_id.is_not(None),
            MentionDecision.undone_at.is_(None),
            ReferralSource.kind == SourceKind.PATIENT,
            Visit.location_id.in_(within),
        )
        .options(joinedload(Visit.patient), joinedload(Visit.location))
        .order_by(MentionDecision.id.desc())
        .limit(limit)
    )
    found: list[Any] = list(rows)
    kept = as_kept({patient.id for _, _, _, patient, _ in found if patient is not None})
    return [
        MatchedPerson(decision, visit, detail, kept.get(patient.id) if patient else None, name or "")
        for decision, visit, detail, patient, name in found
    ]


def match_decision(decision_id: int, *, within: Collection[int]) -> MentionDecision:
    """A decision by hand about who was named, or a 404 when it lies elsewhere."""
    query = (
        select(MentionDecision)
        .join(Mention, Mention.id == MentionDecision.mention_id)
        .join(Answer, Answer.id == Mention.answer_id)
        .join(Visit, Visit.id == Answer.visit_id)
        .where(MentionDecision.id == decision_id, MentionDecision.rule_id.is_(None), Visit.location_id.in_(within))
    )
    return db.session.scalars(query).one_or_none() or abort(404)


def _household(patient: Patient, other: Patient) -> tuple[str, ...]:
    """What speaks for one household."""
    same_phone = bool(patient.mobile_e164) and patient.mobile_e164 == other.mobile_e164
    same_surname = bool(patient.last_name) and patient.last_name.casefold() == other.last_name.casefold()
    return (*(("same phone number",) if same_phone else ()), *(("same surname",) if same_surname else ()))


def _since(visit: Visit, first: date | None) -> tuple[str, ...]:
    if first is None:
        return ("never came",)
    return (f"first came later than {visit.patient.first_name}",) if first > visit.visit_date else ()


def _source() -> Any:
    return func.coalesce(MentionDecision.source_id, Mention.source_id).label("source_id")


def _name() -> Any:
    """The name given apart from the words; NULL when none was."""
    return (
        select(PatientReferral.referrer_name)
        .where(PatientReferral.mention_id == Mention.id, PatientReferral.referrer_name != "")
        .order_by(PatientReferral.id)
        .limit(1)
        .correlate(Mention)
        .scalar_subquery()
        .label("given")
    )


def _named(within: Collection[int]) -> Select[Any]:
    """Mentions in current answers that name a person: as recorded, or as a rule says of their words."""
    people = select(ReferralSource.id).where(ReferralSource.kind == SourceKind.PATIENT)
    decided_people = select(MentionDecision.mention_id).where(
        MentionDecision.source_id.in_(people), MentionDecision.undone_at.is_(None)
    )
    return (
        select(Mention.id)
        .join(Answer, Answer.id == Mention.answer_id)
        .join(Visit, Visit.id == Answer.visit_id)
        .outerjoin(MentionDecision, MentionDecision.id == decision_that_holds(Mention.id).correlate(Mention))
        .where(
            or_(Mention.source_id.in_(people), Mention.id.in_(decided_people)),
            or_(MentionDecision.id.is_(None), MentionDecision.source_id.in_(people)),
            Mention.detail_normal != "",
            is_current(),
            Visit.location_id.in_(within),
            may_count(),
        )
    )


def _waiting(within: Collection[int]) -> Select[Any]:
    linked = select(PatientReferral.id).where(
        PatientReferral.mention_id == Mention.id,
        PatientReferral.referring_patient_id.is_not(None),
        PatientReferral.ended_at.is_(None),
    )
    by_hand = (
        select(MentionDecision.id)
        .where(
            MentionDecision.mention_id == Mention.id,
            MentionDecision.undone_at.is_(None),
            MentionDecision.rule_id.is_(None),
        )
        .correlate(Mention)
    )
    return _named(within).where(~linked.exists(), ~by_hand.exists())
