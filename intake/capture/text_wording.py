"""What a survey text says: the practice, the question, numbered options, the way out. Never a patient's name."""

import string
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from intake.db import db
from intake.directory.models import Practice
from intake.directory.sources import OTHER_CODE
from intake.sms.models import TextWording
from intake.sms.segments import Segments, in_gsm, segments_of
from intake.survey import wording
from intake.survey.choices import Choice

MOST_SEGMENTS = 2
# What a practice's own wording may fill in; anything else is refused before it is saved.
PLACEHOLDERS = frozenset({"practice", "options", "link"})
REQUIRED = frozenset({"practice", "options"})


class UnknownPlaceholder(ValueError):
    """The wording fills in something that doesn't exist; the message names it."""


class MissingPlaceholder(ValueError):
    """The wording leaves out something that every survey text must say; the message names it."""


class TooLong(ValueError):
    """More than two segments, whatever options are left out."""


@dataclass(frozen=True)
class Composed:
    """A text ready to send, and the source codes behind its numbers, in order."""

    body: str
    options: tuple[str, ...]
    segments: Segments


def compose(
    choices: Sequence[Choice],
    *,
    practice: str,
    language: str,
    own_wording: str | None = None,
    opening: str = "survey",
    link: str | None = None,
    **values: str,
) -> Composed:
    """A survey text of at most two segments with `choices` numbered in the order given.

    Options that don't fit are left out from the end of the practice's own list, "something else" never.
    Raises TooLong when even two options don't fit.
    """
    shown = list(choices)
    while len(shown) >= 2:
        body = _body(shown, practice=practice, language=language, own=own_wording, opening=opening, link=link, **values)
        segments = segments_of(body)
        if segments.count <= MOST_SEGMENTS:
            return Composed(body, tuple(choice.code for choice in shown), segments)
        shown = _shorter(shown, choices)
    raise TooLong


def check_wording(text: str) -> None:
    """Raises UnknownPlaceholder or MissingPlaceholder when a practice's own wording can't be used."""
    try:
        found = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise UnknownPlaceholder("a single { or }") from error
    for name in sorted(found - PLACEHOLDERS):
        raise UnknownPlaceholder(f"{{{name}}}")
    for name in sorted(REQUIRED - found):
        raise MissingPlaceholder(f"{{{name}}}")


def current_wording(location_id: int, language: str) -> TextWording | None:
    """The newest wording of a location in a language; None means the built-in one."""
    return db.session.scalars(
        select(TextWording)
        .where(TextWording.location_id == location_id, TextWording.language == language)
        .order_by(TextWording.version.desc())
        .limit(1)
    ).one_or_none()


def practice_name() -> str:
    return db.session.scalar(select(Practice.name)) or ""


def say(key: str, language: str, **values: str) -> str:
    """One of the conversation's own sentences, in GSM-7 where that only changes typography."""
    return in_gsm(wording.text(f"text.{key}", language, **values))


def _body(
    shown: Sequence[Choice],
    *,
    practice: str,
    language: str,
    own: str | None,
    opening: str,
    link: str | None,
    **values: str,
) -> str:
    options = "\n".join(f"{number} {choice.label}" for number, choice in enumerate(shown, start=1))
    if own is not None:
        return in_gsm(own.format(practice=practice, options=options, link=link or ""))
    lines = [wording.text(f"text.{opening}", language, practice=practice, **values), options]
    if link:
        lines.append(wording.text("text.link_line", language, link=link))
    lines.append(wording.text("text.stop_line", language))
    return in_gsm("\n".join(lines))


def _shorter(shown: Sequence[Choice], drawn: Sequence[Choice]) -> list[Choice]:
    """Without the option that the practice lists last; the drawn order of the others stays."""
    droppable = [choice for choice in shown if choice.code != OTHER_CODE]
    last = max(droppable, key=lambda choice: (choice.position, choice.source_id))
    return [choice for choice in shown if choice is not last]
