"""The wording of survey texts: practice, question, numbered options, opt-out. Never a patient's name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Practice
from intake.directory.practice.own_words import MissingPlaceholder, WordingRefused, placeholders
from intake.directory.sources.records import OTHER_CODE
from intake.sms.carrier.segments import Segments, in_gsm, segments_of
from intake.sms.consent.keywords import is_carrier_start
from intake.sms.models import TextWording
from intake.survey.question import wording
from intake.survey.question.choices import SourceChoice

MOST_SEGMENTS = 2
# An address of sixty letters takes most of one of the 67 that a script without Latin letters has.
MOST_WITH_LINK = 3
LATEST_WORDINGS = 10
# What a practice's own wording may fill in; anything else is refused before it is saved.
PLACEHOLDERS = frozenset({"practice", "options", "link"})
REQUIRED = frozenset({"practice", "options"})
MEANINGS = {"practice": "who is asking", "options": "the numbered answers", "link": "where the personal link leads"}
# Words on which the carrier itself acts; whoever is asked for one would subscribe instead of answering.
_FOR_THE_CARRIER = re.compile(r"\b(?:[Yy][Ee][Ss]|[Uu][Nn][Ss][Tt][Oo][Pp]|START)\b")
_PERSONAL = re.compile(
    r"name|patient|doctor|physician|provider|birth|dob|\bage\b|mrn|chart|visit|appointment|reason|diagnos|treat|health"
    r"|result|condition|procedure|phone|mobile|email|nombre|paciente|cita|fecha",
    re.IGNORECASE,
)


class AsksForYes(WordingRefused):
    """The wording asks for a word on which the carrier itself acts."""


class TextTooLong(ValueError):
    """The text takes more than two segments even with two options."""


@dataclass(frozen=True)
class ComposedText:
    """A text ready to send, and the source codes of its numbers, in order."""

    body: str
    options: tuple[str, ...]
    segments: Segments


def compose(
    choices: Sequence[SourceChoice],
    *,
    practice: str,
    language: str,
    own_wording: str | None = None,
    opening: str = "survey",
    link: str | None = None,
    **values: str,
) -> ComposedText:
    """Compose a survey text of at most two segments with `choices` numbered in the order given.

    Options that don't fit are left out from the end of the practice's own list, "something else" never.
    Raises TooLong when even two options don't fit.
    """
    # A source called "Yes" would be typed back as the word that subscribes.
    shown = [choice for choice in choices if not is_carrier_start(choice.label)]
    while len(shown) >= 2:
        body = _body(shown, practice=practice, language=language, own=own_wording, opening=opening, link=link, **values)
        segments = segments_of(body)
        if segments.count <= MOST_SEGMENTS:
            if own_wording is None and opening == "survey":
                body, segments = _with_emergency(body, language, segments)
            return ComposedText(body, tuple(choice.code for choice in shown), segments)
        shown = _shorter(shown, choices)
    raise TextTooLong


def check_wording(text: str) -> None:
    """Check a practice's own wording. Raises WordingRefused, in words for staff."""
    found = placeholders(text, PLACEHOLDERS, _unknown)
    for name in sorted(REQUIRED - found):
        raise MissingPlaceholder(f"{{{name}}} is missing. Every text says {MEANINGS[name]}.")
    if re.search(r"\bstop\b", text, re.IGNORECASE) is None:
        raise MissingPlaceholder("Every text says how to end: “Reply STOP to end.”")
    asked = _FOR_THE_CARRIER.search(text)
    if asked is not None:
        word = asked.group().upper()
        raise AsksForYes(f"Don’t ask for {word}: the carrier takes it as a wish to get texts, and it never reaches us.")


def _unknown(name: str) -> str:
    if _PERSONAL.search(name) and not name.startswith("practice"):
        return f"{{{name[:40]}}} can’t be used: a text never says who the patient is or anything about their health."
    if not name:
        return "{} is empty. Say what is to be filled in: {practice}, {options} or {link}."
    return f"There is no {{{name[:40]}}}. What can be filled in is {{practice}}, {{options}} and {{link}}."


