"""`flask visits`: the day's schedule from a file, and the practice's own words for types of visit."""

import json
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from intake.config import Settings
from intake.db import db
from intake.directory.kept_files import UploadGone
from intake.directory.models import Location, VisitType
from intake.directory.patients import queries
from intake.directory.schedule import uploads
from intake.directory.schedule.applying import import_schedule
from intake.directory.schedule.file.import_errors import ImportProblem, Question, rows_in_words
from intake.directory.schedule.file.reader import ScheduleFile
from intake.directory.schedule.file.rows import VISIT_TYPE
from intake.directory.schedule.plan import Plan
from intake.directory.schedule.undoing import undo_import, undone_in_words
from intake.directory.schedule.uploads import ImportDone

MOST_LINES = 50

group = AppGroup("visits", help="Visits and the day's schedule.")


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--location", "code", required=True, metavar="CODE", help="Code of the location that the schedule is for."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--skip-wrong", is_flag=True, help="Import the sound rows and leave out those that can't be read.")
@click.option(
    "--answer",
    "given",
    multiple=True,
    metavar="[WHAT=]CHOICE",
    help="Answer a question: WHAT is its row, what it is about or what was found, as printed; without it, every "
    "question that has this choice. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object and nothing else.")
def import_file(
    *, file: Path, code: str, dry_run: bool, skip_wrong: bool, given: tuple[str, ...], as_json: bool
) -> None:
    """Import the day's schedule from FILE, a CSV or XLSX file as the practice's own system exports it.

    All of it or nothing: exit status 1, with every wrong row, when a row can't be read (unless --skip-wrong) or a
    question is open (see --answer). Importing the same file again changes nothing. See docs/schedule-file.md.
    """
    location = _location(code)
    data = _data(file)
    schedule, plan, answers, done = _imported(data, location, given, skip_wrong=skip_wrong, dry_run=dry_run)
    if done:
        uploads.learn_answers(answers.questions, answers.given, location, staff_id=None)
        uploads.keep_import(done, file_name=file.name, location_id=location.id, secret=_secret())
        db.session.commit()
    else:
        db.session.rollback()
    ready = plan.may_be_applied(skip_wrong=skip_wrong)
    if as_json:
        click.echo(json.dumps(_result(schedule, plan, shown=ready), ensure_ascii=False))
    else:
        _print_notes(schedule, plan)
        _print_problems(plan, skipped=ready and skip_wrong)
        if ready:
            click.echo(_summary(plan, location, dry_run=dry_run))
    if not ready:
        raise SystemExit(1)


@dataclass
class _Answers:
    """Questions met so far, and the answers given to them."""

    questions: list[Question]
    given: dict[str, str]


def _imported(
    data: bytes | ImportProblem, location: Location, given: tuple[str, ...], *, skip_wrong: bool, dry_run: bool
) -> tuple[ScheduleFile, Plan, _Answers, ImportDone | None]:
    """Read, plan and write; read again as long as an answer given on the command line settles a question."""
    answers = _Answers([], {})
    while True:
        if isinstance(data, ImportProblem):
            schedule = ScheduleFile([], [data])
        else:
            schedule = uploads.read_for_writing(location, data, answers.given)
        plan, done = import_schedule(schedule, location, answers=answers.given, skip_wrong=skip_wrong, dry_run=dry_run)
        settled = {each.key: choice for each in plan.questions if (choice := answered(each, given))}
        if not settled:
            return schedule, plan, answers, done
        answers.questions += [each for each in plan.questions if each.key in settled]
        answers.given |= settled


def answered(question: Question, given: Iterable[str]) -> str | None:
    """The choice that one of the answers gives to this question; None when none is meant for it.

    An answer is CHOICE alone or WHAT=CHOICE, in any case: WHAT is the question's row, what it is about, what was found,
    or the last two with a colon between them.
    """
    choices = {choice.casefold(): choice for choice in question.choices}
    about, found = question.about.casefold(), " ".join(question.found.split()).casefold()
    names = {about, found, f"{about}:{found}", f"{about}: {found}", *(f"row {row}" for row in question.rows)}
    names |= {str(row) for row in question.rows} | {f"{row}:{about}" for row in question.rows}
    for answer in given:
        text = " ".join(answer.split()).casefold()
        if text in choices:
            return choices[text]
        for mark in ("=", ":"):
            for match in re.finditer(mark, text):
                what, choice = text[: match.start()].strip(), text[match.end() :].strip()
                if what in names and choice in choices:
                    return choices[choice]
    return None


@group.command("undo")
@click.argument("number", type=int, required=False)
def undo_command(number: int | None) -> None:
    """Take an import back by its NUMBER; without one, list the last imports."""
    recent = uploads.recent_uploads(within=queries.location_ids())
    if number is None:
        for each in recent:
            days = " to ".join(dict.fromkeys(f"{day:%m/%d/%Y}" for day in (each.first_day, each.last_day) if day))
            state = "taken back" if each.undone_at else f"{(each.counts or {}).get('added', 0):,} added"
            click.echo(f"{each.id}  {each.file_name}  {days}  {state}")
        return
    kept = uploads.upload(number, within=queries.location_ids())
    try:
        done = undo_import(kept, secret=_secret())
    except UploadGone:
        raise click.ClickException("This import was taken back before, or is too old to be.") from None
    db.session.commit()
    click.echo(" ".join(undone_in_words(done)))


