"""What the practice's list looked like at an earlier moment: names, kinds and places that have changed since."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from intake import clock
from intake.db import db
from intake.directory.models import ReferralSource, SourceBefore

KEPT = frozenset({"label", "hint", "kind", "parent_id"})


def keep_as_it_was(source: ReferralSource, changed: Collection[str]) -> None:
    """Call before a source is changed: keeps what reports show of it, when that is among `changed`."""
    if KEPT.isdisjoint(changed):
        return
    facts = {name: getattr(source, name) for name in KEPT}
    db.session.add(SourceBefore(source_id=source.id, until=clock.now(), **facts))


def sources_before(moment: datetime) -> dict[int, SourceBefore]:
    """By id, those sources that were changed after `moment`, as they stood then."""
    later = select(SourceBefore).where(SourceBefore.until > moment).order_by(SourceBefore.until, SourceBefore.id)
    earliest: dict[int, SourceBefore] = {}
    for before in db.session.scalars(later):
        earliest.setdefault(before.source_id, before)
    return earliest


def forget_source(source_id: int) -> None:
    """For a source that is deleted because nothing ever used it. Flushes."""
    db.session.execute(delete(SourceBefore).where(SourceBefore.source_id == source_id))
