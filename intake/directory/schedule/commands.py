"""`flask visits`: the day's schedule from a file, and the practice's own words for types of visit."""

import json
import stat
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, VisitType
from intake.directory.patients import queries
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.file.import_errors import ImportProblem
from intake.directory.schedule.file.reader import ScheduleFile
from intake.directory.schedule.planning import Plan

MOST_LINES = 50

group = AppGroup("visits", help="Visits and the day's schedule.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--location", "code", required=True, metavar="CODE", help="Code of the location that the schedule is for."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object on standard output.")
def import_file(file: Path, code: str, dry_run: bool, as_json: bool) -> None:
    """Import the day's schedule from FILE, a CSV or XLSX file as the practice's own system exports it.

    All of it or nothing: exit status 1, with every error by row and column, when anything in it is wrong.
    Importing the same file again changes nothing. See docs/schedule-file.md for what it may look like.
    """
    location = _location(code)
    schedule = _read(file, location)
    plan = import_schedule(schedule, location)
    if dry_run or plan.errors:
        db.session.rollback()
    else:
        db.session.commit()
    if as_json:
        click.echo(json.dumps(_result(file, location, schedule, plan, applied=not plan.errors and not dry_run)))
    else:
        _print_notes(schedule, plan)
    if plan.errors:
        _print_errors(plan.errors)
        if schedule.unknown_types:
            click.echo("Say what a word for a type means with: flask visits type WORD new|established", err=True)
        raise SystemExit(1)
    if not as_json:
        click.echo(_summary(plan, location, dry_run=dry_run))


@group.command("type")
@click.argument("word")
@click.argument("meaning", type=click.Choice([*map(str, VisitType), "forget"]))
def type_of_visit(word: str, meaning: str) -> None:
    """Say once what WORD in the schedule's type column means: new, established, or forget it."""
    if meaning == "forget":
        known = uploads.forget_type(word)
        db.session.commit()
        click.echo(f"“{word}” is forgotten." if known else f"“{word}” wasn't known.")
        return
    uploads.learn_type(word, meaning, staff_id=None)
    db.session.commit()
    click.echo(f"From now on “{word}” is a visit of {'a new' if meaning == 'new' else 'an established'} patient.")


def _location(code: str) -> Location:
    found = queries.find_location_by_code(code)
    if found is None:
        codes = ", ".join(queries.location_codes()) or "none yet"
        raise click.ClickException(f"There is no location with the code {code}. Codes: {codes}.")
    return found


def _read(file: Path, location: Location) -> ScheduleFile:
    settings: Settings = current_app.config["SETTINGS"]
    most_bytes = settings.upload_megabytes * 1024 * 1024
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            return ScheduleFile(
                [], [ImportProblem(None, "", f"{file}, which is no ordinary file", "a CSV file or an XLSX workbook")]
            )
        if about.st_size > most_bytes:
            found = f"a file of {about.st_size / 1024 / 1024:,.0f} MB"
            return ScheduleFile([], [ImportProblem(None, "", found, f"at most {settings.upload_megabytes} MB")])
        with file.open("rb") as stream:
            data = stream.read(most_bytes + 1)
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from None
    return uploads.read_for_writing(location, data)


def _result(file: Path, location: Location, schedule: ScheduleFile, plan: Plan, *, applied: bool) -> dict[str, Any]:
    return {
        "file": file.name,
        "location": location.code,
        "applied": applied,
        **(Plan() if plan.errors else plan).counts,
        "read": len(schedule.rows),
        "errors": [problem.as_json() for problem in plan.errors],
        "warnings": [{**problem.as_json(), "text": str(problem)} for problem in plan.warnings],
        "notes": plan.notes,
        "ignored_columns": list(schedule.ignored),
        "described": schedule.described,
    }


def _print_notes(schedule: ScheduleFile, plan: Plan) -> None:
    if schedule.ignored:
        click.echo(f"Columns not used: {', '.join(schedule.ignored)}.", err=True)
    for note in plan.notes:
        click.echo(note, err=True)
    for warning in plan.warnings[:MOST_LINES]:
        click.echo(f"Note: {warning}", err=True)
    if len(plan.warnings) > MOST_LINES:
        click.echo(f"Note: and {len(plan.warnings) - MOST_LINES:,} more like these.", err=True)


def _print_errors(errors: list[ImportProblem]) -> None:
    click.echo("Nothing was imported.", err=True)
    for error in errors[:MOST_LINES]:
        click.echo(str(error), err=True)
    if len(errors) > MOST_LINES:
        click.echo(f"And {len(errors) - MOST_LINES:,} more; --json lists them all.", err=True)


def _summary(plan: Plan, location: Location, *, dry_run: bool) -> str:
    added, changed, cancelled = (plan.counts[name] for name in ("added", "changed", "cancelled"))
    text = (
        f"{plan.counts['read']:,} visits read for {location.name}: {added:,} {'to add' if dry_run else 'added'}, "
        f"{changed:,} {'to change' if dry_run else 'changed'}, {plan.counts['unchanged']:,} unchanged."
    )
    return f"{text} {cancelled:,} of the changed ones are now cancelled or missed." if cancelled else text