@group.command("type")
@click.argument("word")
@click.argument("meaning", type=click.Choice([*map(str, VisitType), "forget"]))
def type_of_visit(word: str, meaning: str) -> None:
    """Say once what WORD in the schedule's type column means: new, established, or forget it."""
    if meaning == "forget":
        known = uploads.forget_word(VISIT_TYPE, word)
        db.session.commit()
        click.echo(f"“{word}” is forgotten." if known else f"“{word}” wasn't known.")
        return
    uploads.learn_word(VISIT_TYPE, word, meaning, staff_id=None)
    db.session.commit()
    click.echo(f"From now on “{word}” is a visit of {'a new' if meaning == 'new' else 'an established'} patient.")


def _secret() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key.get_secret_value()


def _location(code: str) -> Location:
    found = queries.find_location_by_code(code)
    if found is None:
        codes = ", ".join(queries.location_codes()) or "none yet"
        raise click.ClickException(f"There is no location with the code {code}. Codes: {codes}.")
    return found


def _data(file: Path) -> bytes | ImportProblem:
    """Content of the file, or why it isn't read at all."""
    settings: Settings = current_app.config["SETTINGS"]
    most_bytes = settings.upload_megabytes * 1024 * 1024
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            found = f"{file}, which is no ordinary file"
            return ImportProblem(None, "", found, "a CSV file or an XLSX workbook")
        if about.st_size > most_bytes:
            found = f"a file of {about.st_size / 1024 / 1024:,.0f} MB"
            return ImportProblem(None, "", found, f"at most {settings.upload_megabytes} MB")
        with file.open("rb") as stream:
            return stream.read(most_bytes + 1)
    except OSError as error:
        raise click.ClickException(f"{file} can't be read: {error.strerror}.") from None


def _result(schedule: ScheduleFile, plan: Plan, *, shown: bool) -> dict[str, Any]:
    """What was done with each row; counts and rows are empty when nothing was, since something is wrong or open."""
    counts = (plan if shown else Plan()).counts
    unread = schedule.ignored
    return {
        "added": counts["added"],
        "changed": counts["changed"],
        "unchanged": counts["unchanged"],
        "rows": [
            {"row": each.row.row, "appointment_id": each.row.appointment_id, "became": str(each.action)}
            for each in (plan.visits if shown else ())
        ],
        "left_out": [each.as_json() for each in plan.left_out],
        "wrong": [each.as_json() for each in plan.errors],
        "questions": [each.as_json() for each in plan.questions],
        "notes": [
            *({"row": None, "column": title, "found": title, "note": "a column that isn't read"} for title in unread),
            *({"row": None, "column": None, "found": "", "note": note} for note in plan.notes),
            *(each.as_note() for each in plan.warnings),
        ],
    }


def _print_notes(schedule: ScheduleFile, plan: Plan) -> None:
    if schedule.ignored:
        click.echo(f"Columns not used: {', '.join(schedule.ignored)}.", err=True)
    for left_out in plan.left_out[:MOST_LINES]:
        click.echo(f"Row {left_out.row} left out: {left_out.reason}.", err=True)
    for note in plan.notes:
        click.echo(note, err=True)
    for warning in plan.warnings[:MOST_LINES]:
        click.echo(f"Note: {warning}", err=True)
    if len(plan.warnings) > MOST_LINES:
        click.echo(f"Note: and {len(plan.warnings) - MOST_LINES:,} more like these.", err=True)


def _print_problems(plan: Plan, *, skipped: bool) -> None:
    """Say what is wrong and what is asked, and how to go on."""
    if not plan.errors and not plan.questions:
        return
    click.echo("Rows left out since they can't be read:" if skipped else "Nothing was imported.", err=True)
    for error in plan.errors[:MOST_LINES]:
        click.echo(str(error), err=True)
    if len(plan.errors) > MOST_LINES:
        click.echo(f"And {len(plan.errors) - MOST_LINES:,} more; --json lists them all.", err=True)
    if plan.wrong and not plan.refused and not skipped:
        click.echo("The sound rows can be imported without these with --skip-wrong.", err=True)
    for question in plan.questions[:MOST_LINES]:
        place = f" ({rows_in_words(question.rows)})" if question.rows else ""
        click.echo(f"Question: {question.about}: {question.found or 'nothing'}{place}", err=True)
        choices = " or ".join(f"--answer '{question.found or question.about}={choice}'" for choice in question.choices)
        click.echo(f"  Say {choices}.", err=True)


def _summary(plan: Plan, location: Location, *, dry_run: bool) -> str:
    added, changed, cancelled = (plan.counts[name] for name in ("added", "changed", "cancelled"))
    text = (
        f"{plan.counts['read']:,} visits read for {location.name}: {added:,} {'to add' if dry_run else 'added'}, "
        f"{changed:,} {'to change' if dry_run else 'changed'}, {plan.counts['unchanged']:,} unchanged."
    )
    return f"{text} {cancelled:,} of the changed ones are now cancelled or missed." if cancelled else text
