"""What is the matter with the database, told by the codes of SQLite and PostgreSQL, and what an operator does about it.

Sources: SQLite, "Result and Error Codes"; PostgreSQL, appendix A "PostgreSQL Error Codes". A connection that PostgreSQL
refuses carries no code (libpq keeps it to itself), so there its words are read.
"""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlcipher3.dbapi2
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


@dataclass(frozen=True)
class DatabaseFault:
    """One thing that can be the matter with the whole database. `passes`: waiting may be enough."""

    name: str
    sentence: str
    passes: bool = False


AWAY = DatabaseFault("away", "The database server does not answer. Is it running, and does DATABASE_URL name it?", True)
BUSY = DatabaseFault("busy", "Another process holds what is to be written. It passes; look for one that hangs.", True)
SLOW = DatabaseFault("slow", "The database took too long to answer. It passes; if it stays, look at its load.", True)
SLOTS_FULL = DatabaseFault(
    "slots_full",
    "All connections of the database are taken. Raise max_connections, or start fewer server processes.",
    True,
)
DISK_FULL = DatabaseFault("disk_full", "The database's disk is full. Free space; Intake then goes on by itself.", True)
MEMORY_FULL = DatabaseFault("memory_full", "The database server has no memory left. Free some, or give it more.", True)
READ_ONLY = DatabaseFault(
    "read_only",
    "The database can be read but not written: a file of another user (its -wal and "
    "-shm count too), a read-only disk, or a standby server.",
)
CANNOT_OPEN = DatabaseFault(
    "cannot_open", "The database file can't be opened: its folder is missing or belongs to another user."
)
DISK_FAULT = DatabaseFault("disk_fault", "The disk failed while the database was read or written. Look at its log.")
WRONG_KEY = DatabaseFault("wrong_key", "DATABASE_KEY does not open this file: another key, or not a database.")
WRONG_PASSWORD = DatabaseFault("wrong_password", "The database refuses the user or password of DATABASE_URL.")
NO_RIGHTS = DatabaseFault(
    "no_rights", "The user of DATABASE_URL may not do this. It must own the database that Intake works on."
)
NO_DATABASE = DatabaseFault("no_database", "The server has no database of the name in DATABASE_URL. Create it.")
NOT_MIGRATED = DatabaseFault(
    "not_migrated", "A table or column is missing: the database is of an older form. Run flask db upgrade."
)
NOTHING_THERE = (
    "Is its disk there, and does DATABASE_URL name it? Only flask db upgrade makes a new one, and flask db restore one "
    "from a backup."
)
EMPTY = DatabaseFault("empty", f"The database is empty. {NOTHING_THERE}")
DAMAGED = DatabaseFault(
    "damaged", "The database is damaged. Stop Intake, keep the file, and restore the last good backup."
)
POOLER = DatabaseFault(
    "pooler",
    "A pooler in transaction mode stands before PostgreSQL, behind which statements fail now and then. Use session "
    "mode, or connect directly.",
)
NETWORK_DRIVE = DatabaseFault(
    "network_drive",
    "The database file lies on a network drive, where it gets damaged sooner or later. Put it on a disk of this "
    "machine, or take PostgreSQL.",
)
COLLATION = DatabaseFault(
    "collation",
    "The sort order of the operating system has changed under the database, so indexes may be wrong. Run REINDEX "
    "DATABASE and then ALTER DATABASE … REFRESH COLLATION VERSION.",
)

# Under these names, and the moment, the embedded file is kept when another takes its place.
BEFORE_RESTORE, BEFORE_REKEY = "before-restore", "before-rekey"


class FileMissing(sqlcipher3.dbapi2.OperationalError):
    """The embedded file isn't where it should be, and nobody may make an empty one there."""

    def __init__(self, path: Path) -> None:
        self.fault = missing_file(path)
        super().__init__(self.fault.sentence)


