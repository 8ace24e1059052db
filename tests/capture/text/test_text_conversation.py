"""A texted survey from the first text to the thanks."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from intake import clock
from intake.capture.answer_form.readable_answers import answers_of_visit
from intake.capture.text.conversation import reply as conversation
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.planner import NotTextable, close_finished, plan_surveys, start_survey
from intake.config import Settings
from intake.db import db
from intake.directory.models import Visit
from intake.sms.consent.consent import is_stopped, record_consent
from intake.sms.models import InboundText, OutboxText, TextPlan, TextPurpose, TextState, TextSurvey
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Answer, Ask, Channel, Outcome
from intake.survey.recording.record_answer import NewAsk, NewMention, Submission, record_answer, withdraw_answer
from tests.linked import links_of
from tests.making import Make

pytestmark = pytest.mark.both

_sids = itertools.count(1)
PHONE = "+15185550111"


@pytest.fixture
def visit(settings: Settings, make: Make) -> Visit:
    return textable(make)


def textable(make: Make, phone: str = PHONE, **values: Any) -> Visit:
    visit: Visit = make.visit(patient=make.patient(mobile_e164=phone), **values)
    record_consent(phone_e164=phone, patient_id=visit.patient_id, source="desk", wording_version="1")
    return visit


def asked(visit: Visit) -> list[str]:
    """Text the survey; the options as this person is shown them."""
    survey = start_survey(visit, plan=None)
    text = db.session.scalars(select(OutboxText).where(OutboxText.visit_id == visit.id)).one()
    text.state, text.sent_at = TextState.SENT, clock.now()
    return list(db.session.get_one(Ask, survey.ask_id).options)


def reply(settings: Settings, body: str, phone: str = PHONE) -> str | None:
    """A person texts; returns what we text back, if anything."""
    sid = f"SM{next(_sids):032x}"
    receive(ArrivedText(sid, phone, "+15185550100", body, 0, clock.now(), "webhook"))
    db.session.commit()
    read_replies(settings)
    return db.session.scalar(select(OutboxText.body).where(OutboxText.once_key == f"reply:{sid}"))


def answered(visit: Visit) -> list[tuple[str | None, str]]:
    """(source code, words) of the current answer's mentions."""
    from intake.directory.models import ReferralSource

    answer = current_answers([visit.id])[visit.id]
    codes = {source.id: source.code for source in db.session.scalars(select(ReferralSource))}
    return [(codes.get(mention.source_id or 0), mention.detail) for mention in answer.mentions]


def number_of(options: list[str], code: str) -> str:
    return str(options.index(code) + 1)


def test_the_text_says_who_asks_and_how_to_stop_and_names_nobody(visit: Visit) -> None:
    asked(visit)
    body = db.session.scalars(select(OutboxText.body)).one()

    assert body.startswith("Riverside Vein Clinic: How did you hear about us?")
    assert body.rstrip().endswith("Reply STOP to end.")
    assert visit.patient.first_name not in body
    assert visit.patient.last_name not in body


def test_a_number_is_read_against_the_order_this_person_was_shown(settings: Settings, visit: Visit) -> None:
    options = asked(visit)

    thanks = reply(settings, number_of(options, "event"))

    assert answered(visit) == [("event", "")]
    assert thanks is not None
    assert thanks.startswith("Thank you")


@pytest.mark.parametrize("form", ["{0} and {1}", "{0}, {1}", "{0} y {1}", "#{0} & #{1}", "{0}\n{1}"])
def test_several_numbers_are_several_sources_in_that_order(settings: Settings, visit: Visit, form: str) -> None:
    options = asked(visit)
    first, second = number_of(options, "website"), number_of(options, "insurance")

    reply(settings, form.format(first, second))

    assert [code for code, _ in answered(visit)] == ["website", "insurance"]


@pytest.mark.parametrize(
    ("words", "code"), [("googel", "online_search"), ("Facebook!!", "facebook"), ("vi el letrero", "drove_by")]
)
def test_words_are_read_too(settings: Settings, visit: Visit, words: str, code: str) -> None:
    asked(visit)
    reply(settings, words)

    assert [code for code, _ in answered(visit)] == [code]


def test_a_friend_is_asked_for_and_kept_as_said(settings: Settings, visit: Visit) -> None:
    options = asked(visit)

    follow_up = reply(settings, number_of(options, "friend_family"))
    assert follow_up is not None
    assert "Who told you about us?" in follow_up
    thanks = reply(settings, "Linda M, my neighbor")

    assert thanks is not None
    assert thanks.startswith("Thank you for telling us")
    mention = current_answers([visit.id])[visit.id].mentions[0]
    assert links_of([mention.id])[mention.id].referrer_name == "Linda M, my neighbor"


