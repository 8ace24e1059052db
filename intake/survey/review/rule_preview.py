"""What a rule would change, computed before anything is written."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from intake.db import db
from intake.directory.models import Visit
from intake.directory.sources.records import source_mapping
from intake.survey.answers.counted_reply import counting_replies
from intake.survey.answers.effective_answer import EffectiveMention, effective_mentions
from intake.survey.ledger.counting import credited_mentions
from intake.survey.ledger.crediting import UNIT, CreditedMention, credits_of
from intake.survey.ledger.entries import BATCH
from intake.survey.models import Answer, CreditEntry, Mention
from intake.survey.recording.decisions import DecidedMeaning
from intake.survey.review.rules import covered
from intake.web.wall.location_wall import whole_practice


@dataclass(frozen=True)
class RuleEffect:
    """A source's total over the days that are touched, in visits: now, and once the rule is applied."""

    source_id: int | None
    before: float
    after: float


@dataclass(frozen=True)
class RulePreview:
    """What a rule would change before it is applied: how many answers, from when to when, and which totals.

    `moved` maps source id (None: not yet matched) to the number of mentions that would leave it for the target.
    `effects` are the totals of the locations asked for; `elsewhere` is how many answers lie at others. `every_mention`:
    the words were only ever named second, so the totals are those that count every mention.
    """

    answers: int
    first_day: date | None
    last_day: date | None
    moved: dict[int | None, int]
    effects: tuple[RuleEffect, ...] = ()
    elsewhere: int = 0
    every_mention: bool = False
    # Sources named beside the first: they gain where every mention counts.
    beside: tuple[int, ...] = ()
    # How many of the answers count as the same already, and how many named it after something else.
    already: int = 0
    further: int = 0


@whole_practice()
def preview_rule(
    texts: Collection[str], meaning: DecidedMeaning, *, within: Collection[int] | None = None
) -> RulePreview:
    """Return what `add_rule` with the same arguments would change. `within` None: at all locations."""
    mention_ids = covered(texts)
    means: dict[int, EffectiveMention] = {}
    rows: list[Any] = []
    for start in range(0, len(mention_ids), BATCH):
        batch = db.session.execute(
            select(
                Mention.id,
                Mention.answer_id,
                Visit.id.label("visit_id"),
                Visit.visit_date,
                Visit.location_id,
            )
            .join(Answer, Answer.id == Mention.answer_id)
            .join(Visit, Visit.id == Answer.visit_id)
            .where(Mention.id.in_(mention_ids[start : start + BATCH]))
        ).all()
        for mentions in effective_mentions({row.answer_id for row in batch}).values():
            means |= {mention.id: mention for mention in mentions}
        rows += batch
    moved: Counter[int | None] = Counter()
    unmoved: set[int] = set()
    for row in rows:
        source_id = means[row.id].source_id
        if source_id != meaning.source_id:
            moved[source_id] += 1
        else:
            unmoved.add(row.answer_id)
    here = [row for row in rows if within is None or row.location_id in within]
    days = sorted(row.visit_date for row in here)
    counting = counting_replies({row.visit_id for row in here})
    counted = [row for row in here if row.answer_id in counting]
    meant = [
        CreditedMention.of(meaning),
        *(CreditedMention(each) for each in meaning.also),
    ]
    supposing = {row.id: meant for row in counted}
    primary, every = _changes({row.answer_id for row in counted}, supposing)
    changes = primary or every
    target = source_mapping().get(meaning.source_id or 0, meaning.source_id)
    return RulePreview(
        answers=len({row.answer_id for row in here}),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        moved=dict(moved),
        effects=_effects(changes, days, within, meaning, every_mention=not primary),
        elsewhere=len({row.answer_id for row in rows}) - len({row.answer_id for row in here}),
        every_mention=not primary and bool(every),
        beside=meaning.also,
        already=len(unmoved.intersection(row.answer_id for row in here)),
        further=max(every.get(target, 0) - primary.get(target, 0), 0) // UNIT if primary else 0,
    )


def _changes(
    answer_ids: Collection[int], supposing: Mapping[int, Sequence[CreditedMention]]
) -> tuple[dict[int | None, int], dict[int | None, int]]:
    """By source under today's merges: the change of the primary credit, and of that of every mention."""
    merged = source_mapping()
    primary: Counter[int | None] = Counter()
    every: Counter[int | None] = Counter()
    ordered = sorted(answer_ids)
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        for sign, supposed in ((-1, None), (1, supposing)):
            for said in credited_mentions(batch, supposing=supposed).values():
                for credit in credits_of(said):
                    source_id = merged.get(credit.of.source_id or 0, credit.of.source_id)
                    primary[source_id] += sign * credit.primary
                    every[source_id] += sign * credit.any_mention
    return (
        {source_id: units for source_id, units in primary.items() if units},
        {source_id: units for source_id, units in every.items() if units},
    )


def _effects(
    changes: Mapping[int | None, int],
    days: list[date],
    within: Collection[int] | None,
    meaning: DecidedMeaning,
    *,
    every_mention: bool,
) -> tuple[RuleEffect, ...]:
    if not changes:
        return ()
    merged = source_mapping()
    target = merged.get(meaning.source_id or 0, meaning.source_id)
    involved = set(changes)
    recorded = [start for start, end in merged.items() if end in involved] + [each for each in involved if each]
    units = CreditEntry.any_units if every_mention else CreditEntry.primary_units
    query = (
        select(CreditEntry.source_id, func.sum(units))
        .where(CreditEntry.day.between(days[0], days[-1]))
        .where(or_(CreditEntry.source_id.in_(recorded), CreditEntry.source_id.is_(None)))
        .group_by(CreditEntry.source_id)
    )
    if within is not None:
        query = query.where(CreditEntry.location_id.in_(within))
    now: Counter[int | None] = Counter()
    for source_id, total in db.session.execute(query):
        now[merged.get(source_id or 0, source_id)] += int(total)
    effects = [
        RuleEffect(source_id, now[source_id] / UNIT, (now[source_id] + units) / UNIT)
        for source_id, units in changes.items()
    ]
    return tuple(sorted(effects, key=lambda effect: (effect.source_id != target, -effect.before)))
