"""What an answer counts for now: its mentions as recorded, what people decided about them, and about the chart."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from intake.survey.crediting import Credited
from intake.survey.models import ChartDecision, ChartVerdict, Mention, PhysicianReferral
from intake.survey.standing import decided_sources, sources_beside, standing_links


def credited_mentions(
    connection: Connection, answer_ids: Collection[int], *, supposing: Mapping[int, Sequence[Credited]] | None = None
) -> dict[int, list[Credited]]:
    """Answer id → what it is credited to, in rank order; `supposing` stands in for what is decided of those mentions.

    A mention that somebody decided names no source leaves its place to the others of the answer, if there are any.
    """
    mentions = connection.execute(
        select(Mention.id, Mention.answer_id, Mention.source_id)
        .where(Mention.answer_id.in_(answer_ids))
        .order_by(Mention.answer_id, Mention.rank)
    ).all()
    mention_ids = [mention.id for mention in mentions]
    links = standing_links(connection, mention_ids)
    decided = decided_sources(connection, mention_ids)
    beside = sources_beside(connection, list(decided))
    supposed = supposing or {}
    named: dict[int, list[Credited]] = {}
    noise: dict[int, list[Credited]] = {}
    for mention in mentions:
        link = links.get(mention.id)
        first = Credited(
            decided.get(mention.id, mention.source_id),
            link.physician_id if link else None,
            link.referring_patient_id if link else None,
        )
        credited = supposed.get(mention.id) or [first, *(Credited(each) for each in beside.get(mention.id, ()))]
        is_noise = credited[0].source_id is None and (mention.id in supposed or mention.id in decided)
        (noise if is_noise else named).setdefault(mention.answer_id, []).extend(credited)
    found = noise | named
    for answer_id, verdict in chart_verdicts(connection, answer_ids).items():
        charted = Credited(verdict.source_id, verdict.physician_id)
        said = found.get(answer_id, [])
        if verdict.verdict == ChartVerdict.CHART:
            found[answer_id] = [charted]
        elif verdict.verdict == ChartVerdict.BOTH:
            found[answer_id] = [*said, charted]
    return found


def chart_verdicts(connection: Connection, answer_ids: Collection[int]) -> dict[int, Any]:
    """Answer id → the decision about it and the chart that stands (verdict, source_id, physician_id, id)."""
    rows = connection.execute(
        select(
            ChartDecision.id,
            ChartDecision.answer_id,
            ChartDecision.verdict,
            ChartDecision.source_id,
            PhysicianReferral.physician_id,
        )
        .join(PhysicianReferral, PhysicianReferral.id == ChartDecision.physician_referral_id)
        .where(
            ChartDecision.answer_id.in_(answer_ids),
            ChartDecision.undone_at.is_(None),
            PhysicianReferral.ended_at.is_(None),
        )
        .order_by(ChartDecision.id)
    )
    return {row.answer_id: row for row in rows}