def test_a_suggested_doctor_is_linked_only_once_confirmed(settings: Settings, visit: Visit, make: Make) -> None:
    physician = make.physician("Quintanilla", "Rosa", city="ALBANY")
    options = asked(visit)
    reply(settings, number_of(options, "doctor"))

    offered = reply(settings, "dr rosa quintanila")
    assert offered is not None
    assert "Quintanilla" in offered
    mention = current_answers([visit.id])[visit.id].mentions[0]
    assert links_of([mention.id]) == {}

    reply(settings, "1")
    mention = current_answers([visit.id])[visit.id].mentions[0]
    assert links_of([mention.id])[mention.id].physician_id == physician.id


@pytest.mark.parametrize("skip", ["0", "skip", "no sé", "I don't know"])
def test_a_name_may_be_skipped(settings: Settings, visit: Visit, skip: str) -> None:
    reply(settings, number_of(asked(visit), "friend_family"))
    reply(settings, skip)

    assert answered(visit) == [("friend_family", "")]
    assert db.session.scalars(select(TextSurvey)).one().closed_because == "answered"


def test_what_nobody_can_read_is_asked_again_once_and_then_left_to_a_person(settings: Settings, visit: Visit) -> None:
    asked(visit)

    again = reply(settings, "xqzt blorf")
    assert again is not None
    assert "couldn't read" in again
    assert current_answers([visit.id]) == {}
    thanks = reply(settings, "99")

    assert thanks is not None
    assert thanks.startswith("Thank you")
    assert answered(visit) == [(None, "xqzt blorf")]
    assert reply(settings, "hello") is None


@pytest.mark.parametrize(("words", "outcome"), [("no me acuerdo", "dont_remember"), ("rather not say", "declined")])
def test_not_remembering_and_declining_are_answers(settings: Settings, visit: Visit, words: str, outcome: str) -> None:
    asked(visit)
    reply(settings, words)

    assert current_answers([visit.id])[visit.id].outcome == Outcome(outcome)


