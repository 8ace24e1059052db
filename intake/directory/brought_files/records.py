"""Keeping files until they are entered, entering them once, and taking them back. All flush; the caller commits."""

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer
from werkzeug.exceptions import NotFound

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory import kept_files
from intake.directory.brought_files.models import BroughtFile
from intake.directory.brought_files.plan import FileKind, FilePlan, FileTakenBack, UndoLog, WhoEnters
from intake.directory.kept_files import UploadGone, opened, sealed, shown_name
from intake.directory.titled_rows import TitledRows

RECENT = 20
MOST_SHOWN = 50
# Names that nobody knows are asked about so many at a time.
MOST_TAUGHT = 20
# Names of what stays when a file is taken back wait in a cookie until they are shown.
MOST_NAMED = 8
_SEALED = ("reading", "undo")


def keep_file(
    table: TitledRows, plan: FilePlan, *, what: str, file_name: str, staff_id: int, secret: str
) -> BroughtFile:
    """Keep what was read of a file, and its preview, until it is entered; delete old ones."""
    kept_files.forget_old(BroughtFile, "reading")
    kept = BroughtFile(
        what=what,
        staff_id=staff_id,
        file_name=shown_name(file_name, what),
        reading=_read(table, plan, secret),
        uploaded_at=clock.now(),
    )
    db.session.add(kept)
    db.session.flush()
    audit_trail.record("file.uploaded", **_subject(kept))
    return kept


def plan_again(kept: BroughtFile, kind: FileKind, who: WhoEnters, *, secret: str) -> None:
    """Make the preview anew, after what its names mean was said; raises UploadGone."""
    table = TitledRows(**_reading(kept, secret)["table"])
    kept.reading = _read(table, kind.plan(table, who), secret)
    db.session.flush()


def _read(table: TitledRows, plan: FilePlan, secret: str) -> bytes:
    rows = sorted(plan.rows, key=lambda row: (row.becomes == "known", row.number))
    notes = [f"Row {row.number}: {note}." for row in plan.rows for note in row.notes]
    preview = {
        "counts": plan.counts,
        "rows": [(row.number, str(row.becomes), row.shown, row.notes) for row in rows[:MOST_SHOWN]],
        "wrong": [(number, why[:1].upper() + why[1:]) for number, why in sorted(plan.wrong.items())],
        "unread": table.unread,
        "notes": [*plan.notes, *notes][:MOST_SHOWN],
        "more_notes": max(0, len(plan.notes) + len(notes) - MOST_SHOWN),
        "unknown": plan.unknown[:MOST_TAUGHT],
    }
    return sealed(_packed({"table": asdict(table), "preview": preview}), secret)


def brought_file(file_id: int) -> BroughtFile:
    """The file; raises a 404."""
    found = db.session.get(BroughtFile, file_id, options=[undefer(BroughtFile.reading), undefer(BroughtFile.undo)])
    if found is None:
        raise NotFound
    return found


def recent_files(*what: str) -> list[BroughtFile]:
    """The last files of these kinds that were entered, the latest first."""
    query = (
        select(BroughtFile)
        .where(BroughtFile.what.in_(what), BroughtFile.applied_at.is_not(None))
        .order_by(BroughtFile.applied_at.desc(), BroughtFile.id.desc())
        .limit(RECENT)
    )
    return list(db.session.scalars(query))


def preview_of(kept: BroughtFile, *, secret: str) -> dict[str, Any]:
    """The preview as `keep_file` made it; raises UploadGone."""
    return dict(_reading(kept, secret)["preview"])


def refused_rows(kept: BroughtFile, *, secret: str) -> tuple[list[str], list[list[str]]]:
    """Titles and cells of the rows that weren't taken, each behind its number and why; raises UploadGone."""
    if kept.applied_at is None:
        reading = _reading(kept, secret)
        titles, rows = reading["table"]["titles"], _refused(reading["table"]["lines"], reading["preview"]["wrong"])
    elif kept.undo is None:
        raise UploadGone
    else:
        titles, rows = json.loads(opened(kept.undo, secret)).get("refused", ([], []))
    return ["Row", "Why", *titles], rows


