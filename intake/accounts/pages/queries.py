"""Queries of the pages of staff and tablets."""

from collections.abc import Sequence
from datetime import datetime

from flask import abort
from sqlalchemy import func, select

from intake.accounts.models import KioskDevice, Staff, StaffSession
from intake.db import db


def everybody() -> Sequence[Staff]:
    """Return all staff, the active ones first, then by name."""
    return db.session.scalars(select(Staff).order_by(Staff.active.desc(), func.lower(Staff.name), Staff.id)).all()


def staff_member(staff_id: int) -> Staff:
    """Return the member of staff; 404 when there is none."""
    return db.session.get(Staff, staff_id) or abort(404)


def last_sign_ins() -> dict[int, datetime]:
    """Return staff id → last sign-in (UTC); those who never did are left out."""
    query = select(StaffSession.staff_id, func.max(StaffSession.started_at).label("latest"))
    rows = db.session.execute(query.group_by(StaffSession.staff_id))
    return {row.staff_id: row.latest for row in rows}


def tablets(*, within: frozenset[int]) -> Sequence[KioskDevice]:
    """Tablets of these locations, those in use first, then by name."""
    query = (
        select(KioskDevice)
        .where(KioskDevice.location_id.in_(within))
        .order_by(KioskDevice.revoked_at.is_not(None), func.lower(KioskDevice.name), KioskDevice.id)
    )
    return db.session.scalars(query).all()


def tablet(device_id: int, *, within: frozenset[int]) -> KioskDevice:
    """Return the tablet; 404 when there is none at these locations."""
    query = select(KioskDevice).where(KioskDevice.id == device_id, KioskDevice.location_id.in_(within))
    return db.session.scalars(query).one_or_none() or abort(404)
