"""The tablet: from the hand-over to thanks, without a script."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from intake import clock
from intake.capture.models import Handover, ThanksWish
from intake.capture.patient_flow.handover import QUIET, take_back
from intake.db import db
from intake.survey.models import Ask, Channel, Outcome, PatientReferral, PhysicianReferral
from intake.survey.recording.record_answer import NewAsk, Submission, record_answer
from tests.capture.walking import Page, answers_of, begin, look, send, standing


def test_a_waiting_tablet_shows_no_name_and_no_question(client, clinic):
    clinic.visit()
    page = look(client)
    assert page.status == 200
    assert page.tiles == []
    assert client.get("/kiosk/waiting").json["waiting"] is False


def test_a_visit_handed_over_is_announced_without_a_name(make, client, clinic):
    visit = clinic.visit(make.patient("Persephone", "Quackenbush"))
    clinic.hand_over(visit)
    assert client.get("/kiosk/waiting").json["waiting"] is True
    page = look(client)
    assert page.action == "/kiosk/begin"
    page = send(client, page)
    assert page.step == "sources"
    for words in ("Persephone", "Quackenbush", visit.patient.mrn):
        assert words not in page.text


def test_a_tablet_handed_over_says_whose_it_is_by_initials_and_in_which_language(make, client, clinic):
    make.practice(languages=["en", "es", "vi", "ar", "fa"])
    clinic.hand_over(clinic.visit(make.patient("Persephone", "Quackenbush")))
    page = look(client)
    assert "P. Q." in page.text and "Are these your initials?" in page.text
    assert "Quackenbush" not in page.text
    assert page.text.count('value="language:vi"') == 2
    # Who was given somebody else's gives it up, and nothing is answered for the other.
    welcome = Page(client.post("/kiosk/quiet", data=page.sent(), follow_redirects=True))
    assert "P. Q." not in welcome.text and "Welcome" in welcome.text
    assert ">No<" in page.text


def test_the_options_are_shown_in_the_order_kept_with_the_ask(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    ask = session.scalars(select(Ask)).one()
    assert page.tiles == ask.options
    assert page.tiles[-1] == "other"
    assert look(client).tiles == page.tiles


def test_one_tap_and_continue_records_the_answer_with_its_ask(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    page = send(client, page, source="online_search")
    assert "Thank you" in page.text
    answer, [mention] = standing(session, visit)
    assert (answer.outcome, answer.device_id, answer.turn) == ("answered", clinic.device.id, 1)
    assert mention.source_id == clinic.sources["online_search"].id
    assert answer.ask.channel == "kiosk"
    assert look(client).step == ""


@pytest.mark.parametrize("outcome", ["dont_remember", "declined"])
def test_not_remembering_and_not_saying_are_answers_too(session, client, clinic, outcome):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    assert "Thank you" in send(client, page, do=outcome).text
    answer, mentions = standing(session, visit)
    assert (answer.outcome, mentions) == (outcome, [])


def test_choosing_nothing_is_refused_kindly(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    page = send(client, page)
    assert page.status == 422
    assert "Choose one that fits" in page.text
    assert answers_of(session, visit) == []


def test_the_answer_is_kept_from_the_first_page_on_and_grows_with_each(session, make, client, clinic):
    gonzalez = make.physician("Gonzalez", "Rosa", city="ALBANY")
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    page = send(
        client, page, source=["doctor", "friend_family", "social_media"], tapped="doctor,social_media,friend_family"
    )
    assert [each.turn for each in answers_of(session, visit)] == [1]

    assert (page.step, "Question 2" in page.text) == ("below", True)
    page = send(client, page, source=["facebook", "nextdoor"])
    assert page.step == "physician"
    page = send(client, page, text="dr gonzales", do="search")
    assert str(gonzalez.id) in page.buttons["physician"]
    assert page.values["text"] == "dr gonzales"
    page = send(client, page, text="dr gonzales", physician=str(gonzalez.id))
    assert page.step == "person"
    page = send(client, page, text="My neighbour Linda")
    assert page.step == "main"
    page = send(client, page, main=page.buttons["main"][-1])
    assert page.step == "thanks"
    assert send(client, page, wish="").status == 422
    page = send(client, page, wish="yes")
    assert "Thank you" in page.text
    wish = session.scalars(select(ThanksWish)).one()
    assert (wish.visit_id, wish.wish, wish.device_id) == (visit.id, "yes", clinic.device.id)
    # The page about thanks records no further answer.
    assert [each.turn for each in answers_of(session, visit)][-1] == 5

    answer, mentions = standing(session, visit)
    by_id = {source.id: code for code, source in clinic.sources.items()}
    named = [(by_id[mention.source_id], mention.detail) for mention in mentions]
    assert named[0] == ("friend_family", "My neighbour Linda")
    assert sorted(named[1:]) == [("doctor", "dr gonzales"), ("facebook", ""), ("nextdoor", "")]
    assert set(answer.verbatim.split("\n")) == {"dr gonzales", "My neighbour Linda"}
    link = session.scalars(select(PhysicianReferral).where(PhysicianReferral.ended_at.is_(None))).one()
    assert (link.physician_id, link.evidence) == (gonzalez.id, "patient_stated")
    person = session.scalars(select(PatientReferral).where(PatientReferral.ended_at.is_(None))).one()
    assert (person.referrer_name, person.referring_patient_id) == ("My neighbour Linda", None)


def test_whoever_walks_away_after_the_first_page_has_answered(session, client, clinic):
    visit = clinic.visit()
    send(client, begin(client, clinic, visit), source="doctor")
    _, [mention] = standing(session, visit)
    assert mention.source_id == clinic.sources["doctor"].id
    with time_machine.travel(clock.now() + QUIET + timedelta(seconds=1), tick=False):
        page = look(client)
    assert page.step == ""
    assert page.tiles == []


def test_a_doctor_who_is_not_in_the_list_is_kept_in_the_patients_words(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="doctor")
    page = send(client, page, text="Zyxgibbon", do="search")
    assert "Nobody found" in page.text
    send(client, page, text="Zyxgibbon", do="keep")
    _, [mention] = standing(session, visit)
    assert (mention.detail, mention.source_id) == ("Zyxgibbon", clinic.sources["doctor"].id)
    assert session.scalars(select(PhysicianReferral)).all() == []


def test_a_physician_out_of_use_cannot_be_picked(session, make, client, clinic):
    gone = make.physician("Gonzalez", active=False)
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="doctor")
    assert send(client, page, text="", physician=str(gone.id)).status == 422
    send(client, page, text="gonzalez", physician="999999999999")
    assert session.scalars(select(PhysicianReferral)).all() == []
    assert standing(session, visit)[1][0].detail == "gonzalez"


def test_not_knowing_the_name_ends_the_question_about_it(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="doctor")
    assert "Thank you" in send(client, page, do="skip").text
    assert len(answers_of(session, visit)) == 1


def test_a_second_tap_and_a_repeat_after_an_outage_count_once(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    for _ in range(3):
        response = client.post("/kiosk/answer", data=page.sent(source="website"))
        assert response.status_code == 303
    assert len(answers_of(session, visit)) == 1


OVER = {
    "quiet": lambda client, clinic, page: client.post("/kiosk/quiet", data=page.sent()),
    "handed on": lambda client, clinic, page: clinic.hand_over(clinic.visit()),
    "taken back": lambda client, clinic, page: take_back(clinic.now_on_tablet),
    "nobody there": lambda client, clinic, page: _expire(clinic.now_on_tablet),
}


def _expire(visit):
    handover = db.session.scalars(select(Handover).where(Handover.visit_id == visit.id)).one()
    handover.active_until = clock.now() - timedelta(seconds=1)
    db.session.flush()


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("how", [*OVER, "finished"])
def test_what_is_over_shows_nothing_and_takes_nothing(session, client, clinic, how):
    """With the tablet's credential and everything that its page held."""
    clinic.now_on_tablet = visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["friend_family", "website"])
    page = send(client, page, text="Linda Canary")
    if how == "finished":
        send(client, send(client, page, do="skip"), wish="nameless")
    else:
        OVER[how](client, clinic, page)
    session.flush()
    before = [(each.id, each.turn) for each in answers_of(session, visit)]

    tried = [{"do": do} for do in ("", "back", "search", "keep", "skip", "declined")] + [{"display": "size:2"}]
    for pressed in tried:
        for step in ("sources", page.hidden["step"], "person"):
            sent = page.sent(step=step, source="event", text="overwritten", submission_id=str(uuid4())) | pressed
            response = client.post("/kiosk/answer", data=sent, headers={"X-Script": "1"})
            assert (response.status_code, response.headers["X-Onward"]) == (200, "/kiosk")
            assert response.headers["X-Over"] == "1"
            assert "Linda" not in response.text
    for address in ("begin", "start-over", "still-here", "own-phone", "physicians"):
        response = client.post(f"/kiosk/{address}", data=page.sent(text="Linda"))
        assert response.status_code in (204, 303)
        assert "Linda" not in look(client).text
    assert [(each.id, each.turn) for each in answers_of(session, visit)] == before