def test_a_reply_after_days_still_lands_on_its_survey(
    settings: Settings, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = asked(visit)
    later = clock.now() + timedelta(days=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    close_finished()

    reply(settings, number_of(options, "radio") if "radio" in options else "radio")

    assert [code for code, _ in answered(visit)] == ["radio"]


def test_a_late_reply_is_history_when_another_door_was_faster(settings: Settings, visit: Visit, make: Make) -> None:
    options = asked(visit)
    website = make.sources()["website"]
    desk = NewAsk(Channel.DESK, "en", clock.now(), visit_id=visit.id)
    record_answer(Submission("desk-1", desk, Outcome.ANSWERED, clock.now(), (NewMention(website.id),)))

    assert reply(settings, number_of(options, "insurance")) is None

    assert [code for code, _ in answered(visit)] == ["website"]
    assert [answer.turn for answer in answers_of_visit(visit.id, language="en")] == [None, 1]


def test_a_parents_two_children_are_asked_one_after_the_other(settings: Settings, make: Make) -> None:
    first = textable(make)
    second: Visit = make.visit(location=first.location, patient=make.patient(mobile_e164=PHONE))
    record_consent(phone_e164=PHONE, patient_id=second.patient_id, source="desk", wording_version="1")
    options = asked(first)
    with pytest.raises(NotTextable):
        start_survey(second, plan=None)

    reply(settings, number_of(options, "event"))
    options = asked(second)
    reply(settings, number_of(options, "insurance"))

    assert [code for code, _ in answered(first)] == ["event"]
    assert [code for code, _ in answered(second)] == ["insurance"]


@pytest.mark.parametrize("words", ["STOP", "please stop texting me", "ALTO", "no más", "停止"])
def test_stop_ends_everything_at_once(settings: Settings, visit: Visit, words: str) -> None:
    asked(visit)

    reply(settings, words)

    assert is_stopped(PHONE)
    assert current_answers([visit.id]) == {}
    waiting = db.session.scalars(select(OutboxText).where(OutboxText.state == TextState.QUEUED)).all()
    assert {text.purpose for text in waiting} <= {TextPurpose.STOP_CONFIRMATION}
    assert len(waiting) == (0 if words == "STOP" else 1)
    assert reply(settings, "1") is None


def test_help_answers_with_the_practices_phone(settings: Settings, visit: Visit, make: Make) -> None:
    make.practice(phone_e164="+15185550199")
    asked(visit)

    helped = reply(settings, "HELP")

    assert helped is not None
    assert "(518) 555-0199" in helped
    assert db.session.scalars(select(TextSurvey)).one().closed_at is None


def test_an_unknown_number_is_kept_and_answered_by_nothing(settings: Settings, visit: Visit) -> None:
    asked(visit)

    assert reply(settings, "google", phone="+15185550177") is None

    stranger = db.session.scalars(select(InboundText).where(InboundText.from_e164 == "+15185550177")).one()
    assert (stranger.outcome, stranger.body) == ("unknown_sender", "google")
    assert db.session.scalars(select(Answer)).all() == []


def test_only_those_who_agreed_arrived_and_have_no_answer_are_planned(settings: Settings, make: Make) -> None:
    due = textable(make, arrived_at=clock.now() - timedelta(minutes=90))
    db.session.add(TextPlan(location_id=due.location_id, enabled=True, minutes_after=60, daily_cap=50))
    at = {"location": due.location, "arrived_at": clock.now() - timedelta(minutes=90)}
    textable(make, phone="+15185550121", **{**at, "arrived_at": clock.now()})
    textable(make, phone="+15185550122", visit_type="established", **at)
    textable(make, phone="+15185550123", status="cancelled", **at)
    make.visit(patient=make.patient(mobile_e164="+15185550124"), **at)
    elsewhere = textable(make, phone="+15185550125", arrived_at=at["arrived_at"])
    assert elsewhere.location_id != due.location_id

    assert plan_surveys(settings) == 1
    assert plan_surveys(settings) == 0

    assert db.session.scalars(select(TextSurvey.visit_id)).all() == [due.id]


def test_a_new_patient_is_texted_once_whichever_visit_it_was(settings: Settings, make: Make) -> None:
    came = {"arrived_at": clock.now() - timedelta(minutes=90)}
    first = textable(make, **came)
    db.session.add(TextPlan(location_id=first.location_id, enabled=True, minutes_after=60, daily_cap=50))
    assert plan_surveys(settings) == 1
    # Nobody replied; a second appointment is typed new by mistake.
    second = make.visit(first.location, first.patient, **came)
    close_finished()
    assert plan_surveys(settings) == 0
    with pytest.raises(NotTextable, match="about another visit"):
        start_survey(second, plan=None)
    # Answered at the desk at one visit, the other one's text is over, and nobody texts a visit of somebody known.
    make.answer(second, make.source())
    close_finished()
    assert db.session.scalars(select(TextSurvey)).one().closed_because == "answered_elsewhere"
    known = textable(make, phone="+15185550126", location=first.location, **came)
    before = clock.clinic_today(known.location.time_zone) - timedelta(days=400)
    make.visit(known.location, known.patient, day=before, visit_type="established")
    assert plan_surveys(settings) == 0


def test_one_reminder_in_the_same_order_only_where_it_is_wanted(
    settings: Settings, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = TextPlan(location_id=visit.location_id, enabled=True, minutes_after=0, daily_cap=50, reminder_hours=24)
    db.session.add(plan)
    options = asked(visit)
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert plan_surveys(settings) == 1
    assert plan_surveys(settings) == 0

    body = db.session.scalars(select(OutboxText.body).where(OutboxText.purpose == TextPurpose.REMINDER)).one()
    assert [line.split(" ", 1)[0] for line in body.splitlines()[1:-1]] == [str(n + 1) for n in range(len(options))]


def test_a_reply_that_the_database_refuses_waits_for_a_person_and_keeps_no_other_waiting(
    settings: Settings, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = asked(visit)
    usual = conversation._converse

    def converse(inbound: InboundText) -> str:
        if inbound.body == "poison":
            db.session.execute(text("INSERT INTO text_stop (phone_e164) VALUES (NULL)"))
        return usual(inbound)

    monkeypatch.setattr(conversation, "_converse", converse)
    reply(settings, "poison", phone="+15185550177")
    reply(settings, number_of(options, "insurance"))

    outcomes = db.session.scalars(select(InboundText.outcome).order_by(InboundText.id)).all()
    assert outcomes == ["failed", "answer"]
    assert answered(visit) == [("insurance", "")]


def test_while_the_database_is_away_a_reply_stays_unread(
    settings: Settings, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(visit)

    def converse(_inbound: InboundText) -> str:
        raise OperationalError("SELECT 1", {}, Exception("the server closed"), connection_invalidated=True)

    with monkeypatch.context() as away:
        away.setattr(conversation, "_converse", converse)
        with pytest.raises(OperationalError):
            reply(settings, "google")
    db.session.rollback()
    read_replies(settings)

    assert answered(visit)[0][0] == "online_search"


def test_whoever_took_their_answer_back_is_asked_again(settings: Settings, visit: Visit, make: Make) -> None:
    db.session.add(TextPlan(location_id=visit.location_id, enabled=True, minutes_after=0, daily_cap=10))
    visit.arrived_at = clock.now() - timedelta(minutes=5)
    make.answer(visit, make.source())
    db.session.commit()
    assert plan_surveys(settings) == 0

    withdraw_answer(visit_id=visit.id, submission_id="s1", staff_id=make.staff("manager").id)
    db.session.commit()

    assert plan_surveys(settings) == 1
    close_finished()
    assert db.session.scalars(select(TextSurvey)).one().closed_at is None
