"""Setting up a practice: everything a new one needs, made at once, exactly once."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from intake import clock
from intake.accounts import tokens
from intake.accounts.audit import audit_trail
from intake.accounts.current import Actor
from intake.accounts.models import RoleName, Staff
from intake.accounts.staff import records
from intake.db import db
from intake.directory.models import Practice
from intake.directory.practice import locations
from intake.directory.sources.records import add_default_sources

PRACTICE_ID = 1
CODE_LENGTH = 12


class AlreadySetUp(Exception):
    """The practice is set up already."""


@dataclass(frozen=True)
class FirstFacts:
    """Answers to the set-up page."""

    practice_name: str
    languages: Sequence[str]
    location: dict[str, Any]
    administrator_name: str
    administrator_email: str
    administrator_password: str


def is_set_up() -> bool:
    return db.session.scalar(select(Practice.id).limit(1)) is not None


def set_up_code() -> str:
    """Return the code that proves that somebody runs this server. Derived from SECRET_KEY, so never stored."""
    key = int.from_bytes(tokens.derived_key("set-up code"), "big")
    letters = []
    for _ in range(CODE_LENGTH):
        key, place = divmod(key, len(tokens.CLEAR_LETTERS))
        letters.append(tokens.CLEAR_LETTERS[place])
    return "".join(letters)


def spaced(code: str) -> str:
    """Format a code as it is shown: 'ABCD-EFGH-JKLM'."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_right_code(typed: str) -> bool:
    return hmac.compare_digest(tokens.plain_code(typed).encode(), set_up_code().encode())


def set_up(facts: FirstFacts) -> Staff:
    """Make the practice, its first location, its sources and its first administrator; return the latter.

    Raises AlreadySetUp, also to all but one of those who try at the same moment; EmailUnusable as create_user.
    """
    try:
        # First of all, so that of two who press the button at once the second waits here and is then refused.
        db.session.execute(
            insert(Practice).values(
                id=PRACTICE_ID,
                name=" ".join(facts.practice_name.split()),
                time_zone=facts.location["time_zone"],
                languages=list(facts.languages),
                phone_e164=facts.location.get("phone_e164"),
                set_up_at=clock.now(),
            )
        )
    except IntegrityError:
        db.session.rollback()
        raise AlreadySetUp from None
    administrator = records.create_user(
        email=facts.administrator_email,
        name=facts.administrator_name,
        password=facts.administrator_password,
        role=RoleName.ADMINISTRATOR,
        # In a small practice the one who sets it up also reads its reports and sits at its desk.
        more_roles=[RoleName.MANAGER],
        all_locations=True,
    )
    locations.add_location(**facts.location)
    add_default_sources()
    actor = Actor("staff", administrator.id)
    audit_trail.record("practice.set_up", actor=actor, subject_kind="practice", subject_id=PRACTICE_ID)
    return administrator
