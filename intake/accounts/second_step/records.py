"""Second steps of staff: who has one or needs one, setting one up, taking one, taking it away. Verbs flush."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth import known_browsers, sessions, throttle
from intake.accounts.current import Actor
from intake.accounts.models import Passkey, Role, RoleName, SecondStep, Staff, staff_role
from intake.accounts.second_step import app_codes, recovery_codes
from intake.db import db

# Who needs one when the practice says so: they see or decide more than a day's visits.
ROLES = (RoleName.MANAGER, RoleName.ADMINISTRATOR)


class StepNeeded(Exception):
    """Their role asks for a second step, so it can be replaced but not given up."""


class NotYourself(Exception):
    """Somebody else takes a lost second step away, or whoever finds a screen open could."""


@dataclass(frozen=True)
class StepState:
    """What somebody has: an app, passkeys, codes on paper; and whether their role asks for any of it."""

    app: bool
    passkeys: int
    codes_left: int
    needed: bool

    @property
    def any(self) -> bool:
        return self.app or self.passkeys > 0


def state(staff: Staff) -> StepState:
    step = db.session.get(SecondStep, staff.id)
    keys = db.session.execute(select(func.count()).where(Passkey.staff_id == staff.id)).scalar_one()
    app = step is not None and step.secret is not None
    return StepState(app, keys, recovery_codes.left(staff.id), is_needed(staff))


def is_needed(staff: Staff) -> bool:
    """Return whether a role of `staff` asks for a second step."""
    return any(role.second_step for role in staff.roles)


def asks_practice() -> bool:
    """Return whether managers and administrators need one."""
    return bool(db.session.scalar(select(func.count()).where(Role.name.in_(ROLES), Role.second_step.is_(True))))


def ask_of_managers(asked: bool, *, by: Staff) -> int:
    """Say whether managers and administrators need one; those who have none are signed out. Return how many.

    Raises StepNeeded when `by` has none themselves: they would be the first to be locked out.
    """
    if asked and not state(by).any:
        raise StepNeeded
    db.session.execute(update(Role).where(Role.name.in_(ROLES)).values(second_step=asked))
    audit_trail.record("second_step.rule_changed", asked=asked)
    without = _holders_without() if asked else []
    for staff in without:
        sessions.end_everywhere(staff)
    return len(without)


def begin_setup(staff: Staff) -> None:
    """Draw a secret to be shown; what they have keeps working until a code of the new one was typed."""
    step = db.session.get(SecondStep, staff.id) or SecondStep(staff_id=staff.id)
    step.new_secret = app_codes.new_secret()
    db.session.add(step)
    db.session.flush()


def address_to_scan(staff: Staff, *, issuer: str) -> tuple[str, str] | None:
    """Return what the app's camera reads and the same to be typed; None when nothing is being set up."""
    step = db.session.get(SecondStep, staff.id)
    secret = app_codes.opened(step.new_secret) if step is not None and step.new_secret else None
    if secret is None:
        return None
    codes = app_codes.app_codes(issuer)
    return codes.get_totp_uri(staff.email, secret), codes.get_totp_pretty_key(secret)


def finish_setup(staff: Staff, typed: str) -> bool:
    """Let the app count when `typed` is a code of it. Raises TooManyTries. Commits, as the throttle does."""
    tries = claim(staff)
    step = db.session.get(SecondStep, staff.id)
    if step is None or step.new_secret is None:
        return False
    before, step.last_counter = step.last_counter, None
    db.session.flush()
    if not app_codes.is_right(step, step.new_secret, typed):
        step.last_counter = before
        db.session.commit()
        return False
    step.secret, step.new_secret, step.set_up_at = step.new_secret, None, clock.now()
    note(staff, "second_step.set_up", kind="app")
    db.session.commit()
    throttle.clear(tries)
    return True


def take(staff: Staff, typed: str) -> str | None:
    """Return how `typed` proves who it is, 'app' or 'recovery code', and use it up; None when it doesn't.

    Raises TooManyTries. Commits, as the throttle does: call it before anything else is written.
    """
    tries = claim(staff)
    step = db.session.get(SecondStep, staff.id)
    found = None
    if step is not None and step.secret is not None and app_codes.is_right(step, step.secret, typed):
        found = "app"
        # Whatever SECRET_KEY_OLD sealed is sealed with the new one at its next use.
        step.secret = app_codes.sealed_anew(step.secret)
    elif not app_codes.is_code(typed) and recovery_codes.use(staff.id, typed):
        found = "recovery code"
        note(staff, "second_step.code_used", left=recovery_codes.left(staff.id))
    if found is None:
        note_refusal(staff)
        return None
    db.session.commit()
    throttle.clear(tries)
    return found


def make_codes(staff: Staff) -> list[str]:
    """Return new recovery codes; older ones stop working."""
    codes = recovery_codes.make(staff.id)
    note(staff, "second_step.codes_made")
    return codes


def give_up(staff: Staff) -> None:
    """Let `staff` sign in by password alone again. Raises StepNeeded when their role asks for a second step."""
    if is_needed(staff):
        raise StepNeeded
    _remove(staff)
    note(staff, "second_step.given_up")


def reset(staff: Staff, *, by: Staff | None) -> None:
    """Take a lost second step away and sign them out everywhere.

    Whoever needs one sets another up at their next sign-in. `by` is None for commands. Raises NotYourself.
    """
    if by is not None and by.id == staff.id:
        raise NotYourself
    _remove(staff)
    sessions.end_everywhere(staff)
    audit_trail.record("second_step.reset", **audit_trail.about(staff))


def claim(staff: Staff) -> str:
    """Count a try of this person on this browser and return its bucket. Raises TooManyTries. Commits."""
    browser = known_browsers.browser_of(staff.id)
    # A browser of theirs has its own count, so that nobody who knows the password locks them out.
    tries = throttle.bucket("second step", f"{staff.id} {browser}")
    if throttle.claim_slowing(tries) is None:
        raise throttle.TooManyTries
    return tries


def note(staff: Staff, action: str, **details: Any) -> None:
    """Record what somebody did about their own second step, also where they aren't signed in yet."""
    actor = Actor("staff", staff.id)
    audit_trail.record(action, actor=actor, **audit_trail.about(staff), **details)


def note_refusal(staff: Staff) -> None:
    audit_trail.record_refusal("second_step.refused", actor=Actor("system"), **audit_trail.about(staff))


def _remove(staff: Staff) -> None:
    db.session.execute(delete(SecondStep).where(SecondStep.staff_id == staff.id))
    db.session.execute(delete(Passkey).where(Passkey.staff_id == staff.id))
    recovery_codes.forget(staff.id)


def _holders_without() -> list[Staff]:
    has_app = select(SecondStep.staff_id).where(SecondStep.secret.is_not(None))
    holders = select(staff_role.c.staff_id).join(Role, Role.id == staff_role.c.role_id).where(Role.name.in_(ROLES))
    query = select(Staff).where(
        Staff.active.is_(True),
        Staff.id.in_(holders),
        Staff.id.not_in(has_app),
        Staff.id.not_in(select(Passkey.staff_id)),
    )
    return list(db.session.scalars(query.order_by(Staff.id)))
