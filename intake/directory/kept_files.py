"""Files between preview and confirmation, and what taking them back needs: kept encrypted, applied once, soon deleted.

A room's own table of them is a `KeptFile`.
"""

import base64
import re
import zlib
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import JSON, ColumnElement, ForeignKey, LargeBinary, String, or_, update
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from intake import clock
from intake.db import Numbered, db

HOURS_KEPT = 24
DAYS_TO_UNDO = 31


class UploadGone(Exception):
    """The file was applied, is older than a day, or was kept under another secret key: it has to be chosen again."""


class KeptFile(Numbered):
    """Columns of such a file. `reading` and `undo` are encrypted whatever the database does.

    The first goes as soon as the file is applied or a day old, `undo` when it is used or a month old.
    """

    __abstract__ = True

    file_name: Mapped[str] = mapped_column(String(120))
    # The file as it was read, so that looking at it again takes no reading.
    reading: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    uploaded_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    # How many rows came in, by what became of them; set when applied.
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # What it added, and what stood there before it changed it.
    undo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    undone_at: Mapped[datetime | None]

    @declared_attr
    def staff_id(cls) -> Mapped[int | None]:
        # NULL for a file that was imported by command.
        return mapped_column(ForeignKey("staff.id"))


def claim(kept: KeptFile) -> bool:
    """Claim the right to apply this file; False when another claim was first. Waits for that one to end."""
    return _stamp(kept, "applied_at")


def claim_undo(kept: KeptFile) -> bool:
    """Claim the right to take it back, or the rest of it; False when somebody else was first."""
    return _stamp(kept, "undone_at", kept.undone_at)


def _stamp(kept: KeptFile, column: str, was: datetime | None = None) -> bool:
    table = type(kept)
    stamped = db.session.execute(
        update(table)
        .where(table.id == kept.id, getattr(table, column).is_not_distinct_from(was))
        .values(**{column: clock.now()})
        .execution_options(synchronize_session=False)
        .returning(getattr(table, column))
    ).scalar_one_or_none()
    return stamped is not None


def forget_old(table: type[KeptFile], *waiting: str) -> None:
    """Empty the columns `waiting` of files that nobody confirmed within a day, and `undo` after a month. Flushes.

    The rows stay: SQLite would give their numbers to other files, and an old page could confirm the wrong one.
    """
    now = clock.now()
    _forget(table, table.uploaded_at < now - timedelta(hours=HOURS_KEPT), waiting)
    _forget(table, table.uploaded_at < now - timedelta(days=DAYS_TO_UNDO), ("undo",))


def _forget(table: type[KeptFile], old: ColumnElement[bool], columns: Collection[str]) -> None:
    there = or_(*(getattr(table, name).is_not(None) for name in columns))
    db.session.execute(update(table).where(old, there).values(**dict.fromkeys(columns)))


def shown_name(file_name: str, otherwise: str) -> str:
    """Return the file's own name without folders and odd characters, at most 120 characters."""
    name = re.split(r"[\\/]", file_name)[-1]
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    return name[-120:] or otherwise


def sealed(data: bytes, secret: str) -> bytes:
    return _box(secret).encrypt(zlib.compress(data))


def opened(data: bytes, secret: str) -> bytes:
    """Undo `sealed`; raises UploadGone."""
    try:
        return zlib.decompress(_box(secret).decrypt(data))
    except InvalidToken:
        raise UploadGone from None


def opened_by_any(data: bytes, secrets: Collection[str]) -> bytes | None:
    for secret in secrets:
        with suppress(UploadGone):
            return opened(data, secret)
    return None


def _box(secret: str) -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"intake schedule upload").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
