"""Referring practices, the groups that physicians work in: adding, renaming, merges. Each verb flushes."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.merge_mapping import merge_mapping
from intake.directory.models import PracticeNickname, ReferringPractice, ReferringPracticeMerge


class NameTaken(Exception):
    """The city has a practice of this name already: `practice`."""

    def __init__(self, practice: ReferringPractice) -> None:
        super().__init__()
        self.practice = practice


def add_practice(
    *, name: str, phone_e164: str | None = None, city: str = "", state: str = "", nicknames: Iterable[str] = ()
) -> ReferringPractice:
    """Add a practice. Raises NameTaken."""
    name = " ".join(name.split())
    _refuse_taken(name, city, but=None)
    practice = ReferringPractice(name=name, phone_e164=phone_e164, city=city, state=state, created_at=clock.now())
    db.session.add(practice)
    db.session.flush()
    _set_nicknames(practice, nicknames)
    audit_trail.record("referring_practice.added", subject_kind="referring_practice", subject_id=practice.id)
    return practice


def change_practice(
    practice: ReferringPractice,
    *,
    name: str,
    phone_e164: str | None = None,
    city: str = "",
    state: str = "",
    nicknames: Iterable[str] = (),
) -> None:
    """Give a practice these facts. Raises NameTaken."""
    name = " ".join(name.split())
    _refuse_taken(name, city, but=practice.id)
    practice.name, practice.phone_e164, practice.city, practice.state = name, phone_e164, city, state
    _set_nicknames(practice, nicknames)
    audit_trail.record("referring_practice.changed", subject_kind="referring_practice", subject_id=practice.id)


def nicknames_of(practice_id: int) -> list[str]:
    """Return what patients call a practice besides its name."""
    query = select(PracticeNickname.text).where(PracticeNickname.practice_id == practice_id)
    return list(db.session.scalars(query.order_by(PracticeNickname.id)))


def practice_names() -> list[tuple[int, str, tuple[str, ...]]]:
    """Return (id, name, nicknames) of every practice; those of a merged one lead to the one it is read as."""
    merged = practice_mapping()
    names: dict[int, list[str]] = {}
    for practice_id, name in db.session.execute(
        select(ReferringPractice.id, ReferringPractice.name).order_by(ReferringPractice.id)
    ):
        kept = merged.get(practice_id, practice_id)
        names.setdefault(kept, []).insert(0 if kept == practice_id else len(names[kept]), name)
    for practice_id, nickname in db.session.execute(
        select(PracticeNickname.practice_id, PracticeNickname.text).order_by(PracticeNickname.id)
    ):
        names[merged.get(practice_id, practice_id)].append(nickname)
    return [(practice_id, own[0], tuple(own[1:])) for practice_id, own in names.items()]


def _set_nicknames(practice: ReferringPractice, nicknames: Iterable[str]) -> None:
    db.session.execute(delete(PracticeNickname).where(PracticeNickname.practice_id == practice.id))
    wanted = dict.fromkeys(" ".join(each.split()) for each in nicknames)
    db.session.add_all(PracticeNickname(practice_id=practice.id, text=text[:80]) for text in wanted if text)
    db.session.flush()


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
