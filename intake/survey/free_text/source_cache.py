"""The practice's list of sources as the text reader takes it, made ready once per state of the list."""

from datetime import date
from functools import lru_cache

from sqlalchemy import select

from intake.db import db
from intake.directory.models import ReferralSource, SourceAlias, SourceTranslation
from intake.directory.sources.records import is_active_on, source_mapping
from intake.survey.question import wording
from intake.survey.text_reader.reader import PracticeSource, SourceIndex, build_index


def listed_sources(day: date) -> tuple[PracticeSource, ...]:
    """Return the sources active on `day` with all their names; a merged one lends its names to the other."""
    rows = db.session.scalars(
        select(ReferralSource).where(is_active_on(day)).order_by(ReferralSource.position, ReferralSource.id)
    ).all()
    merged = source_mapping()
    active = {source.id: source for source in rows if source.id not in merged}
    labels: dict[int, list[str]] = {source_id: _own_labels(source) for source_id, source in active.items()}
    aliases: dict[int, list[str]] = {source_id: [] for source_id in active}
    for translation in db.session.scalars(
        select(SourceTranslation).order_by(SourceTranslation.source_id, SourceTranslation.language)
    ):
        if translation.source_id in labels:
            labels[translation.source_id].append(translation.label)
    for alias in db.session.scalars(select(SourceAlias).order_by(SourceAlias.id)):
        owner = merged.get(alias.source_id, alias.source_id)
        if owner in aliases:
            aliases[owner].append(alias.text)
    if merged:
        for source in db.session.scalars(select(ReferralSource).where(ReferralSource.id.in_(list(merged)))):
            if merged[source.id] in aliases and source.label:
                aliases[merged[source.id]].append(source.label)
    return tuple(
        PracticeSource(
            code=source.code,
            kind=source.kind,
            labels=tuple(dict.fromkeys(labels[source.id])),
            aliases=tuple(dict.fromkeys(aliases[source.id])),
            parent_code=active[source.parent_id].code if source.parent_id in active else None,
        )
        for source in active.values()
    )


def source_index(day: date) -> SourceIndex:
    """Return the list of `day`, ready for `read_answer`; the same object for as long as the list reads the same."""
    return _index(listed_sources(day))


@lru_cache(maxsize=8)
def _index(sources: tuple[PracticeSource, ...]) -> SourceIndex:
    return build_index(sources)


def _own_labels(source: ReferralSource) -> list[str]:
    if source.label:
        return [source.label]
    worded = [wording.find_text(f"source.{source.code}.label", language.code) for language in wording.languages()]
    return [label for label in worded if label]
