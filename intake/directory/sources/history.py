"""Earlier versions of sources: labels, kinds and parents that have changed since."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from intake import clock
from intake.db import db
from intake.directory.models import ReferralSource, SourceBefore

KEPT = frozenset({"label", "hint", "kind", "parent_id"})


def keep_version(source: ReferralSource, changed: Collection[str]) -> None:
    """Keep a source as reports show it; call before `changed` columns are written."""
    if KEPT.isdisjoint(changed):
        return
    facts = {name: getattr(source, name) for name in KEPT}
    db.session.add(SourceBefore(source_id=source.id, until=clock.now(), **facts))


def sources_before(moment: datetime) -> dict[int, SourceBefore]:
    """Sources that were changed after `moment`, as they were then, by id."""
    later = select(SourceBefore).where(SourceBefore.until > moment).order_by(SourceBefore.until, SourceBefore.id)
    earliest: dict[int, SourceBefore] = {}
    for before in db.session.scalars(later):
        earliest.setdefault(before.source_id, before)
    return earliest
