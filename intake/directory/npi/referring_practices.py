"""The groups that physicians work in: adding, renaming, who belongs. Each verb flushes."""

from sqlalchemy import func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import ReferringPractice, ReferringPracticeMerge
from intake.directory.sources.records import resolved


class NameTaken(Exception):
    """A practice of this name is there already; `practice` is that one."""

    def __init__(self, practice: ReferringPractice) -> None:
        super().__init__()
        self.practice = practice


def add_practice(*, name: str, phone_e164: str | None = None, city: str = "", state: str = "") -> ReferringPractice:
    """Raises NameTaken when one of the same name is in the same city."""
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
    """Raises NameTaken."""
    name = " ".join(name.split())
    _refuse_taken(name, city, but=practice.id)
    practice.name, practice.phone_e164, practice.city, practice.state = name, phone_e164, city, state
    db.session.flush()
    audit_trail.record("referring_practice.changed", subject_kind="referring_practice", subject_id=practice.id)


def practice_mapping() -> dict[int, int]:
    """Merged practice's id → id of the one it is read as, chains followed to their end."""
    merges = select(ReferringPracticeMerge.practice_id, ReferringPracticeMerge.into_id)
    standing = merges.where(ReferringPracticeMerge.undone_at.is_(None)).order_by(ReferringPracticeMerge.id)
    return resolved({row.practice_id: row.into_id for row in db.session.execute(standing)})


def _refuse_taken(name: str, city: str, *, but: int | None) -> None:
    same = select(ReferringPractice).where(
        func.lower(ReferringPractice.name) == name.lower(), func.lower(ReferringPractice.city) == city.lower()
    )
    other = db.session.scalars(same.order_by(ReferringPractice.id).limit(1)).first()
    if other is not None and other.id != but:
        raise NameTaken(other)
