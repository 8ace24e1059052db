"""Which charts are offered as one person's, over two charts a line of people.txt."""

from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from intake import phone
from intake.directory.merging.duplicate_patients import alike_patients
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
