"""Records that may be one physician: typed by hand and in the registry, a former name, a number that was replaced."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import starmap
from typing import Any

from sqlalchemy import select

from intake.cached_property import cached_property
from intake.db import db
from intake.directory.merging.duplicates import Alike, pairs_sharing, still_open
from intake.directory.merging.merge import Kind
from intake.directory.merging.name_similarity import SAID, Likeness, name_likeness, plain_name
from intake.directory.models import Physician
from intake.directory.name_keys import normal
from intake.directory.physician_search.keys import city_word
from intake.directory.physician_search.search import search_physicians
from intake.directory.physician_search.spelling import sound
from intake.directory.physicians.queries import ids_known_here

# Each is looked up in the whole directory, which takes some milliseconds.
MOST_LOOKED_UP = 60
MOST_KNOWN = 20_000


@dataclass(frozen=True)
class ComparedPhysician:
    """Columns of a physician that are compared."""

    id: int
    npi: str | None
    first_name: str
    last_name: str
    former_first_name: str
    former_last_name: str
    taxonomy_code: str
    street: str
    city: str
    state: str
    phone: str
    added_by_hand: bool
    replacement_npi: str
    referring_practice_id: int | None

    @cached_property
    def name(self) -> tuple[str, str]:
        return plain_name(self.first_name, self.last_name)

    @cached_property
    def former(self) -> tuple[str, str]:
        if not self.former_last_name:
            return "", ""
        return plain_name(self.former_first_name or self.first_name, self.former_last_name)

    @cached_property
    def telephone(self) -> str:
        return "".join(letter for letter in self.phone if letter.isdigit())[-10:]


def alike_physicians() -> list[Alike]:
    """Pairs among those known here, and of those typed by hand with the whole directory; the likeliest first."""
    known = _compared_physicians(ids_known_here(), most=MOST_KNOWN)
    found = list(starmap(_compared, pairs_sharing(known, _keys)))
    found += _looked_up([person for person in known if not person.npi][:MOST_LOOKED_UP])
    # Whoever got a new number stands under it in the registry, and may not have sent anybody yet.
    new_numbers = {person.replacement_npi for person in known} - {person.npi for person in known} - {""}
    renewed = select(Physician.id).where(Physician.npi.in_(sorted(new_numbers)[:MOST_LOOKED_UP]))
    others = {person.npi: person for person in _compared_physicians(renewed, most=MOST_LOOKED_UP)}
    found += [_compared(each, others[each.replacement_npi]) for each in known if each.replacement_npi in others]
    return still_open(Kind.PHYSICIANS, found)


def _compared_physicians(ids: Any, *, most: int) -> list[ComparedPhysician]:
    columns = [getattr(Physician, column.name) for column in fields(ComparedPhysician)]
    query = select(*columns).where(Physician.id.in_(ids)).order_by(Physician.id.desc()).limit(most)
    return [ComparedPhysician(*row) for row in db.session.execute(query)]


def _keys(person: ComparedPhysician) -> Iterator[Any]:
    for first, last in (person.name, person.former):
        if last:
            yield "name", sound(last), first[:1]
            # Swapped, the last name's first letter stands where the first name's does.
            yield "name", sound(first), last[:1]
    if person.telephone and person.name[1]:
        yield "phone", person.telephone, sound(person.name[1])
    for number in (person.npi, person.replacement_npi):
        if number:
            yield "npi", number


def _looked_up(typed: list[ComparedPhysician]) -> list[Alike | None]:
    """Physicians without an NPI, each compared with those of that name in the whole directory."""
    wanted: dict[int, list[ComparedPhysician]] = {}
    for person in typed:
        for hit in search_physicians(f"{person.first_name} {person.last_name} {person.city}", limit=6):
            if hit.physician_id != person.id:
                wanted.setdefault(hit.physician_id, []).append(person)
    others = _compared_physicians(wanted, most=len(wanted))
    return [_compared(person, other) for other in others for person in wanted[other.id]]


def _compared(one: ComparedPhysician, other: ComparedPhysician) -> Alike | None:
    replaced = {one.npi, other.npi} & ({one.replacement_npi, other.replacement_npi} - {""})
    if replaced:
        return _alike(one, other, ["The registry replaced one number by the other"], 10.0)
    named = name_likeness(one.name, other.name)
    reasons = [SAID[named]] if named else []
    strength = float(named)
    if not named:
        earlier = max(name_likeness(one.name, other.former), name_likeness(one.former, other.name))
        if earlier < Likeness.FAMILIAR:
            return None
        reasons, strength = ["One carries the other’s former name"], 4.5
    shared, differing = _circumstances(one, other)
    if one.npi and other.npi:
        # Two numbers are two people, unless much speaks against it.
        if len(shared) < 2 or differing or named not in (Likeness.SAME, Likeness.NONE):
            return None
        strength -= 2
    elif _too_little(named, shared, differing=differing):
        return None
    if shared:
        reasons.append(", ".join(shared).capitalize())
    if not (one.npi and other.npi):
        reasons.append("One was typed by hand" if one.npi or other.npi else "Neither has an NPI")
    return _alike(one, other, reasons, strength + len(shared))


def _too_little(named: Likeness, shared: list[str], *, differing: bool) -> bool:
    """Whether one typed by hand and another may as well be two people."""
    if differing:
        return {"same telephone", "same practice"}.isdisjoint(shared)
    return not shared and named not in (Likeness.SAME, Likeness.SWAPPED)


def _circumstances(one: ComparedPhysician, other: ComparedPhysician) -> tuple[list[str], bool]:
    """(what both share, whether something speaks against a duplicate)."""
    shared = []
    if one.telephone and one.telephone == other.telephone:
        shared.append("same telephone")
    if one.city and city_word(one.city) == city_word(other.city) and one.state in ("", other.state):
        shared.append("same city")
    if one.street and normal(one.street) == normal(other.street):
        shared.append("same street")
    if one.referring_practice_id and one.referring_practice_id == other.referring_practice_id:
        shared.append("same practice")
    if one.taxonomy_code and one.taxonomy_code == other.taxonomy_code:
        shared.append("same specialty")
    elsewhere = bool(one.city and other.city and city_word(one.city) != city_word(other.city))
    otherwise = bool(one.taxonomy_code and other.taxonomy_code and one.taxonomy_code != other.taxonomy_code)
    # People know where a doctor is better than what kind of doctor it is.
    return shared, elsewhere or (otherwise and "same city" not in shared)


def _alike(one: ComparedPhysician, other: ComparedPhysician, reasons: list[str], strength: float) -> Alike:
    lower, higher = sorted((one.id, other.id))
    return Alike(Kind.PHYSICIANS, lower, higher, tuple(reasons), strength)
