"""Uploaded files between preview and confirmation: kept encrypted, applied once, deleted soon after."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import undefer
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.kept_files import UploadGone, forget_old, opened, opened_by_any, sealed, shown_name
from intake.directory.models import Location
from intake.directory.schedule.file.context import ReadingContext
from intake.directory.schedule.file.import_errors import Question
from intake.directory.schedule.file.places import LOCATION_NAME, Places
from intake.directory.schedule.file.reader import ScheduleFile, read_schedule
from intake.directory.schedule.file.rows import CHOICES, STATUS, VISIT_TYPE
from intake.directory.schedule.file.sheet.sheets import NO_ANSWERS
from intake.directory.schedule.kept_reading import OtherVersion, packed, unpacked
from intake.directory.schedule.models import LearnedWord, ScheduleUpload

# What a name of a location is learned as.
PLACE = "location"
RECENT = 40


class NoSuchUpload(NotFound):
    """There is no such file for these locations."""


@dataclass(frozen=True)
class ImportDone:
    """What an import did: its counts, the first and last day of its visits, and what taking it back needs."""

    counts: dict[str, int]
    days: tuple[date | None, date | None]
    undo: dict[str, Any]
    # Of the file's content.
    digest: str = ""


def keep_upload(
    data: bytes, schedule: ScheduleFile, *, file_name: str, location_id: int, staff_id: int | None, secret: str
) -> ScheduleUpload:
    """Keep a file and its reading until it is confirmed; delete the old ones. Flushes."""
    forget_old_uploads()
    upload = ScheduleUpload(
        location_id=location_id,
        staff_id=staff_id,
        file_name=shown_name(file_name, "schedule"),
        content=sealed(data, secret),
        reading=sealed(packed(schedule, {}), secret),
        uploaded_at=clock.now(),
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def forget_old_uploads() -> None:
    """Delete files that nobody confirmed within a day, and what taking back an old import needed. Flushes."""
    forget_old(ScheduleUpload, "content", "reading")


def discard_upload(kept: ScheduleUpload) -> None:
    """Delete a file that is not to be imported. Flushes."""
    kept.content = kept.reading = None
    db.session.flush()


def upload(upload_id: int, *, within: Collection[int]) -> ScheduleUpload:
    """The upload, if it is for one of these locations; raises NoSuchUpload (a 404)."""
    query = (
        select(ScheduleUpload)
        .where(ScheduleUpload.id == upload_id, ScheduleUpload.location_id.in_(within))
        .options(undefer(ScheduleUpload.content), undefer(ScheduleUpload.reading), undefer(ScheduleUpload.undo))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NoSuchUpload
    return found


def reading_of(kept: ScheduleUpload, location: Location, *, secret: str) -> tuple[ScheduleFile, dict[str, str]]:
    """The file as it was read last, and the answers given about it; raises UploadGone."""
    if kept.content is None or kept.reading is None:
        raise UploadGone
    try:
        return unpacked(opened(kept.reading, secret))
    except OtherVersion:
        return read_for(location, opened(kept.content, secret)), {}


def answer_upload(
    kept: ScheduleUpload, location: Location, answers: Mapping[str, str], *, staff_id: int | None, secret: str
) -> None:
    """Read a kept file again with these further answers, and remember what words mean; raises UploadGone. Flushes."""
    before, given = reading_of(kept, location, secret=secret)
    learn_answers(before.questions, answers, location, staff_id=staff_id)
    given = {**given, **answers}
    assert kept.content is not None
    schedule = read_for(location, opened(kept.content, secret), given)
    kept.reading = sealed(packed(schedule, given), secret)
    db.session.flush()


def mark_applied(kept: ScheduleUpload, done: ImportDone, *, secret: str) -> None:
    """Record what came of a claimed file and delete its content. Flushes."""
    kept.counts, kept.content, kept.reading = done.counts, None, None
    kept.first_day, kept.last_day = done.days
    kept.digest = done.digest
    keep_undo(kept, done.undo, secret=secret)


def keep_import(done: ImportDone, *, file_name: str, location_id: int, secret: str) -> ScheduleUpload:
    """Record an import by command, so that it can be taken back. Flushes."""
    now = clock.now()
    kept = ScheduleUpload(
        location_id=location_id, file_name=shown_name(file_name, "schedule"), uploaded_at=now, applied_at=now
    )
    db.session.add(kept)
    mark_applied(kept, done, secret=secret)
    return kept


def undo_of(kept: ScheduleUpload, *, secret: str) -> dict[str, Any]:
    """What an import did, as `applying` wrote it down; raises UploadGone when it can't be taken back any more."""
    if kept.undo is None:
        raise UploadGone
    return dict(json.loads(opened(kept.undo, secret)))


def keep_undo(kept: ScheduleUpload, facts: Mapping[str, Any], *, secret: str) -> None:
    """Keep what taking this import back needs. Flushes."""
    kept.undo = sealed(json.dumps(facts).encode(), secret)
    db.session.flush()


