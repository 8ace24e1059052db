"""The hash chain of the audit trail: the hash of each sealed entry covers the entry and the hash before it.

Entries are sealed in batches soon after they were committed, not in the transaction that wrote them: a chain inside
it would make every writer queue behind the last row.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from intake import log
from intake.accounts.models import AuditEntry, AuditSeal
from intake.db import db, reading, writing

BATCH = 1000
READ_AT_ONCE = 5000
# Identifiers are handed out before commit, so a slow writer's entry becomes visible after younger ones were sealed.
# Looking this far back finds it soon; a sweep of everything finds it in any case.
LOOK_BACK = 20_000
ORIGIN = "0" * 64
LOCK = 0x1A7A_5EA1
# Says that the trail's beginning was cut off when its time was over, and with which position and hash it ended.
CUT = "audit.cut"

_ENTRY = AuditEntry.__table__
_SEAL = AuditSeal.__table__
_IS_SEALED = select(_SEAL.c.entry_id).where(_SEAL.c.entry_id == _ENTRY.c.id).exists()
# Seals, each with its entry's columns; those are NULL where the entry is gone.
_SEALS = select(_SEAL.c.position, _SEAL.c.hash, _SEAL.c.entry_id, *_ENTRY.c).select_from(
    _SEAL.outerjoin(_ENTRY, _ENTRY.c.id == _SEAL.c.entry_id)
)


@dataclass(frozen=True)
class Head:
    """The last sealed entry: publish it somewhere else, and cutting the trail off before it will show."""

    position: int
    hash: str

    def __str__(self) -> str:
        return f"{self.position}:{self.hash}"


@dataclass(frozen=True)
class ChainVerdict:
    """What `verify` found. `broken` names the first row that isn't as it was sealed; None when all are."""

    head: Head
    unsealed: int
    broken: str | None


@dataclass(frozen=True)
class SealedBatch:
    """One sealed batch: how many entries, and the id of the last."""

    entries: int
    last_id: int


def head() -> Head:
    """Return the last sealed entry; position 0 before anything was sealed."""
    with reading(), db.engine.connect() as connection:
        return _head(connection)


def seal_some(*, after: int | None = None) -> SealedBatch:
    """Seal up to BATCH waiting entries, oldest first, in a transaction of its own.

    Looks at the end of the trail only, or at every entry with an id above `after`. Does nothing while another process
    seals.
    """
    with writing(), db.engine.begin() as connection:
        if connection.dialect.name == "postgresql" and not connection.scalar(
            select(func.pg_try_advisory_xact_lock(LOCK))
        ):
            return SealedBatch(0, after or 0)
        last = _head(connection)
        start = after if after is not None else _last_sealed_id(connection) - LOOK_BACK
        entries = connection.execute(_waiting(start)).all()
        if not entries:
            return SealedBatch(0, start)
        rows, previous = [], last.hash
        for position, entry in enumerate(entries, last.position + 1):
            previous = entry_hash(previous, position, entry)
            rows.append({"position": position, "entry_id": entry.id, "hash": previous})
        connection.execute(insert(AuditSeal), rows)
    # A copy of the head outside the database, wherever the log is kept.
    log.logger().info("audit_sealed", entries=len(rows), position=rows[-1]["position"], hash=previous)
    return SealedBatch(len(rows), entries[-1].id)


def seal_everything() -> int:
    """Seal every waiting entry of the whole trail, in batches; return how many."""
    total, after = 0, 0
    while True:
        sealed = seal_some(after=after)
        total, after = total + sealed.entries, sealed.last_id
        if sealed.entries < BATCH:
            return total


def is_behind() -> bool:
    """Return whether an entry was added since the last sealing. Cheap: looks at the end of the trail only."""
    with reading(), db.engine.connect() as connection:
        newest = connection.scalar(select(func.max(_ENTRY.c.id)))
        return newest is not None and newest > _last_sealed_id(connection)


