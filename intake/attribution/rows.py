"""The visits behind a figure: which ones the ledger counts there, and what was said at each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from intake.accounts.models import Staff
from intake.attribution.cuts import Lists
from intake.attribution.figures import Figure
from intake.attribution.labels import CHANNEL_LABELS, physician_name, source_name
from intake.attribution.newest import newest_standing
from intake.db import db
from intake.directory.models import Patient, Physician, SourceKind, Visit
from intake.survey.models import Answer, Channel, Mention, Outcome
from intake.survey.standing import (
    StandingLink,
    current_answers,
    decided_sources,
    documented_physicians,
    links_of,
    sources_beside,
)


@dataclass(frozen=True)
class Said:
    """One mention as it stands now: the source, whom it points at, and the words given."""

    source: str
    who: str = ""
    words: str = ""
    evidence: str = ""
    # Words and names of a patient who referred are that other patient's data.
    names_a_patient: bool = False


class Meant(NamedTuple):
    """The source that a mention was recorded with, or that somebody decided its words to mean, and who is linked."""

    source_id: int | None
    link: StandingLink | None
    # Further sources that the same words name.
    beside: tuple[int, ...]


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
    said: tuple[Said, ...]
    # Physician that the chart names although the patient named another or none.
    chart_says: str
    units: int | None


def visit_rows(
    figure: Figure, lists: Lists, *, offset: int = 0, limit: int | None = None, of: int | None = None
) -> list[VisitRow]:
    """The visits behind a figure with what was said, newest day first. `of`: how many there are, if known."""
    standing = newest_standing(figure, lists, offset=offset, limit=limit, of=of)
    query = select(Visit).where(Visit.id.in_(standing)).options(joinedload(Visit.patient), joinedload(Visit.location))
    visits = {visit.id: visit for visit in db.session.scalars(query)}
    found = [(visits[each], units if figure.by else None) for each, units in standing.items()]
    return _with_what_was_said(found, lists)


def _with_what_was_said(found: list[tuple[Visit, int | None]], lists: Lists) -> list[VisitRow]:
    visit_ids = [visit.id for visit, _ in found]
    answers = current_answers(visit_ids)
    mentions = [mention for answer in answers.values() for mention in answer.mentions]
    links = links_of([mention.id for mention in mentions])
    decided = decided_sources(db.session.connection(), [mention.id for mention in mentions])
    beside = sources_beside(db.session.connection(), list(decided))
    meant = {
        mention.id: Meant(decided.get(mention.id, mention.source_id), links.get(mention.id), beside.get(mention.id, ()))
        for mention in mentions
    }
    charts = documented_physicians(visit_ids)
    recorded = {*charts.values(), *(link.physician_id for link in links.values() if link.physician_id)}
    physicians = _physicians({lists.physician_counts_as.get(each, each) for each in recorded})
    patients = _patients(
        {
            lists.patient_counts_as.get(link.referring_patient_id, link.referring_patient_id)
            for link in links.values()
            if link.referring_patient_id
        }
    )
    staff = _staff({answer.ask.staff_id for answer in answers.values() if answer.ask.staff_id})
    rows = []
    for visit, units in found:
        answer = answers.get(visit.id)
        standing = answer if answer is not None and answer.outcome != Outcome.WITHDRAWN else None
        own_links = [links[mention.id] for mention in standing.mentions if mention.id in links] if standing else []
        rows.append(
            VisitRow(
                visit_id=visit.id,
                day=visit.visit_date,
                location=visit.location.name,
                patient=f"{visit.patient.first_name} {visit.patient.last_name}",
                mrn=visit.patient.mrn,
                provider=visit.provider,
                outcome=_outcome(standing),
                channel=CHANNEL_LABELS[Channel(standing.ask.channel)] if standing else "",
                asked_by=staff.get(standing.ask.staff_id, "") if standing else "",
                verbatim=standing.verbatim if standing else "",
                said=_said(standing, meant, lists, physicians, patients),
                chart_says=_conflict(charts.get(visit.id), own_links, physicians, lists),
                units=units,
            )
        )
    return rows


def _outcome(answer: Answer | None) -> str:
    words = {Outcome.ANSWERED: "Answered", Outcome.DONT_REMEMBER: "Don't remember", Outcome.DECLINED: "Declined"}
    return words[Outcome(answer.outcome)] if answer else "No answer"


def _said(
    answer: Answer | None,
    meant: dict[int, Meant],
    lists: Lists,
    physicians: dict[int, str],
    patients: dict[int, str],
) -> tuple[Said, ...]:
    if answer is None:
        return ()
    said = []
    for mention in answer.mentions:
        said.append(_mention(mention, meant[mention.id], lists, physicians, patients))
        for source_id in meant[mention.id].beside:
            also = lists.source_counts_as.get(source_id, source_id)
            of_patients = lists.sources[also].kind == SourceKind.PATIENT
            said.append(Said(source_name(lists, also).label, "", "", "", names_a_patient=of_patients))
    return tuple(said)


def _mention(
    mention: Mention, meant: Meant, lists: Lists, physicians: dict[int, str], patients: dict[int, str]
) -> Said:
    means, link = meant.source_id, meant.link
    label, kind = "Not yet matched to a source", None
    if means is not None:
        source_id = lists.source_counts_as.get(means, means)
        label, kind = source_name(lists, source_id).label, lists.sources[source_id].kind
    who, evidence = "", ""
    if link is not None:
        evidence = link.evidence
        if link.physician_id:
            who = physicians.get(lists.physician_counts_as.get(link.physician_id, link.physician_id), "")
        elif link.referring_patient_id:
            who = patients.get(lists.patient_counts_as.get(link.referring_patient_id, link.referring_patient_id), "")
        else:
            who = link.referrer_name
    return Said(
        label,
        who,
        mention.detail if mention.detail != who else "",
        evidence,
        names_a_patient=kind == SourceKind.PATIENT or bool(link and not link.physician_id),
    )


def _conflict(documented: int | None, links: list[StandingLink], physicians: dict[int, str], lists: Lists) -> str:
    """Name of the physician in the chart when the answer doesn't name the same one."""
    if documented is None:
        return ""
    counts_as = lists.physician_counts_as
    named = {counts_as.get(link.physician_id, link.physician_id) for link in links if link.physician_id}
    documented = counts_as.get(documented, documented)
    return "" if documented in named else physicians.get(documented, "")


def _physicians(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(Physician.id, Physician.first_name, Physician.last_name, Physician.credential)
    return {
        row.id: physician_name(row.first_name, row.last_name, row.credential)
        for row in db.session.execute(query.where(Physician.id.in_(ids)))
    }


def _patients(ids: Collection[int | None]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(Patient.id, Patient.first_name, Patient.last_name).where(Patient.id.in_(ids))
    return {row.id: f"{row.first_name} {row.last_name}" for row in db.session.execute(query)}


def _staff(ids: Collection[int | None]) -> dict[int | None, str]:
    if not ids:
        return {}
    return {row.id: row.name for row in db.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids)))}
