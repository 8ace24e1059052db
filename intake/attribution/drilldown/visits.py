"""The visits behind a figure: which ones the ledger counts there, and what was said at each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.drilldown.figures import Figure
from intake.attribution.drilldown.paging import newest_visits
from intake.attribution.filters.dimensions.people import PATIENT, PHYSICIAN, PRACTICE, PersonDimension
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import Lists
from intake.db import db
from intake.directory.models import Location, Patient, SourceKind, Visit
from intake.id_filters import among_given, database_kind, given
from intake.survey.answers.counted_reply import reply_visit
from intake.survey.answers.effective_answer import EffectiveMention, effective_mentions, is_current
from intake.survey.models import Answer, Ask, Evidence, Outcome, PhysicianReferral
from intake.survey.outcomes import DOORS, OUTCOMES


@dataclass(frozen=True)
class SaidMention:
    """One mention as it stands now: the source, whom it points at, and the words given."""

    source: str
    who: str = ""
    words: str = ""
    evidence: str = ""
    # It points at the record of a physician or a practice, and the source isn't one of friends and family.
    is_of_physician: bool = False
    source_id: int | None = None
    physician_id: int | None = None
    practice_id: int | None = None


@dataclass(frozen=True)
class VisitRow:
    """One visit behind a figure. `units` is what it adds there; None for a figure of coverage."""

    visit_id: int
    day: date
    location: str
    patient: str
    mrn: str
    provider: str
    outcome: str
    channel: str
    asked_by: str
    verbatim: str
    said: tuple[SaidMention, ...]
    # Physician that the chart names although the patient named another or none.
    chart_says: str
    charted_id: int | None
    units: int | None


def visit_rows(
    figure: Figure, lists: Lists, *, names: bool, offset: int = 0, limit: int | None = None, of: int | None = None
) -> list[VisitRow]:
    """The visits behind a figure with what was said, newest day first. `of`: how many there are, if known.

    `names`: whether the reader may see who the patients are; else as `nameless`.
    """
    standing = newest_visits(figure, lists, offset=offset, limit=limit, of=of)
    rows = _with_what_was_said(standing, lists, counting=figure.by is not None) if standing else []
    return rows if names else [nameless(row) for row in rows]


def nameless(visit: VisitRow) -> VisitRow:
    """The visit for who may not see patients' names: nothing in it says who a patient is, or is told in their words.

    Typed words may hold a name. Only words beside a physician's record stay, where nothing else was said.
    """
    only_physicians = all(each.is_of_physician for each in visit.said)
    said = tuple(
        replace(each, who=each.who if each.is_of_physician else "", words=each.words if only_physicians else "")
        for each in visit.said
    )
    return replace(visit, patient="", mrn="", verbatim="", said=said)


def _with_what_was_said(standing: dict[int, int], lists: Lists, *, counting: bool) -> list[VisitRow]:
    # Of several entries in the chart the newest holds, and it comes last.
    visits = {row.id: row for row in db.session.execute(_visits(database_kind()), {"visit_ids": given(standing)})}
    answered = [row.answer_id for row in visits.values() if row.outcome not in (None, Outcome.WITHDRAWN)]
    recorded = effective_mentions(answered)
    merges = lists.merges
    mentions = {each: [mention.read_under(merges) for mention in said] for each, said in recorded.items()}
    every = [mention for said in mentions.values() for mention in said]
    charted = {row.id: lists.physician_counts_as.get(row.charted_id, row.charted_id) for row in visits.values()}
    named = {mention.physician_id for mention in every} | set(charted.values())
    physicians = _labels(PHYSICIAN, named, lists)
    physicians |= {-row: name for row, name in _labels(PRACTICE, (each.practice_id for each in every), lists).items()}
    patients = _labels(PATIENT, (mention.referring_patient_id for mention in every), lists)
    rows = []
    for visit_id, units in standing.items():
        visit = visits[visit_id]
        said = mentions.get(visit.answer_id, [])
        is_answered = visit.outcome not in (None, Outcome.WITHDRAWN)
        rows.append(
            VisitRow(
                visit_id=visit_id,
                day=visit.visit_date,
                location=visit.location,
                patient=f"{visit.first_name} {visit.last_name}",
                mrn=visit.mrn,
                provider=visit.provider,
                outcome=OUTCOMES[visit.outcome].label if is_answered else "No answer",
                channel=DOORS[visit.channel].label if is_answered else "",
                asked_by=visit.asked_by or "" if is_answered else "",
                verbatim=visit.verbatim if is_answered else "",
                said=_said(said, lists, physicians, patients),
                chart_says=_chart_says(charted[visit_id], said, physicians),
                charted_id=charted[visit_id],
                units=units if counting else None,
            )
        )
    return rows


@cache
def _visits(kind: str) -> Any:
    """Visits with their current answer and what their chart says. Made once: that takes longer than the answer."""
    charted = PhysicianReferral
    documented = (charted.evidence == Evidence.DOCUMENTED) & charted.ended_at.is_(None)
    return (
        select(
            Visit.id,
            Visit.visit_date,
            Visit.provider,
            Location.name.label("location"),
            Patient.first_name,
            Patient.last_name,
            Patient.mrn,
            Answer.id.label("answer_id"),
            Answer.outcome,
            Answer.verbatim,
            Ask.channel,
            Staff.name.label("asked_by"),
            charted.physician_id.label("charted_id"),
        )
        .join(Location, Location.id == Visit.location_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(Answer, (Answer.visit_id == reply_visit(Visit.id)) & is_current())
        .outerjoin(Ask, Ask.id == Answer.ask_id)
        .outerjoin(Staff, Staff.id == Ask.staff_id)
        .outerjoin(charted, (charted.visit_id == Visit.id) & documented)
        .where(among_given(Visit.id, "visit_ids", kind))
        .order_by(charted.id)
    )


def _said(
    mentions: list[EffectiveMention], lists: Lists, physicians: dict[int, str], patients: dict[int, str]
) -> tuple[SaidMention, ...]:
    return tuple(said for mention in mentions for said in _mention(mention, lists, physicians, patients))


def _mention(
    mention: EffectiveMention, lists: Lists, physicians: dict[int, str], patients: dict[int, str]
) -> Iterator[SaidMention]:
    link = mention.link
    who = link.referrer_name if link else ""
    named = physicians.get(mention.physician_id or -(mention.practice_id or 0))
    who = named or patients.get(mention.referring_patient_id or 0) or who
    label, of_patients = _source(mention.source_id, lists) if mention.source_id else (mention.unnamed, False)
    yield SaidMention(
        label,
        who,
        mention.detail if mention.detail != who else "",
        link.evidence if link else "",
        is_of_physician=(mention.physician_id or mention.practice_id) is not None and not of_patients,
        source_id=mention.source_id,
        physician_id=mention.physician_id,
        practice_id=mention.practice_id,
    )
    for source_id in mention.beside:
        also, _ = _source(source_id, lists)
        yield SaidMention(also, source_id=source_id)


def _source(source_id: int, lists: Lists) -> tuple[str, bool]:
    """Its label, and whether it stands for patients who referred."""
    return source_name(lists, source_id).label, lists.sources[source_id].kind == SourceKind.PATIENT


def _chart_says(charted_id: int | None, mentions: list[EffectiveMention], physicians: dict[int, str]) -> str:
    """Name of the physician in the chart when the answer doesn't name the same one."""
    if charted_id is None or any(mention.physician_id == charted_id for mention in mentions):
        return ""
    return physicians.get(charted_id, "")


def _labels(people: PersonDimension, ids: Iterable[int | None], lists: Lists) -> dict[int, str]:
    wanted = {each for each in ids if each}
    return {row: name.label for row, name in people.names(wanted, lists).items()} if wanted else {}
