"""The search index of patients: plain rows that any database can look up, kept up to date with the patients.

`patient_word` holds the words of a patient's names, the chart number and the birth date. `name_spelling` leads from
a misspelling to words that occur: each word is stored with every single letter left out and as it sounds, and a
typed word is looked up the same way, so that one wrong, missing, doubled or swapped letter still meets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import jellyfish
from sqlalchemy import Connection, delete, event, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from intake.directory.models import Patient
from intake.directory.name_keys import name_words, normal
from intake.directory.search_models import NameSpelling, PatientWord

LONGEST_WORD = 90
# Letters are left out of words of these lengths only: shorter ones would meet everything, longer ones are rare.
SPELLED_LENGTHS = range(3, 25)
ROWS_A_STATEMENT = 1_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class IndexedPatient:
    """Columns of a patient that the index is made of."""

    patient_id: int
    mrn: str
    first_name: str
    last_name: str
    birth_date: date | None


def words_of(patient: IndexedPatient) -> frozenset[str]:
    """Every word that this patient is found by."""
    words = name_words(patient.first_name) | name_words(patient.last_name) | chart_words(patient.mrn)
    if patient.birth_date:
        words |= {birth_word(patient.birth_date)}
    return frozenset(word[:LONGEST_WORD] for word in words)


def chart_words(mrn: str) -> frozenset[str]:
    """Words of a chart number: as printed and without leading zeros; dashes and spaces don't count."""
    plain = normal(mrn).replace(" ", "")
    return frozenset({f"#{plain}", f"#{plain.lstrip('0')}"}) - {"#"}


def birth_word(day: date) -> str:
    return f"@{day.isoformat()}"


def spellings_of(word: str) -> frozenset[str]:
    """Spellings of a word: itself, each form with one letter left out, and its sound."""
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


def index_patients(connection: Connection, patients: Sequence[IndexedPatient]) -> None:
    """Index these patients under their present names, and no longer under earlier ones."""
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
    # Always in the same order, so that two writers of the same names wait for each other and never in a circle.
    rows = sorted((form, word) for word in words - known for form in spellings_of(word))
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    new_only = dialect.insert(NameSpelling).on_conflict_do_nothing()
    for part in _chunks(rows):
        connection.execute(new_only, [{"spelling": form, "word": word} for form, word in part])


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT))


@event.listens_for(Session, "after_flush")
def _index_changes(session: Session, _context: object) -> None:
    # Code that writes patients past the session (the schedule import) calls index_patients itself.
    changed = [
        IndexedPatient(row.id, row.mrn, row.first_name, row.last_name, row.birth_date)
        for row in (*session.new, *filter(session.is_modified, session.dirty))
        if isinstance(row, Patient)
    ]
    if changed:
        index_patients(session.connection(), changed)