def forget_people(*, secrets: Collection[str], rows: Mapping[str, Collection[int]], words: Collection[str]) -> None:
    """Drop what uploads keep of these visits and patients (`rows`), or of somebody with these words. Flushes.

    Such an import can't be taken back any more; a file in preview has to be sent again. So it is with what was sealed
    under a key that nobody has any more.
    """
    there = or_(*(column.is_not(None) for column in (ScheduleUpload.content, ScheduleUpload.undo)))
    sealed = select(ScheduleUpload).where(there).options(undefer(ScheduleUpload.reading), undefer(ScheduleUpload.undo))
    for kept in db.session.scalars(sealed).all():
        if kept.undo is not None and _undo_names(kept.undo, secrets, rows):
            kept.undo = None
        reading = opened_by_any(kept.reading, secrets) if kept.reading is not None else None
        if reading is None or any(word.encode() in reading for word in words if word):
            kept.content = kept.reading = None
    db.session.flush()


def _undo_names(sealed: bytes, secrets: Collection[str], rows: Mapping[str, Collection[int]]) -> bool:
    opened = opened_by_any(sealed, secrets)
    if opened is None:
        return True
    facts = json.loads(opened)
    named = {
        kind: [*facts[f"{kind}_added"], *facts[f"{kind}_changed"], *facts.get(f"{kind}_held", ())] for kind in rows
    }
    # Visits that changed hands name both patients.
    hands = [id_ for _, values in facts["visits_changed"] for id_ in values.get("patient_id", ())]
    if any(id_ in rows.get("patients", ()) for id_ in hands):
        return True
    return any((each[0] if isinstance(each, list) else each) in rows[kind] for kind in rows for each in named[kind])


def recent_uploads(*, within: Collection[int]) -> list[ScheduleUpload]:
    """The last imports for these locations, the latest first."""
    query = (
        select(ScheduleUpload)
        .where(ScheduleUpload.location_id.in_(within), ScheduleUpload.applied_at.is_not(None))
        .order_by(ScheduleUpload.applied_at.desc(), ScheduleUpload.id.desc())
        .limit(RECENT)
    )
    return list(db.session.scalars(query))


def reading_context(location: Location, answers: Mapping[str, str] = NO_ANSWERS) -> ReadingContext:
    """Context for reading a file of this location today."""
    names: dict[int, set[str]] = {}
    for row in db.session.execute(select(Location.id, Location.name, Location.code)):
        names[row.id] = {row.name.casefold(), row.code.casefold()}
    own = names.get(location.id, set())
    learned = {word for word, meaning in learned_words(PLACE).items() if meaning == str(location.id)}
    others = set[str]().union(*(each for id_, each in names.items() if id_ != location.id)) - own
    return ReadingContext(
        time_zone=location.time_zone,
        today=clock.clinic_today(location.time_zone),
        learned_types=learned_words(VISIT_TYPE),
        learned_statuses=learned_words(STATUS),
        places=Places(location.name, frozenset(own | learned), frozenset(others)),
        answers=answers,
    )


def read_for(location: Location, data: bytes, answers: Mapping[str, str] = NO_ANSWERS) -> ScheduleFile:
    """Read a schedule file of this location."""
    return read_schedule(data, reading_context(location, answers))


def read_for_writing(location: Location, data: bytes, answers: Mapping[str, str] = NO_ANSWERS) -> ScheduleFile:
    """As `read_for`, after a commit: reading a long file takes seconds, and other writers would wait."""
    context = reading_context(location, answers)
    db.session.commit()
    return read_schedule(data, context)


def learned_words(about: str) -> dict[str, str]:
    """The practice's own words for types or statuses of visits, casefolded, with their meaning."""
    query = select(LearnedWord).where(LearnedWord.about == about)
    return {row.word: row.meaning for row in db.session.scalars(query)}


def learn_word(about: str, word: str, meaning: str, *, staff_id: int | None) -> None:
    """Let `word` in a schedule mean this from now on. Flushes."""
    key = _word_key(word)
    facts = {"about": about, "word": key, "meaning": meaning}
    db.session.merge(LearnedWord(**facts, learned_at=clock.now(), learned_by_id=staff_id))
    db.session.flush()
    audit_trail.record("visit_type.learned", word_length=len(key), about=about, meaning=meaning)


def learn_answers(
    questions: Collection[Question], answers: Mapping[str, str], location: Location, *, staff_id: int | None
) -> None:
    """Remember, for every later file, what words for types, statuses and this location mean. Flushes."""
    for question in questions:
        meaning = answers.get(question.key)
        if question.about == LOCATION_NAME and meaning == location.name:
            learn_word(PLACE, question.found, str(location.id), staff_id=staff_id)
        if question.about in CHOICES and meaning in question.choices:
            learn_word(question.about, question.found, meaning, staff_id=staff_id)


def forget_word(about: str, word: str) -> bool:
    """Forget a word; False when it wasn't known. Flushes."""
    known = delete(LearnedWord).where(LearnedWord.about == about, LearnedWord.word == _word_key(word))
    return db.session.scalar(known.returning(LearnedWord.word)) is not None


def _word_key(word: str) -> str:
    return " ".join(word.split()).casefold()[:60]
