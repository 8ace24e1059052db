"""New patients who said nothing though the chart names who sent them: shown, and settled by a person.

Totals count what patients said, so a chart alone counts for its physician in the referrers' pages only, until somebody
who knows says that it is so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.merging.merge import Kind, mapping
from intake.directory.models import ELIGIBLE_STATUSES, Visit
from intake.directory.patients.new_patients import new_patients_of
from intake.survey.answers.counted_reply import answered_visits
from intake.survey.answers.effective_answer import is_documented
from intake.survey.models import Channel, Evidence, Outcome, PhysicianReferral
from intake.survey.question.wording import DEFAULT_LANGUAGE
from intake.survey.recording.record_answer import NewAsk, NewMention, RecordedAnswer, Submission, record_answer
from intake.survey.review.charts.chart_conflicts import NeedsPhysician, NoConflict, physician_source_id

MOST_LOOKED_AT = 1_000


@dataclass(frozen=True)
class ChartAlone:
    """A visit at which a new patient counts who has not replied, and the physician whom its chart names."""

    visit: Visit
    physician_id: int


def charts_alone(*, within: Collection[int], since: date | None, limit: int) -> list[ChartAlone]:
    """Return them, the latest visit first. `since` None: however old."""
    query = (
        select(Visit, PhysicianReferral.physician_id)
        .join(PhysicianReferral, PhysicianReferral.visit_id == Visit.id)
        .where(
            is_documented(PhysicianReferral),
            Visit.location_id.in_(within),
            Visit.status.in_(sorted(ELIGIBLE_STATUSES)),
            *([Visit.visit_date >= since] if since else []),
        )
        .options(joinedload(Visit.patient), joinedload(Visit.location))
        .order_by(Visit.visit_date.desc(), Visit.id.desc(), PhysicianReferral.id.desc())
        .limit(MOST_LOOKED_AT)
    )
    return _alone([(row[0], row[1]) for row in db.session.execute(query) if row[1] is not None])[:limit]


def chart_alone(visit: Visit) -> ChartAlone:
    """Return what the chart of this visit says alone. Raises NoConflict when there is no such thing any more."""
    query = (
        select(Visit, PhysicianReferral.physician_id)
        .join(PhysicianReferral, PhysicianReferral.visit_id == Visit.id)
        .where(is_documented(PhysicianReferral), Visit.id == visit.id)
        .order_by(PhysicianReferral.id.desc())
    )
    found = _alone([(row[0], row[1]) for row in db.session.execute(query) if row[1] is not None])
    if not found:
        raise NoConflict
    return found[0]


def settle_by_chart(found: ChartAlone, *, submission_id: str, staff_id: int) -> RecordedAnswer:
    """Record, as staff-confirmed, that this patient was sent by the physician in the chart. Flushes.

    It is an answer like any other: it can be corrected, and is taken back by `withdraw_answer`. Raises NeedsPhysician
    while the practice's list has no source for physicians.
    """
    source_id = physician_source_id()
    if source_id is None:
        raise NeedsPhysician
    now = clock.now()
    recorded = record_answer(
        Submission(
            submission_id=submission_id,
            ask=NewAsk(Channel.DESK, DEFAULT_LANGUAGE, now, visit_id=found.visit.id, staff_id=staff_id),
            outcome=Outcome.ANSWERED,
            answered_at=now,
            mentions=(NewMention(source_id, physician_id=found.physician_id, evidence=Evidence.STAFF_CONFIRMED),),
            staff_id=staff_id,
        )
    )
    audit_trail.record("chart.settled", **audit_trail.about(found.visit))
    return recorded


def _alone(rows: list[tuple[Visit, int]]) -> list[ChartAlone]:
    """Those of the visits at which somebody counts who has not replied; of several entries the newest comes first."""
    visits = {visit.id: (visit, physician_id) for visit, physician_id in reversed(rows)}
    new = new_patients_of(visits)
    replied = answered_visits(visits, new)
    merged = mapping(Kind.PHYSICIANS)
    return [
        ChartAlone(visit, merged.get(physician_id, physician_id))
        for visit_id, (visit, physician_id) in reversed(visits.items())
        if visit_id in new
        and (counted := new[visit_id].counted)
        and counted.visit_id == visit_id
        and visit_id not in replied
    ]
