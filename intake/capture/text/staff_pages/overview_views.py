"""Pages of the texting overview; pause and resume."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.capture.text.messages import failure_sentence
from intake.capture.text.staff_pages.figures import TextingFigures, TextingOverview, overview
from intake.capture.text.staff_pages.tabs import PAUSES, say_spell
from intake.config import current_settings
from intake.db import db
from intake.directory.dates import UnreadableDate, read_date
from intake.directory.patients import queries as directory
from intake.sms.queue import line
from intake.web.http.route_guards import Pages
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import tell

bp = Pages("text_overview", __name__)

PRESETS = ((1, "Today"), (7, "7 days"), (30, "30 days"), (90, "90 days"))
USUAL_DAYS = 30
LONGEST_DAYS = 731
COUNTS = ("sent", "delivered", "answered", "stopped", "failed", "uncertain", "waiting", "reminders")
CSV_HEADER = (
    *("Location", "Sent", "Delivered", "Answered", "Opted out", "Did not arrive", "Uncertain", "Waiting"),
    *("Reminders", "Median minutes to answer"),
)


@dataclass(frozen=True)
class OverviewDays:
    """The days shown, both included. `problem`: why what was typed could not be used."""

    first: date
    last: date
    problem: str = ""
    typed: tuple[str, str] = ("", "")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@bp.get("/texts", guard=roles("front_desk", "manager", "administrator"))
def texts() -> str | tuple[str, int]:
    """Show the figures by location for the days asked for."""
    span = _span()
    locations = directory.locations(within=current_locations())
    found = _found(span)
    page = render_template(
        "capture/text/overview.html",
        span=span,
        presets=[(label, _address(days), days == span.days and span.last == _today()) for days, label in PRESETS],
        locations=locations,
        found=found,
        failed=[(failure_sentence(reason), count) for reason, count in found.failed_by],
        state=line.status(),
        settings=current_settings(),
        pauses=PAUSES,
        say_spell=say_spell,
    )
    return (page, 422) if span.problem else page


@bp.get("/texts/overview.csv", guard=roles("front_desk", "manager", "administrator"))
def export() -> Response:
    """Return the same figures as a CSV file."""
    span = _span()
    found = _found(span)
    rows = [
        _row(location.name, found.by_location[location.id])
        for location in directory.locations(within=current_locations())
    ]
    return csv_response(f"texts {span.first} to {span.last}", CSV_HEADER, [*rows, _row("All", found.whole)])


@bp.post("/texts/pause", guard=roles("manager", "administrator", everywhere=True))
def pause() -> Response:
    """Pause sending; what is queued waits."""
    because = request.form.get("because", "")
    line.pause(because if because in PAUSES else "staff")
    db.session.commit()
    tell("Paused. Nothing is texted until somebody resumes it.", undo=url_for("text_overview.resume"))
    return redirect(url_for("text_overview.texts"), 303)


@bp.post("/texts/resume", guard=roles("manager", "administrator", everywhere=True))
def resume() -> Response:
    line.resume()
    db.session.commit()
    tell("Texts leave again. Whatever waited goes first.")
    return redirect(url_for("text_overview.texts"), 303)


def _found(span: OverviewDays) -> TextingOverview:
    zone = directory.practice().time_zone
    start, end = clock.day_range(span.first, span.last, zone)
    return overview([each.id for each in directory.locations(within=current_locations())], start, end)


def _row(name: str, figures: TextingFigures) -> tuple[Any, ...]:
    minutes = figures.median_minutes
    counts = (getattr(figures, count) for count in COUNTS)
    return (name, *counts, "" if minutes is None else round(minutes, 1))


def _span() -> OverviewDays:
    today = _today()
    usual = OverviewDays(today - timedelta(days=USUAL_DAYS - 1), today)
    typed = (request.args.get("from", "").strip()[:40], request.args.get("to", "").strip()[:40])
    if not any(typed):
        return usual
    try:
        first, last = (read_date(text) if text else day for text, day in zip(typed, (usual.first, today), strict=True))
    except UnreadableDate:
        return OverviewDays(usual.first, today, "That isn’t a day. Type it like 3/14/2026.", typed)
    if first > last:
        return OverviewDays(usual.first, today, "The first day must come before the last one.", typed)
    if (last - first).days >= LONGEST_DAYS or first.year < 2000 or last > today + timedelta(days=366):
        return OverviewDays(usual.first, today, "Look at two years at a time.", typed)
    return OverviewDays(first, last)


def _address(days: int) -> str:
    today = _today()
    first = today - timedelta(days=days - 1)
    return url_for("text_overview.texts", **{"from": first.isoformat(), "to": today.isoformat()})  # type: ignore[arg-type]


def _today() -> date:
    return clock.clinic_today(directory.practice().time_zone)
