"""What patients are found by: plain rows that any database can look up, kept in step with the patients.

`patient_word` holds the words of a patient's names, the chart number and the birth date. `name_spelling` leads from
a misspelling to words that occur: each word is stored with every single letter left out and as it sounds, and a
typed word is looked up the same way, so that one wrong, missing, doubled or swapped letter still meets.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import jellyfish
from sqlalchemy import Connection, Insert, delete, event, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intake.directory.models import NameSpelling, Patient, PatientWord
from intake.directory.name_keys import name_words, normal

LONGEST_WORD = 90
# Letters are left out of words of these lengths only: shorter ones would meet everything, longer ones are rare.
SPELLED_LENGTHS = range(3, 25)
ROWS_A_STATEMENT = 1_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Findable:
    """The facts of one patient that searching goes by."""

    patient_id: int
    mrn: str
    first_name: str
    last_name: str
    birth_date: date | None


def words_of(patient: Findable) -> frozenset[str]:
    """Every word this patient is found by."""
    words = name_words(patient.first_name) | name_words(patient.last_name) | chart_words(patient.mrn)
    if patient.birth_date:
        words |= {birth_word(patient.birth_date)}
    return frozenset(word[:LONGEST_WORD] for word in words)


def chart_words(mrn: str) -> frozenset[str]:
    """A chart number as printed and without its leading zeros; dashes and spaces don't count."""
    plain = normal(mrn).replace(" ", "")
    return frozenset({f"#{plain}", f"#{plain.lstrip('0')}"}) - {"#"}


def birth_word(day: date) -> str:
    return f"@{day.isoformat()}"


def spellings_of(word: str) -> frozenset[str]:
    """The word, each form with one letter left out, and its sound."""
    if word[:1] in "#@":
        return frozenset()
    forms = {word}
    if len(word) in SPELLED_LENGTHS:
        forms |= {word[:at] + word[at + 1 :] for at in range(len(word))}
        # Sounds of one or two letters ("AN") would lead to half of all names.
        sound = jellyfish.metaphone(word) if word.isascii() and word.isalpha() else ""
        if len(sound) > 2:
            forms.add(f"~{sound}")
    return frozenset(form[:LONGEST_WORD] for form in forms)


def index_patients(connection: Connection, patients: Sequence[Findable]) -> None:
    """Make these patients findable under what they are called now, and no longer under what they were called."""
    for some in _chunks(patients):
        connection.execute(delete(PatientWord).where(PatientWord.patient_id.in_([each.patient_id for each in some])))
    rows = sorted((word, each.patient_id) for each in patients for word in words_of(each))
    for part in _chunks(rows):
        connection.execute(insert(PatientWord), [{"word": word, "patient_id": id_} for word, id_ in part])
    _spell(connection, {word for word, _ in rows if word[0] not in "#@"})


def _spell(connection: Connection, words: set[str]) -> None:
    known: set[str] = set()
    for some in _chunks(sorted(words)):
        query = select(NameSpelling.word).where(NameSpelling.spelling == NameSpelling.word, NameSpelling.word.in_(some))
        known.update(connection.scalars(query))
    # Always in the same order, so that two writers who add the same names wait for each other and never in a circle.
    rows = sorted((form, word) for word in words - known for form in spellings_of(word))
    new_only: Insert = _dialect(connection).insert(NameSpelling).on_conflict_do_nothing()
    for part in _chunks(rows):
        connection.execute(new_only, [{"spelling": form, "word": word} for form, word in part])


def _dialect(connection: Connection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT))


def _patients(rows: Iterable[object]) -> list[Findable]:
    return [
        Findable(row.id, row.mrn, row.first_name, row.last_name, row.birth_date)
        for row in rows
        if isinstance(row, Patient)
    ]


@event.listens_for(Session, "after_flush")
def _keep_in_step(session: Session, _context: object) -> None:
    # Whoever adds or renames a patient through the session needn't remember the index; rows written without it
    # (the schedule import) call index_patients themselves.
    changed = _patients([*session.new, *(row for row in session.dirty if session.is_modified(row))])
    if changed:
        index_patients(session.connection(), changed)
