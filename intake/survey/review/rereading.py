"""Reading again what waits, after the reader has changed: shown first, done as decisions, and undone as a whole.

What is counted stays as it was until somebody does this, and what a person or a rule has decided is never touched.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Location, ReferralSource
from intake.survey.free_text.typed_answers import read_text
from intake.survey.models import MatchState, Mention, MentionDecision
from intake.survey.recording.decisions import DecidedMeaning, decide, undo_decisions
from intake.survey.review.queue import waiting_mentions


@dataclass(frozen=True)
class ChangedReading:
    """Words that count as another source now than when they were recorded; `before` None: they counted as nothing."""

    text: str
    before: str | None
    now: str
    mention_ids: tuple[int, ...]


def changed_readings() -> list[ChangedReading]:
    """Return what waits and is read as one source for sure, another one than it counts as; the commonest first."""
    sources = {row.id: row.code for row in db.session.execute(select(ReferralSource.id, ReferralSource.code))}
    within = list(db.session.scalars(select(Location.id)))
    gathered: dict[tuple[str, str | None], list[int]] = {}
    written: dict[str, str] = {}
    for row in db.session.execute(
        waiting_mentions(within)
        .with_only_columns(
            Mention.id, Mention.detail, Mention.detail_normal, Mention.source_id, maintain_column_froms=True
        )
        .where(Mention.match_state.in_([MatchState.UNMATCHED, MatchState.SUGGESTED]))
        .order_by(Mention.id)
    ):
        written.setdefault(row.detail_normal, row.detail)
        gathered.setdefault((row.detail_normal, sources.get(row.source_id)), []).append(row.id)
    found = []
    for (normal, before), mention_ids in gathered.items():
        now = _sure_source(written[normal])
        if now is not None and now != before:
            found.append(ChangedReading(written[normal], before, now, tuple(mention_ids)))
    return sorted(found, key=lambda each: (-len(each.mention_ids), each.text))


def apply_readings(changed: Collection[ChangedReading]) -> tuple[int, int] | None:
    """Count these words as they are read now; return the first and last decision, to undo them by. Flushes."""
    sources = {row.code: row.id for row in db.session.execute(select(ReferralSource.code, ReferralSource.id))}
    made = [
        number
        for each in changed
        for number in decide(each.mention_ids, DecidedMeaning(sources[each.now]), staff_id=None)
    ]
    if not made:
        return None
    audit_trail.record("answers.reread", decisions=len(made), first=min(made), last=max(made))
    return min(made), max(made)


def undo_readings(first: int, last: int) -> int:
    """Undo the decisions that one reading made, from the first to the last; return how many. Flushes."""
    ids = db.session.scalars(
        select(MentionDecision.id).where(
            MentionDecision.id.between(first, last),
            MentionDecision.decided_by_id.is_(None),
            MentionDecision.rule_id.is_(None),
            MentionDecision.undone_at.is_(None),
        )
    ).all()
    undo_decisions(ids)
    if ids:
        audit_trail.record("answers.reread_undone", decisions=len(ids), first=first, last=last)
    return len(ids)


def _sure_source(text: str) -> str | None:
    """The one source that words surely name; None where they name none, several, or a person must say."""
    mentions = read_text(text).mentions
    if len(mentions) != 1 or not mentions[0].counts:
        return None
    return mentions[0].source_code
