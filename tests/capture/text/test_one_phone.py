"""Several new patients with one phone: each is asked, each text says about whom, no answer is another's."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.planner import LATEST, plan_surveys
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.directory.models import Location, ReferralSource, Visit
from intake.sms.consent.consent import record_consent
from intake.sms.models import InboundText, OutboxText, TextPlan, TextPurpose, TextState, TextSurvey
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Ask
from tests.databases import settings_for
from tests.making import Make

PHONE = "+15185550123"
# Nine in the morning in New York.
NINE = datetime.fromisoformat("2026-05-12T13:00:00+00:00")
pytestmark = pytest.mark.on("sqlite")


class Family:
    """Children with their parent's phone, who all arrived at nine; texted two hours later."""

    def __init__(self, settings: Settings, make: Make, place: Location, *names: tuple[str, str]) -> None:
        self.settings = settings
        self.visits: dict[str, Visit] = {}
        for first, last in names:
            visit = make.visit(place, make.patient(first, last, mobile_e164=PHONE))
            record_consent(phone_e164=PHONE, patient_id=visit.patient_id, source="desk", wording_version="1")
            self.visits[first] = visit
        self.texts = 0
        db.session.commit()

    def planned(self) -> list[str]:
        """The survey texts so far; those that wait have left by then."""
        plan_surveys(self.settings)
        asked = db.session.scalars(
            select(OutboxText).where(OutboxText.purpose == TextPurpose.SURVEY).order_by(OutboxText.id)
        ).all()
        for text in asked:
            text.state, text.sent_at = TextState.DELIVERED, text.sent_at or clock.now()
        db.session.commit()
        return [text.body for text in asked]

    def says(self, body: str) -> str | None:
        self.texts += 1
        sid = f"SM{self.texts:032x}"
        receive(ArrivedText(sid, PHONE, "+15185550100", body, 0, clock.now(), "webhook"))
        db.session.commit()
        read_replies(self.settings)
        return db.session.scalar(select(InboundText.outcome).where(InboundText.message_sid == sid))

    def number_of(self, first: str, code: str) -> str:
        survey = db.session.scalars(select(TextSurvey).where(TextSurvey.visit_id == self.visits[first].id)).one()
        return str(list(db.session.get_one(Ask, survey.ask_id).options).index(code) + 1)

    def answers(self) -> dict[str, str]:
        codes = {source.id: source.code for source in db.session.scalars(select(ReferralSource))}
        given = current_answers([visit.id for visit in self.visits.values()])
        return {
            first: codes[given[visit.id].mentions[0].source_id or 0]
            for first, visit in self.visits.items()
            if visit.id in given
        }


@pytest.fixture
def clock_hands() -> object:
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def settings(app: Flask) -> Settings:
    carrier = Carrier()
    return settings_for(
        app.config["SETTINGS"].database_url,
        twilio_account_sid=carrier.account_sid,
        twilio_auth_token=carrier.auth_token,
        twilio_sender=carrier.number,
    )


@pytest.fixture
def place(make: Make, clock_hands: time_machine.Traveller) -> Location:
    make.practice()
    make.sources()
    place = make.location()
    db.session.add(TextPlan(location_id=place.id, enabled=True, minutes_after=120, daily_cap=200))
    return place


@pytest.fixture
def siblings(settings: Settings, make: Make, place: Location, clock_hands: time_machine.Traveller) -> Family:
    family = Family(settings, make, place, ("Mara", "Ferrante"), ("Nils", "Ferrante"))
    clock_hands.shift(timedelta(hours=2))
    return family


def test_each_text_says_whose_visit_by_initials_and_day(siblings: Family) -> None:
    [first] = siblings.planned()
    assert "M. F., visit of May 12" in first
    siblings.says(siblings.number_of("Mara", "insurance"))

    second = siblings.planned()[-1]

    assert "N. F., visit of May 12" in second
    siblings.says(siblings.number_of("Nils", "online_search"))
    assert siblings.answers() == {"Mara": "insurance", "Nils": "online_search"}


