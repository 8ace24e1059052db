"""`flask sources match`: prints what free answers are read as, a JSON line each."""

import json
import sys
from typing import Any

import click
from flask import Flask

from intake.survey.free_text.typed_answers import read_text
from intake.survey.text_reader.reader import AnswerReading, PhysicianCandidate, ReadMention


def register(app: Flask) -> None:
    """Add this room's commands to `flask`."""
    app.cli.add_command(sources_group)


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
