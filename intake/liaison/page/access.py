"""Who works on relationships, and with which rows: those of their own locations."""

from typing import Any

from sqlalchemy import ColumnElement

from intake.accounts.current import current_locations, current_staff
from intake.accounts.models import RoleName
from intake.id_filters import among

PEOPLE = (RoleName.LIAISON, RoleName.MANAGER, RoleName.ADMINISTRATOR)
# They may change what others wrote down or promised, and allow what the rules refuse.
IN_CHARGE = (RoleName.MANAGER, RoleName.ADMINISTRATOR)


def of_my_locations(location_id: Any) -> ColumnElement[bool]:
    """SQL: the row belongs to a location of the signed-in person."""
    return among(location_id, sorted(current_locations()))


def is_in_charge() -> bool:
    """Whether the signed-in person is a manager or an administrator."""
    return bool({str(role) for role in IN_CHARGE} & {role.name for role in current_staff().roles})


def home_location_id() -> int:
    """The location that what somebody writes belongs to, unless the relationship says another: the first of theirs.

    Raises ValueError for somebody who works at none.
    """
    return min(current_locations())
