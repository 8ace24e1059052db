"""Answers that waited on a tablet for a connection: taken in once, with their own time, and only from that tablet."""

import base64
import json
import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from intake import clock
from intake.accounts import sealing, tokens
from intake.accounts.auth.guards import device_cookie
from intake.attribution.verify.ledger import compare_ledger
from intake.capture.answer_form.thanks_wishes import MayThank, record_wish
from intake.capture.kiosk import late_answers
from intake.capture.models import LateAnswer, ThanksWish
from intake.capture.patient_flow.handover import hand_over
from intake.db import db
from intake.sms.models import InboundText
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Answer, CreditEntry
from tests.capture.sealed import seal
from tests.clients import sign_in


@pytest.fixture
def tablet(app, client, make):
    """A paired tablet that a visit was handed to, and what its patient's page would have sent."""
    make.sources()
    place = make.location("Riverside")
    device = make.device(place)
    client.set_cookie(device_cookie(), device.token)
    visit = make.visit(place)
    handover = hand_over(visit, device, make.staff(locations=[place]))
    handover.handed_at = clock.now() - timedelta(hours=2)
    db.session.commit()

    class Tablet:
        def __init__(self):
            self.visit, self.handover, self.place, self.device = visit, handover, place, device
            self.fields = {
                "handover": handover.public_id,
                "step": "sources",
                "submission_id": str(uuid.uuid4()),
                "source": "website",
            }

        def send(self, *, waited=3600, language="en", **fields):
            sealed = seal(json.dumps({"form": urlencode(self.fields | fields), "language": language}))
            return client.post("/kiosk/late", data={"sealed": sealed, "waited": waited})

    return Tablet()


def left_to_desk():
    return list(db.session.scalars(select(LateAnswer)))


def answers():
    return list(db.session.scalars(select(Answer).order_by(Answer.id)))


def test_it_is_kept_once_with_the_time_when_it_was_given(tablet):
    statuses = [tablet.send().status_code for _ in range(3)]

    assert statuses == [204, 204, 204]
    (answer,) = answers()
    assert abs(clock.now() - timedelta(hours=1) - answer.answered_at) < timedelta(minutes=1)
    assert answer.visit_id == tablet.visit.id
    assert len(list(db.session.scalars(select(CreditEntry)))) == 1


def test_the_next_patient_on_the_tablet_is_left_alone(tablet, make, client):
    other = make.visit(tablet.place)
    hand_over(other, tablet.device, make.staff())
    db.session.commit()

    assert tablet.send().status_code == 204

    assert [answer.visit_id for answer in answers()] == [tablet.visit.id]
    assert "Begin" in client.get("/kiosk").text


def test_of_two_doors_the_answer_given_first_counts_whichever_arrives_first(tablet, make):
    """A phone's answer of half an hour ago is there already when the tablet's, given an hour ago, arrives."""
    make.answer(
        tablet.visit, make.sources()["insurance"], channel="link", answered_at=clock.now() - timedelta(minutes=30)
    )
    db.session.commit()

    assert tablet.send(waited=3600).status_code == 204

    assert [(answer.turn, answer.ask.channel) for answer in answers()] == [(1, "link"), (2, "kiosk")]
    assert current_answers([tablet.visit.id])[tablet.visit.id].ask.channel == "kiosk"
    assert compare_ledger().wrong_visits == []


def test_one_that_was_given_after_another_doors_becomes_history(tablet, make):
    make.answer(
        tablet.visit, make.sources()["insurance"], channel="link", answered_at=clock.now() - timedelta(minutes=90)
    )
    db.session.commit()

    assert tablet.send(waited=3600).status_code == 204

    assert [answer.turn for answer in answers()] == [1, None]


def test_what_staff_corrected_stands_whatever_arrives_late(tablet, make):
    sources = make.sources()
    make.answer(tablet.visit, sources["insurance"], channel="link", answered_at=clock.now() - timedelta(minutes=30))
    make.answer(tablet.visit, sources["event"], staff=make.staff(), corrects=True)
    db.session.commit()

    tablet.send(waited=3600)

    assert [answer.turn for answer in answers()] == [1, 2, None]


def test_time_on_the_tablet_never_reaches_before_the_question(tablet):
    tablet.send(waited=999_999)

    assert answers()[0].answered_at == tablet.handover.handed_at


def test_a_page_that_was_answered_is_not_answered_again_by_what_comes_late(tablet, client):
    now = clock.now()
    tablet.handover.handed_at, tablet.handover.begun_at = now, now
    tablet.handover.active_until = now + timedelta(minutes=1)
    db.session.commit()
    client.post("/kiosk/answer", data=tablet.fields)

    assert tablet.send().status_code == 204
    assert tablet.send(submission_id=str(uuid.uuid4()), source="insurance").status_code == 204

    assert len(answers()) == 1
    # What says otherwise is neither lost nor counted: the desk decides.
    assert len(left_to_desk()) == 1


def test_one_that_waited_while_the_service_was_updated_is_taken_in(tablet):
    tablet.handover.token = None
    db.session.commit()

    assert tablet.send(handover=tablet.handover.id).status_code == 204
    assert len(answers()) == 1


