"""Everything held about a person and who looked at it, as one file: a page to read, and the same as JSON."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import render_template
from sqlalchemy import Table, and_, or_, select

from intake import clock
from intake.accounts.audit import messages
from intake.accounts.audit.queries import names as names_here
from intake.accounts.models import AuditEntry
from intake.db import UtcDateTime, db
from intake.directory.models import Physician, ReferringPractice, Visit
from intake.id_filters import among
from intake.privacy.person import HeldPerson
from intake.privacy.personal_columns import PERSONAL, Held, table
from intake.survey.models import PhysicianReferral
from intake.survey.review.source_use import labels
from intake.web.wall.location_wall import whole_practice

# Tables whose rows the audit trail names, and by what.
SUBJECTS = {
    "patient": "patient",
    "visit": "visit",
    "caller": "caller",
    "mention": "mention",
    "inbound_text": "inbound_text",
}
# What the rows of other tables are called in the file; other patients are not named in it.
_NAMED = {
    "location": "place",
    "staff": "who",
    "kiosk_device": "tablet",
    "referral_source": "source",
    "physician": "physician",
    "referring_practice": "practice",
}


@dataclass(frozen=True)
class HeldTable:
    """The rows of one table, each as label → words."""

    title: str
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class LookAtPerson:
    """One entry of the audit trail about the person."""

    at: datetime
    who: str
    did: str
    about: str


@whole_practice()
def held_tables(found: HeldPerson, *, language: str, time_zone: str) -> list[HeldTable]:
    """Return what is held of this person, table by table; tables without a row are left out."""
    names = _names(found, language)
    return [
        HeldTable(place.title, tuple(_said(row, name, names, time_zone) for row in _rows(name, found)))
        for name, place in PERSONAL.items()
        if found.rows[name]
    ]


def looks_at(found: HeldPerson) -> Iterator[AuditEntry]:
    """Yield the entries of the audit trail that name this person's rows, the oldest first."""
    about = [
        and_(AuditEntry.subject_kind == kind, among(AuditEntry.subject_id, found.rows[name]))
        for name, kind in SUBJECTS.items()
    ]
    yield from db.session.scalars(select(AuditEntry).where(or_(*about)).order_by(AuditEntry.id))


def said_looks(found: HeldPerson) -> list[LookAtPerson]:
    names = names_here()
    return [
        LookAtPerson(
            entry.at,
            messages.actor_words(entry, names),
            messages.action_words(entry.action),
            messages.subject_words(entry, names),
        )
        for entry in looks_at(found)
    ]


@whole_practice()
def as_zip(found: HeldPerson, *, language: str, practice: tuple[str, str]) -> bytes:
    """Return the file: record.html to read and record.json with the same, for other programs."""
    name, time_zone = practice
    tables, looks = held_tables(found, language=language, time_zone=time_zone), said_looks(found)
    made_at = clock.now()
    page = render_template(
        "privacy/file.html", tables=tables, looks=looks, made_at=made_at, practice=name, time_zone=time_zone
    )
    facts = {
        "practice": name,
        "made_at": made_at,
        "held": {PERSONAL[key].title: [_plain(row, key) for row in _rows(key, found)] for key in PERSONAL},
        "looked_at": [vars(look) for look in looks],
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("record.html", page)
        archive.writestr("record.json", json.dumps(facts, indent=1, ensure_ascii=False, default=_as_json))
    return packed.getvalue()


def _rows(name: str, found: HeldPerson) -> list[Mapping[str, Any]]:
    rows = table(name)
    key = next(iter(rows.primary_key))
    shown = [column for column in rows.c if not _column(name, column.name).secret]
    ids = found.rows[name]
    wanted = key.in_(ids) if name == "send_attempt" else among(key, ids)
    return [row._asdict() for row in db.session.execute(select(*shown).where(wanted).order_by(key))]


def _column(name: str, column: str) -> Held:
    return PERSONAL[name].columns.get(column, Held(column.replace("_", " ")))


def _plain(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {_column(name, column).what: value for column, value in row.items() if value not in (None, "")}


def _said(row: Mapping[str, Any], name: str, names: dict[tuple[str, int], str], time_zone: str) -> dict[str, str]:
    said = {}
    for column, value in row.items():
        target = _target(table(name), column)
        if value in (None, "", [], {}) or column == "id":
            continue
        if target is not None:
            known = names.get((target, value))
            if known:
                said[_NAMED[target] if _NAMED[target] not in said else column.removesuffix("_id")] = known
            continue
        said[_column(name, column).what] = _word(value, table(name).c[column].type, time_zone)
    return said


def _target(rows: Table, column: str) -> str | None:
    key = next(iter(rows.c[column].foreign_keys), None)
    return key.column.table.name if key is not None else None


def _word(value: Any, kind: Any, time_zone: str) -> str:
    if isinstance(kind, UtcDateTime):
        return f"{clock.local(value, time_zone):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _names(found: HeldPerson, language: str) -> dict[tuple[str, int], str]:
    """Names of whom and what the rows point to: places, people who work here, sources, physicians."""
    names = dict(names_here())
    names |= {("referral_source", key): label for key, label in labels(language).items()}
    sent_by = select(PhysicianReferral.physician_id).where(
        among(PhysicianReferral.id, found.rows["physician_referral"])
    )
    charted = select(Visit.documented_physician_id).where(among(Visit.id, found.rows["visit"]))
    ids = {key for query in (sent_by, charted) for key in db.session.scalars(query) if key is not None}
    for doctor in db.session.scalars(select(Physician).where(Physician.id.in_(ids))):
        names["physician", doctor.id] = f"{doctor.first_name} {doctor.last_name}".strip()
    practices = select(ReferringPractice.id, ReferringPractice.name).join(
        PhysicianReferral, PhysicianReferral.practice_id == ReferringPractice.id
    )
    theirs = practices.where(among(PhysicianReferral.id, found.rows["physician_referral"]))
    return names | {("referring_practice", key): name for key, name in db.session.execute(theirs)}


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
