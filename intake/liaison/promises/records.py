"""Writes of promises and issues. All flush; the caller commits."""

from datetime import date
from typing import Any

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.liaison.page.parties import Party
from intake.liaison.promises.models import OfficeIssue, Promise


def make_promise(party: Party, *, by_id: int | None, **facts: Any) -> None:
    """Promise a party something by a day: text, due_on, owner_id, location_id, perhaps touchpoint_id, for_us."""
    _record(Promise(**party.columns, **facts, made_at=clock.now(), made_by_id=by_id), "promise.made")


def close_promise(promise: Promise, *, kept: bool, by_id: int) -> None:
    """Note that it was kept or, `kept` false, is no longer needed."""
    if promise.closed_at is None:
        promise.closed_at, promise.closed_by_id, promise.kept = clock.now(), by_id, kept
        _record(promise, "promise.closed", kept=kept)


def reopen_promise(promise: Promise) -> None:
    promise.closed_at = promise.closed_by_id = promise.kept = None
    _record(promise, "promise.reopened")


def open_issue(party: Party, *, by_id: int | None, **facts: Any) -> None:
    """Note that something went wrong: kind, text, opened_on, owner_id, location_id, perhaps touchpoint_id."""
    _record(OfficeIssue(**party.columns, **facts, opened_by_id=by_id), "issue.opened")


def change_issue(issue: OfficeIssue, *, done: str, owner_id: int | None) -> None:
    """Write down what was done, and who sees to it."""
    issue.done, issue.owner_id = done, owner_id
    _record(issue, "issue.changed")


def close_issue(issue: OfficeIssue, *, told_on: date | None, by_id: int | None) -> None:
    """The referring office was told what was done; by nobody on no day: it is open again."""
    issue.told_on, issue.told_by_id = told_on, by_id
    _record(issue, "issue.closed" if told_on else "issue.reopened")


def _record(row: Promise | OfficeIssue, action: str, **more: Any) -> None:
    db.session.add(row)
    db.session.flush()
    kind = action.partition(".")[0]
    audit_trail.record(action, subject_kind=kind, subject_id=row.id, location_id=row.location_id, **more)
