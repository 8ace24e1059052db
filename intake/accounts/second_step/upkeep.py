"""Second steps as an operator sees them: emergency access, sealing with another SECRET_KEY, what doctor says."""

from datetime import timedelta

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.models import AuditEntry, SecondStep, Staff
from intake.accounts.second_step import app_codes, records
from intake.accounts.single_sign_on import identities
from intake.config import Settings
from intake.db import db
from intake.web.ops.doctor import BAD, GOOD, Finding

TOLD = timedelta(days=1)
# Why somebody was let in; words of one's own would reach the trail with names in them.
REASONS = ("sign-in-down", "device-lost", "nobody-else-reachable", "disaster", "drill")


def open_emergency_access(staff: Staff, *, reason: str) -> None:
    """Take everything but a password away from what `staff` must prove, and say so in the trail. Flushes."""
    records.reset(staff, by=None)
    identities.unlink(staff)
    audit_trail.record("emergency.opened", **audit_trail.about(staff), reason=reason)


def emergency_alarm() -> str | None:
    """Return what is mailed to those who are told of alarms after somebody was let in."""
    query = select(func.count()).where(AuditEntry.action == "emergency.opened", AuditEntry.at > clock.now() - TOLD)
    count = db.session.execute(query).scalar_one()
    if not count:
        return None
    times = "once" if count == 1 else f"{count} times"
    return f"Emergency access was opened {times} since yesterday: look at the audit trail."


def seal_anew() -> str:
    """Seal every secret of an app with today's SECRET_KEY; return what was done, in a sentence. Flushes."""
    anew = lost = 0
    for step in db.session.scalars(select(SecondStep)):
        # What is only being set up is begun again.
        step.new_secret = None
        if step.secret is None:
            continue
        if app_codes.opened(step.secret) is None:
            lost += 1
        else:
            step.secret = app_codes.sealed_anew(step.secret)
            anew += 1
    db.session.flush()
    return f"{anew} second steps are sealed with today's SECRET_KEY.{_lost_words(lost)}"


def after_restore() -> list[str]:
    """Return what to say of second steps in a database that came back from a backup."""
    lost = _unopened()
    return [_lost_words(lost).strip()] if lost else []


def doctor_check(_settings: Settings, _online: bool) -> list[Finding]:
    lost = _unopened()
    if not lost:
        return [Finding("Second steps", GOOD, "SECRET_KEY opens all of them.")]
    do = "Put the SECRET_KEY they were made with into SECRET_KEY_OLD, or take them away under People."
    return [Finding("Second steps", BAD, f"{lost} can't be opened with SECRET_KEY or SECRET_KEY_OLD.", do)]


def _unopened() -> int:
    secrets = db.session.scalars(select(SecondStep.secret).where(SecondStep.secret.is_not(None)))
    return sum(app_codes.opened(each) is None for each in secrets if each is not None)


def _lost_words(lost: int) -> str:
    if not lost:
        return ""
    return (
        f" {lost} were set up under another SECRET_KEY: put that one into SECRET_KEY_OLD, or their owners use recovery "
        "codes and set the app up again."
    )