def test_twins_with_the_same_initials_are_told_apart_by_name(settings: Settings, make: Make, place: Location) -> None:
    twins = Family(settings, make, place, ("Ana", "Ruiz"), ("Amy", "Ruiz"))
    clock.now()
    with time_machine.travel(NINE + timedelta(hours=2), tick=False):
        assert "Ana R., visit of May 12" in twins.planned()[0]


def test_somebody_alone_on_a_phone_is_asked_without_initials(settings: Settings, make: Make, place: Location) -> None:
    family = Family(settings, make, place, ("Mara", "Ferrante"))
    with time_machine.travel(NINE + timedelta(hours=2), tick=False):
        assert "M. F." not in family.planned()[0]


def test_a_second_thought_about_the_first_child_waits_for_a_person(siblings: Family) -> None:
    siblings.planned()
    siblings.says(siblings.number_of("Mara", "insurance"))
    siblings.planned()
    siblings.says(siblings.number_of("Nils", "online_search"))

    assert siblings.says("sorry 1 for the first one") == "unclear_correction"
    assert siblings.answers() == {"Mara": "insurance", "Nils": "online_search"}


def test_a_late_reply_never_counts_for_the_sibling_whose_question_is_open(
    siblings: Family, clock_hands: time_machine.Traveller
) -> None:
    siblings.planned()
    clock_hands.shift(timedelta(hours=48, minutes=1))
    assert len(siblings.planned()) == 2
    clock_hands.shift(timedelta(minutes=59))

    assert siblings.says("2") == "which_visit"
    assert siblings.says("my sister told me") == "which_visit"
    assert siblings.answers() == {}

    assert siblings.says(f"for Mara {siblings.number_of('Mara', 'insurance')}") == "answer"
    assert siblings.says(f"N.F.: {siblings.number_of('Nils', 'online_search')}") == "answer"
    assert siblings.answers() == {"Mara": "insurance", "Nils": "online_search"}


def test_stop_and_emergencies_need_no_name(siblings: Family, clock_hands: time_machine.Traveller) -> None:
    siblings.planned()
    clock_hands.shift(timedelta(hours=49))
    siblings.planned()

    assert siblings.says("he can't breathe") == "emergency"
    assert siblings.says("what time do you open?") == "errand"
    assert siblings.says("STOP") == "stop"


def test_three_siblings_who_never_reply_are_all_asked_within_their_days(
    settings: Settings, make: Make, place: Location, clock_hands: time_machine.Traveller
) -> None:
    family = Family(settings, make, place, ("Mara", "F"), ("Nils", "F"), ("Olga", "F"))
    hours = 0
    while timedelta(hours=hours) < LATEST:
        clock_hands.shift(timedelta(hours=1))
        hours += 1
        asked = family.planned()

    assert len(asked) == 3
    assert [survey.closed_because for survey in db.session.scalars(select(TextSurvey).order_by(TextSurvey.id))] == [
        "expired",
        "expired",
        None,
    ]


def test_a_reminder_says_whose_visit_it_is_about_too(
    siblings: Family, place: Location, clock_hands: time_machine.Traveller
) -> None:
    db.session.get_one(TextPlan, place.id).reminder_hours = 2
    siblings.planned()
    clock_hands.shift(timedelta(hours=3))
    plan_surveys(siblings.settings)

    reminder = db.session.scalars(select(OutboxText).where(OutboxText.purpose == TextPurpose.REMINDER)).one()
    assert "M. F., visit of May 12" in reminder.body


def test_nobody_who_could_still_reply_makes_room_for_nobody(
    settings: Settings, make: Make, place: Location, clock_hands: time_machine.Traveller
) -> None:
    family = Family(settings, make, place, ("Mara", "Ferrante"))
    clock_hands.shift(timedelta(hours=2))
    family.planned()
    clock_hands.shift(timedelta(hours=47))
    family.planned()

    assert db.session.scalars(select(TextSurvey)).one().closed_at is None
