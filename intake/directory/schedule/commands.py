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
from intake.directory.schedule.file.import_errors import Wrong
from intake.directory.schedule.file.reader import Reading
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
    reading, plan = _read(file, location), None
    if not reading.errors:
        plan = import_schedule(reading, location)
        if dry_run or plan.errors:
            db.session.rollback()
        else:
            db.session.commit()
    errors = reading.errors or (plan.errors if plan else [])
    if as_json:
        click.echo(json.dumps(_result(file, location, reading, plan, applied=not errors and not dry_run)))
    else:
        _tell(reading, plan)
    if errors:
        _tell_errors(errors)
        if reading.unknown_types:
            click.echo("Say what a word for a type means with: flask visits type WORD new|established", err=True)
        raise SystemExit(1)
    if plan and not as_json:
        click.echo(_sentence(plan, location, dry_run=dry_run))


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


def _read(file: Path, location: Location) -> Reading:
    settings: Settings = current_app.config["SETTINGS"]
    most_bytes = settings.upload_megabytes * 1024 * 1024
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            return Reading(
                [], [Wrong(None, "", f"{file}, which is no ordinary file", "a CSV file or an XLSX workbook")]
            )
        if about.st_size > most_bytes:
            found = f"a file of {about.st_size / 1024 / 1024:,.0f} MB"
            return Reading([], [Wrong(None, "", found, f"at most {settings.upload_megabytes} MB")])
        with file.open("rb") as stream:
            data = stream.read(most_bytes + 1)
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from None
    return uploads.read_for_writing(location, data)


def _result(file: Path, location: Location, reading: Reading, plan: Plan | None, *, applied: bool) -> dict[str, Any]:
    counts = (
        plan.counts if plan and not plan.errors else dict.fromkeys(("added", "changed", "unchanged", "cancelled"), 0)
    )
    warnings = plan.warnings if plan else reading.warnings
    return {
        "file": file.name,
        "location": location.code,
        "applied": applied,
        **counts,
        "read": len(reading.rows),
        "errors": [wrong.as_json() for wrong in reading.errors or (plan.errors if plan else [])],
        "warnings": [{**wrong.as_json(), "text": str(wrong)} for wrong in warnings],
        "notes": plan.notes if plan else reading.notes,
        "ignored_columns": list(reading.ignored),
        "described": reading.described,
    }


def _tell(reading: Reading, plan: Plan | None) -> None:
    if reading.ignored:
        click.echo(f"Columns not used: {', '.join(reading.ignored)}.", err=True)
    for note in plan.notes if plan else reading.notes:
        click.echo(note, err=True)
    warnings = plan.warnings if plan else reading.warnings
    for warning in warnings[:MOST_LINES]:
        click.echo(f"Note: {warning}", err=True)
    if len(warnings) > MOST_LINES:
        click.echo(f"Note: and {len(warnings) - MOST_LINES:,} more like these.", err=True)


def _tell_errors(errors: list[Wrong]) -> None:
    click.echo("Nothing was imported.", err=True)
    for error in errors[:MOST_LINES]:
        click.echo(str(error), err=True)
    if len(errors) > MOST_LINES:
        click.echo(f"And {len(errors) - MOST_LINES:,} more; --json lists them all.", err=True)


def _sentence(plan: Plan, location: Location, *, dry_run: bool) -> str:
    counts = plan.counts
    said = (
        f"{counts['read']:,} visits read for {location.name}: {counts['added']:,} {'to add' if dry_run else 'added'}, "
    )
    said += f"{counts['changed']:,} {'to change' if dry_run else 'changed'}, {counts['unchanged']:,} unchanged."
    if counts["cancelled"]:
        said += f" {counts['cancelled']:,} of the changed ones are now cancelled or missed."
    return said