def compose_with_link(*, practice: str, language: str, link: str) -> ComposedText:
    """Compose a survey text without numbers, for a language in which few options fit: the link lists them all.

    Raises TextTooLong.
    """
    question, stop = wording.text("question.sources", language), wording.text("text.stop_line", language)
    body = in_gsm(f"{practice}: {question}\n{link}\n{stop}")
    segments = segments_of(body)
    if segments.count > MOST_WITH_LINK:
        raise TextTooLong
    body, segments = _with_emergency(body, language, segments)
    return ComposedText(body, (), segments)


def latest_wordings(location_id: int, language: str, *, most: int = LATEST_WORDINGS) -> list[TextWording]:
    """The last versions of a location's own words in a language, the newest first."""
    own = select(TextWording).where(TextWording.location_id == location_id, TextWording.language == language)
    return list(db.session.scalars(own.order_by(TextWording.version.desc()).limit(most)))


def current_wording(location_id: int, language: str) -> TextWording | None:
    """The newest wording of a location in a language; None means the built-in one."""
    newest = next(iter(latest_wordings(location_id, language, most=1)), None)
    # An empty one is the return to ours.
    return newest if newest is not None and newest.body else None


def save_wording(location_id: int, language: str, body: str, *, staff_id: int | None) -> TextWording | None:
    """Save a new version (empty `body`: back to the built-in wording); None when nothing changes. Flushes."""
    newest = next(iter(latest_wordings(location_id, language, most=1)), None)
    if body == (newest.body if newest else ""):
        return None
    saved = TextWording(
        location_id=location_id,
        language=language,
        version=(newest.version if newest else 0) + 1,
        body=body,
        created_at=clock.now(),
        created_by_id=staff_id,
    )
    db.session.add(saved)
    db.session.flush()
    audit_trail.record(
        "texting.worded",
        subject_kind="location",
        subject_id=location_id,
        location_id=location_id,
        language=language,
        version=saved.version,
    )
    return saved


def built_in_wording(language: str, *, includes_link: bool) -> str:
    """Return the built-in wording with placeholders, as the editor first shows it."""
    lines = [wording.text("text.survey", language, practice="{practice}"), "{options}"]
    if includes_link:
        lines.append(wording.text("text.link_line", language, link="{link}"))
    return "\n".join([*lines, wording.text("text.stop_line", language)])


def practice_name() -> str:
    """Return what texts call the practice: its short name for texts, else its name."""
    return db.session.scalar(select(func.coalesce(Practice.text_name, Practice.name))) or ""


def say_day(day: date, language: str) -> str:
    """'November 30', as the language says it."""
    return wording.text("date.said", language, day=day.day, month=wording.months(language)[day.month - 1])


def say(key: str, language: str, **values: str) -> str:
    """Return one of the conversation's sentences, in GSM-7 where that only changes typography."""
    return in_gsm(wording.text(f"text.{key}", language, **values))


def _body(
    shown: Sequence[SourceChoice],
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


def _with_emergency(body: str, language: str, segments: Segments) -> tuple[str, Segments]:
    """Add what to do in an emergency before the opt-out, where it costs no further segment."""
    before, line_end, last = body.rpartition("\n")
    said = in_gsm(wording.text("text.in_emergency", language))
    fuller = f"{before}{line_end}{said} {last}"
    with_it = segments_of(fuller)
    return (fuller, with_it) if with_it.count == segments.count else (body, segments)


def _shorter(shown: Sequence[SourceChoice], drawn: Sequence[SourceChoice]) -> list[SourceChoice]:
    """Drop the option that the practice lists last; the drawn order of the others stays."""
    droppable = [choice for choice in shown if choice.code != OTHER_CODE]
    last = max(droppable, key=lambda choice: (choice.position, choice.source_id))
    return [choice for choice in shown if choice is not last]