def set_aside(path: Path) -> list[Path]:
    """Return the files beside the embedded one that were kept when another took its place, the newest last."""
    if not path.parent.is_dir():
        return []
    kept = re.compile(rf"{re.escape(path.name)}\.({BEFORE_RESTORE}|{BEFORE_REKEY})-(\d+)")
    found = ((match[2], each) for each in path.parent.iterdir() if (match := kept.fullmatch(each.name)))
    return [each for _, each in sorted(found)]


def missing_file(path: Path) -> DatabaseFault:
    """Say that there is no embedded file, and what lies beside its place."""
    return DatabaseFault("missing", f"There is no database at {path}. {_put_back(path, f'mv {{}} {path}')}")


def empty_file(path: Path) -> DatabaseFault:
    """Say that the embedded file holds no table at all, and what lies beside it."""
    do = _put_back(path, f"rm -f {path}-wal {path}-shm && mv {{}} {path}")
    return DatabaseFault("empty", f"The database at {path} is empty. {do}")


def _put_back(path: Path, how: str) -> str:
    new = path.with_name(path.name + ".new")
    half = f" {new.name} may not be whole: delete it." if new.exists() else ""
    if not (kept := set_aside(path)):
        return NOTHING_THERE + half
    names = ", ".join(each.name for each in kept)
    return (
        f"Beside it lies what a restore or a change of the key kept: {names}. If one was interrupted, stop the server "
        f"and the worker and put the newest back, with the key that it had: {how.format(kept[-1])}.{half}"
    )


_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_NOMEM: MEMORY_FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: CANNOT_OPEN,
    sqlite3.SQLITE_IOERR: DISK_FAULT,
    sqlite3.SQLITE_NOTADB: WRONG_KEY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
}
# The longest beginning of a code that stands here counts.
_POSTGRESQL = {
    "08": AWAY,
    "25006": READ_ONLY,
    "26000": POOLER,
    "28": WRONG_PASSWORD,
    "3D000": NO_DATABASE,
    "40": BUSY,
    "42501": NO_RIGHTS,
    "42703": NOT_MIGRATED,
    "42P01": NOT_MIGRATED,
    "42P05": POOLER,
    "53": AWAY,
    "53100": DISK_FULL,
    "53200": MEMORY_FULL,
    "53300": SLOTS_FULL,
    "55P03": BUSY,
    "57": AWAY,
    "57014": SLOW,
    "58": DISK_FAULT,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
_REFUSED = (
    (re.compile(r"too many (clients|connections)|remaining connection slots"), SLOTS_FULL),
    (re.compile(r"password|pg_hba\.conf|role .* does not exist"), WRONG_PASSWORD),
    (re.compile(r"database .* does not exist"), NO_DATABASE),
    (re.compile(r"permission denied for database"), NO_RIGHTS),
    (re.compile(r"unsupported startup parameter"), POOLER),
)


def fault_of(error: BaseException | None) -> DatabaseFault | None:
    """Return what is the matter with the whole database; None where the error is about one statement or its values."""
    if isinstance(error, PoolTimeout):
        return SLOTS_FULL
    if not isinstance(error, DBAPIError):
        return _by_code(error)
    return _by_code(error.orig) or (AWAY if error.connection_invalidated else None)


def _by_code(error: BaseException | None) -> DatabaseFault | None:
    if isinstance(error, FileMissing):
        return error.fault
    if isinstance(error, TimeoutError):
        # Our own turn at writing didn't come.
        return BUSY
    if (code := getattr(error, "sqlite_errorcode", None)) is not None:
        return _by_sqlite_code(code, str(error))
    if type(error).__module__.partition(".")[0] == "psycopg":
        return _by_state(getattr(error, "sqlstate", None), error)
    return None


def _by_sqlite_code(code: int, words: str) -> DatabaseFault | None:
    if code == sqlite3.SQLITE_ERROR and words.startswith(("no such table", "no such column")):
        return NOT_MIGRATED
    # The low byte is the kind, the rest says which of that kind.
    return _SQLITE.get(code & 0xFF)


def _by_state(state: str | None, error: BaseException | None) -> DatabaseFault | None:
    if state:
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    if not isinstance(error, psycopg.OperationalError):
        return None
    return next((fault for words, fault in _REFUSED if words.search(str(error))), AWAY)
