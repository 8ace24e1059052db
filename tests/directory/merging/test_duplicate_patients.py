"""Which charts are offered as one person's, over two charts a line of people.txt."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from intake import phone
from intake.directory.merging.duplicate_patients import ComparedPatient, _keys, alike_patients
from intake.directory.merging.duplicates import pairs_sharing
from tests.making import Make

PEOPLE = Path(__file__).with_name("people.txt")


def people() -> list[tuple[bool, list[list[str]]]]:
    """(whether the two are one, [first name, last name, birth date, telephone] of each)."""
    read = []
    for line in PEOPLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            verdict, *charts = line.split(";")
            read.append((verdict == "yes", [[part.strip() for part in chart.split("|")] for chart in charts]))
    return read


def test_one_person_twice_is_offered_and_relatives_are_not(session: Session, make: Make) -> None:
    location = make.location("Riverside")
    one_person, two_people, names = set(), set(), {}
    for same, charts in people():
        ids = []
        for first, last, born, telephone in charts:
            facts = {
                "birth_date": date.fromisoformat(born) if born else None,
                "mobile_e164": phone.to_e164(telephone) if telephone else None,
            }
            chart = make.patient(first, last, **facts)
            make.visit(location, chart)
            ids.append(chart.id)
            names[chart.id] = f"{first} {last}, {born}"
        (one_person if same else two_people).add(tuple(ids))
    session.flush()
    offered = {pair.ids: pair.reasons for pair in alike_patients(within={location.id})}

    missed = [[names[each] for each in ids] for ids in one_person - offered.keys()]
    wrong = [([names[each] for each in ids], offered[ids]) for ids in offered.keys() - one_person]
    assert missed == []
    assert wrong == []
    assert len(one_person) >= 60 and len(two_people) >= 30


def test_a_birthday_that_very_many_charts_share_proves_nothing(session: Session, make: Make) -> None:
    location = make.location("Riverside")
    filled_in, real = date(1985, 7, 1), date(1985, 7, 2)
    shelter = "+12125550100"
    charts = [make.patient(birth_date=filled_in) for _ in range(12)]
    charts += [make.patient("Odette", "Vauclain", birth_date=day) for day in (filled_in, filled_in, real, real)]
    charts += [make.patient(mobile_e164=shelter) for _ in range(40)]
    charts += [make.patient("Cosmo", "Trevanion", birth_date=None, mobile_e164=shelter) for _ in range(2)]
    for chart in charts:
        make.visit(location, chart)
    session.flush()
    offered = [pair.ids for pair in alike_patients(within={location.id})]
    assert offered == [(charts[14].id, charts[15].id)]


def test_charts_of_one_name_and_day_are_not_all_compared() -> None:
    crowd = [ComparedPatient(each, f"{each}", "Jane", "Doe", date(1950, 1, 1), None) for each in range(2_000)]
    assert len(list(pairs_sharing(crowd, _keys))) < 20 * len(crowd)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (("Liz", "Cole", date(1980, 3, 2)), ("Elizabeth", "Hart", date(1980, 2, 3)),
         "One first name is a form of the other, another surname, day and month of birth turned, same telephone"),
        (("Wei", "Zhang", None), ("Zhang", "Wei", date(1980, 2, 3)),
         "First and last name the other way round, same telephone, no birth date to compare"),
        (("Ana", "Ruiz-Peña", date(1980, 2, 3)), ("Ana", "Pena", date(2080, 2, 3)),
         "Same first name, one surname is part of the other, birth dates a century apart, same telephone"),
        (("Maria", "Reyes", date(2031, 1, 1)), ("Maria", "Reyes", date(1944, 6, 5)),
         "Same name, same telephone, no birth date to compare"),
    ],
)  # fmt: skip
def test_reasons_are_said_in_plain_words(session: Session, make: Make, one: Any, other: Any, said: str) -> None:
    location = make.location("Riverside")
    for first, last, born in (one, other):
        make.visit(location, make.patient(first, last, birth_date=born, mobile_e164="+12125550101"))
    session.flush()
    with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False):
        assert [", ".join(pair.reasons) for pair in alike_patients(within={location.id})] == [said]