def test_what_was_sealed_and_signed_before_the_secret_was_changed_is_still_taken(app, tablet, make, monkeypatch):
    staff = make.staff()
    browser = app.test_client()
    sign_in(browser, staff)
    settings = app.config["SETTINGS"]
    words = json.dumps({"form": urlencode(tablet.fields), "language": "en"})
    sealed, draft = seal(words), tokens.fernet("unsent forms").encrypt(b"typed")
    changed = {"secret_key": SecretStr("another secret, 32 characters long"), "secret_key_old": settings.secret_key}
    monkeypatch.setitem(app.config, "SETTINGS", settings.model_copy(update=changed))
    for name, value in {
        "SECRET_KEY": "another secret, 32 characters long",
        "SECRET_KEY_FALLBACKS": [settings.secret_key.get_secret_value()],
    }.items():
        monkeypatch.setitem(app.config, name, value)

    assert sealing.open_sealed(sealed) == sealing.open_sealed(seal(words))
    assert tokens.fernet("unsent forms").decrypt(draft) == b"typed"
    assert browser.get("/account").status_code == 200
    # Without the old one nothing of it counts.
    alone = settings.model_copy(update=changed | {"secret_key_old": None})
    monkeypatch.setitem(app.config, "SETTINGS", alone)
    with pytest.raises(sealing.CannotUnseal):
        sealing.open_sealed(sealed)


def test_the_language_that_the_patient_chose_is_kept(tablet, make):
    make.practice().languages = ["en", "es"]
    db.session.commit()

    tablet.send(language="es")

    assert answers()[0].ask.language == "es"


@pytest.mark.parametrize("sealed", ["", "????", "QUJD", base64.b64encode(bytes(200)).decode(), "A" * 100_000])
def test_what_can_not_be_opened_is_refused_for_good(tablet, client, sealed):
    assert client.post("/kiosk/late", data={"sealed": sealed, "waited": "1"}).status_code == 422
    assert answers() == []


def test_a_tablet_that_was_replaced_still_delivers_and_one_elsewhere_leaves_it_to_its_desk(tablet, make, client):
    replaced = make.device(tablet.place)
    elsewhere = make.device(make.location("Harbour"))
    db.session.commit()
    client.set_cookie(device_cookie(), elsewhere.token)
    assert tablet.send().status_code == 204
    assert answers() == []
    assert [each.location_id for each in left_to_desk()] == [elsewhere.location_id]

    client.set_cookie(device_cookie(), replaced.token)
    assert tablet.send(submission_id=str(uuid.uuid4())).status_code == 204
    assert [answer.visit_id for answer in answers()] == [tablet.visit.id]


def test_whether_somebody_may_be_thanked_arrives_late_too_and_once(tablet, make, client):
    pages = [
        {"source": "friend_family"},
        {"step": f"person:{make.sources()['friend_family'].id}", "text": "Linda"},
        {"step": "thanks", "wish": "no"},
    ]
    at = int((clock.now() - timedelta(hours=1)).timestamp() * 1000)
    kept = [
        {"form": urlencode(tablet.fields | {"submission_id": str(uuid.uuid4())} | page), "at": at} for page in pages
    ]
    record_wish(tablet.visit, MayThank.YES, at=clock.now() - timedelta(minutes=5))
    db.session.commit()
    sealed = seal(json.dumps({"id": str(uuid.uuid4()), "pages": kept, "language": "en"}))

    for _ in range(2):
        assert client.post("/kiosk/late", data={"sealed": sealed, "at": at}).status_code == 204

    assert left_to_desk() == []
    # What was said at the desk since then is the newer one, and holds.
    assert list(db.session.scalars(select(ThanksWish.wish).order_by(ThanksWish.recorded_at))) == ["no", "yes"]


def test_a_page_that_said_nothing_is_no_answer(tablet):
    tablet.send(source="", do="back")
    assert answers() == []
    assert left_to_desk() == []
    # Whoever sent that without anything chosen is heard by the desk.
    assert tablet.send(source="").status_code == 204
    assert answers() == []


@pytest.mark.parametrize("at", [1e20, -1e20, 1e400, "soon"])
def test_a_time_that_no_clock_shows_is_not_known(tablet, client, at):
    content = {"pages": [{"form": urlencode(tablet.fields), "at": at}], "language": "en", "id": str(uuid.uuid4())}
    answer = client.post("/kiosk/late", data={"sealed": seal(json.dumps(content)), "waited": 60})
    assert answer.status_code == 204 and len(answers()) == 1


def test_danger_that_fits_nobody_stands_at_the_desks_and_once(tablet, make, client):
    words = {"step": "words", "text": "my chest hurts and I can't breathe, card 4111 1111 1111 1111"}
    for _ in range(2):
        assert tablet.send(**words, handover="somebody-else").status_code == 204
    (waiting,) = left_to_desk()
    assert "1111" in str(waiting.content) and "4111" not in str(waiting.content)
    sign_in(client, make.staff("front_desk", locations=[tablet.place]))
    page = client.get("/desk/calls").get_data(as_text=True)
    assert page.count("may be an emergency") == 1

    late_answers.settle(waiting, tablet.visit, make.staff(locations=[tablet.place]))
    (kept,) = db.session.scalars(select(InboundText))
    assert kept.visit_id == tablet.visit.id
