"""Uploaded files between preview and confirmation: kept encrypted, applied once, deleted soon after."""

import base64
import re
import zlib
from collections.abc import Collection
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, select, update
from sqlalchemy.orm import undefer
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.models import Location
from intake.directory.schedule.file.reader import ScheduleFile, read_schedule
from intake.directory.schedule.file.rows import ReadingContext
from intake.directory.schedule.models import LearnedVisitType, ScheduleUpload

HOURS_KEPT = 24
RECENT = 8


class NoSuchUpload(NotFound):
    """There is no such file for these locations."""


class UploadGone(Exception):
    """The file was applied, is older than a day, or was kept under another secret key: it has to be chosen again."""


def keep_upload(data: bytes, *, file_name: str, location_id: int, staff_id: int | None, secret: str) -> ScheduleUpload:
    """Keep a file until it is confirmed; delete the old ones. Flushes."""
    forget_old_uploads()
    upload = ScheduleUpload(
        location_id=location_id,
        staff_id=staff_id,
        file_name=shown_name(file_name),
        content=_box(secret).encrypt(zlib.compress(data)),
        uploaded_at=clock.now(),
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def forget_old_uploads() -> None:
    """Delete the content of files that nobody confirmed within a day. Flushes.

    The rows stay: SQLite would give their numbers to other files, and an old page could confirm the wrong one.
    """
    before = clock.now() - timedelta(hours=HOURS_KEPT)
    db.session.execute(
        update(ScheduleUpload)
        .where(ScheduleUpload.content.is_not(None), ScheduleUpload.uploaded_at < before)
        .values(content=None)
    )


def discard_upload(kept: ScheduleUpload) -> None:
    """Delete a file that is not to be imported. Flushes."""
    kept.content = None
    db.session.flush()


def upload(upload_id: int, *, within: Collection[int]) -> ScheduleUpload:
    """The upload, if it is for one of these locations; raises NoSuchUpload (a 404)."""
    query = (
        select(ScheduleUpload)
        .where(ScheduleUpload.id == upload_id, ScheduleUpload.location_id.in_(within))
        .options(undefer(ScheduleUpload.content))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NoSuchUpload
    return found


def content_of(kept: ScheduleUpload, *, secret: str) -> bytes:
    """Decrypt the file; raises UploadGone."""
    if kept.content is None:
        raise UploadGone
    try:
        return zlib.decompress(_box(secret).decrypt(kept.content))
    except InvalidToken:
        raise UploadGone from None


def claim(kept: ScheduleUpload) -> bool:
    """Claim the right to apply this file; False when another claim was first. Waits for that one to end."""
    claimed = db.session.execute(
        update(ScheduleUpload)
        .where(ScheduleUpload.id == kept.id, ScheduleUpload.applied_at.is_(None))
        .values(applied_at=clock.now())
        .execution_options(synchronize_session=False)
        .returning(ScheduleUpload.applied_at)
    ).scalar_one_or_none()
    return claimed is not None


def mark_applied(kept: ScheduleUpload, counts: dict[str, int]) -> None:
    """Record the counts of a claimed file and delete its content. Flushes."""
    kept.counts, kept.content = counts, None
    db.session.flush()


def recent_uploads(*, within: Collection[int]) -> list[ScheduleUpload]:
    """The last imports for these locations, the latest first."""
    query = (
        select(ScheduleUpload)
        .where(ScheduleUpload.location_id.in_(within), ScheduleUpload.applied_at.is_not(None))
        .order_by(ScheduleUpload.applied_at.desc(), ScheduleUpload.id.desc())
        .limit(RECENT)
    )
    return list(db.session.scalars(query))


def reading_context(location: Location) -> ReadingContext:
    """Context for reading a file of this location today."""
    others = db.session.execute(select(Location.name, Location.code).where(Location.id != location.id))
    return ReadingContext(
        time_zone=location.time_zone,
        today=clock.clinic_today(location.time_zone),
        learned_types=learned_types(),
        other_locations=frozenset(name.casefold() for row in others for name in row)
        - {location.name.casefold(), location.code.casefold()},
    )


def read_for(location: Location, data: bytes) -> ScheduleFile:
    """Read a schedule file of this location."""
    return read_schedule(data, reading_context(location))


def read_for_writing(location: Location, data: bytes) -> ScheduleFile:
    """As `read_for`, after a commit: reading a long file takes seconds, and other writers would wait."""
    context = reading_context(location)
    db.session.commit()
    return read_schedule(data, context)


def learned_types() -> dict[str, str]:
    """The practice's own words for types of visit, casefolded."""
    return {row.word: row.visit_type for row in db.session.scalars(select(LearnedVisitType))}


def learn_type(word: str, visit_type: str, *, staff_id: int | None) -> None:
    """Let `word` in a schedule mean this type of visit from now on. Flushes."""
    key = _type_key(word)
    learned = LearnedVisitType(word=key, visit_type=visit_type, learned_at=clock.now(), learned_by_id=staff_id)
    db.session.merge(learned)
    db.session.flush()
    audit_trail.record("visit_type.learned", word_length=len(key), visit_type=visit_type)


def forget_type(word: str) -> bool:
    """Forget a word; False when it wasn't known. Flushes."""
    known = delete(LearnedVisitType).where(LearnedVisitType.word == _type_key(word))
    return db.session.scalar(known.returning(LearnedVisitType.word)) is not None


def _type_key(word: str) -> str:
    return " ".join(word.split()).casefold()[:60]


def shown_name(file_name: str) -> str:
    """Return the file's own name without folders and odd characters, at most 120 characters."""
    name = re.split(r"[\\/]", file_name)[-1]
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    return name[-120:] or "schedule"


def _box(secret: str) -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"intake schedule upload").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
