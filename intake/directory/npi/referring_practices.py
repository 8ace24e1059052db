"""Referring practices, the groups that physicians work in: adding, renaming, merges. Each verb flushes."""

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.merge_mapping import merge_mapping
from intake.directory.models import ReferringPractice, ReferringPracticeMerge


class NameTaken(Exception):
    """The city has a practice of this name already: `practice`."""

    def __init__(self, practice: ReferringPractice) -> None:
        super().__init__()
        self.practice = practice


def add_practice(*, name: str, phone_e164: str | None = None, city: str = "", state: str = "") -> ReferringPractice:
    """Add a practice. Raises NameTaken."""
    name = " ".join(name.split())
    _refuse_taken(name, city, but=None)
    practice = ReferringPractice(name=name, phone_e164=phone_e164, city=city, state=state, created_at=clock.now())
    db.session.add(practice)
    db.session.flush()
    audit_trail.record("referring_practice.added", subject_kind="referring_practice", subject_id=practice.id)
    return practice


def change_practice(
    practice: ReferringPractice, *, name: str, phone_e164: str | None = None, city: str = "", state: str = ""
) -> None:
    """Give a practice these facts. Raises NameTaken."""
    name = " ".join(name.split())
    _refuse_taken(name, city, but=practice.id)
    practice.name, practice.phone_e164, practice.city, practice.state = name, phone_e164, city, state
    db.session.flush()
    audit_trail.record("referring_practice.changed", subject_kind="referring_practice", subject_id=practice.id)


def practice_mapping() -> dict[int, int]:
    """Id of each merged practice → id of the one it is read as, chains followed to their end."""
    return merge_mapping(ReferringPracticeMerge.practice_id)


def _refuse_taken(name: str, city: str, *, but: int | None) -> None:
    same = select(ReferringPractice).where(
        func.lower(ReferringPractice.name) == name.lower(), func.lower(ReferringPractice.city) == city.lower()
    )
    other = db.session.scalars(same.order_by(ReferringPractice.id).limit(1)).first()
    if other is not None and other.id != but:
        raise NameTaken(other)
