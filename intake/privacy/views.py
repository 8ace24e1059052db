"""Pages of the practice: how long things are kept, holds, and what an account has seen."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.audit.queries import Filter
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.accounts.pages.queries import everybody
from intake.config import current_settings
from intake.db import db
from intake.privacy import holds, retention
from intake.privacy.backups_left import backups_end_on
from intake.privacy.person_views import MATTER
from intake.privacy.seen import Seen, seen_by
from intake.sms.queue.forgetting import still_to_erase
from intake.web.http.route_guards import Pages
from intake.web.http.url_converters import row_number
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import practice_facts, tell
from intake.web.ui.written import is_unfit

bp = Pages("privacy", __name__, url_prefix="/privacy")

DAYS_SHOWN = 31
MOST_DAYS = 36_500
UNITS = {"years": 366, "months": 30, "days": 1}
HEADER = ("Patient", "Chart number", "First seen", "Last seen", "Times", "How")
ELSE_HEADER = ("A look at several", "", "When", "", "", "How")


@bp.get("", guard=roles("administrator", everywhere=True))
def overview() -> str:
    """Show how long each kind is kept, and what is held."""
    return _overview({}, {})


@bp.post("/retention", guard=roles("administrator", everywhere=True, fresh=True))
def set_periods() -> Response | tuple[str, int]:
    """Keep each kind for as long as the form says; an empty field keeps it for ever."""
    typed = {kind.key: request.form.get(kind.key, "").strip() for kind in retention.KINDS}
    wrong: dict[str, str] = {}
    days: dict[str, int | None] = {}
    for kind in retention.KINDS:
        try:
            days[kind.key] = _days(typed[kind.key], request.form.get(f"{kind.key}-unit", "years"))
        except ValueError:
            wrong[kind.key] = "Type a whole number, or nothing to keep it for ever."
            continue
        wanted = days[kind.key]
        if wanted is not None and wanted < kind.least_days:
            wrong[kind.key] = f"At least {said_days(kind.least_days)}. {kind.law}"
    if wrong:
        return _overview(typed, wrong), 422
    changed = [retention.set_period(key, wanted, staff_id=current_staff().id) for key, wanted in days.items()]
    db.session.commit()
    tell("Saved. The worker deletes what has run out within the hour." if any(changed) else "Nothing was changed.")
    return redirect(url_for("privacy.overview"), 303)


@bp.post("/hold", guard=roles("administrator", everywhere=True, fresh=True))
def hold_practice() -> Response | tuple[str, int]:
    """Hold everything of the whole practice."""
    matter = request.form.get("matter", "").strip()
    if not matter or len(matter) > MATTER or is_unfit(matter):
        return _overview({}, {"matter": f"Say what it is about in at most {MATTER} letters; not a name."}), 422
    holds.begin(matter, patient_id=None, staff_id=current_staff().id)
    db.session.commit()
    tell("Held. Nothing is erased or runs out until the hold ends.")
    return redirect(url_for("privacy.overview"), 303)


@bp.post("/holds/<int:hold_id>/end", guard=roles("administrator", everywhere=True, fresh=True))
def end_hold(hold_id: int) -> Response:
    """End a hold."""
    holds.end(hold_id, staff_id=current_staff().id)
    db.session.commit()
    tell("The hold is over.")
    return redirect(url_for("privacy.overview"), 303)


@bp.get("/seen", guard=roles("administrator", everywhere=True))
def seen() -> tuple[str, int]:
    """Show what an account has seen in some days."""
    wanted, problem = _wanted()
    found = seen_by(wanted) if wanted.actor_id is not None else None
    if found is not None:
        audit_trail.record_reading(
            "account.looks", subject_kind="staff", subject_id=wanted.actor_id, found=len(found.patients)
        )
    page = render_template(
        "privacy/seen.html",
        seen=found,
        wanted=wanted,
        problem=problem,
        people=everybody(),
        csv=f"{url_for('privacy.seen_csv')}?from={wanted.first_day}&to={wanted.last_day}&who={wanted.actor_id}",
    )
    return page, 422 if problem else 200


@bp.get("/seen.csv", guard=roles("administrator", everywhere=True, fresh=True))
def seen_csv() -> Response:
    """Give the same as a file."""
    wanted, _problem = _wanted()
    found = seen_by(wanted) if wanted.actor_id is not None else Seen((), ())
    audit_trail.record_reading(
        "account.looks_exported", subject_kind="staff", subject_id=wanted.actor_id, found=len(found.patients)
    )
    return csv_response(f"seen-{wanted.first_day}-{wanted.last_day}", HEADER, _rows(found, wanted.time_zone))


def said_days(days: int | None) -> str:
    """Format a period: '2 years', '90 days', 'for ever'."""
    if days is None:
        return "for ever"
    full = round(days / 365.25)
    if full and days == retention.years(full):
        return "1 year" if full == 1 else f"{full} years"
    return f"{days} days"


def _rows(found: Seen, time_zone: str) -> Iterator[tuple[Any, ...]]:
    for each in found.patients:
        first, last = (clock.local(at, time_zone) for at in (each.first_at, each.last_at))
        yield each.name, each.mrn, first, last, each.looks, "; ".join(each.how)
    if found.others:
        yield ELSE_HEADER
    for look in found.others:
        yield "", "", clock.local(look.at, time_zone), "", "", f"{look.how} ({look.details})"


def _wanted() -> tuple[Filter, str]:
    time_zone = practice_facts()[1]
    today = clock.clinic_today(time_zone)
    days: list[date] = []
    problem = ""
    for name, usual in (("from", today - timedelta(days=DAYS_SHOWN - 1)), ("to", today)):
        try:
            days.append(date.fromisoformat(request.args[name]) if request.args.get(name) else usual)
        except ValueError:
            problem = "A day looks like 2026-03-31. The last month is shown instead."
            days.append(usual)
    first, last = sorted(days)
    who = row_number(request.args.get("who", ""))
    kind = "staff" if who is not None else None
    return Filter(max(first, date(2000, 1, 1)), min(last, today), time_zone, actor_kind=kind, actor_id=who), problem


def _days(typed: str, unit: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit()):
        raise ValueError(typed)
    days = retention.years(int(typed)) if unit == "years" else int(typed) * UNITS.get(unit, 1)
    if not 0 < days <= MOST_DAYS:
        raise ValueError(typed)
    return days


def _overview(typed: dict[str, str], wrong: dict[str, str]) -> str:
    kept = retention.periods()
    return render_template(
        "privacy/overview.html",
        kinds=[(kind, *_shown(kept[kind.key], typed.get(kind.key))) for kind in retention.KINDS],
        said_days=said_days,
        units=UNITS,
        wrong=wrong,
        holds=holds.standing(),
        longest=MATTER,
        at_carrier=still_to_erase(),
        backups_end=backups_end_on(current_settings()),
        backups_kept=current_settings().backup_keep,
    )


def _shown(days: int | None, typed: str | None) -> tuple[str, str]:
    """What stands in the field, and its unit."""
    if typed is not None:
        return typed, request.form.get("unit", "years")
    if days is None:
        return "", "years"
    said = said_days(days).split()
    return said[0], "years" if said[1].startswith("year") else "days"
