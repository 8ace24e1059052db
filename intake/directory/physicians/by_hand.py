"""Physicians added by name, whom the registry's files don't hold."""

import re

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Physician
from intake.directory.name_keys import normal

LONGEST_FIRST_NAME = 60
LONGEST_LAST_NAME = 80
_TITLE = re.compile(r"^(?:dr|dra|doctor|doctora|prof|professor)\b\.?\s*", re.I)
_CREDENTIAL = re.compile(r"[,\s]+((?:m\.?d|d\.?o|n\.?p|p\.?a|d\.?p\.?m|d\.?c|ph\.?d|r\.?n|fnp|pa-c)\.?)$", re.I)


class NotAName(ValueError):
    """The text holds no letters that could be a name."""


def add_by_hand(text: str) -> Physician:
    """Return the physician called `text` ('Dr. Ana Osei, MD'), added if need be. Raises NotAName. Flushes.

    One added before under the same name is the same physician: three people at the desk who type a name must not
    make three records.
    """
    first, last, credential = read_name(text)
    for known in db.session.scalars(
        select(Physician)
        .where(Physician.added_by_hand, func.lower(Physician.last_name) == last.lower())
        .order_by(Physician.id)
    ):
        if normal(known.first_name) == normal(first):
            return known
    physician = Physician(
        first_name=first, last_name=last, credential=credential, added_by_hand=True, created_at=clock.now()
    )
    db.session.add(physician)
    db.session.flush()
    audit_trail.record("physician.added", subject_kind="physician", subject_id=physician.id, by_hand=True)
    return physician


def read_name(text: str) -> tuple[str, str, str]:
    """(first name, last name, credential) of a name; a single word is a last name, as is what precedes a comma."""
    rest = _TITLE.sub("", " ".join(text.split()))
    credential = ""
    if match := _CREDENTIAL.search(rest):
        credential, rest = match[1].replace(".", "").upper(), rest[: match.start()]
    before, comma, behind = (part.strip() for part in rest.partition(","))
    first, _, last = (behind, "", before) if comma and behind else before.rpartition(" ")
    if not normal(last):
        raise NotAName(text)
    return first.strip()[:LONGEST_FIRST_NAME], last[:LONGEST_LAST_NAME], credential
