"""The visits behind a figure: which ones the ledger counts there, and what was said at each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from intake.accounts.models import Staff
from intake.attribution.cuts import Lists
from intake.attribution.figures import Figure
from intake.attribution.labels import CHANNEL_LABELS, physician_name, source_name
from intake.attribution.newest import newest_standing
from intake.db import db
from intake.directory.models import Location, Patient, Physician, SourceKind, Visit
from intake.survey.models import Answer, Ask, Channel, Mention, Outcome
from intake.survey.standing import (
    StandingLink,
    beside_decisions,
    current_turns,
    documented_physicians,
    standing_decisions,
    standing_links,
)

# Made once: putting a statement together takes longer than its answer.
_VISITS = (
    select(
        Visit.id,
        Visit.visit_date,
        Visit.provider,
        Location.name.label("location"),
        Patient.first_name,
        Patient.last_name,
        Patient.mrn,
    )
    .join(Location, Location.id == Visit.location_id)
    .join(Patient, Patient.id == Visit.patient_id)
    .where(Visit.id.in_(bindparam("visit_ids", expanding=True)))
)
_TURNS = current_turns(bindparam("visit_ids", expanding=True))
_ANSWERS = (
    select(Answer.id, Answer.visit_id, Answer.outcome, Answer.verbatim, Ask.channel, Staff.name.label("asked_by"))
    .join(_TURNS, (_TURNS.c.visit_id == Answer.visit_id) & (_TURNS.c.turn == Answer.turn))
    .join(Ask, Ask.id == Answer.ask_id)
    .outerjoin(Staff, Staff.id == Ask.staff_id)
)
_MENTIONS = (
    select(Mention.answer_id, Mention.id, Mention.source_id, Mention.detail)
    .where(Mention.answer_id.in_(bindparam("answer_ids", expanding=True)))
    .order_by(Mention.answer_id, Mention.rank)
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
    visits = {visit.id: visit for visit in db.session.execute(_VISITS, {"visit_ids": list(standing)})}
    found = [(visits[each], units if figure.by else None) for each, units in standing.items()]
    return _with_what_was_said(found, lists)


def _with_what_was_said(found: list[tuple[Any, int | None]], lists: Lists) -> list[VisitRow]:
    visit_ids = [visit.id for visit, _ in found]
    # Plain rows: loading the same as objects takes longer than everything else on the page together.
    answers = {answer.visit_id: answer for answer in db.session.execute(_ANSWERS, {"visit_ids": visit_ids})}
    mentions: dict[int, list[Any]] = {answer.id: [] for answer in answers.values()}
    for mention in db.session.execute(_MENTIONS, {"answer_ids": list(mentions)}):
        mentions[mention.answer_id].append(mention)
    meant = _meant([mention for named in mentions.values() for mention in named])
    links = {mention_id: each.link for mention_id, each in meant.items() if each.link}
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
    rows = []
    for visit, units in found:
        answer = answers.get(visit.id)
        standing = answer if answer is not None and answer.outcome != Outcome.WITHDRAWN else None
        said = mentions[standing.id] if standing else []
        own_links = [links[mention.id] for mention in said if mention.id in links]
        rows.append(
            VisitRow(
                visit_id=visit.id,
                day=visit.visit_date,
                location=visit.location,
                patient=f"{visit.first_name} {visit.last_name}",
                mrn=visit.mrn,
                provider=visit.provider,
                outcome=_outcome(standing),
                channel=CHANNEL_LABELS[Channel(standing.channel)] if standing else "",
                asked_by=standing.asked_by or "" if standing else "",
                verbatim=standing.verbatim if standing else "",
                said=_said(said, meant, lists, physicians, patients),
                chart_says=_conflict(charts.get(visit.id), own_links, physicians, lists),
                units=units,
            )
        )
    return rows


def _meant(mentions: list[Any]) -> dict[int, Meant]:
    connection = db.session.connection()
    ids = [mention.id for mention in mentions]
    decisions = standing_decisions(connection, ids)
    links = standing_links(connection, ids, decisions)
    beside = beside_decisions(connection, decisions)
    return {
        mention.id: Meant(
            decisions[mention.id].source_id if mention.id in decisions else mention.source_id,
            links.get(mention.id),
            beside.get(mention.id, ()),
        )
        for mention in mentions
    }


def _outcome(answer: Any) -> str:
    words = {Outcome.ANSWERED: "Answered", Outcome.DONT_REMEMBER: "Don't remember", Outcome.DECLINED: "Declined"}
    return words[Outcome(answer.outcome)] if answer else "No answer"


def _said(
    mentions: list[Any],
    meant: dict[int, Meant],
    lists: Lists,
    physicians: dict[int, str],
    patients: dict[int, str],
) -> tuple[Said, ...]:
    said = []
    for mention in mentions:
        said.append(_mention(mention, meant[mention.id], lists, physicians, patients))
        for source_id in meant[mention.id].beside:
            also = lists.source_counts_as.get(source_id, source_id)
            of_patients = lists.sources[also].kind == SourceKind.PATIENT
            said.append(Said(source_name(lists, also).label, "", "", "", names_a_patient=of_patients))
    return tuple(said)


def _mention(mention: Any, meant: Meant, lists: Lists, physicians: dict[int, str], patients: dict[int, str]) -> Said:
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
