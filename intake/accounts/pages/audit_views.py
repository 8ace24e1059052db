"""The page and file of the audit trail, for administrators."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail as audit
from intake.accounts.audit import chain, messages
from intake.accounts.audit import queries as audit_queries
from intake.accounts.audit.queries import Filter
from intake.accounts.auth.guards import roles
from intake.accounts.pages import queries
from intake.accounts.pages.blueprint import bp
from intake.web.http.url_converters import row_number
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import practice_facts

DAYS_SHOWN = 31
HEADER = ("Entry", "When", "Kind", "Who", "Did", "What", "Subject kind", "Subject", "Location", "Details")


@bp.get("/audit", endpoint="audit_trail", guard=roles("administrator"))
def audit_trail() -> tuple[str, int]:
    wanted, problem = _wanted()
    before = request.args.get("before", type=int)
    found = audit_queries.entries(wanted, before=before, limit=audit_queries.PAGE + 1)
    shown, more = found[: audit_queries.PAGE], len(found) > audit_queries.PAGE
    audit.record_reading("audit.read", entries=len(shown))
    page = render_template(
        "accounts/audit.html",
        trail=shown,
        names=audit_queries.names(),
        words=messages,
        wanted=wanted,
        problem=problem,
        chosen=request.args,
        people=queries.everybody(),
        actions=sorted(messages.ACTIONS.items(), key=lambda pair: pair[1]),
        subjects=sorted(messages.SUBJECTS.items(), key=lambda pair: pair[1]),
        older=_address(before=shown[-1].id) if more else None,
        newest=_address() if before else None,
        csv=url_for("accounts.audit_csv") + "?" + _query(),
        head=chain.head(),
    )
    return page, 422 if problem else 200


@bp.get("/audit.csv", guard=roles("administrator", fresh=True))
def audit_csv() -> Response:
    wanted, _problem = _wanted()
    audit.record_reading("audit.exported", first_day=wanted.first_day.isoformat(), last_day=wanted.last_day.isoformat())
    name = f"audit-{wanted.first_day.isoformat()}-{wanted.last_day.isoformat()}"
    return csv_response(name, HEADER, _rows(wanted))


def _rows(wanted: Filter) -> Iterator[tuple[Any, ...]]:
    names = audit_queries.names()
    for entry in audit_queries.all_entries(wanted):
        yield (
            entry.id,
            clock.local(entry.at, wanted.time_zone),
            messages.ACTORS.get(entry.actor_kind, entry.actor_kind),
            messages.actor_words(entry, names),
            messages.action_words(entry.action),
            entry.action,
            entry.subject_kind,
            messages.subject_words(entry, names),
            names.get(("location", entry.location_id), "") if entry.location_id else "",
            messages.detail_words(entry),
        )


def _wanted() -> tuple[Filter, str | None]:
    """The filter that the address asks for, and a sentence about what in it can't be understood."""
    time_zone = practice_facts()[1]
    today = clock.clinic_today(time_zone)
    problem = None
    days: list[date] = []
    for name, usual in (("from", today - timedelta(days=DAYS_SHOWN - 1)), ("to", today)):
        try:
            days.append(date.fromisoformat(request.args[name]) if request.args.get(name) else usual)
        except ValueError:
            problem = "A day looks like 2026-03-31. The last month is shown instead."
            days.append(usual)
    if days[0] > days[1]:
        problem = "The first day is after the last. They were exchanged."
        days.reverse()
    actor_kind, _, actor_id = request.args.get("who", "").partition(":")
    return (
        Filter(
            first_day=max(days[0], date(2000, 1, 1)),
            last_day=min(days[1], today + timedelta(days=1)),
            time_zone=time_zone,
            actor_kind=actor_kind if actor_kind in messages.ACTORS else None,
            actor_id=row_number(actor_id),
            action=request.args.get("did") or None,
            subject_kind=request.args.get("kind") or None,
            subject_id=row_number(request.args.get("subject", "")),
        ),
        problem,
    )


def _query(**more: Any) -> str:
    kept = {name: value for name, value in request.args.items() if name != "before" and value}
    return urlencode(kept | {name: str(value) for name, value in more.items()})


def _address(**more: Any) -> str:
    return url_for("accounts.audit_trail") + "?" + _query(**more)