def entry_hash(previous: str, position: int, entry: Any) -> str:
    """Return SHA-256 over the hash before, the position and the whole entry, the same on both databases."""
    moment: datetime = entry.at
    content = json.dumps(
        [
            position,
            entry.id,
            moment.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.actor_kind,
            entry.actor_id,
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.location_id,
            entry.details,
        ],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def verify(*, published: Sequence[Head] = ()) -> ChainVerdict:
    """Check the whole chain, some thousand rows at a time, and compare it with heads published earlier."""
    with reading(), db.engine.connect() as connection:
        cut = _cut(connection)
        expected = {each.position: each.hash for each in published if each.position > cut.position}
        previous, position = cut.hash, cut.position
        for row in _chain(connection):
            broken = _first_fault(connection, row, position + 1, previous)
            if broken is None and expected.get(row.position, row.hash) != row.hash:
                broken = f"position {row.position} does not have the hash that was published; the trail was rewritten"
            if broken:
                return ChainVerdict(Head(position, previous), 0, broken)
            position, previous = row.position, row.hash
        end = Head(position, previous)
        beyond = [at for at in expected if at > position]
        if beyond:
            return ChainVerdict(
                end, 0, f"the trail ends at position {position}, but position {max(beyond)} was published"
            )
        return ChainVerdict(end, _count_waiting(connection), None)


def _cut(connection: Connection) -> Head:
    """Return where the trail begins: the last seal that was cut off, as an entry of the trail says; else the origin."""
    first = connection.scalar(select(func.min(_SEAL.c.position)))
    if first is None or first == 1:
        return Head(0, ORIGIN)
    cuts = connection.execute(select(_ENTRY.c.details).where(_ENTRY.c.action == CUT)).scalars()
    said = next((each for each in cuts if each.get("position") == first - 1), None)
    return Head(first - 1, str(said["hash"])) if said else Head(0, ORIGIN)


def unprotected_tables() -> list[str]:
    """Return the append-only tables whose refusal to be changed is missing in the database."""
    tables = ("audit_entry", "audit_seal", "ask", "answer", "mention", "credit_entry", "coverage_entry")
    with reading(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            triggers = ("append_only_{}_update", "append_only_{}_delete")
        else:
            query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
            triggers = ("append_only_{}", "append_only_{}_truncate")
        found = set(connection.scalars(text(query)))
    return [table for table in tables if not {trigger.format(table) for trigger in triggers} <= found]


def _chain(connection: Connection) -> Iterator[Row[Any]]:
    """The seals in order, some thousand at a time."""
    at = -1
    query = _SEALS.order_by(_SEAL.c.position).limit(READ_AT_ONCE)
    while rows := connection.execute(query.where(_SEAL.c.position > at)).all():
        yield from rows
        at = rows[-1].position


def _first_fault(connection: Connection, row: Any, position: int, previous: str) -> str | None:
    if row.position != position:
        return f"the seal at position {position} is missing"
    if row.id is None:
        return f"audit entry {row.entry_id} is missing (position {position})"
    right = entry_hash(previous, position, row)
    if right == row.hash:
        return None
    # Whether the entry or its seal was changed shows in the next one: its hash was made from the right one.
    following = connection.execute(_SEALS.where(_SEAL.c.position == position + 1)).first()
    if following is not None and following.id is not None:
        if entry_hash(right, position + 1, following) == following.hash:
            return f"the seal at position {position} was changed (audit entry {row.entry_id} is as it was)"
        if entry_hash(row.hash, position + 1, following) == following.hash:
            return f"audit entry {row.entry_id} was changed (position {position})"
    return f"audit entry {row.entry_id} or its seal was changed (position {position})"


def _head(connection: Connection) -> Head:
    query = select(_SEAL.c.position, _SEAL.c.hash).order_by(_SEAL.c.position.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Head(*row) if row else Head(0, ORIGIN)


def _last_sealed_id(connection: Connection) -> int:
    return connection.scalar(select(func.max(_SEAL.c.entry_id))) or 0


def _waiting(after: int) -> Any:
    return select(_ENTRY).where(_ENTRY.c.id > after, ~_IS_SEALED).order_by(_ENTRY.c.id).limit(BATCH)


def _count_waiting(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(_ENTRY).where(~_IS_SEALED)).scalar_one()
