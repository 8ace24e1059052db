"""`flask sources match` and `reread` read free answers; `flask patients duplicates`: who may be one person."""

import json
import sys
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from intake.db import db
from intake.directory.merging.duplicate_patients import alike_patients
from intake.directory.models import Location, Patient
from intake.survey.free_text.typed_answers import read_text
from intake.survey.review import duplicates, rereading
from intake.survey.text_reader.reader import AnswerReading, PhysicianCandidate, ReadMention


def register(app: Flask) -> None:
    """Add this room's commands to `flask`."""
    app.cli.add_command(sources_group)
    app.cli.add_command(patients_group)


@click.group("sources")
def sources_group() -> None:
    """What the practice's referral sources make of patients' own words."""


@sources_group.command("match")
@click.option("--explain", is_flag=True, help="Say why, for each mention, and whom a doctor's name may mean.")
def match(*, explain: bool) -> None:
    """Read answers from standard input, one a line; print what each names as one JSON line."""
    # Bytes that are no UTF-8 are read as best they can be: one odd line must not end the run.
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").rstrip("\r\n").removeprefix("\ufeff")
        click.echo(json.dumps(as_data(text, read_text(text), explain=explain), ensure_ascii=False))
        sys.stdout.flush()


@sources_group.command("reread")
@click.option("--apply", "applied", is_flag=True, help="Count them so; without it they are only shown.")
@click.option("--undo", metavar="FIRST-LAST", help="Take back what an earlier --apply did, by the numbers it gave.")
def reread(*, applied: bool, undo: str | None) -> None:
    """Show what waits and would count otherwise now that the reader has changed, as one JSON line each.

    What a person or a rule has decided is never touched.
    """
    if undo is not None:
        first, _, last = undo.partition("-")
        if not (first.isdigit() and last.isdigit()):
            raise click.BadParameter("Give the numbers as they were printed: 120-164.", param_hint="--undo")
        taken_back = rereading.undo_readings(int(first), int(last))
        db.session.commit()
        click.echo(f"{taken_back} are as they were before.", err=True)
        return
    changed = rereading.changed_readings()
    for each in changed:
        line = {"text": each.text, "before": each.before, "now": each.now, "answers": len(each.mention_ids)}
        click.echo(json.dumps(line, ensure_ascii=False))
    if not applied:
        click.echo(f"{len(changed)} would count otherwise. Nothing has changed; --apply does it.", err=True)
        return
    decisions = rereading.apply_readings(changed)
    db.session.commit()
    if decisions is None:
        click.echo("Nothing would count otherwise.", err=True)
        return
    click.echo(f"Done. To take it back: flask sources reread --undo {decisions[0]}-{decisions[1]}", err=True)


@click.group("patients")
def patients_group() -> None:
    """The practice's patients."""


@patients_group.command("duplicates")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line and nothing else.")
def print_duplicates(*, as_json: bool) -> None:
    """Print the pairs of charts that the page of duplicates offers as one person's, by chart number, likeliest first.

    Pairs that somebody merged or told apart are left out. Nothing is changed: a merge is a person's decision.
    """
    everywhere = list(db.session.scalars(select(Location.id)))
    found = alike_patients(within=everywhere)
    for pair in found:
        keep, other = (db.session.get_one(Patient, chart_id).mrn for chart_id in duplicates.kept_first(pair))
        reason = ", ".join(pair.reasons)
        if as_json:
            click.echo(json.dumps({"keep": keep, "other": other, "reason": reason}, ensure_ascii=False))
        else:
            click.echo(f"{keep}  {other}  {reason}")
    if not as_json and not found:
        click.echo("No two charts look like one person's.")


def as_data(text: str, reading: AnswerReading, *, explain: bool = False) -> dict[str, Any]:
    """Return a reading as plain data, in the shape that `flask sources match` prints."""
    data: dict[str, Any] = {
        "text": text,
        "outcome": str(reading.outcome),
        "mentions": [_mention(mention, explain=explain) for mention in reading.mentions],
    }
    if explain and reading.reason:
        data["reason"] = reading.reason
    return data


def _mention(mention: ReadMention, *, explain: bool) -> dict[str, Any]:
    candidates = [mention.physician, *mention.candidates] if mention.physician else list(mention.candidates)
    data: dict[str, Any] = {
        "source": mention.source_code,
        "confidence": mention.confidence,
        "counts": mention.counts,
        "physician": _physician(mention.physician) if mention.physician else None,
        "person": mention.person,
        # Whom a person would be asked about, the likeliest first.
        "physicians": [_physician(each) for each in dict.fromkeys(candidates)],
        "practice": {"id": mention.practice.practice_id, "name": mention.practice.name} if mention.practice else None,
        "patients": [{"id": each.patient_id, "name": each.name} for each in mention.patients],
    }
    if explain:
        data["words"] = mention.text
        data["meaning"] = mention.meaning
        data["doctor_name"] = mention.doctor_name
        data["role"] = mention.role
        data["reason"] = mention.reason
    return data


def _physician(candidate: PhysicianCandidate) -> dict[str, Any]:
    return {"npi": candidate.npi, "name": candidate.name}
