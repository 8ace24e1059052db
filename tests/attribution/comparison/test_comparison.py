"""Two of anything beside each other."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from intake.attribution.comparison.comparison import two_sides
from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.attribution.filters.periods import Period
from intake.attribution.statistics.shares import difference
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.recording.record_answer import NewMention
from tests.clients import Client
from tests.making import Make
from tests.pages import sentences_of, text_of

DAY = date(2026, 5, 12)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
ADDRESS = "/reports/compare?from=2026-05-01&to=2026-05-31"


@pytest.fixture
def manager(session: Session, make: Make, client: Client, sign_in: Any) -> Any:
    places = [make.location("Riverside"), make.location("Northgate")]
    staff = make.staff("manager", locations=places)
    staff.places = places
    make.sources()
    sign_in(client, staff)
    return staff


def answers(make: Make, place: Any, code: str, count: int, *, day: date = DAY) -> None:
    for _ in range(count):
        make.answer(make.visit(place, day=day), make.sources()[code])


def test_two_locations_stand_beside_each_other_with_what_luck_allows(manager: Any, client: Client, make: Make) -> None:
    one, two = manager.places
    answers(make, one, "doctor", 16)
    answers(make, one, "facebook", 4)
    answers(make, two, "doctor", 3)
    answers(make, two, "instagram", 7)
    make.visit(two, day=date(2026, 5, 13))
    found = two_sides(("a", MAY, {one.id}), ("b", MAY, {two.id}), view=View.PRIMARY)
    doctor, social = found.rows
    assert (doctor.units, social.units) == ((16 * UNIT, 3 * UNIT), (4 * UNIT, 7 * UNIT))
    assert doctor.apart == difference(16, 20, 3, 10) and doctor.is_clear
    assert (found.first.days, found.second.days) == (1, 2)
    # 20 on one day beside 11 on two.
    assert found.patients.ratio == pytest.approx(20 / 5.5)
    text = sentences_of(client.get(f"{ADDRESS}&of=location&a={one.code}&b={two.code}"))
    assert "Riverside: 20 new patients on 1 day open; Northgate: 11 on 2 days open. 3.6 times as many a day" in text
    assert "Answered: 100.0% and 90.9%" in text


def test_a_period_stands_beside_the_one_before_or_any_other(manager: Any, client: Client, make: Make) -> None:
    answers(make, manager.places[0], "tv", 12)
    answers(make, manager.places[0], "tv", 3, day=date(2026, 4, 2))
    answers(make, manager.places[0], "radio", 5, day=date(2025, 5, 1))
    text = sentences_of(client.get(f"{ADDRESS}&of=period"))
    assert "May 2026: 12 new patients on 1 day open; April 2026: 3 on 1 day open." in text
    text = sentences_of(client.get(f"{ADDRESS}&of=period&b-from=2025-05-01&b-to=2025-05-31"))
    assert "May 2025: 5 on 1 day open." in text
    text = sentences_of(client.get(f"{ADDRESS}&of=period&b-from=2025-04-01&b-to=2025-05-31"))
    assert "These days can’t be compared Records began May 1, 2025." in text and "on 1 day open" not in text
    refused = client.get(f"{ADDRESS}&of=period&b-from=2025-02-30")
    assert refused.status_code == 422 and 'value="2025-02-30"' in refused.text


def test_two_physicians_two_sources_and_two_patients(manager: Any, client: Client, make: Make) -> None:
    sources, place = make.sources(), manager.places[0]
    busy, quiet = make.physician("Busy", "Bea"), make.physician("Quiet", "Quinn")
    friend, other = make.patient("Greta", "Lindholm"), make.patient("Hugo", "Lindholm")
    for physician, count in ((busy, 12), (quiet, 3)):
        for _ in range(count):
            make.answer(make.visit(place, day=DAY), NewMention(sources["doctor"].id, physician_id=physician.id))
    for patient in (friend, other):
        make.answer(
            make.visit(place, day=DAY), NewMention(sources["friend_family"].id, referring_patient_id=patient.id)
        )
    text = text_of(client.get(f"{ADDRESS}&of=physician&a={busy.id}&b={quiet.id}"))
    assert "Bea Busy, MD: 12; Quinn Quiet, MD: 3. 4.0 times as many." in text
    assert "4.00 times: 95% interval" in text
    assert "Doctor: 15; Friend or family: 2." in text_of(client.get(f"{ADDRESS}&of=source"))
    assert "Greta Lindholm: 1; Hugo Lindholm: 1. Too few to compare." in text_of(
        client.get(f"{ADDRESS}&of=patient&a={friend.id}&b={other.id}")
    )


@pytest.mark.parametrize("of", [*BY_KEY, "period", "nonsense"])
def test_everything_that_can_be_compared_opens_empty_and_filled(
    manager: Any, client: Client, make: Make, of: str
) -> None:
    expected = 404 if of in ("staff", "month", "week", "day", "nonsense") else 200
    assert client.get(f"{ADDRESS}&of={of}").status_code == expected
    answers(make, manager.places[0], "tv", 1)
    answers(make, manager.places[1], "radio", 1)
    for view in View:
        assert client.get(f"{ADDRESS}&of={of}&view={view}").status_code == expected


def test_what_belongs_to_others_is_not_there(manager: Any, client: Client, make: Make) -> None:
    elsewhere, stranger = make.location("Elsewhere"), make.patient("Hidden", "Person")
    kin = NewMention(make.sources()["friend_family"].id, referring_patient_id=stranger.id)
    make.answer(make.visit(elsewhere, day=DAY), kin)
    known = make.patient()
    for _ in range(2):
        kin = NewMention(make.sources()["friend_family"].id, referring_patient_id=known.id)
        make.answer(make.visit(manager.places[0], day=DAY), kin)
    one = manager.places[0].code
    for query in (
        f"of=location&a={one}&b={elsewhere.code}",
        f"of=location&a={one}&b=NOWHERE",
        f"of=patient&a={known.id}&b={stranger.id}",
        f"of=patient&a={known.id}&b=987654321",
        "of=physician&a=987654321&b=987654322",
        "of=source&a=nonsense&b=tv",
    ):
        found = client.get(f"{ADDRESS}&{query}")
        assert found.status_code == 404, query
        assert "Hidden" not in found.text


def test_a_liaison_compares_no_patients(client: Client, make: Make, sign_in: Any, session: Session) -> None:
    sign_in(client, make.staff("liaison", locations=[make.location()]))
    assert client.get(f"{ADDRESS}&of=patient").status_code == 403
    assert "Referring patient" not in client.get(f"{ADDRESS}&of=source").text