def test_a_second_tap_on_a_page_of_somebody_whose_turn_is_over_is_thanked_for(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    send(client, page, source="friend_family")
    clinic.hand_over(clinic.visit())
    assert client.post("/kiosk/answer", data=page.sent(source="friend_family")).location == "/kiosk/thanks"
    assert client.post("/kiosk/answer", data=page.sent(display="size:2")).location == "/kiosk/thanks"
    assert [each.turn for each in answers_of(session, visit)] == [1]
    assert look(client).action == "/kiosk/begin"


def test_nothing_on_the_tablet_tells_the_number_of_a_visit(session, client, clinic):
    page = begin(client, clinic, clinic.visit())
    handover = session.scalars(select(Handover)).one()
    assert page.hidden["handover"] == handover.token
    assert len(handover.token) >= 22
    sent = page.sent(source="website", handover=str(handover.id))
    assert client.post("/kiosk/answer", data=sent).location == "/kiosk"
    assert answers_of(session, handover.visit) == []
    client.post("/kiosk/answer", data=page.sent(display="size:2"))
    assert handover.token not in client.get_cookie("intake-display").value


def test_a_page_of_another_tablet_changes_nothing(session, make, client, clinic, pair):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    other = client.application.test_client()
    pair(other, make.device(clinic.location))
    assert other.post("/kiosk/answer", data=page.sent(source="website")).location == "/kiosk"
    assert answers_of(session, visit) == []


def test_a_visit_answered_at_another_door_meanwhile_ends_in_thanks(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    desk = NewAsk(channel=Channel.DESK, language="en", asked_at=clock.now(), visit_id=visit.id)
    record_answer(Submission("5b1d3c6e-0000-4000-8000-000000000009", desk, Outcome.DECLINED, clock.now()))
    assert "Thank you" in look(client).text
    assert "Thank you" in send(client, page, source="website").text
    answer, _ = standing(session, visit)
    assert answer.ask.channel == "desk"
    assert [each.turn for each in answers_of(session, visit)] == [1, None]


def test_starting_over_goes_back_to_the_beginning_of_the_same_visit(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="doctor")
    client.post("/kiosk/start-over", data=page.sent())
    page = look(client)
    assert page.action == "/kiosk/begin"
    page = send(client, page)
    assert (page.step, page.checked) == ("sources", [])
    send(client, page, source="website")
    assert standing(session, visit)[1][0].source_id == clinic.sources["website"].id


def test_going_back_keeps_what_was_chosen_and_written(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["friend_family", "website"])
    page = send(client, page, text="Linda")
    assert page.step == "main"
    page = send(client, page, do="back")
    assert (page.step, page.values["text"]) == ("person", "Linda")
    page = send(client, page, do="back")
    assert sorted(page.checked) == ["friend_family", "website"]
    page = send(client, page, source=["friend_family"])
    assert page.step == "person"
    send(client, page, text="Linda M")
    _, [mention] = standing(session, visit)
    assert mention.detail == "Linda M"
    assert session.scalars(select(PatientReferral).where(PatientReferral.ended_at.is_(None))).one()


def test_the_order_of_taps_decides_which_came_first(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    send(client, page, source=["website", "event", "insurance"], tapped="insurance,website,event,nonsense")
    _, mentions = standing(session, visit)
    codes = {source.id: code for code, source in clinic.sources.items()}
    assert [codes[mention.source_id] for mention in mentions] == ["insurance", "website", "event"]


def test_the_language_can_change_on_any_page_without_losing_what_was_chosen(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    page = send(client, page, source=["website", "event"], display="language:es")
    assert (page.language, sorted(page.checked)) == ("es", ["event", "website"])
    assert answers_of(session, visit) == []
    page = send(client, page, source="friend_family")
    page = send(client, page, text="Lin", display="language:en")
    assert (page.language, page.values["text"]) == ("en", "Lin")
    page = send(client, page, text="Linda")
    assert {each.ask.language for each in answers_of(session, visit)} == {"es"}
    asks = session.scalars(select(Ask).order_by(Ask.id)).all()
    assert [ask.language for ask in asks] == ["en", "es"]
    assert asks[0].options == asks[1].options


def test_only_the_practices_languages_are_offered_and_arabic_turns_the_page(make, client, clinic):
    clinic.hand_over(clinic.visit())
    page = look(client)
    assert "العربية" not in page.text
    client.post("/kiosk", data={"display": "language:ar"})
    assert look(client).language == "en"
    make.practice(languages=["en", "es", "ar"])
    client.post("/kiosk", data={"display": "language:ar"})
    page = look(client)
    assert (page.language, page.direction) == ("ar", "rtl")


def test_the_next_patient_inherits_neither_language_nor_size(client, clinic):
    page = begin(client, clinic, clinic.visit())
    page = send(client, page, display="language:es")
    page = send(client, page, display="size:3")
    send(client, page, source="website")
    clinic.hand_over(clinic.visit())
    page = look(client)
    assert page.language == "en"
    assert 'data-size="1"' in page.text
