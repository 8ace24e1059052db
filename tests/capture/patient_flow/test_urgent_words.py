"""What patients write on a tablet or a link that a person must read at once, whatever it answers."""

import pytest
from sqlalchemy import select

from intake.capture.patient_flow.links import issue_link
from intake.privacy.erasing import erase
from intake.sms.models import CarrierErasure, InboundText
from tests.capture.walking import begin, look, send, standing

DANGERS = (
    ("my chest hurts really bad and I cant breathe", "911"),
    ("me duele el pecho y no puedo respirar", "911"),
    ("I want to kill myself", "988"),
    ("no quiero vivir mas", "988"),
    ("tôi muốn tự tử", "988"),
)


@pytest.fixture
def desk(app, make, sign_in):
    def of(place):
        client = app.test_client()
        sign_in(client, make.staff("front_desk", locations=[place]))
        return client

    return of


@pytest.mark.parametrize(("said", "number"), DANGERS)
def test_danger_on_a_link_is_answered_with_whom_to_call_and_stands_on_every_page(
    app, session, make, desk, said, number
):
    sources = make.sources()
    visit = make.visit(patient=make.patient("Persephone", "Quackenbush"))
    phone, token = app.test_client(), issue_link(visit, None)
    page = send(phone, look(phone, f"/a/{token}"), source="other")
    told = send(phone, page, text=said)
    assert f'href="tel:{number}"' in told.text and "Thank you" not in told.text
    staff = desk(visit.location)
    for address in (
        "/desk",
        "/desk/calls",
        "/desk/visits/new",
        "/patients",
        "/texts/replies",
        f"/desk/visits/{visit.id}",
    ):
        shown = staff.get(address).text
        assert "Words on a personal link may be an emergency" in shown and "Quackenbush" in shown, address
        assert shown.count("may be an emergency</b>") == 1, address
    waiting = session.scalars(select(InboundText)).one()
    assert said in staff.get("/texts/replies").text
    # They meant it as their answer, or there is more to say: the question is still open, and they are told only once.
    again = look(phone, f"/a/{token}")
    assert again.step == "words"
    send(phone, again, text=said)
    answer, [mention] = standing(session, visit)
    assert (answer.outcome, answer.verbatim, mention.match_state) == ("answered", said, "unmatched")
    assert session.scalars(select(InboundText)).one() == waiting
    assert mention.source_id is None and sources
    staff.post(f"/texts/emergencies/{waiting.id}/open")
    assert "may be an emergency</b>" not in staff.get("/desk/calls").text


def test_danger_on_a_tablet_calls_the_desk_and_goes_back_to_the_question(session, client, clinic, desk):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="friend_family")
    told = send(client, page, text="somebody help my husband just collapsed he isnt breathing")
    assert "front desk" in told.text and "Somebody is coming" in told.text and "911" in told.text
    shown = desk(visit.location).get("/desk/list").text
    assert "Words on a tablet may be an emergency" in shown and "asks for help" in shown
    assert look(client).step == "person"
    answer, _ = standing(session, visit)
    assert answer.verbatim == ""


@pytest.mark.parametrize(
    "said", ["emergency", "la emergencia", "My husband had a heart attack last year and Dr. Lee saved him", "leg pain"]
)
def test_who_sent_them_is_no_alarm(session, client, clinic, said):
    page = send(client, begin(client, clinic, clinic.visit()), source="other")
    assert "911" not in send(client, page, text=said).text
    assert session.scalars(select(InboundText)).all() == []


def test_an_errand_on_a_link_reaches_the_inbox_and_nobody_is_asked_to_text_back(app, session, make, desk):
    make.sources()
    visit = make.visit()
    phone = app.test_client()
    page = send(phone, look(phone, f"/a/{issue_link(visit, None)}"), source="other")
    send(phone, page, text="please call me back 502 555 0199 about my bill, card 4111 1111 1111 1111")
    staff = desk(visit.location)
    inbox = staff.get("/texts/replies").text
    assert "502 555 0199" in inbox and "•••• 1111" in inbox and "4111" not in inbox
    waiting = session.scalars(select(InboundText)).one()
    shown = staff.get(f"/texts/replies/{waiting.id}").text
    assert "On their link" in shown and "nobody can write back" in shown


def test_what_was_written_here_is_erased_with_its_patient_and_no_carrier_is_asked(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="other")
    send(client, page, text="chest pain right now")
    waiting = session.scalars(select(InboundText)).one()
    assert waiting.body == "chest pain right now"
    erase(visit.patient_id, also=(), secrets=())
    session.expire_all()
    assert waiting.body != "chest pain right now"
    assert session.scalars(select(CarrierErasure)).all() == []


def test_other_words_on_the_same_page_are_kept_beside_the_first(session, client, clinic):
    visit = clinic.visit()
    page = send(client, begin(client, clinic, visit), source="other")
    # Back in the browser, and sent once more with other words.
    for words in ("chest pain right now", "I can't breathe", "chest pain right now"):
        assert send(client, page, text=words).status < 500
    kept = session.scalars(select(InboundText.body).order_by(InboundText.id)).all()
    assert kept == ["chest pain right now", "I can't breathe"]
