"""What answers are credited to: effective mentions, and what was decided where answer and chart disagree."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import select

from intake.db import db
from intake.id_filters import among_given, database_kind, given
from intake.survey.answers.effective_answer import effective_mentions
from intake.survey.ledger.crediting import CreditedMention
from intake.survey.models import ChartDecision, ChartVerdict, PhysicianReferral


def credited_mentions(
    answer_ids: Collection[int], *, supposing: Mapping[int, Sequence[CreditedMention]] | None = None
) -> dict[int, list[CreditedMention]]:
    """Return answer id → what it is credited to, in rank order. `supposing`: mention id → what it should mean instead.

    A mention that was decided to name no source counts only where the answer has no other.
    """
    supposed = supposing or {}
    named: dict[int, list[CreditedMention]] = {}
    noise: dict[int, list[CreditedMention]] = {}
    for answer_id, mentions in effective_mentions(answer_ids).items():
        for mention in mentions:
            credited = supposed.get(mention.id) or [CreditedMention.of(mention), *map(CreditedMention, mention.beside)]
            is_noise = credited[0].source_id is None if mention.id in supposed else mention.names_nothing
            (noise if is_noise else named).setdefault(answer_id, []).extend(credited)
    found = noise | named
    for answer_id, verdict in chart_verdicts(answer_ids).items():
        charted = CreditedMention(verdict.source_id, verdict.physician_id)
        said = found.get(answer_id, [])
        if verdict.verdict == ChartVerdict.CHART:
            found[answer_id] = [charted]
        elif verdict.verdict == ChartVerdict.BOTH:
            found[answer_id] = [*said, charted]
    return found


def chart_verdicts(answer_ids: Collection[int]) -> dict[int, Any]:
    """Return answer id → the newest decision between it and the chart (id, verdict, source_id, physician_id)."""
    if not answer_ids:
        return {}
    rows = db.session.execute(_verdicts(database_kind()), {"answer_ids": given(answer_ids)})
    return {row.answer_id: row for row in rows}


@cache
def _verdicts(kind: str) -> Any:
    """Built once: to compose it takes longer than to run it."""
    return (
        select(
            ChartDecision.id,
            ChartDecision.answer_id,
            ChartDecision.verdict,
            ChartDecision.source_id,
            PhysicianReferral.physician_id,
        )
        .join(PhysicianReferral, PhysicianReferral.id == ChartDecision.physician_referral_id)
        .where(
            among_given(ChartDecision.answer_id, "answer_ids", kind),
            ChartDecision.undone_at.is_(None),
            PhysicianReferral.ended_at.is_(None),
        )
        .order_by(ChartDecision.id)
    )
