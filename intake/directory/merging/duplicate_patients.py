"""Charts that may be one person's, by what speaks for it together: names, birth date, telephone, chart number."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import starmap

from sqlalchemy import Select, select

from intake import clock
from intake.cached_property import cached_property
from intake.db import db
from intake.directory.merging import birth_dates
from intake.directory.merging.birth_dates import Births, compare_births, days_that_prove_nothing
from intake.directory.merging.chart_names import (
    ChartName,
    First,
    Last,
    alike_first,
    alike_last,
    chart_name,
    is_common,
    shared_middle,
    turned,
)
from intake.directory.merging.duplicates import Alike, pairs_sharing, still_open
from intake.directory.merging.merge import Kind
from intake.directory.merging.spelling_slips import heard, swapped
from intake.directory.models import Patient, Visit

# Charts compared at once, the newest ones; comparing more would keep a page waiting.
MOST_COMPARED = 150_000
# A home, a shelter or the office itself: what more charts share is no household's telephone.
MOST_ON_A_TELEPHONE = 40
_SHORTEST_SWAPPED_NUMBER = 4
_WRITTEN_WRONG = (Births.TURNED, Births.SWAPPED, Births.CENTURY)
_NEARLY = (Births.ONE_DIGIT, Births.NEAR, Births.TURNED_AND_A_SLIP)
_FIRST_SAID = {
    First.INITIAL: "one first name is the other’s initial",
    First.NEAR: "first names nearly the same",
    First.SLIP: "first names a typing error apart",
    First.MIDDLE: "one goes by a middle name",
    First.FAMILIAR: "one first name is a form of the other",
    First.SOUND: "first name spelled another way",
    First.SAME: "same first name",
}
_LAST_SAID = {
    Last.OTHER: "another surname",
    Last.SLIP: "surnames a typing error apart",
    Last.PART: "one surname is part of the other",
    Last.SOUND: "surname spelled another way",
    Last.SAME: "same surname",
}


@dataclass(frozen=True)
class ComparedPatient:
    """Columns of a patient that are compared; no birth date or telephone where it proves nothing."""

    id: int
    mrn: str
    first_name: str
    last_name: str
    birth_date: date | None
    mobile_e164: str | None

    @cached_property
    def name(self) -> ChartName:
        return chart_name(self.first_name, self.last_name)

    @cached_property
    def number(self) -> str:
        """The chart number without leading zeros and marks."""
        return "".join(filter(str.isalnum, self.mrn.casefold())).lstrip("0")


@dataclass(frozen=True)
class _Evidence:
    """What two charts have in common."""

    first: First
    last: Last
    turned: bool
    births: Births
    phone: bool
    phone_swapped: bool
    phones_differ: bool
    number: bool
    number_swapped: bool
    # One is the other's father or son, by what stands behind the names.
    generations: bool
    birth_known: bool
    middle: bool
    common: bool

    @property
    def same_name(self) -> bool:
        return self.turned or (self.first >= First.SOUND and self.last >= Last.SOUND)

    @property
    def like_name(self) -> bool:
        """Whether both names fit, in whichever way, and at most one of them badly."""
        if self.first == First.INITIAL:
            return self.last >= (Last.PART if self.phone else Last.SOUND)
        if self.first == First.NEAR:
            # Twins have both the birth date and the household's telephone in common.
            return self.births == Births.SAME and self.last >= Last.PART and not self.phone
        return self.turned or bool(self.first and self.last)

    @property
    def is_enough(self) -> bool:
        """Whether a person should look at the two."""
        if self.generations:
            return False
        if self.births == Births.SAME:
            enough = self.like_name or self._changed_surname
        elif self.births in _WRITTEN_WRONG:
            enough = self._written_wrong
        elif self.births in _NEARLY:
            enough = self._nearly
        elif self.births == Births.UNKNOWN:
            enough = self._without_birth_date
        else:
            enough = self.births != Births.OTHER and self.same_name and self.phone
        return enough or (self.number and self.like_name)

    @property
    def _changed_surname(self) -> bool:
        """Married or divorced since: the first name is the same, and something besides."""
        if self.first in (First.OTHER, First.INITIAL) or (self.first == First.NEAR and self.last):
            return False
        telephone = self.phone or (self.phone_swapped and self.first >= First.FAMILIAR)
        return telephone or self.number or self.middle

    @property
    def _written_wrong(self) -> bool:
        if self.phone:
            return self.like_name or self.first >= First.FAMILIAR
        good_first, good_last = self.first >= First.FAMILIAR, self.last >= Last.SOUND
        return self.same_name or (self.like_name and (good_first or good_last))

    @property
    def _nearly(self) -> bool:
        if self.phone:
            return self.like_name or (self.births == Births.ONE_DIGIT and self.first >= First.FAMILIAR)
        known_as = self.same_name or (self.first >= First.FAMILIAR and self.last >= Last.PART)
        return known_as and not (self.common and self.phones_differ)

    @property
    def _without_birth_date(self) -> bool:
        if self.phone:
            return self.first >= First.SLIP or self.turned
        return self.same_name and self.birth_known and (self.number_swapped or self.phone_swapped)

    @property
    def strength(self) -> float:
        name = 6 if self.same_name else float(self.first) / 2 + float(self.last) / 2
        return self.births + name + 4 * self.phone + 3 * self.number + self.phone_swapped + self.number_swapped

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the two may be one, in words."""
        said = [self._names_said]
        if self.births not in (Births.UNKNOWN, Births.OTHER):
            said.append(birth_dates.SAID[self.births])
        facts = {
            "same telephone": self.phone,
            "two digits of the telephone swapped": self.phone_swapped,
            "one chart number but for zeros and marks": self.number,
            "two digits of the chart number swapped": self.number_swapped,
            "same middle name": self.middle and not self.same_name,
        }
        said += [words for words, holds in facts.items() if holds]
        if self.births in (Births.UNKNOWN, Births.OTHER):
            said.append(birth_dates.SAID.get(self.births, "other birth dates"))
        return (said[0].capitalize(), *said[1:])

    @property
    def _names_said(self) -> str:
        if self.first == First.SAME and self.last == Last.SAME:
            return "same name"
        if self.turned and not (self.first and self.last):
            return "first and last name the other way round"
        if self.last == Last.SAME:
            return f"same surname, {_FIRST_SAID[self.first]}"
        return f"{_FIRST_SAID[self.first]}, {_LAST_SAID[self.last]}"


