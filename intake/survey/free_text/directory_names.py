"""Whom the practice knows, as the text reader takes it: held by each process, made again when anything changed."""

from flask import current_app
from sqlalchemy import func, select

from intake.db import db
from intake.directory.models import Location, PracticeNickname, Provider, ReferringPractice
from intake.directory.name_keys import normal
from intake.directory.npi.referring_practices import practice_names
from intake.directory.patients.records import patients_called
from intake.directory.physician_search.referrer_cache import linked_physicians_called
from intake.directory.physician_search.search import PhysicianHit, search_physicians
from intake.directory.practice.providers import own_providers
from intake.directory.search_models import PhysicianSearchState
from intake.survey.name_reader.known_names import KnownNames, KnownPatient, OwnProvider, own_provider
from intake.survey.name_reader.linking import PhysicianCandidate
from intake.survey.name_reader.practice_names import KnownPractice, KnownPractices
from intake.web.ttl_cache import remembered

_HELD = "survey.known_names"
_MOST_CANDIDATES = 10
# The little that tells whether what is held is still what the database has. A change of a practice or of a merge of
# practices draws a new stamp; the rest only grows, or is counted.
_STATE = select(
    select(PhysicianSearchState.additions_stamp).limit(1).scalar_subquery(),
    select(func.max(Provider.id)).scalar_subquery(),
    select(func.count()).select_from(Provider).where(Provider.ours).scalar_subquery(),
    select(func.max(PracticeNickname.id)).scalar_subquery(),
    select(func.count()).select_from(PracticeNickname).scalar_subquery(),
    select(func.count()).select_from(ReferringPractice).scalar_subquery(),
)


def known_names(*, location_id: int | None = None) -> KnownNames:
    """Return whom the practice knows as this transaction sees it; those near `location_id` go before equals."""
    state = tuple(db.session.execute(_STATE).one())
    held: dict[int | None, KnownNames] = {}
    known_state, known = current_app.extensions.get(_HELD, (None, held))
    if known_state == state:
        held = known
    if location_id not in held:
        held[location_id] = _made(location_id, next(iter(held.values()), None))
        current_app.extensions[_HELD] = (state, held)
    return held[location_id]


def _made(location_id: int | None, other: KnownNames | None) -> KnownNames:
    if other is None:
        own = _own_people()
        practices = KnownPractices(KnownPractice(*each) for each in practice_names())
    else:
        own, practices = other.own, other.practices
    return KnownNames(
        own=own,
        practices=practices,
        find_physicians=lambda text: find_physicians(text, location_id=location_id),
        find_patients=lambda name: [KnownPatient(*each) for each in patients_called(name)],
    )


@remembered(seconds=30)
def own_physician_ids() -> frozenset[int]:
    """Return the physicians who were ever linked and are our own people by given name and surname.

    They send nobody here: reports credit them with nothing.
    """
    own = [each for each in _own_people() if each.first_name]
    called = (linked_physicians_called(each.first_name.split()[0], each.last_name) for each in own)
    return frozenset[int]().union(*called)


def _own_people() -> tuple[OwnProvider, ...]:
    return tuple(each for name in own_providers() if _is_a_person(name) and (each := own_provider(name)).last_name)


def _is_a_person(name: str) -> bool:
    """Schedules list rooms and machines as well: "US Room 2"."""
    return not any(letter.isdigit() for letter in name)


def find_physicians(text: str, *, location_id: int | None = None) -> list[PhysicianCandidate]:
    """Return the physicians that a text may name, as the text reader weighs them."""
    hits = search_physicians(text, limit=_MOST_CANDIDATES, location_id=location_id)
    towns = {normal(city) for city in db.session.scalars(select(Location.city))} if hits else set()
    return [_candidate(hit, towns) for hit in hits]


def _candidate(hit: PhysicianHit, towns: set[str]) -> PhysicianCandidate:
    return PhysicianCandidate(
        physician_id=hit.physician_id,
        npi=hit.npi,
        first_name=hit.first_name,
        last_name=hit.last_name,
        credential=hit.credential,
        specialty=hit.specialty,
        city=hit.city,
        score=hit.score,
        nearby=bool(hit.practice) or normal(hit.city) in towns,
    )
