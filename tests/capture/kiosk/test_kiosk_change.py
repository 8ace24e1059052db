"""Changing one's own answer on the tablet, for five minutes and by nobody else."""

from datetime import timedelta

import time_machine

from intake import clock
from tests.capture.walking import Page, answers_of, begin, look, send, standing


def answered(client, clinic, visit, **sent):
    return send(client, begin(client, clinic, visit), **(sent or {"source": "website"}))


def test_the_thanks_offer_to_change_the_answer_and_the_new_one_counts(session, client, clinic):
    visit = clinic.visit()
    thanks = answered(client, clinic, visit)
    assert "Change my answer" in thanks.text
    page = change(client, thanks)
    # Whoever stands there now may be somebody else: what was chosen isn't shown.
    assert (page.step, page.checked) == ("sources", [])
    assert "Thank you" in send(client, page, source="event").text
    assert [answer.turn for answer in answers_of(session, visit)] == [1, 2]
    assert [each.source_id for each in standing(session, visit)[1]] == [clinic.sources["event"].id]


def test_it_can_be_changed_for_five_minutes(session, client, clinic):
    visit = clinic.visit()
    thanks = answered(client, clinic, visit)
    with time_machine.travel(clock.now() + timedelta(minutes=4), tick=True):
        assert "Change my answer" in look(client, "/kiosk/thanks").text
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=True):
        assert "Change my answer" not in look(client, "/kiosk/thanks").text
        change(client, thanks)
    assert look(client).step == ""
    assert len(answers_of(session, visit)) == 1


def test_once_the_next_patient_has_the_tablet_nothing_is_changed(session, client, clinic):
    first, second = clinic.visit(), clinic.visit()
    thanks = answered(client, clinic, first)
    page = begin(client, clinic, second)
    assert change(client, thanks).step == "sources"
    send(client, page, source="event")
    assert "Change my answer" in look(client, "/kiosk/thanks").text
    assert [len(answers_of(session, visit)) for visit in (first, second)] == [1, 1]


def change(client, thanks):
    handover = thanks.text.split('name="handover" value="')[1].split('"')[0]
    return Page(client.post("/kiosk/change", data={"handover": handover}, follow_redirects=True))
