"""Letting patients answer themselves, as seen from the desk."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from intake import clock
from intake.accounts.tokens import hash_token
from intake.capture.models import Handover, SurveyLink
from intake.capture.patient_flow.handover import visits_on_tablets
from intake.db import db


@pytest.fixture
def place(app, make):
    make.sources()
    return make.location("Riverside")


@pytest.fixture
def front_desk(client, make, place, sign_in):
    staff = make.staff("front_desk", locations=[place])
    sign_in(client, staff)
    return staff


@pytest.fixture
def visit(make, place):
    return make.visit(place, make.patient("Marta", "Reyes"))


def test_a_visit_goes_to_the_tablet_that_was_chosen_and_back(client, make, place, visit, front_desk, session):
    make.device(place, name="Window")
    front = make.device(place, name="Front")
    make.device(make.location(), name="Foreign")
    offered = client.get(f"/desk/visits/{visit.id}/tablet").text
    assert "Window" in offered
    assert "Foreign" not in offered

    handed = client.post(f"/desk/visits/{visit.id}/tablet", data={"device": front.id}, follow_redirects=True)
    assert "Marta Reyes is on Front." in handed.text
    assert "On Front" in handed.text
    client.post(f"/desk/visits/{visit.id}/tablet", data={"device": front.id})
    assert session.scalar(select(func.count(Handover.id))) == 1

    client.post(f"/desk/visits/{visit.id}/off-tablet")
    assert "On Front" not in client.get("/desk").text


def test_where_there_is_no_other_tablet_none_is_offered(client, make, place, visit, front_desk):
    only = make.device(place, name="Window")
    client.post(f"/desk/visits/{visit.id}/tablet", data={"device": only.id})
    page = client.get(f"/desk/visits/{visit.id}/tablet").text
    assert "take it off Window" in page and "Or move to" not in page
    make.device(place, name="Front")
    assert "Or move to" in client.get(f"/desk/visits/{visit.id}/tablet").text


def test_a_busy_tablet_says_so(client, make, place, visit, front_desk):
    front = make.device(place, name="Front")
    client.post(f"/desk/visits/{visit.id}/tablet", data={"device": front.id})
    other = make.visit(place)
    page = client.get(f"/desk/visits/{other.id}/tablet").text
    assert "with another patient" in page
    assert "Reyes" not in page


def test_a_tablet_of_another_location_is_none(client, make, visit, front_desk, session):
    foreign = make.device(make.location())
    for chosen in (foreign.id, 987654, "x", ""):
        refused = client.post(f"/desk/visits/{visit.id}/tablet", data={"device": chosen})
        assert refused.status_code == 422
        assert "isn’t in use any more" in refused.text
    assert session.scalar(select(func.count(Handover.id))) == 0


def test_without_a_tablet_the_page_says_who_pairs_one(client, visit, front_desk):
    assert "An administrator can pair one" in client.get(f"/desk/visits/{visit.id}/tablet").text


def test_an_answered_visit_is_not_handed_over(client, make, place, visit, front_desk):
    front = make.device(place)
    make.answer(visit, outcome="declined")
    for path, data in (("tablet", {"device": front.id}), ("link", {})):
        refused = client.post(f"/desk/visits/{visit.id}/{path}", data=data)
        assert refused.status_code == 422
        assert "has an answer already" in refused.text


def test_looking_makes_no_link_and_a_press_makes_one_that_opens_the_question(client, app, visit, front_desk, session):
    client.get(f"/desk/visits/{visit.id}/link")
    assert session.scalar(select(func.count(SurveyLink.id))) == 0

    shown = client.post(f"/desk/visits/{visit.id}/link")
    address = re.search(r'id="link-address" value="([^"]+)"', shown.text)[1]
    assert "<svg" in shown.text
    assert "QR code of the personal link" in shown.text
    assert "Works once, until" in shown.text
    link = session.scalars(select(SurveyLink)).one()
    assert address.startswith(app.config["SETTINGS"].public_url + "/a/")
    assert link.token_hash == hash_token(address.rsplit("/", 1)[1])
    assert "Link open" in client.get("/desk").text


def test_a_new_code_ends_the_earlier_one_and_a_link_can_be_ended(client, visit, front_desk, session):
    for _ in range(2):
        client.post(f"/desk/visits/{visit.id}/link")
    first, second = session.scalars(select(SurveyLink).order_by(SurveyLink.id)).all()
    assert (first.revoked_at is None, second.revoked_at is None) == (False, True)
    ended = client.post(f"/desk/visits/{visit.id}/revoke-link", follow_redirects=True)
    assert "no longer works" in ended.text
    session.expire_all()
    assert second.revoked_at is not None


def test_a_tablet_that_waits_is_free_again_once_the_desk_has_the_answer(client, make, place, visit, front_desk):
    begun = make.visit(place)
    front, side = make.device(place, name="Front"), make.device(place, name="Side")
    client.post(f"/desk/visits/{visit.id}/tablet", data={"device": front.id})
    client.post(f"/desk/visits/{begun.id}/tablet", data={"device": side.id})
    on_side = db.session.scalars(select(Handover).where(Handover.visit_id == begun.id)).one()
    on_side.begun_at, on_side.active_until = clock.now(), clock.now() + timedelta(minutes=1)

    for each in (visit, begun):
        fields = {"submission_id": str(uuid.uuid4()), "outcome": "dont_remember"}
        assert client.post(f"/desk/visits/{each.id}/answer", data=fields).status_code == 303

    assert visits_on_tablets(place.id) == {begun.id: "Side"}
