"""Who sees patients here: the one place that says who is ours. Names come from schedules, and from a list one keeps."""

from collections.abc import Collection, Iterable
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from intake import clock
from intake.db import db
from intake.directory.models import Provider, Visit
from intake.directory.patients.visits import visits_changed

LONGEST_NAME = 120
_AT_ONCE = 500


def init_app(app: Flask) -> None:
    """Take over the providers of visits that are added or changed."""
    visits_changed.connect(_on_visits_changed)


def own_providers() -> list[str]:
    """Return the names of those who see patients here, in order."""
    return list(db.session.scalars(select(Provider.name).where(Provider.ours).order_by(func.lower(Provider.name))))


def set_own_providers(names: Iterable[str]) -> bool:
    """Make these the people who see patients here; return whether anything changed. Flushes.

    A name left out stays known and set aside, so that the next schedule doesn't bring it back.
    """
    wanted = {name for each in names if (name := " ".join(each.split())[:LONGEST_NAME])}
    before = set(own_providers())
    _add(wanted)
    for provider in db.session.scalars(select(Provider)):
        provider.ours = provider.name in wanted
    db.session.flush()
    return wanted != before


def _on_visits_changed(_sender: Any, *, visit_ids: Collection[int], documented: Any) -> None:
    names: set[str] = set()
    ids = list(visit_ids)
    for start in range(0, len(ids), _AT_ONCE):
        some = select(Visit.provider).where(Visit.id.in_(ids[start : start + _AT_ONCE]), Visit.provider != "")
        names.update(db.session.scalars(some.distinct()))
    _add(names)


def _add(names: set[str]) -> None:
    """Add the names that aren't known yet. Two imports at once may both try."""
    if not names:
        return
    new = names - set(db.session.scalars(select(Provider.name).where(Provider.name.in_(names))))
    if new:
        dialect: Any = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        rows = [{"name": name, "ours": True, "added_at": clock.now()} for name in sorted(new)]
        db.session.execute(dialect.insert(Provider).on_conflict_do_nothing(), rows)
