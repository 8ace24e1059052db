"""Writes of promises and issues. All flush; the caller commits."""

from datetime import date
from typing import Any

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.liaison.page.parties import Party
from intake.liaison.promises.models import IssueKind, OfficeIssue, Promise


def make_promise(
    party: Party,
    *,
    text: str,
    due_on: date,
    owner_id: int | None,
    by_id: int | None,
    location_id: int,
    touchpoint_id: int | None = None,
) -> Promise:
    """Promise a party something by a day."""
    made = Promise(
        **party.columns,
        location_id=location_id,
        touchpoint_id=touchpoint_id,
        text=text,
        due_on=due_on,
        owner_id=owner_id,
        made_at=clock.now(),
        made_by_id=by_id,
    )
    _add(made, "promise", "promise.made")
    return made


def close_promise(promise: Promise, *, kept: bool, by_id: int) -> None:
    """Note that it was kept or, `kept` false, is no longer needed."""
    if promise.closed_at is None:
        promise.closed_at, promise.closed_by_id, promise.kept = clock.now(), by_id, kept
        audit_trail.record("promise.closed", **_subject(promise, "promise"), kept=kept)


def reopen_promise(promise: Promise) -> None:
    promise.closed_at = promise.closed_by_id = promise.kept = None
    audit_trail.record("promise.reopened", **_subject(promise, "promise"))


def open_issue(
    party: Party,
    *,
    kind: IssueKind,
    text: str,
    opened_on: date,
    owner_id: int | None,
    by_id: int | None,
    location_id: int,
    touchpoint_id: int | None = None,
) -> OfficeIssue:
    """Note that something went wrong for a party."""
    opened = OfficeIssue(
        **party.columns,
        location_id=location_id,
        touchpoint_id=touchpoint_id,
        kind=kind,
        text=text,
        opened_on=opened_on,
        owner_id=owner_id,
        opened_by_id=by_id,
    )
    _add(opened, "issue", "issue.opened")
    return opened


def change_issue(issue: OfficeIssue, *, done: str, owner_id: int | None) -> None:
    """Write down what was done, and who sees to it."""
    issue.done, issue.owner_id = done, owner_id
    audit_trail.record("issue.changed", **_subject(issue, "issue"))


def close_issue(issue: OfficeIssue, *, told_on: date, by_id: int) -> None:
    """The referring office was told what was done."""
    issue.told_on, issue.told_by_id = told_on, by_id
    audit_trail.record("issue.closed", **_subject(issue, "issue"))


def reopen_issue(issue: OfficeIssue) -> None:
    issue.told_on = issue.told_by_id = None
    audit_trail.record("issue.reopened", **_subject(issue, "issue"))


def _add(row: Promise | OfficeIssue, kind: str, action: str) -> None:
    db.session.add(row)
    db.session.flush()
    audit_trail.record(action, **_subject(row, kind))


def _subject(row: Promise | OfficeIssue, kind: str) -> dict[str, Any]:
    return {"subject_kind": kind, "subject_id": row.id, "location_id": row.location_id}
