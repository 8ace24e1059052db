"""`flask sms read`: how texts on standard input are read, by the function that the conversation uses."""

import json
import re
import sys
from functools import partial
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from intake.capture.text.conversation.choices import WORTH_READING, KnownSource, KnownSources
from intake.capture.text.conversation.reading import ReplyRead, known_sources, read_reply
from intake.config import current_settings
from intake.db import db
from intake.directory.sources.records import DEFAULT_SOURCES, OTHER_CODE
from intake.sms.commands import group
from intake.survey.models import Outcome
from intake.survey.question import wording
from intake.survey.text_kind.kinds import LastQuestion
from intake.survey.text_reader.reader import PracticeSource, build_index, read_answer

# Without a text of ours: the usual list, in an order that a practice may have.
USUAL_OPTIONS = ("doctor", "friend_family", "online_search", "insurance", "social_media", "drove_by", "online_reviews")
_NUMBERED = re.compile(r"^\s*(?P<number>\d{1,2})[.):]?\s+(?P<label>\S.*?)\s*$", re.MULTILINE)


def register(_app: Flask) -> None:
    group.add_command(read)


@click.command("read")
@click.option("--language", default=wording.DEFAULT_LANGUAGE, show_default=True, help="Of the survey.")
@click.option("--step", type=click.Choice(["question", "who"]), default="question", show_default=True)
@click.option("--after", type=click.Choice(["answered"]), help="They have answered and been thanked.")
@click.option("--sent", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Our last text.")
def read(language: str, step: str, after: str | None, sent: Path | None) -> None:
    """Say of each line of standard input what a text like it is taken for, as one line of JSON. Changes nothing.

    A line end inside a text is written \\n. Where no source is named for sure, "mentions" are those that a person would
    be asked to confirm. The list is the practice's, or the usual one where there is none yet.
    """
    known = _known()
    body = sent.read_text(encoding="utf-8") if sent else ""
    options = _options(body, known, language) or (*(c for c in USUAL_OPTIONS if c in known.sources), OTHER_CODE)
    for line in sys.stdin:
        text = line.rstrip("\r\n").replace("\\n", "\n")
        said = read_reply(
            text,
            known,
            options=options,
            asked=LastQuestion.NOTHING if after else LastQuestion(step),
            language=language,
            sent=[body] if body else (),
        )
        click.echo(json.dumps(_told(text, said, known), ensure_ascii=False))


def _told(text: str, said: ReplyRead, known: KnownSources) -> dict[str, object]:
    counted = known.codes(said.chosen.named) if said.chosen is not None and said.answers else []
    return {
        "text": text,
        "kind": str(said.kind),
        "emergency": said.judged.danger is not None,
        "outcome": str(said.outcome) if said.outcome else None,
        "mentions": counted or _likely(said, known),
        "name": said.name,
    }


def _likely(said: ReplyRead, known: KnownSources) -> list[str]:
    """Return what a person would be asked to confirm."""
    if said.outcome != Outcome.ANSWERED or said.chosen is None:
        return []
    read = known.read(said.words).mentions
    return [each.source_code for each in read if each.source_code and each.confidence * 1000 >= WORTH_READING]


def _known() -> KnownSources:
    settings = current_settings()
    if settings.embedded and not settings.database_path.exists():
        # Connecting would make the file.
        return _usual()
    try:
        known = known_sources(0)
        if known.sources:
            # Everything that reading asks for, asked once: a database without tables says so here.
            known.read("")
            return known
    except SQLAlchemyError:
        pass
    finally:
        db.session.rollback()
    return _usual()


def _usual() -> KnownSources:
    """Return the list that a new practice starts with, and no physicians."""
    labels = {each.code: _labels(each.code) for each in DEFAULT_SOURCES}
    index = build_index(
        PracticeSource(each.code, each.kind, labels[each.code], parent_code=each.parent) for each in DEFAULT_SOURCES
    )
    sources = {
        each.code: KnownSource(number, each.code, each.kind, each.parent)
        for number, each in enumerate(DEFAULT_SOURCES, start=1)
    }
    return KnownSources(sources, partial(read_answer, sources=index))


def _labels(code: str) -> tuple[str, ...]:
    found = (wording.find_text(f"source.{code}.label", language.code) for language in wording.languages())
    return tuple(dict.fromkeys(label for label in found if label))


def _options(body: str, known: KnownSources, language: str) -> tuple[str, ...]:
    """Return the source of each numbered line of our text; `other` for a line that names none."""
    worded = {wording.find_text(f"source.{code}.label", language): code for code in known.sources}
    return tuple(worded.get(match["label"]) or _code_of(match["label"], known) for match in _NUMBERED.finditer(body))


def _code_of(label: str, known: KnownSources) -> str:
    _, named = known.named(label)
    codes = known.codes(named)
    if codes:
        return codes[0]
    likely = next((mention.source_code for mention in known.read(label).mentions if mention.source_code), None)
    return likely or OTHER_CODE
