"""Erasing a person: their words, names and numbers go, here and at the carrier; what was counted stays to the digit.

Rows stay with their days, places and weights, so totals and the audit chain hold. What backups hold ends with them.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlcipher3.dbapi2
from sqlalchemy import delete, func, insert, select, update

from intake import clock
from intake.accounts.audit import audit_trail
from intake.config import Settings
from intake.db import db
from intake.directory.brought_files import records as brought_files
from intake.directory.patients.index import IndexedPatient, words_of
from intake.directory.patients.new_patients import lock_charts
from intake.directory.schedule import uploads
from intake.directory.search_models import NameSpelling, PatientWord
from intake.id_filters import among
from intake.privacy import holds
from intake.privacy.models import ErasurePermit
from intake.privacy.passing_words import NamedIn, named_in
from intake.privacy.person import HeldPerson, person
from intake.privacy.personal_columns import KEPT, PERSONAL, Held, table
from intake.sms.models import InboundText, OutboxText, SendAttempt, TextState
from intake.sms.queue.forgetting import ask_to_erase
from intake.sms.queue.words_here import HERE
from intake.web.ops import notes
from intake.web.wall.location_wall import whole_practice

LARGEST_AT_ONCE = 100_000_000
# As the operation notes call it.
COMPACTION = "compaction"


class CannotErase(Exception):
    """The person can't be erased now; the message says why and what to do."""


@dataclass(frozen=True)
class Erased:
    """How much was overwritten, and how many messages the carrier has still to delete."""

    rows: int
    words_of_others: int
    at_carrier: int


@contextmanager
def permitted() -> Iterator[None]:
    """Let words be overwritten and old audit entries go within this block; nobody else sees the permit."""
    db.session.execute(insert(ErasurePermit).values(id=1))
    yield
    db.session.execute(delete(ErasurePermit))


def why_not(found: HeldPerson) -> str | None:
    """Return why this person can't be erased now."""
    if found.is_erased:
        return "This record is erased already."
    if holds.is_held(found.ids):
        return holds.HELD_WORDS
    on_its_way = select(OutboxText.id).where(
        among(OutboxText.id, found.rows["outbox_text"]),
        OutboxText.state.in_((TextState.CLAIMED, TextState.SENDING, TextState.UNCERTAIN)),
    )
    if db.session.scalar(on_its_way.limit(1)) is not None:
        return "A text to them is on its way, or nobody knows whether it left. Texts shows it; try again afterwards."
    return None


@whole_practice()
def erase(patient_id: int, *, also: Collection[str], secrets: Collection[str]) -> Erased:
    """Erase the person whose chart this is, and the words of others in `also` (keys of `named_in`). Flushes.

    Raises CannotErase. Runs in the caller's transaction; `compact_if_owed` afterwards, once it is committed.
    """
    lock_charts([patient_id])
    found = person(patient_id)
    lock_charts(found.ids)
    reason = why_not(found)
    if reason:
        raise CannotErase(reason)
    others = [each for each in named_in(found) if not each.by_hand and (each.linked or each.key in also)]
    at_carrier = _messages(found.rows["inbound_text"], found.rows["outbox_text"]) | _messages(
        [each.row_id for each in others if each.table == "inbound_text"],
        [each.row_id for each in others if each.table == "outbox_text"],
    )
    db.session.execute(
        update(OutboxText)
        .where(among(OutboxText.id, found.rows["outbox_text"]), OutboxText.state == TextState.QUEUED)
        .values(state=TextState.CANCELLED, reason="erased", closed_at=clock.now())
    )
    uploads.forget_people(
        secrets=secrets,
        rows={"visits": set(found.rows["visit"]), "patients": set(found.ids)},
        words=[word for chart in found.charts for word in (chart.mrn, chart.last_name)],
    )
    brought_files.forget_words(
        secrets=secrets, words=[word for chart in found.charts for word in (chart.mrn, chart.last_name)]
    )
    _forget_search_words(found)
    with permitted():
        for name in PERSONAL:
            overwrite(name, found.rows[name])
        for each in others:
            _overwrite_words(each)
    ask_to_erase(at_carrier)
    done = Erased(sum(len(ids) for ids in found.rows.values()), len(others), len(at_carrier))
    facts = {"charts": len(found.ids), "rows": done.rows, "others": done.words_of_others, "messages": done.at_carrier}
    owe_compaction()
    audit_trail.record("patient.erased", subject_kind="patient", subject_id=patient_id, **facts)
    db.session.flush()
    db.session.expire_all()
    return done


