"""Counts of physicians' referrals for the directory, whose search ranks by them and whose pages show them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import Select, and_, func, select

from intake.db import db
from intake.directory.models import Caller, PhysicianMerge
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.survey.answers.effective_answer import link_holds
from intake.survey.models import CoverageEntry, PhysicianReferral


def init_app(app: Flask) -> None:
    REFERRALS.fill(app, PhysicianLinks())


class PhysicianLinks:
    """The counts that `directory.physician_search.referral_counts` asks for."""

    newest = "SELECT id, recorded_at FROM physician_referral ORDER BY id DESC LIMIT 1"

    def links(self) -> dict[int, int]:
        link = PhysicianReferral
        query = select(link.physician_id, func.count()).where(link.ended_at.is_(None)).group_by(link.physician_id)
        return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}

    def links_since(self, link_id: int, most: int) -> Sequence[tuple[int, str, int, bool]]:
        # Raw, so that moments compare as `newest` gives them.
        rows = db.session.connection().exec_driver_sql(
            "SELECT id, recorded_at, physician_id, ended_at FROM physician_referral"  # noqa: S608
            f" WHERE id >= {int(link_id)} ORDER BY id LIMIT {int(most)}"
        )  # fmt: skip
        return [(row[0], str(row[1]), row[2], row[3] is None and row[2] is not None) for row in rows]

    def new_patients(self, ids: Collection[int], *, within: Collection[int]) -> dict[int, tuple[int, date]]:
        link = PhysicianReferral
        kept = func.coalesce(PhysicianMerge.into_id, link.physician_id)
        merges = select(PhysicianMerge.physician_id).where(
            PhysicianMerge.into_id.in_(ids), PhysicianMerge.undone_at.is_(None)
        )
        # Named one by one an index finds their links; told by their merge, every link there is would be read.
        recorded = [*ids, *db.session.scalars(merges)]
        # A caller who has a visit by now is that visit.
        visit_id = func.coalesce(link.visit_id, Caller.visit_id)
        counted = (
            select(kept.label("physician_id"), CoverageEntry.visit_id, CoverageEntry.day)
            .select_from(link)
            .outerjoin(Caller, Caller.id == link.caller_id)
            .join(CoverageEntry, CoverageEntry.visit_id == visit_id)
            .outerjoin(
                PhysicianMerge,
                and_(PhysicianMerge.physician_id == link.physician_id, PhysicianMerge.undone_at.is_(None)),
            )
            .where(link_holds(link), CoverageEntry.location_id.in_(within), link.physician_id.in_(recorded))
            .group_by(kept, CoverageEntry.visit_id, CoverageEntry.day)
            .having(func.sum(CoverageEntry.eligible) > 0)
            .subquery()
        )
        physician_id = counted.c.physician_id
        query = select(physician_id, func.count(), func.max(counted.c.day)).group_by(physician_id)
        return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}

    def physician_ids(self) -> Select[Any]:
        return select(PhysicianReferral.physician_id).where(PhysicianReferral.physician_id.is_not(None))
