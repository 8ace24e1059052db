"""The listener to changed visits of the directory: settles the ledger and keeps what the chart documents."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import delete, insert, select, update

from intake import clock
from intake.db import db
from intake.directory.patients.visits import derived_from_visits, visits_changed, visits_withdrawn
from intake.survey.answers.effective_answer import is_documented
from intake.survey.ledger import entries
from intake.survey.models import CoverageEntry, CreditEntry, Evidence, PhysicianReferral


def init_app(app: Flask) -> None:
    # Signals hold receivers weakly, and connecting the same function twice counts once.
    visits_changed.connect(_on_visits_changed)
    visits_withdrawn.connect(_on_visits_withdrawn)
    derived_from_visits.update((PhysicianReferral.__table__, CoverageEntry.__table__, CreditEntry.__table__))


def _on_visits_changed(_sender: Any, *, visit_ids: tuple[int, ...], documented: Mapping[int, int | None]) -> None:
    keep_documented(documented)
    entries.settle(visit_ids)


def _on_visits_withdrawn(_sender: Any, *, visit_ids: tuple[int, ...]) -> None:
    """Delete what only the chart said of these visits. What was counted stays, and has been taken back before."""
    for start in range(0, len(visit_ids), entries.BATCH):
        batch = visit_ids[start : start + entries.BATCH]
        db.session.execute(
            delete(PhysicianReferral).where(
                PhysicianReferral.visit_id.in_(batch), PhysicianReferral.evidence == Evidence.DOCUMENTED
            )
        )


def keep_documented(documented: Mapping[int, int | None]) -> None:
    """Keep visit id → the physician whom the practice's own system names; None ends what it named before. Flushes.

    Never changes what the patient says. The same again changes nothing.
    """
    visit_ids = list(documented)
    for start in range(0, len(visit_ids), entries.BATCH):
        batch = visit_ids[start : start + entries.BATCH]
        _keep_documented({visit_id: documented[visit_id] for visit_id in batch})


def _keep_documented(documented: Mapping[int, int | None]) -> None:
    current = {
        row.visit_id: row
        for row in db.session.execute(
            select(PhysicianReferral.id, PhysicianReferral.visit_id, PhysicianReferral.physician_id).where(
                PhysicianReferral.visit_id.in_(documented), is_documented(PhysicianReferral)
            )
        )
    }
    now = clock.now()
    changed = {
        visit_id: physician_id
        for visit_id, physician_id in documented.items()
        if (current[visit_id].physician_id if visit_id in current else None) != physician_id
    }
    ended = [current[visit_id].id for visit_id in changed if visit_id in current]
    if ended:
        db.session.execute(update(PhysicianReferral).where(PhysicianReferral.id.in_(ended)).values(ended_at=now))
    new = [
        {
            "visit_id": visit_id,
            "physician_id": physician_id,
            "evidence": Evidence.DOCUMENTED,
            "recorded_at": now,
        }
        for visit_id, physician_id in changed.items()
        if physician_id is not None
    ]
    if new:
        db.session.execute(insert(PhysicianReferral), new)
