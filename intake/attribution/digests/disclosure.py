"""A last look at a page before it leaves by e-mail: whether the name of a patient stands in it.

Rights are judged before, on what the address asks for. This finds what they can't know: a source, say, that somebody
called after a patient.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.tables.pdf_writer import PrintedPage
from intake.db import db
from intake.directory.models import Location, Patient, Physician, ReferringPractice, Visit
from intake.directory.name_keys import normal
from intake.id_filters import among
from intake.survey.models import PatientReferral, PhysicianReferral

# Figures are set beside those of as many months before.
MONTHS_SHOWN = 12
READ_AT_ONCE = 2_000
_TAG = re.compile(r"<[^>]*>")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'="([^"]*)"')

Words = tuple[str, ...]


def names_patients(page: PrintedPage, period: Period) -> bool:
    """Tell whether the page holds the name of a patient seen in the period or the year before it, or of who sent them.

    Names have at least two words here, in either order. A name that is also that of a physician, a practice, a location
    or somebody who works here is taken for theirs.
    """
    said = _Words([f"{page.title} {_TAG.sub(' ', page.body)}", *map(unquote_plus, _ATTRIBUTE.findall(page.body))])
    found = {words for words in _patients(period) if words in said}
    if not found:
        return False
    others = _Words(_not_patients(period))
    return any(words not in others for words in found)


class _Words:
    """The words of some pieces of text; `in` asks whether some stand in one of them side by side."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = [normal(_POSSESSIVE.sub("", unescape(piece))).split() for piece in pieces]
        self._runs: dict[int, set[Words]] = {}

    def __contains__(self, words: Words) -> bool:
        length = len(words)
        if length not in self._runs:
            self._runs[length] = {
                tuple(piece[at : at + length]) for piece in self._pieces for at in range(len(piece) - length + 1)
            }
        return words in self._runs[length]


def _patients(period: Period) -> Iterator[Words]:
    seen = select(Visit.id).where(Visit.visit_date.between(*_days(period)))
    patients = select(Patient.first_name, Patient.last_name)
    those = (
        patients.where(Patient.id.in_(select(Visit.patient_id).where(Visit.visit_date.between(*_days(period))))),
        patients.where(
            Patient.id.in_(select(PatientReferral.referring_patient_id).where(PatientReferral.visit_id.in_(seen)))
        ),
        select(PatientReferral.referrer_name).where(PatientReferral.visit_id.in_(seen)),
    )
    for query in those:
        for parts in db.session.execute(query.execution_options(yield_per=READ_AT_ONCE)):
            yield from _either_way(parts)


def _either_way(parts: Iterable[str]) -> Iterator[Words]:
    words = [normal(part).split() for part in parts]
    for order in (words, words[::-1]):
        name = tuple(word for part in order for word in part)
        if len(name) > 1:
            yield name


def _not_patients(period: Period) -> Iterator[str]:
    named = db.session.scalars(select(PhysicianReferral.physician_id).distinct())
    shown = {each for each in named if each} | set(lists_as_of_now().physician_counts_as.values())
    physicians = select(Physician.first_name, Physician.last_name).where(among(Physician.id, shown))
    for first, last in db.session.execute(physicians):
        yield from (f"{first} {last}", f"{last} {first}")
    yield from db.session.scalars(select(Visit.provider).where(Visit.visit_date.between(*_days(period))).distinct())
    for column in (Staff.name, Location.name, ReferringPractice.name):
        yield from db.session.scalars(select(column))


def _days(period: Period) -> tuple[Any, Any]:
    return add_months(period.first_day, -MONTHS_SHOWN), period.last_day