def _refused(lines: list[Any], wrong: list[Any]) -> list[list[str]]:
    there = dict(lines)
    return [[str(number), why, *there.get(number, ())] for number, why in wrong]


def enter_file(kept: BroughtFile, kind: FileKind, who: WhoEnters, *, secret: str) -> bool:
    """Enter what can be, as it stands here now; False where it is entered already. Raises UploadGone."""
    if not kept_files.claim(kept):
        return False
    table = TitledRows(**_reading(kept, secret)["table"])
    plan, log = kind.plan(table, who), UndoLog()
    for row in plan.rows:
        row.enter(log)
    plan.finish()
    kept.counts, kept.reading = plan.counts, None
    refused = table.titles, _refused(table.lines, sorted(plan.wrong.items()))
    kept.undo = sealed(_packed(asdict(log) | {"refused": refused}), secret)
    db.session.flush()
    audit_trail.record("file.brought_in", **_subject(kept), what=kept.what, **plan.counts)
    return True


def take_file_back(kept: BroughtFile, kind: FileKind, who: WhoEnters, *, secret: str) -> FileTakenBack:
    """Take it back, or what stayed of it; raises UploadGone when nothing is left of it, or it is too old."""
    if kept.undo is None or not kept_files.claim_undo(kept):
        raise UploadGone
    log = json.loads(opened(kept.undo, secret))
    refused = log.pop("refused", ([], []))
    done = kind.take_back(UndoLog(**log), who)
    stays = sum(map(len, done.kept.values()))
    # What a later file changed can go once that one is taken back.
    is_left = done.left.added or done.left.changed
    kept.undo = sealed(_packed(asdict(done.left) | {"refused": refused}), secret) if is_left else None
    kept.counts = (kept.counts or {}) | {"stay": stays}
    db.session.flush()
    audit_trail.record("file.taken_back", **_subject(kept), removed=done.removed, restored=done.restored, kept=stays)
    return done


def taken_back_in_words(done: FileTakenBack, kind: FileKind) -> str:
    """'3 contacts removed, 1 as before. 2 stay, changed since: Ann Lee, Ben Ott.'"""
    removed = f"{kind.counted(done.removed)} removed"
    restored = f"{done.restored:,} as before" if done.removed else f"{kind.counted(done.restored)} as before"
    nothing = not (done.removed or done.restored)
    did = [removed] * (done.removed > 0 or (nothing and not done.kept)) + [restored] * (done.restored > 0)
    said = [", ".join(did) + "."] if did else []
    for why, names in done.kept.items():
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        listed = ", ".join(name[:60] for name in names[:MOST_NAMED])
        said.append(f"{len(names):,} {'stays' if len(names) == 1 else 'stay'}, {why}: {listed}{more}.")
    if done.left.added or done.left.changed:
        said.append("What a later file changed can be taken back here once that file is.")
    return " ".join(said)


def discard_file(kept: BroughtFile) -> None:
    kept.reading = None
    db.session.flush()


def forget_words(*, secrets: Collection[str], words: Collection[str]) -> None:
    """Drop what files keep where one of these words stands in it, or nobody has the key any more."""
    query = select(BroughtFile).where(or_(*(getattr(BroughtFile, name).is_not(None) for name in _SEALED)))
    for kept in db.session.scalars(query.options(*(undefer(getattr(BroughtFile, name)) for name in _SEALED))):
        for name in _SEALED:
            content = getattr(kept, name) and kept_files.opened_by_any(getattr(kept, name), secrets)
            if not content or any(word.encode() in content for word in words if word):
                setattr(kept, name, None)
    db.session.flush()


def _reading(kept: BroughtFile, secret: str) -> dict[str, Any]:
    if kept.reading is None:
        raise UploadGone
    return dict(json.loads(opened(kept.reading, secret)))


def _packed(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _subject(kept: BroughtFile) -> dict[str, Any]:
    return {"subject_kind": "brought_file", "subject_id": kept.id}
