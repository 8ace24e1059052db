"""The spool: webhooks in encrypted files while the database is away, on disk before the carrier gets its 200.

The carrier retries a webhook for fifteen seconds only, so a database that restarts would lose what patients answered.
"""

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import InvalidToken, MultiFernet

from intake import log
from intake.accounts.tokens import fernet
from intake.db import raise_if_away

SUFFIX = ".event"


def spool(folder: Path, event: dict[str, str]) -> None:
    """Write `event` to disk; returns once it would survive a power cut. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = uuid.uuid4().hex
    part, whole = folder / f"{name}.part", folder / f"{name}{SUFFIX}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, _cipher().encrypt(json.dumps(event).encode()))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.rename(whole)
    parent = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def replay(folder: Path, handle: Callable[[dict[str, str]], None]) -> int:
    """Hand every spooled event to `handle`, which commits; a file is removed only after that. Returns how many.

    Handling must be idempotent: a kill between commit and removal replays the event.
    """
    done = 0
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=lambda found: found.stat().st_mtime):
        try:
            event = json.loads(_cipher().decrypt(path.read_bytes()))
        except (InvalidToken, ValueError):
            log.logger().error("spooled_event_unreadable", file=path.name)
            path.rename(path.with_suffix(".unreadable"))
            continue
        try:
            handle(event)
        except Exception as error:
            raise_if_away(error)
            # One event that trips us must not keep the others waiting for ever; it stays beside them, for a person.
            log.logger().error("spooled_event_failed", file=path.name, kind=type(error).__name__)
            path.rename(path.with_suffix(".unreadable"))
            continue
        path.unlink(missing_ok=True)
        done += 1
    return done


def waiting(folder: Path) -> int:
    return sum(1 for _ in folder.glob(f"*{SUFFIX}")) if folder.is_dir() else 0


def _cipher() -> MultiFernet:
    return fernet("webhook spool")
