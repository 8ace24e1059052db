"""Guards for staff and devices. A route without one of these or of web/http/route_guards.py is refused."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from intake.accounts.auth import sessions
from intake.accounts.auth.sign_in import ask_again, ask_to_sign_in
from intake.accounts.current import Actor, current_locations
from intake.accounts.models import DevicePurpose, KioskDevice, RoleName
from intake.accounts.tokens import hash_token
from intake.config import current_settings
from intake.db import db
from intake.web.http.route_guards import Guard, declare, guard_of
from intake.web.wall import location_wall

Routine = TypeVar("Routine", bound=Callable[..., Any])

EVERY_ROLE = tuple(RoleName)
# Those who hold a role, as a sentence names them.
HOLDERS = {
    RoleName.FRONT_DESK: "the front desk",
    RoleName.MANAGER: "managers",
    RoleName.LIAISON: "liaisons",
    RoleName.ADMINISTRATOR: "administrators",
}


# Said where something holds for the whole practice.
ONLY_EVERYWHERE = "This holds for the whole practice. Ask somebody who works at every location."


def roles(*names: str, everywhere: bool = False, fresh: bool = False) -> Callable[[Routine], Routine]:
    """Let in signed-in staff with one of these roles; others get the sign-in page or a 403 page.

    `everywhere`: what it changes holds for the whole practice, so they must work at every location. `fresh`: their
    password must have been typed within the last half hour, for what would harm most at a screen left open.
    """
    allowed = frozenset(str(RoleName(name)) for name in names)

    def decorate(view: Routine) -> Routine:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return ask_to_sign_in()
            sessions.note_activity()
            if not allowed & {role.name for role in current_user.roles}:
                abort(403, only_for(allowed))
            if everywhere and not current_user.all_locations:
                abort(403, ONLY_EVERYWHERE)
            if fresh and not sessions.is_fresh():
                return ask_again()
            location_wall.let_see(None if current_user.all_locations else current_locations())
            return view(*args, **kwargs)

        return declare(cast(Routine, guarded), Guard("staff", roles=allowed, everywhere=everywhere, fresh=fresh))

    return decorate


def may_open(endpoint: str) -> bool:
    """Whether the signed-in person passes the guard of a page or button, so that others aren't shown it."""
    guard = guard_of(current_app.view_functions[endpoint])
    if guard is None or not current_user.is_authenticated:
        return False
    held = guard.roles & {role.name for role in current_user.roles}
    return bool(held) and (current_user.all_locations or not guard.everywhere)


def only_for(allowed: Collection[str]) -> str:
    """Return who may open it, and whom to ask: 'It is for managers and administrators. …'."""
    held = [words for role, words in HOLDERS.items() if role in allowed]
    who = " and ".join(filter(None, (", ".join(held[:-1]), held[-1])))
    return f"It is for {who}. If you need it for your work, ask an administrator to change what you may do."


def device_cookie() -> str:
    """Return the name of the cookie that makes a browser a tablet. With __Host- no sibling domain can plant one."""
    return "__Host-intake-kiosk" if current_settings().https else "intake-kiosk"


def kiosk_device(view: Routine) -> Routine:
    """Let in a paired, unrevoked tablet; others go to the pairing page, staff too, one locked from afar to its lock."""
    return _paired_for(DevicePurpose.ASKING, view, locked_too=False)


def locked_device_too(view: Routine) -> Routine:
    """As `kiosk_device`, for what a tablet that was locked from afar does all the same."""
    return _paired_for(DevicePurpose.ASKING, view)


def wall_display(view: Routine) -> Routine:
    """Let in a paired, unrevoked wall display; anything else goes to the pairing page, staff and tablets too."""
    return _paired_for(DevicePurpose.WALL, view)


def _paired_for(purpose: DevicePurpose, view: Routine, *, locked_too: bool = True) -> Routine:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        device = find_device(request.cookies.get(device_cookie(), ""))
        if device is None or device.purpose != purpose:
            return redirect(url_for("pairing.pair"))
        if device.locked_at is not None and not locked_too:
            return redirect(url_for("kiosk.here"), 303)
        g.kiosk_device = device
        g.actor = Actor("device", device.id)
        location_wall.let_see([device.location_id])
        return view(*args, **kwargs)

    return declare(cast(Routine, guarded), Guard("device"))


def find_device(token: str) -> KioskDevice | None:
    """Return the tablet or wall display that was paired with this token, unless it was revoked."""
    if not token:
        return None
    query = (
        select(KioskDevice)
        .where(KioskDevice.token_hash == hash_token(token), KioskDevice.revoked_at.is_(None))
        .options(joinedload(KioskDevice.location))
    )
    return db.session.scalars(query).one_or_none()
