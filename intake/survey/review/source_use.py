"""The list of sources for the pages that manage it: names, order, and how much each was used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort
from sqlalchemy import func, or_, select

from intake.db import db
from intake.directory.models import ReferralSource, SourceAlias, SourceMerge, SourceTranslation
from intake.directory.sources.records import source_mapping
from intake.survey.models import Answer, ChartDecision, DecidedAlso, Mention, MentionDecision, ReviewRule, RuleAlso
from intake.survey.question.wording import source_hint, source_label
from intake.web.wall.location_wall import whole_practice


@dataclass(frozen=True)
class Use:
    """In how many answers a source was named, replaced ones included, and when first."""

    answers: int = 0
    first_at: datetime | None = None


@dataclass(frozen=True)
class SourceEntry:
    """One source of the list, named in so many `answers`. `merged_into` is the label of what it counts as, `merge_id`
    what would undo that.
    """

    source: ReferralSource
    label: str
    hint: str
    answers: int
    aliases: tuple[str, ...]
    offered: bool
    merged_into: str = ""
    merge_id: int | None = None
    children: tuple["SourceEntry", ...] = ()


def source(source_id: int) -> ReferralSource:
    """The source, or a 404."""
    return db.session.get(ReferralSource, source_id) or abort(404)


def merge(merge_id: int) -> SourceMerge:
    """The merge, or a 404."""
    return db.session.get(SourceMerge, merge_id) or abort(404)


def current_merge(source_id: int) -> SourceMerge | None:
    """Return the merge in force of this source, if it is merged."""
    query = select(SourceMerge).where(SourceMerge.source_id == source_id, SourceMerge.undone_at.is_(None))
    return db.session.scalars(query.order_by(SourceMerge.id.desc())).first()


@dataclass(frozen=True)
class NamedSource:
    """What a source is called in one language, its kind, and its small second line."""

    label: str
    kind: str
    hint: str = ""


def labelled(language: str) -> dict[int, NamedSource]:
    """Every source by id as it is called in this language; also those that were merged or are no longer offered."""
    query = select(ReferralSource, SourceTranslation.label, SourceTranslation.hint).outerjoin(
        SourceTranslation,
        (SourceTranslation.source_id == ReferralSource.id) & (SourceTranslation.language == language),
    )
    return {
        each.id: NamedSource(source_label(each, language, label), each.kind, source_hint(each, language, hint))
        for each, label, hint in db.session.execute(query)
    }


def labels(language: str) -> dict[int, str]:
    """What each source is called in this language, by id; merged ones too."""
    return {source_id: each.label for source_id, each in labelled(language).items()}


@whole_practice()
def answers_naming() -> dict[int, int]:
    """In how many answers each source was named, by id, replaced ones included; one that never was is absent."""
    query = (
        select(Mention.source_id, func.count(Mention.answer_id.distinct()))
        .where(Mention.source_id.is_not(None))
        .group_by(Mention.source_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}


@whole_practice()
def use_of(source_id: int) -> Use:
    query = (
        select(func.count(Answer.id.distinct()), func.min(Answer.answered_at))
        .join(Mention, Answer.id == Mention.answer_id)
        .where(Mention.source_id == source_id)
    )
    return Use(*db.session.execute(query).one())


@whole_practice()
def is_used(source_id: int) -> bool:
    """Whether an answer, a decision or rule in force, or another entry of the list points at it."""
    decisions = select(MentionDecision.id).where(MentionDecision.undone_at.is_(None))
    in_force = select(ReviewRule.id).where(ReviewRule.off_at.is_(None))
    uses = (
        select(Mention.id).where(Mention.source_id == source_id),
        decisions.where(MentionDecision.source_id == source_id),
        decisions.join(DecidedAlso, DecidedAlso.owner_id == MentionDecision.id).where(
            DecidedAlso.source_id == source_id
        ),
        in_force.where(ReviewRule.source_id == source_id),
        in_force.join(RuleAlso, RuleAlso.owner_id == ReviewRule.id).where(RuleAlso.source_id == source_id),
        select(ReferralSource.id).where(ReferralSource.parent_id == source_id),
        select(SourceMerge.id).where(
            or_(SourceMerge.into_id == source_id, SourceMerge.source_id == source_id), SourceMerge.undone_at.is_(None)
        ),
        select(ChartDecision.id).where(ChartDecision.source_id == source_id, ChartDecision.undone_at.is_(None)),
    )
    return any(db.session.scalar(each.limit(1)) is not None for each in uses)


def aliases_of(source_id: int) -> list[str]:
    """Other words for this source, in order."""
    query = select(SourceAlias.text).where(SourceAlias.source_id == source_id).order_by(SourceAlias.id)
    return list(db.session.scalars(query))


def normal_aliases(source_id: int) -> set[str]:
    """Its other words in the form in which they are compared."""
    return set(db.session.scalars(select(SourceAlias.normal).where(SourceAlias.source_id == source_id)))


def every_source() -> list[ReferralSource]:
    """All of the list in its order, merged and retired ones too."""
    return list(db.session.scalars(select(ReferralSource).order_by(ReferralSource.position, ReferralSource.id)))


def translations_of(source_id: int) -> dict[str, SourceTranslation]:
    """What the practice wrote in other languages, by language."""
    query = select(SourceTranslation).where(SourceTranslation.source_id == source_id)
    return {each.language: each for each in db.session.scalars(query)}


def merged_into(source_id: int, *, names: Mapping[int, str]) -> list[tuple[SourceMerge, str]]:
    """What counts as this source, with the label it had, by when it was merged."""
    query = select(SourceMerge).where(SourceMerge.into_id == source_id, SourceMerge.undone_at.is_(None))
    return [(each, names[each.source_id]) for each in db.session.scalars(query.order_by(SourceMerge.id))]


def top_level() -> list[ReferralSource]:
    """Entries that others may be put under, in order."""
    merged = source_mapping()
    return [each for each in every_source() if each.parent_id is None and each.id not in merged]


def entries(*, day: date, language: str) -> list[SourceEntry]:
    """The whole list in the practice's order, entries below others inside them, merged ones last of their level."""
    names, used, merged = labels(language), answers_naming(), source_mapping()
    merges = {
        each.source_id: each.id
        for each in db.session.scalars(select(SourceMerge).where(SourceMerge.undone_at.is_(None)))
    }
    words: dict[int, list[str]] = {}
    for alias in db.session.scalars(select(SourceAlias).order_by(SourceAlias.id)):
        words.setdefault(alias.source_id, []).append(alias.text)
    rows = sorted(every_source(), key=lambda row: row.id in merged)
    below: dict[int | None, list[SourceEntry]] = {}
    for row in sorted(rows, key=lambda row: row.parent_id is None):
        below.setdefault(row.parent_id, []).append(
            SourceEntry(
                source=row,
                label=names[row.id],
                hint=source_hint(row, language),
                answers=used.get(row.id, 0),
                aliases=tuple(words.get(row.id, ())),
                offered=row.id not in merged and is_offered(row, day),
                merged_into=names.get(merged.get(row.id, 0), ""),
                merge_id=merges.get(row.id),
                children=tuple(below.get(row.id, ())),
            )
        )
    return below.get(None, [])


def is_offered(source: ReferralSource, day: date) -> bool:
    """True when its own days include this one."""
    begun = source.active_from is None or source.active_from <= day
    return begun and (source.active_until is None or source.active_until >= day)
