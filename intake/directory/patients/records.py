"""Patients: adding them, and searching them by name, chart number or birth date."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from nicknames import NickNamer
from rapidfuzz.distance import OSA, JaroWinkler
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.directory.dates import UnreadableDate, read_date
from intake.directory.merge_mapping import follow_chains
from intake.directory.models import Patient, PatientMerge, Visit
from intake.directory.name_keys import name_words, normal
from intake.directory.patients.index import birth_word, chart_words, spellings_of
from intake.directory.search_models import NameSpelling, PatientWord

LONGEST_QUERY = 200
MOST_TERMS = 6
# Per pass; the best are reranked. More would only be further people of the same name.
CANDIDATES = 300
SIMILAR_WORDS = 40
LEAST_LIKENESS = 60.0
# Charts looked at beyond those wanted, in case several are one person's.
MOST_MERGED = 10

_DATE = re.compile(r"\b\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\b|\b\d{1,2}[- ][a-z]{3,9}[- ]\d{4}\b", re.I)


class MrnTaken(ValueError):
    """Another patient already has this chart number."""


@dataclass(frozen=True)
class PatientHit:
    patient_id: int
    first_name: str
    last_name: str
    birth_date: date | None
    mrn: str


@dataclass(frozen=True)
class Term:
    """A term of a query: the beginning of a name or of a chart number, or (`whole`) a birth date."""

    text: str
    whole: bool = False
    # Words that occur and are spelled or sound like it, or are its nicknames and formal names.
    similar: frozenset[str] = frozenset()
    nicknames: frozenset[str] = frozenset()


def add_patient(
    *,
    mrn: str,
    first_name: str,
    last_name: str,
    birth_date: date | None = None,
    mobile_e164: str | None = None,
    language: str | None = None,
) -> Patient:
    """Add a patient. Raises MrnTaken. Flushes."""
    if db.session.scalar(select(exists().where(Patient.mrn == mrn))):
        raise MrnTaken(mrn)
    patient = Patient(
        mrn=mrn,
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        mobile_e164=mobile_e164,
        language=language,
        created_at=clock.now(),
    )
    db.session.add(patient)
    db.session.flush()
    audit_trail.record("patient.added", subject_kind="patient", subject_id=patient.id)
    return patient


def set_facts(patient: Patient, *, birth_date: date | None, mrn: str | None) -> None:
    """Set birth date and chart number where they are given and differ. Raises MrnTaken. Flushes."""
    if mrn and mrn != patient.mrn and db.session.scalar(select(exists().where(Patient.mrn == mrn))):
        raise MrnTaken(mrn)
    change_patient(patient, birth_date=birth_date or patient.birth_date, mrn=mrn or patient.mrn)


def change_patient(patient: Patient, **facts: Any) -> list[str]:
    """Set those of the facts that differ; return which. The trail says which they were, not what they hold. Flushes."""
    changed = [name for name, value in facts.items() if getattr(patient, name) != value]
    for name in changed:
        setattr(patient, name, facts[name])
    if changed:
        db.session.flush()
        said = [name.removesuffix("_e164") for name in changed]
        audit_trail.record("patient.changed", subject_kind="patient", subject_id=patient.id, changed=said)
    return changed


def search_patients(text: str, *, within: Collection[int], limit: int = 10) -> list[PatientHit]:
    """Patients with a visit at one of these locations whom `text` may mean, the likeliest first.

    Takes first and last name in either order, beginnings of them, misspellings, nicknames, a chart number with or
    without its leading zeros, a birth date, or several of these together.
    """
    terms = [_with_similar(term) for term in read_terms(text)]
    if not terms or not within:
        return []
    found: set[int] = set()
    # Each holds the next: only where one found as many as it may are the closer ones looked for by themselves.
    for condition in (_roughly, _beginning, _exactly):
        found |= (some := _candidates([condition(term) for term in terms], within))
        if len(some) < CANDIDATES:
            break
    if not found and len(terms) > 1:
        # One of the words may be a title, a maiden name or a slip: let any single one go.
        for left_out in range(len(terms)):
            found |= _candidates([_roughly(term) for at, term in enumerate(terms) if at != left_out], within)
    ranked = sorted(
        ((likeness(terms, each), each) for each in db.session.execute(_SHOWN.where(Patient.id.in_(found)))),
        key=lambda pair: (-pair[0], pair[1].last_name.casefold(), pair[1].first_name.casefold(), pair[1].id),
    )
    fitting = [each for score, each in ranked if score >= LEAST_LIKENESS]
    return [
        PatientHit(each.id, each.first_name, each.last_name, each.birth_date, each.mrn)
        for each in _merged(fitting[: limit + MOST_MERGED], within)[:limit]
    ]


def patients_called(name: str, *, limit: int = 5) -> list[tuple[int, str]]:
    """Return (id, name) of the patients with exactly this first and last name, merged charts once, at all locations."""
    words = sorted(word for word in normal(name).split() if len(word) > 1)[:MOST_TERMS]
    if len(words) < 2:
        return []
    has_all = [
        exists().where(PatientWord.patient_id == Patient.id, PatientWord.word == word).correlate(Patient)
        for word in words[1:]
    ]
    query = (
        select(Patient)
        .join(PatientWord, PatientWord.patient_id == Patient.id)
        .where(PatientWord.word == words[0], *has_all)
        .order_by(Patient.id)
        .limit(limit)
    )
    found = {each.id: f"{each.first_name} {each.last_name}" for each in db.session.scalars(query)}
    kept = patient_mapping(found.keys())
    return list({kept.get(number, number): (kept.get(number, number), said) for number, said in found.items()}.values())


# Hundreds are weighed for the few that are shown: their rows as they are, without a session's care for each.
_SHOWN = select(Patient.id, Patient.first_name, Patient.last_name, Patient.birth_date, Patient.mrn)


def _merged(found: list[Any], within: Collection[int]) -> list[Any]:
    """Replace each merged chart by the kept one, once, unless that one has no visit here."""
    kept_ids = patient_mapping({each.id for each in found})
    if not kept_ids:
        return found
    seen_here = exists().where(Visit.patient_id == Patient.id, Visit.location_id.in_(within))
    query = _SHOWN.where(Patient.id.in_(set(kept_ids.values())), seen_here)
    kept = {each.id: each for each in db.session.execute(query)}
    shown = [kept.get(kept_ids.get(each.id, each.id), each) for each in found]
    return list({each.id: each for each in shown}.values())


def patient_mapping(ids: Collection[int]) -> dict[int, int]:
    """Id of each merged chart among `ids` → id of the one it is read as, chains followed to their end."""
    steps: dict[int, int] = {}
    asked = set(ids)
    while asked:
        query = select(PatientMerge.patient_id, PatientMerge.into_id).where(
            PatientMerge.patient_id.in_(asked), PatientMerge.undone_at.is_(None)
        )
        found = {row.patient_id: row.into_id for row in db.session.execute(query.order_by(PatientMerge.id))}
        asked = set(found.values()) - steps.keys() - found.keys()
        steps |= found
    return {start: end for start, end in follow_chains(steps).items() if start in ids}


def as_kept(ids: Collection[int]) -> dict[int, Patient]:
    """Each id → the patient to show for it: the kept chart where that one was merged."""
    if not ids:
        return {}
    kept = patient_mapping(ids)
    rows = select(Patient).where(Patient.id.in_({kept.get(each, each) for each in ids}))
    found = {row.id: row for row in db.session.scalars(rows)}
    return {each: found[kept.get(each, each)] for each in ids if kept.get(each, each) in found}


def read_terms(text: str) -> list[Term]:
    """Read the terms of a query, at most six: birth dates first, then words as typed."""
    text = text[:LONGEST_QUERY]
    terms = []
    for match in _DATE.finditer(text):
        try:
            terms.append(Term(birth_word(read_date(match.group())), whole=True))
        except UnreadableDate:
            continue
        text = text.replace(match.group(), " ", 1)
    # A chart number is one term however it is punctuated: 12-345.
    for word in re.split(r"[\s,;]+", text):
        if any(letter.isdigit() for letter in word):
            terms += [Term(chart) for chart in sorted(chart_words(word), key=len)[:1]]
        else:
            terms += [Term(each) for each in normal(word).split()]
    return list(dict.fromkeys(terms))[:MOST_TERMS]


def likeness(terms: Sequence[Term], patient: Any) -> float:
    """Likeness of the terms to this patient, 0 to 100; every term counts, each with its best word."""
    words = name_words(patient.first_name) | name_words(patient.last_name)
    born = birth_word(patient.birth_date) if patient.birth_date else ""
    total, met = 0.0, set()
    for term in terms:
        against = {born} if term.whole else chart_words(patient.mrn) if term.text[0] == "#" else words
        score, word = max(((_fit(term, each), each) for each in against), default=(0.0, ""))
        total += score
        met.add(word)
    # Of two equal fits the one with fewer words left over comes first: "Ana Cruz" before "Ana Cruz Delgado".
    return total / len(terms) - 0.2 * len(words - met)


def _fit(term: Term, word: str) -> float:
    if term.text == word:
        return 100.0
    if term.whole or not word:
        return 0.0
    if word in term.nicknames:
        return 93.0
    if word.startswith(term.text):
        return 90.0 + 8.0 * len(term.text) / len(word)
    if term.text[0] == "#":
        return 0.0
    return 88.0 * max(JaroWinkler.similarity(term.text, word), OSA.normalized_similarity(term.text, word))


def _with_similar(term: Term) -> Term:
    if term.whole or term.text[0] == "#" or len(term.text) < 3:
        return term
    forms = spellings_of(term.text)
    met: ColumnElement[bool] = NameSpelling.spelling.in_(forms)
    if len(term.text) > 3:
        # A misspelled beginning: "gonzl" on the way to Gonzalez.
        met = or_(met, _starts_with(NameSpelling.spelling, term.text))
    words = set(db.session.scalars(select(NameSpelling.word).where(met).limit(2_000)))
    near = sorted((word for word in words if word != term.text), key=lambda word: (-_fit(term, word), word))
    called = frozenset(_nicknames().nicknames_of(term.text) | _nicknames().canonicals_of(term.text))
    return Term(term.text, similar=frozenset(near[:SIMILAR_WORDS]), nicknames=called)


@cache
def _nicknames() -> NickNamer:
    return NickNamer()


Column = InstrumentedAttribute[str]
Condition = Callable[[Column], ColumnElement[bool]]


def _exactly(term: Term) -> Condition:
    return lambda word: word == term.text


def _beginning(term: Term) -> Condition:
    return _exactly(term) if term.whole else lambda word: _starts_with(word, term.text)


def _roughly(term: Term) -> Condition:
    if not term.similar and not term.nicknames:
        return _beginning(term)
    return lambda word: or_(_starts_with(word, term.text), word.in_(term.similar | term.nicknames))


def _starts_with(word: Column, beginning: str) -> ColumnElement[bool]:
    # A range, since LIKE uses an index only under some collations; the columns compare byte by byte.
    return and_(word >= beginning, word < f"{beginning}\U0010ffff")


def _candidates(conditions: Sequence[Condition], within: Collection[int]) -> set[int]:
    """Ids of patients who have, for every condition, a word that meets it."""
    words = [aliased(PatientWord) for _ in conditions]
    query = select(words[0].patient_id).distinct()
    for word in words[1:]:
        query = query.join(word, word.patient_id == words[0].patient_id)
    for word, condition in zip(words, conditions, strict=True):
        query = query.where(condition(word.word))
    # Of the last word, so that visits are looked for only where all words meet.
    seen = exists().where(Visit.patient_id == words[-1].patient_id, Visit.location_id.in_(within))
    return set(db.session.scalars(query.where(seen).limit(CANDIDATES)))