def alike_patients(*, within: Collection[int]) -> list[Alike]:
    """Pairs of charts that both have a visit at one of these locations; the likeliest first."""
    columns = (Patient.id, Patient.mrn, Patient.first_name, Patient.last_name, Patient.birth_date, Patient.mobile_e164)
    newest = select(*columns).where(Patient.id.in_(seen_at(within))).order_by(Patient.id.desc()).limit(MOST_COMPARED)
    rows = db.session.execute(newest).all()
    today = clock.now().date()
    filled_in = days_that_prove_nothing([row.birth_date for row in rows if row.birth_date], today)
    telephones = Counter(row.mobile_e164 for row in rows if row.mobile_e164)
    charts = [
        ComparedPatient(
            *row[:4],
            None if row.birth_date in filled_in else row.birth_date,
            row.mobile_e164 if telephones[row.mobile_e164] <= MOST_ON_A_TELEPHONE else None,
        )
        for row in rows
    ]
    return still_open(Kind.PATIENTS, starmap(partial(_compared, today), pairs_sharing(charts, _keys)))


def seen_at(location_ids: Collection[int]) -> Select[int]:
    """Ids of patients with a visit at one of these locations."""
    return select(Visit.patient_id).where(Visit.location_id.in_(sorted(location_ids))).distinct()


def _keys(chart: ComparedPatient) -> Iterator[str]:
    """What two charts of one person have in common at least; whom a key brings together is compared in full."""
    first, last = chart.name.sounds
    words = {first, last, *map(heard, chart.name.telling)}
    whole = "".join(sorted((first, last)))
    number = chart.number
    yield f"name {whole}"
    if chart.mobile_e164:
        yield chart.mobile_e164
    if chart.birth_date:
        written = f"{chart.birth_date:%Y%m%d}"
        # Of a common name too many would share the name alone.
        yield f"year {written[:4]} {whole}"
        yield f"day {''.join(sorted(written[4:]))} {whole}"
        for letter in {word[:1] for word in words}:
            yield written + letter
        for word in words - {first}:
            # A wrong digit leaves two of year, month and day right.
            yield f"{word} {written[:6]}"
            yield f"{word} {written[:4]} {written[6:]}"
            yield f"{word} {written[4:]}"
        digits = "".join(sorted(written))
        for word in words:
            yield f"digits {digits} {word}"
    if number:
        yield f"number {number}"
        if len(number) >= _SHORTEST_SWAPPED_NUMBER:
            yield f"number {''.join(sorted(number))} {whole}"


def _compared(today: date, one: ComparedPatient, other: ComparedPatient) -> Alike | None:
    name, name_other = one.name, other.name
    first = alike_first(name, name_other)
    is_turned = not first and turned(name, name_other)
    if not first and not is_turned:
        return None
    births = compare_births(one.birth_date, other.birth_date)
    if births == Births.OTHER and any(chart.birth_date and chart.birth_date > today for chart in (one, other)):
        # Nobody is born tomorrow.
        births = Births.UNKNOWN
    phone, phone_other = one.mobile_e164 or "", other.mobile_e164 or ""
    number, number_other = one.number, other.number
    last = alike_last(name, name_other)
    suffixes = {name.suffix, name_other.suffix}
    found = _Evidence(
        first=first,
        last=last,
        turned=is_turned or (last == Last.OTHER and turned(name, name_other)),
        births=births,
        phone=bool(phone) and phone == phone_other,
        phone_swapped=swapped(phone, phone_other),
        phones_differ=bool(phone and phone_other) and phone != phone_other,
        number=bool(number) and number == number_other,
        number_swapped=len(number) >= _SHORTEST_SWAPPED_NUMBER and swapped(number, number_other),
        generations=len(suffixes) > 1 and ("" not in suffixes or births != Births.SAME),
        birth_known=bool(one.birth_date or other.birth_date),
        middle=shared_middle(name, name_other),
        common=is_common(name),
    )
    if not found.is_enough:
        return None
    return Alike(Kind.PATIENTS, min(one.id, other.id), max(one.id, other.id), found.reasons, found.strength)
