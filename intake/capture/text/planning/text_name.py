"""What texts call the practice: a short name, where the whole one leaves no room for the answers."""

import random
from collections.abc import Sequence

from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.text.planning.wording import TextTooLong, compose, practice_name
from intake.db import db
from intake.directory.models import Practice
from intake.sms.carrier.segments import in_gsm, segments_of
from intake.survey.question import wording
from intake.survey.question.choices import SourceChoice, choices, drawn_order
from intake.web.ui.written import is_unfit

LONGEST = 60
# A name of this length leaves room for the usual answers.
USUAL = 20


class NameRefused(ValueError):
    """A short name can't be used; the message says why, for staff."""


def name_problem() -> str:
    """Return what the name costs in texts, in words for staff; empty where it leaves room for the answers."""
    name, today = practice_name(), clock.clinic_today(db.session.scalar(select(Practice.time_zone)) or "UTC")
    for code in practice_languages():
        offered = choices(today, code)
        # In one order, so that only the name differs.
        drawn = drawn_order(offered, random.Random(1))  # noqa: S311 - decides nothing
        fit, usual = (_answers(drawn, each, code) for each in (name, "x" * USUAL))
        if fit < min(2, len(offered)):
            return f"“{name}” is too long for texts: beside it not even two answers fit. Give texts a short name."
        if fit < usual:
            language = wording.language(code).name
            lost = f"{usual - fit} answer{'' if usual - fit == 1 else 's'}"
            return f"“{name}” is so long that {lost} less fit into a text in {language}. A short name makes room."
    return ""


def set_text_name(typed: str) -> None:
    """Keep a short name for texts; an empty one is the return to the whole name. Flushes. Raises NameRefused."""
    name = " ".join(typed.split())
    if len(name) > LONGEST:
        raise NameRefused(f"Keep it under {LONGEST} letters; about {USUAL} is best.")
    if name and not (any(letter.isalpha() for letter in name) and not is_unfit(name)):
        raise NameRefused("A name needs letters.")
    if name and segments_of(in_gsm(name)).encoding != "GSM-7" and len(name) > USUAL:
        raise NameRefused("There is a letter in it that makes texts twice as long. Leave it out, or shorten the name.")
    practice = db.session.get_one(Practice, 1)
    if (practice.text_name or "") != name:
        practice.text_name = name or None
        audit_trail.record("texting.named", **audit_trail.about(practice))
        db.session.flush()


def _answers(drawn: Sequence[SourceChoice], name: str, language: str) -> int:
    try:
        return len(compose(drawn, practice=name, language=language).options)
    except TextTooLong:
        return 0