def overwrite(name: str, ids: Collection[Any], columns: Collection[str] | None = None) -> None:
    """Write what erasing leaves into these rows of a personal table, or into some of its columns only."""
    place, rows = PERSONAL[name], table(name)
    values: dict[str, Any] = {}
    written = {name: Held("", fill) for name, fill in place.written.items()}
    for column, held in {**place.columns, **written}.items():
        if held.erased is KEPT or (columns is not None and column not in columns):
            continue
        erased = held.erased(rows) if callable(held.erased) else held.erased
        values[column] = func.coalesce(rows.c[column], erased) if column in place.written else erased
    if values and ids:
        key = next(iter(rows.primary_key))
        db.session.execute(update(rows).where(among(key, ids)).values(values))


def owe_compaction() -> None:
    """Note that something was emptied: the file is written anew soon. In the caller's transaction."""
    notes.note(db.session.connection(), COMPACTION, "owed")


def compact_if_owed(settings: Settings, *, largest: int = LARGEST_AT_ONCE) -> None:
    """Do what `owe_compaction` noted, unless the file is too large for this hour."""
    owed = notes.find(db.session.connection(), COMPACTION)
    db.session.rollback()
    if owed is None or owed.outcome == notes.GOOD or not compact(settings, largest=largest):
        return
    notes.note(db.session.connection(), COMPACTION)
    db.session.commit()


def compact(settings: Settings, *, largest: int = LARGEST_AT_ONCE) -> bool:
    """Write the embedded file anew and empty its log, so that nothing lies in the gaps of its pages; whether it did.

    Deleted content is overwritten at once (secure_delete), but what was moved when pages split stays behind. It takes
    a second for each hundred megabytes and as much memory as the file is long, so a larger one waits for the night.
    PostgreSQL's own vacuum does it in time.
    """
    if not settings.embedded:
        # The planner keeps names it has seen as samples; these are drawn anew.
        connection = db.session.connection()
        for name in PERSONAL:
            connection.exec_driver_sql(f"ANALYZE {name}")
        return True
    pooled = db.engine.raw_connection()
    driver: Any = pooled.driver_connection
    try:
        if driver.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'").fetchone():
            # Samples of names and numbers, for the planner; it draws new ones in time.
            driver.execute("DELETE FROM sqlite_stat4")
        small = settings.database_path.stat().st_size <= largest
        if small:
            driver.execute("VACUUM")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlcipher3.dbapi2.OperationalError:
        # Somebody writes, or reads an older moment.
        return False
    finally:
        pooled.close()
    return small


def _overwrite_words(named: NamedIn) -> None:
    if named.table in PERSONAL:
        words = [column for column, held in PERSONAL[named.table].columns.items() if "words" in held.what]
        words += [column for column in ("body", "referrer_name", "pending") if column in PERSONAL[named.table].columns]
        overwrite(named.table, [named.row_id], words)
        return
    rows = table(named.table)
    # A rule keeps its number in place of the words: no write-in reads so.
    emptied = {"text": f"(erased {named.row_id})", "normal": f"(erased {named.row_id})", "file_name": "schedule"}
    values = {name: value for name, value in emptied.items() if name in rows.c}
    db.session.execute(update(rows).where(rows.c.id == named.row_id).values(values))


def _messages(inbound: Collection[int], outbox: Collection[int]) -> set[str]:
    """Return the carrier's numbers of these texts."""
    came = select(InboundText.message_sid).where(among(InboundText.id, inbound), InboundText.channel.not_in(HERE))
    left = select(SendAttempt.message_sid).where(among(SendAttempt.outbox_id, outbox))
    return {sid for query in (came, left) for sid in db.session.scalars(query) if sid}


def messages_at_carrier(inbound: Collection[int], outbox: Collection[int]) -> None:
    """Have the carrier delete its copies of these texts, too. Flushes."""
    ask_to_erase(_messages(inbound, outbox))


def _forget_search_words(found: HeldPerson) -> None:
    words: set[str] = set()
    for chart in found.charts:
        words |= words_of(IndexedPatient(chart.id, chart.mrn, chart.first_name, chart.last_name, chart.birth_date))
    db.session.execute(delete(PatientWord).where(among(PatientWord.patient_id, found.ids)))
    still = set(db.session.scalars(select(PatientWord.word).where(PatientWord.word.in_(words)).distinct()))
    db.session.execute(delete(NameSpelling).where(NameSpelling.word.in_(words - still)))
