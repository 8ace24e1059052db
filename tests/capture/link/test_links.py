"""Issuing personal links."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from intake import clock
from intake.capture.models import SurveyLink
from intake.capture.patient_flow.handover import AlreadyAnswered
from intake.capture.patient_flow.links import find_link, issue_link, link_url
from intake.survey.models import Ask, Outcome
from intake.survey.recording.record_answer import Submission, record_answer

pytestmark = pytest.mark.both


@pytest.fixture
def visit(session, make):
    make.sources()
    return make.visit()


def test_only_a_hash_of_the_token_is_kept(session, make, visit):
    staff = make.staff()
    token = issue_link(visit, staff)
    link = session.scalars(select(SurveyLink)).one()
    assert len(token) >= 32
    assert token not in str(vars(link))
    assert find_link(token).id == link.id
    assert link.created_by_id == staff.id
    assert session.get(Ask, link.ask_id).channel == "link"


def test_a_new_link_of_the_visit_stops_the_earlier_one_and_no_other(make, visit):
    elsewhere = issue_link(make.visit(), None)
    first = issue_link(visit, None)
    second = issue_link(visit, None)
    assert find_link(first) is None
    assert find_link(second) is not None
    assert find_link(elsewhere) is not None


def test_a_link_expires(app, visit):
    token = issue_link(visit, None)
    with time_machine.travel(clock.now() + timedelta(days=app.config["SETTINGS"].link_days, seconds=1)):
        assert find_link(token) is None


def test_a_guessed_token_finds_nothing(visit):
    token = issue_link(visit, None)
    assert find_link(token[:-1]) is None
    assert find_link("") is None


def test_no_link_is_issued_for_an_answered_visit(session, visit):
    issue_link(visit, None)
    ask = session.scalars(select(Ask.id)).one()
    record_answer(Submission("5b1d3c6e-0000-4000-8000-000000000002", ask, Outcome.DECLINED, clock.now()))
    with pytest.raises(AlreadyAnswered):
        issue_link(visit, None)


def test_the_address_is_built_on_the_public_one(app):
    assert link_url("abc") == f"{app.config['SETTINGS'].public_url}/a/abc"
