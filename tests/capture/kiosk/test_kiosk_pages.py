"""The tablet's pages whatever is asked: who touches it, where one goes on, what is searched, what goes wrong."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from intake import clock
from intake.accounts.models import KioskDevice
from intake.capture.models import Handover, SurveyLink
from intake.directory.models import Physician
from intake.survey.models import PhysicianReferral
from tests.capture.walking import Page, answers_of, begin, look, send, standing


def test_a_tablet_that_nobody_touches_forgets_whose_it_was(session, client, clinic):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    client.post("/kiosk/quiet", data=page.sent())
    assert session.scalars(select(Handover)).one().ended_at is not None
    assert look(client).step == ""


def test_words_written_on_a_tablet_that_is_left_stay_with_the_answer(session, client, clinic):
    for source, written in (("friend_family", "my neighbor Joyce"), ("other", "la radio"), ("doctor", "Dr. Osei")):
        visit = clinic.visit()
        page = send(client, begin(client, clinic, visit), source=source)
        client.post("/kiosk/quiet", data=page.sent(text=written))
        assert standing(session, visit)[0].verbatim == written
        assert written not in client.get("/kiosk").text
    # Ticks that nobody confirmed are no answer, and a text that can't be kept ends the turn like any other.
    for entered in ({"source": "event"}, {"step": "words:0", "text": "x" * 2000}):
        visit = clinic.visit()
        page = begin(client, clinic, visit)
        client.post("/kiosk/quiet", data=page.sent(**entered))
        assert answers_of(session, visit) == [] and look(client).step == ""


def test_who_writes_of_danger_and_then_sits_still_is_looked_for(session, client, clinic):
    page = send(client, begin(client, clinic, clinic.visit()), source="other")
    client.post("/kiosk/quiet", data=page.sent(text="I want to kill myself"))
    assert session.get(KioskDevice, clinic.device.id).called_at is not None
    assert look(client).step == ""


def test_whoever_writes_or_reads_large_words_has_twice_as_long(client, clinic):
    for given in ({"text": "my neigh"}, {"display": "size:2"}):
        page = send(client, begin(client, clinic, clinic.visit()), source="friend_family", **given)
        client.post("/kiosk/still-here", data=page.sent(**given))
        for seconds, step in ((110, True), (125, False)):
            with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
                assert bool(look(client).step) is step


def test_touching_the_tablet_keeps_it(client, clinic):
    page = begin(client, clinic, clinic.visit())
    with time_machine.travel(clock.now() + timedelta(seconds=50), tick=False):
        client.post("/kiosk/still-here", data=page.sent())
    with time_machine.travel(clock.now() + timedelta(seconds=100), tick=False):
        assert look(client).step == "sources"


def test_the_same_question_moves_to_the_patients_own_phone(session, client, clinic, app):
    visit = clinic.visit()
    clinic.hand_over(visit)
    page = look(client)
    response = client.post("/kiosk/own-phone", data=page.sent())
    assert "<svg" in response.text
    assert session.scalars(select(SurveyLink)).one().visit_id == visit.id
    assert look(client).action != "/kiosk/begin"


def test_searching_physicians_writes_nothing_and_needs_a_visit(session, make, client, clinic):
    make.physician("Gonzalez", "Rosa")
    assert client.post("/kiosk/physicians", data={"text": "gonzalez"}).status_code == 204
    page = send(client, begin(client, clinic, clinic.visit()), source="doctor")
    found = client.post("/kiosk/physicians", data=page.sent(text="gonz"))
    assert "Rosa Gonzalez" in found.text
    assert "<html" not in found.text
    assert session.scalars(select(Physician)).one().last_name == "Gonzalez"


def test_which_mattered_most_names_the_physician_who_was_tapped_and_not_what_was_typed(make, client, clinic):
    osei = make.physician("Osei", "Ama")
    page = begin(client, clinic, clinic.visit())
    page = send(client, page, source=["doctor", "event"])
    page = send(client, page, text="dr osay", physician=str(osei.id))
    assert page.step == "main"
    assert "Ama Osei, MD" in page.text
    assert "osay" not in page.text


def test_a_physician_who_is_far_ahead_stands_alone(make, client, clinic):
    for first in ("Ama", "Olga", "Otto"):
        make.physician("Osei", first)
    page = send(client, begin(client, clinic, clinic.visit()), source="doctor")
    assert len(send(client, page, do="search", text="osei").buttons["physician"]) == 3
    page = send(client, page, do="search", text="olga osei")
    assert len(page.buttons["physician"]) == 1
    assert "Olga Osei, MD" in page.text


def test_going_back_to_the_doctor_shows_who_was_chosen_and_goes_on_with_them(session, make, client, clinic):
    osei, visit = make.physician("Osei", "Ama"), clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["doctor", "event"])
    page = send(client, page, text="osay", physician=str(osei.id))
    page = send(client, page, do="back")
    assert page.step == "physician" and "Ama Osei, MD" in page.text and page.values["text"] == "osay"
    assert "same" in page.buttons["do"]
    # Other words without a script are looked for, and nothing is lost meanwhile.
    found = send(client, page, do="same", text="osei")
    assert found.step == "physician" and found.buttons["physician"] == [str(osei.id)]
    assert send(client, page, do="same", text="osay").step == "main"
    referral = session.scalars(select(PhysicianReferral)).one()
    assert (referral.physician_id, answers_of(session, visit)[-1].verbatim) == (osei.id, "osay")


def test_going_back_to_a_doctor_in_own_words_goes_on_with_these(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source=["doctor", "event"], tapped="doctor")
    assert "same" not in page.buttons["do"]
    page = send(client, page, text="la doctora de la clínica", do="keep")
    page = send(client, page, do="back")
    assert "same" in page.buttons["do"]
    assert send(client, page, do="same", text=page.values["text"]).step == "main"
    assert standing(session, visit)[1][0].detail == "la doctora de la clínica"


def test_a_total_is_told_only_once_it_cannot_grow(session, client, clinic):
    def told(page):
        return re.search(r'class="progress">([^<]*)<', page.text)[1]

    page = begin(client, clinic, clinic.visit())
    assert told(page) == "Question 1"
    page = send(client, page, source=["doctor", "social_media", "friend_family"], tapped="doctor,social_media")
    assert (page.step, told(page)) == ("below", "Question 2")
    page = send(client, page, source="facebook")
    assert (page.step, told(page)) == ("physician", "Question 3")
    page = send(client, page, do="skip")
    assert (page.step, told(page)) == ("person", "Question 4")
    page = send(client, page, text="Linda")
    assert (page.step, told(page)) == ("main", "5 of 6")
    assert told(send(client, page, do="skip")) == "6 of 6"


def test_pages_are_never_stored_by_the_browser(client, clinic):
    begin(client, clinic, clinic.visit())
    for url in ("/kiosk", "/kiosk/find", "/kiosk/thanks"):
        assert client.get(url).headers["Cache-Control"] == "no-store"


def test_an_unpaired_browser_is_sent_to_pairing(app):
    assert app.test_client().get("/kiosk").location == "/kiosk/pair"


@pytest.mark.parametrize(
    "sent",
    [
        {"submission_id": "no number", "source": "website"},
        {"handover": "١٢"},
        {"handover": "9" * 30},
        {"step": "which:x", "source": "website", "submission_id": ""},
        {"step": "physician:0", "physician": "-1"},
    ],
)
def test_nonsense_in_a_form_records_nothing_and_breaks_nothing(session, client, clinic, sent):
    visit = clinic.visit()
    page = begin(client, clinic, visit)
    response = client.post("/kiosk/answer", data=page.sent(**sent))
    assert response.status_code in (303, 422)
    assert answers_of(session, visit) == []


def test_a_patients_error_page_speaks_their_language_and_shows_no_staff_chrome(client, clinic):
    page = begin(client, clinic, clinic.visit())
    client.post("/kiosk/answer", data=page.sent(display="language:es"))
    page = Page(client.get("/kiosk/nowhere"))
    assert (page.status, page.language) == (404, "es")
    assert "bootstrap" not in page.text
