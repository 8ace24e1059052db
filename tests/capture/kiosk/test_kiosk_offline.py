"""What a tablet asked by itself: matched by date of birth and initials, with its own time and options."""

import json
import uuid
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from intake import clock
from intake.accounts.auth.guards import device_cookie
from intake.attribution.verify.ledger import compare_ledger
from intake.capture.models import Handover, LateAnswer
from intake.db import db
from intake.directory.sources.changes import merge_source
from intake.survey.models import Answer, Ask, Mention, PhysicianReferral
from tests.capture.sealed import seal

BORN = date(1985, 3, 14)


@pytest.fixture
def away(client, make):
    """A tablet that was offline two hours ago; `away.send(...)` delivers what it kept then."""
    sources = make.sources()
    place = make.location("Riverside")
    device = make.device(place)
    client.set_cookie(device_cookie(), device.token)
    db.session.commit()

    class Away:
        given = clock.now().replace(microsecond=0) - timedelta(minutes=5)

        def __init__(self):
            self.place, self.device, self.sources = place, device, sources

        def visit(self, first="Ana", last="Whitcombe", born=BORN, **values):
            visit = make.visit(place, make.patient(first, last, birth_date=born), **values)
            db.session.commit()
            return visit

        def send(self, *pages, entry_id=None, initials="A. W.", options=(), day="14", month="3", year="1985"):
            at = int(self.given.timestamp() * 1000)
            forms = [urlencode({"submission_id": str(uuid.uuid4())} | page, doseq=True) for page in pages]
            content = {
                "id": entry_id or str(uuid.uuid4()),
                "handover": "",
                "who": {"day": day, "month": month, "year": year, "initials": initials},
                "language": "en",
                "options": list(options),
                "pages": [{"form": form, "at": at + 1000 * place} for place, form in enumerate(forms)],
            }
            return client.post("/kiosk/late", data={"sealed": seal(json.dumps(content)), "at": at})

    return Away()


def one_page(**fields):
    return {"step": "sources", "source": "website", **fields}


def answers():
    db.session.rollback()
    return list(db.session.scalars(select(Answer).order_by(Answer.id)))


def waiting():
    db.session.rollback()
    return list(db.session.scalars(select(LateAnswer)))


def test_it_finds_its_visit_and_keeps_its_time_and_what_was_shown(away):
    other = away.visit("Bo", "Quack")
    visit = away.visit()
    shown = ["website", "doctor", "insurance", "gone_since"]
    page = one_page(submission_id=str(uuid.uuid4()))

    statuses = {away.send(page, options=shown, entry_id=each).status_code for each in [str(uuid.uuid4())] * 3}

    assert statuses == {204}
    (answer,) = answers()
    assert (answer.visit_id, answer.answered_at) == (visit.id, away.given)
    assert answer.visit_id != other.id
    ask = db.session.get(Ask, answer.ask_id)
    assert (ask.asked_at, ask.options) == (away.given, ["website", "doctor", "insurance"])
    assert waiting() == []
    assert compare_ledger().wrong_visits == []


def test_all_pages_of_one_patient_are_one_answer(away, make):
    visit = away.visit()
    rosa = make.physician("Gonzalez", "Rosa")
    # Set aside since: whom the patient named stays whom they named.
    rosa.active = False
    doctor = away.sources["doctor"]
    db.session.commit()

    away.send(
        one_page(source=["website", "doctor"], tapped="website,doctor"),
        {"step": f"physician:{doctor.id}", "physician": rosa.id, "text": "gonzales"},
        {"step": "main", "main": "doctor"},
    )

    current = [answer for answer in answers() if answer.visit_id == visit.id][-1]
    mentions = db.session.scalars(select(Mention).where(Mention.answer_id == current.id).order_by(Mention.rank)).all()
    assert [mention.source_id for mention in mentions] == [doctor.id, away.sources["website"].id]
    assert current.answered_at == away.given + timedelta(seconds=2)
    assert rosa.id in db.session.scalars(select(PhysicianReferral.physician_id)).all()


@pytest.mark.parametrize("initials", ["AW", "a w", "A. M. W.", "ÁW"])
def test_initials_are_read_as_people_write_them(away, initials):
    away.visit("Álva", "Whitcombe Moss")
    away.send(one_page(), initials=initials)
    assert len(answers()) == 1


def test_nobody_and_several_go_to_the_desk(away):
    away.visit("Ana", "Ruiz", date(2019, 6, 2))
    away.visit("Amy", "Ruiz", date(2019, 6, 2))
    away.send(one_page(), initials="A. R.", day="2", month="6", year="2019")
    # The other twin is here, the one who answers isn't on the list.
    away.visit("Mara", "Ferrante")
    away.send(one_page(), initials="N. F.")
    away.send(one_page(), initials="M. F.", month="13")
    away.send(one_page(), initials="")

    assert answers() == []
    assert len(waiting()) == 4
    assert db.session.scalars(select(Handover)).all() == []


def test_what_is_added_before_the_desk_has_looked_is_added(away):
    entry = str(uuid.uuid4())
    away.send(one_page(), entry_id=entry)
    away.send(one_page(), {"step": "words:1", "text": "more"}, entry_id=entry)

    (left,) = waiting()
    assert len(left.content["pages"]) == 2


def test_somebody_nobody_marked_as_arrived_is_found(away):
    visit = away.visit(status="scheduled")
    away.send(one_page())
    assert [answer.visit_id for answer in answers()] == [visit.id]


def test_a_source_that_was_retired_or_merged_meanwhile_is_what_stood_on_the_tile(away, make):
    radio, website = make.source("radio_ad", label="Radio"), away.sources["website"]
    away.visit()
    retired = away.sources["event"]
    retired.active_until = clock.now().date() - timedelta(days=3)
    db.session.commit()
    merge_source(radio, website, staff_id=None)
    db.session.commit()

    away.send(one_page(source=["radio_ad", "event"]), options=["radio_ad", "event", "website"])

    (answer,) = answers()
    named = db.session.scalars(select(Mention.source_id).where(Mention.answer_id == answer.id)).all()
    assert set(named) == {radio.id, retired.id}
    assert compare_ledger().wrong_visits == []


def test_a_clock_that_is_wrong_by_a_day_moves_nothing_into_the_future(away):
    away.visit()
    away.given = clock.now() + timedelta(days=1)
    away.send(one_page())
    (answer,) = answers()
    assert answer.answered_at <= clock.now()


def test_of_two_doors_the_one_answered_first_counts(away, make):
    visit = away.visit()
    make.answer(visit, away.sources["insurance"], channel="link", answered_at=clock.now() - timedelta(minutes=1))
    db.session.commit()
    away.send(one_page())
    assert {answer.turn for answer in answers()} == {1, 2}


def test_everything_a_tablet_puts_away_is_there(app, away, client):
    listed = client.get("/kiosk/offline/list").json
    assert {client.get(each).status_code for each in listed["addresses"]} == {200}
    page = client.get("/kiosk/offline/pages/en").json
    steps = {*page["below"].values(), *page["which"].values()}
    needed = {"welcome", "sorry", "find", "sources", "main", "thanks", "end", *steps}
    assert needed <= page["pages"].keys()
    assert client.get("/kiosk/offline/pages/xx").status_code == 404
    told = client.post("/kiosk/seen", data={"battery": "83", "waiting": "2", "version": "abc", "ready": "x"}).json
    assert told["tag"] == listed["tag"]
    db.session.refresh(away.device)
    assert away.device.health == {"battery": 83, "waiting": 2, "version": "abc"}
