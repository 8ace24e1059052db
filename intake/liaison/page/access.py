"""Who works on relationships, with which rows (those of their own locations), and by which names."""

from typing import Any

from sqlalchemy import ColumnElement, select

from intake.accounts.current import current_locations, holds
from intake.accounts.models import Role, RoleName, Staff, staff_location, staff_role
from intake.db import db
from intake.id_filters import among

PEOPLE = (RoleName.LIAISON, RoleName.MANAGER, RoleName.ADMINISTRATOR)
# They may change what others wrote down or promised, and allow what the rules refuse.
IN_CHARGE = (RoleName.MANAGER, RoleName.ADMINISTRATOR)


def of_my_locations(location_id: Any) -> ColumnElement[bool]:
    """SQL: the row belongs to a location of the signed-in person."""
    return among(location_id, sorted(current_locations()))


def is_in_charge() -> bool:
    """Whether the signed-in person is a manager or an administrator."""
    return holds(*IN_CHARGE)


def staff_names() -> dict[int, str]:
    """Id → name of everybody who ever worked here; a practice has dozens."""
    return {row[0]: row[1] for row in db.session.execute(select(Staff.id, Staff.name))}


def colleagues(also: int | None = None) -> list[tuple[int, str]]:
    """(id, name) of those at work who hold one of the roles at a location of the signed-in person, by name; and of
    somebody who may have left, who stays chosen until somebody else is.
    """
    here = select(staff_location.c.staff_id).where(among(staff_location.c.location_id, sorted(current_locations())))
    held = select(staff_role.c.staff_id).join(Role, Role.id == staff_role.c.role_id).where(Role.name.in_(PEOPLE))
    works = Staff.active.is_(True) & Staff.id.in_(held) & (Staff.all_locations.is_(True) | Staff.id.in_(here))
    query = select(Staff.id, Staff.name).where(works | (Staff.id == also)).order_by(Staff.name, Staff.id)
    return [(row[0], row[1]) for row in db.session.execute(query)]
