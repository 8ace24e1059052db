"""Giving a visit to a tablet."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from intake import clock
from intake.capture.models import Handover
from intake.capture.patient_flow.handover import (
    WAITING,
    AlreadyAnswered,
    WrongTablet,
    hand_over,
    language_of,
    tablets,
    take_back,
    visits_on_tablets,
)
from intake.survey.models import Ask, CoverageEntry, Outcome
from intake.survey.recording.record_answer import Submission, record_answer

pytestmark = pytest.mark.both


@pytest.fixture
def clinic(session, make):
    make.sources()
    return make.location("Northgate")


def test_handing_over_puts_the_question_with_its_options_in_the_order_drawn(session, make, clinic):
    visit, device = make.visit(clinic), make.device(clinic)
    staff = make.staff(locations=[clinic])

    handover = hand_over(visit, device, staff)

    ask = session.get(Ask, handover.ask_id)
    assert ask.channel == "kiosk"
    assert (ask.staff_id, ask.device_id, ask.visit_id) == (staff.id, device.id, visit.id)
    assert ask.options[-1] == "other"
    assert len(ask.options) == len(set(ask.options)) == 14
    assert "facebook" not in ask.options
    asked = select(func.sum(CoverageEntry.asked))
    assert session.scalar(asked) == 1


def test_the_order_is_drawn_anew_for_each_patient(session, make, clinic):
    device = make.device(clinic)
    orders = {tuple(session.get(Ask, hand_over(make.visit(clinic), device, None).ask_id).options) for _ in range(6)}
    assert len(orders) > 1


def test_a_tablet_holds_one_visit_and_a_visit_is_on_one_tablet(session, make, clinic):
    first, second = make.device(clinic, name="Blue"), make.device(clinic, name="Green")
    one, two = make.visit(clinic), make.visit(clinic)
    hand_over(one, first, None)
    hand_over(two, first, None)
    assert visits_on_tablets(clinic.id) == {two.id: "Blue"}
    hand_over(two, second, None)
    assert visits_on_tablets(clinic.id) == {two.id: "Green"}
    assert session.scalar(select(func.count(Handover.id)).where(Handover.ended_at.is_(None))) == 1


def test_a_tablet_of_another_location_or_out_of_use_is_refused(make, clinic):
    visit = make.visit(clinic)
    for device in (
        make.device(make.location("Southgate")),
        make.device(clinic, revoked_at=clock.now()),
        make.device(clinic, paired=False),
    ):
        with pytest.raises(WrongTablet):
            hand_over(visit, device, None)
    assert visits_on_tablets(clinic.id) == {}


def test_an_answered_visit_is_not_asked_again(session, make, clinic):
    visit, device = make.visit(clinic), make.device(clinic)
    ask = hand_over(visit, device, None).ask_id
    record_answer(Submission("5b1d3c6e-0000-4000-8000-000000000001", ask, Outcome.DECLINED, clock.now()))
    with pytest.raises(AlreadyAnswered):
        hand_over(visit, device, None)


def test_a_tablet_nobody_takes_up_stops_waiting(make, clinic):
    visit = make.visit(clinic)
    hand_over(visit, make.device(clinic), None)
    assert visit.id in visits_on_tablets(clinic.id)
    with time_machine.travel(clock.now() + WAITING + timedelta(seconds=1)):
        assert visits_on_tablets(clinic.id) == {}


def test_taking_back_frees_the_tablet(make, clinic):
    visit = make.visit(clinic)
    hand_over(visit, make.device(clinic), None)
    assert take_back(visit) is True
    assert visits_on_tablets(clinic.id) == {}
    assert take_back(visit) is False


def test_only_tablets_in_use_at_the_location_are_offered(make, clinic):
    kept = make.device(clinic, name="Blue")
    make.device(clinic, paired=False)
    make.device(clinic, revoked_at=clock.now())
    make.device()
    assert [device.id for device in tablets(clinic.id)] == [kept.id]


def test_the_question_starts_in_the_patients_language_when_the_practice_offers_it(make, clinic):
    assert language_of(make.visit(clinic, make.patient(language="es"))) == "es"
    assert language_of(make.visit(clinic, make.patient(language="es"), language="en")) == "en"
    assert language_of(make.visit(clinic, make.patient(language="fr"))) == "en"
    make.practice(languages=["es"])
    assert language_of(make.visit(clinic)) == "es"
