"""The visits behind a figure: which ones the ledger counts there, and what was said at each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from intake.accounts.models import Staff
from intake.among import among, among_given, database_kind, given
from intake.attribution.cuts import Lists
from intake.attribution.drilldown.paging import newest_standing
from intake.attribution.figures import Figure
from intake.attribution.labels import CHANNEL_LABELS, physician_name, source_name
from intake.db import db
from intake.directory.models import Location, Patient, Physician, SourceKind, Visit
from intake.survey.models import Answer, Ask, Evidence, Outcome, PhysicianReferral
from intake.survey.standing import StandingLink
from intake.survey.standing_mentions import StandingMention, standing_mentions

OUTCOME_WORDS = {
    str(Outcome.ANSWERED): "Answered",
    str(Outcome.DONT_REMEMBER): "Don't remember",
    str(Outcome.DECLINED): "Declined",
}


@dataclass(frozen=True)
class Said:
    """One mention as it stands now: the source, whom it points at, and the words given."""

    source: str
    who: str = ""
    words: str = ""
    evidence: str = ""
    # Words and names of a patient who referred are that other patient's data.
    names_a_patient: bool = False


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
    return _with_what_was_said(standing, lists, counting=figure.by is not None) if standing else []


def _with_what_was_said(standing: dict[int, int], lists: Lists, *, counting: bool) -> list[VisitRow]:
    # Of several entries in the chart the newest holds, and it comes last.
    visits = {row.id: row for row in db.session.execute(_visits(database_kind()), {"visit_ids": given(standing)})}
    answered = [row.answer_id for row in visits.values() if row.outcome not in (None, Outcome.WITHDRAWN)]
    mentions = standing_mentions(answered)
    links = {each: [mention.link for mention in said if mention.link] for each, said in mentions.items()}
    pointed_at = [link for several in links.values() for link in several]
    recorded = {link.physician_id for link in pointed_at} | {row.charted_id for row in visits.values()}
    physicians = _physicians({lists.physician_counts_as.get(each, each) for each in recorded if each})
    referring = {link.referring_patient_id for link in pointed_at if link.referring_patient_id}
    patients = _patients({lists.patient_counts_as.get(each, each) for each in referring})
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
                outcome=OUTCOME_WORDS[visit.outcome] if is_answered else "No answer",
                channel=CHANNEL_LABELS[visit.channel] if is_answered else "",
                asked_by=visit.asked_by or "" if is_answered else "",
                verbatim=visit.verbatim if is_answered else "",
                said=_said(said, lists, physicians, patients),
                chart_says=_conflict(visit.charted_id, links.get(visit.answer_id, []), physicians, lists),
                units=units if counting else None,
            )
        )
    return rows


@cache
def _visits(kind: str) -> Any:
    """Visits with their current answer and what their chart says. Made once: that takes longer than the answer."""
    former, charted = aliased(Answer), PhysicianReferral
    turn = select(func.max(former.turn)).where(former.visit_id == Visit.id).scalar_subquery()
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
        .outerjoin(Answer, (Answer.visit_id == Visit.id) & (Answer.turn == turn))
        .outerjoin(Ask, Ask.id == Answer.ask_id)
        .outerjoin(Staff, Staff.id == Ask.staff_id)
        .outerjoin(charted, (charted.visit_id == Visit.id) & documented)
        .where(among_given(Visit.id, "visit_ids", kind))
        .order_by(charted.id)
    )


def _said(
    mentions: list[StandingMention], lists: Lists, physicians: dict[int, str], patients: dict[int, str]
) -> tuple[Said, ...]:
    said = []
    for mention in mentions:
        said.append(_mention(mention, lists, physicians, patients))
        for source_id in mention.beside:
            also = lists.source_counts_as.get(source_id, source_id)
            of_patients = lists.sources[also].kind == SourceKind.PATIENT
            said.append(Said(source_name(lists, also).label, "", "", "", names_a_patient=of_patients))
    return tuple(said)


def _mention(mention: StandingMention, lists: Lists, physicians: dict[int, str], patients: dict[int, str]) -> Said:
    means, link = mention.source_id, mention.link
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
        for row in db.session.execute(query.where(among(Physician.id, ids)))
    }


def _patients(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(Patient.id, Patient.first_name, Patient.last_name).where(among(Patient.id, ids))
    return {row.id: f"{row.first_name} {row.last_name}" for row in db.session.execute(query)}
