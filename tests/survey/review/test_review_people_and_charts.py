"""Staff say who a named friend is, and what counts where the chart says otherwise; each can be taken back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from intake.attribution.verify.ledger import compare_ledger
from intake.db import db
from intake.directory.models import Location, Visit
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import ChartDecision, CreditEntry, MentionDecision
from intake.survey.recording.record_answer import NewMention
from intake.survey.review.referrers import unmatched_people
from tests.making import Make


@pytest.fixture
def place(app: Any, make: Make) -> Location:
    return make.location("Riverside")


@pytest.fixture
def desk(client: Any, make: Make, sign_in: Any, place: Location) -> Any:
    """Somebody of Riverside's front desk, signed in."""
    make.sources()
    sign_in(client, make.staff("front_desk", locations=[place]))
    return client


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def credited() -> dict[tuple[int | None, int | None, int | None], float]:
    columns = (CreditEntry.source_id, CreditEntry.physician_id, CreditEntry.referring_patient_id)
    rows = db.session.execute(select(*columns, func.sum(CreditEntry.primary_units)).group_by(*columns))
    return {tuple(row[:3]): row[3] / UNIT for row in rows if row[3]}


def last(model: Any) -> Any:
    db.session.expire_all()
    return db.session.scalars(select(model).order_by(model.id.desc())).first()


def test_a_name_is_matched_by_staff_and_taken_back(desk: Any, make: Make, place: Location) -> None:
    linda = make.visit(place, make.patient("Linda", "Moreno"), visit_type="established").patient
    elsewhere = make.visit(make.location(), make.patient("Linda", "Mora"), visit_type="established").patient
    mention = make.named_friend(place, "my neighbor Linda M")
    before = credited()
    page = desk.get("/review/people").get_data(as_text=True)
    assert f'value="{linda.id}"' in page
    assert elsewhere.last_name not in page

    assert desk.post(f"/review/people/{mention}", data={"patient": linda.id}).status_code == 303
    friend = make.sources()["friend_family"].id
    assert credited() == {(friend, None, linda.id): 1}
    page = text(desk.get("/review/people"))
    assert "Nobody waits to be matched" in page
    assert "Matched lately" in page

    desk.post(f"/review/people/undo/{last(MentionDecision).id}")
    assert credited() == before
    assert "my neighbor Linda M" in text(desk.get("/review/people"))
    assert not compare_ledger().wrong


def test_a_friend_named_in_other_languages_waits_and_a_mere_relation_does_not(
    make: Make, desk: Any, place: Location
) -> None:
    for words in ("chị Lan bạn của vợ tôi", "bạn tôi tên Hoa", "صديقي محمد", "صديقتي لجين", "bạn tôi", "صديقي"):
        make.named_friend(place, words)
    waiting = unmatched_people(within=[place.id], limit=9)
    assert [each.name for each in reversed(waiting)] == ["chị Lan", "Hoa", "محمد", "صديقتي لجين"]


def test_somebody_who_is_no_patient_here_stops_waiting(desk: Any, make: Make, place: Location) -> None:
    mention = make.named_friend(place, "Betty from church")
    before = credited()
    desk.post(f"/review/people/{mention}", data={"patient": "nobody"})
    assert credited() == before
    page = text(desk.get("/review/people"))
    assert "Nobody waits" in page
    assert "not a patient here" in page


def test_nobody_sends_themselves_nor_whoever_sent_them(desk: Any, make: Make, place: Location) -> None:
    linda, bob = make.patient("Linda", "Moreno"), make.patient("Bob", "Lark")
    first = make.named_friend(place, "Bob Lark", patient=linda)
    second = make.named_friend(place, "Linda Moreno", patient=bob)
    refused = desk.post(f"/review/people/{first}", data={"patient": linda.id})
    assert refused.status_code == 422
    assert "That is the patient themselves" in text(refused)

    desk.post(f"/review/people/{first}", data={"patient": bob.id})
    refused = desk.post(f"/review/people/{second}", data={"patient": linda.id})
    assert refused.status_code == 422
    assert "Bob sent that person" in text(refused)
    for nonsense in ("", "987654", "x" * 40, "-1"):
        assert desk.post(f"/review/people/{second}", data={"patient": nonsense}).status_code == 422
    assert db.session.scalar(select(func.count(MentionDecision.id))) == 1


def test_a_household_is_pointed_out_and_goes_first(desk: Any, make: Make, place: Location) -> None:
    make.visit(place, make.patient("Linda", "Aaronson"))
    make.visit(place, make.patient("Linda", "Zell", mobile_e164="+15185550123"))
    make.named_friend(place, "Linda", patient=make.patient("Carla", "Moss", mobile_e164="+15185550123"))
    page = text(desk.get("/review/people"))
    assert page.index("Linda Zell") < page.index("Linda Aaronson")
    assert "same phone number" in page


def test_another_patient_is_searched_for_only_at_ones_own_locations(desk: Any, make: Make, place: Location) -> None:
    make.visit(place, make.patient("Wilhelmina", "Quist"))
    make.visit(make.location(), make.patient("Wilhelmina", "Hidden"))
    mention = make.named_friend(place, "Billie")
    page = text(desk.post(f"/review/people/{mention}/find", data={"find": "wilhelmina"}))
    assert "Wilhelmina Quist" in page
    assert "Hidden" not in page


def test_names_of_other_locations_stay_there(desk: Any, make: Make, place: Location) -> None:
    make.named_friend(make.location(), "Secret Friend")
    make.conflict(make.location(), patient=make.patient("Secret", "Patient"))
    for path in ("/review/people", "/review/conflicts"):
        assert "Secret" not in desk.get(path).get_data(as_text=True)


def test_a_friend_without_a_name_is_nobody_to_match(desk: Any, make: Make, place: Location) -> None:
    friend = make.sources()["friend_family"]
    make.answer(make.visit(place), NewMention(friend.id, detail="a friend of mine", match_state="suggested"))
    for relation in ("my sister", "a friend at work", "mi vecina", "coworker"):
        make.named_friend(place, relation)
    assert "Nobody waits" in text(desk.get("/review/people"))

    make.named_friend(place, "Wozzle")
    assert "Wozzle" in text(desk.get("/review/people"))


def test_many_names_take_no_more_questions_to_the_database_than_a_few(
    desk: Any, make: Make, place: Location, queries_counted: Callable[[], int]
) -> None:
    def asked_for() -> int:
        before = queries_counted()
        assert desk.get("/review/people").status_code == 200
        return queries_counted() - before

    # A page holds 20; what is counted for the tabs is more.
    for number in range(20):
        make.named_friend(place, f"Linda Q{number}")
    asked_for()
    a_page = asked_for()
    for number in range(40):
        make.named_friend(place, f"my aunt Carmen R{number}")
    # What waits is counted once a minute, which one look may meet.
    assert min(asked_for(), asked_for()) <= a_page + 5


@pytest.mark.parametrize("verdict", ["answer", "chart", "both"])
def test_what_counts_between_answer_and_chart_is_decided_and_taken_back(
    desk: Any, make: Make, place: Location, verdict: str
) -> None:
    visit = make.conflict(place)
    sources = make.sources()
    doctor, tv = sources["doctor"].id, sources["tv"].id
    before = credited()
    page = text(desk.get("/review/conflicts"))
    assert "The patient says TV" in page
    assert "The chart holds" in page

    assert desk.post(f"/review/conflicts/{visit.id}", data={"verdict": verdict}).status_code == 303
    units = credited()
    assert (tv, None, None) in units if verdict != "chart" else [key[0] for key in units] == [doctor]
    every = db.session.scalar(select(func.sum(CreditEntry.any_units)).where(CreditEntry.source_id == doctor))
    assert (every or 0) == (0 if verdict == "answer" else UNIT)
    assert "Answers and charts agree" in text(desk.get("/review/conflicts"))
    assert not compare_ledger().wrong

    desk.post(f"/review/conflicts/undo/{last(ChartDecision).id}")
    assert credited() == before
    assert "The patient says TV" in text(desk.get("/review/conflicts"))
    assert not compare_ledger().wrong


def test_a_corrected_answer_opens_the_question_again(desk: Any, make: Make, place: Location) -> None:
    visit = make.conflict(place)
    desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "chart"})
    make.answer(visit, make.sources()["radio"], corrects=True)
    assert "The patient says Radio" in text(desk.get("/review/conflicts"))
    assert credited() == {(make.sources()["radio"].id, None, None): 1}
    assert not compare_ledger().wrong


def test_a_chart_that_has_only_words_needs_a_physician_to_count(desk: Any, make: Make, place: Location) -> None:
    patel = make.physician("Patel", "Anita")
    visit = make.visit(place, documented_name="Dr. A. Patel")
    make.answer(visit, make.sources()["tv"])
    before = credited()
    page = desk.get("/review/conflicts").get_data(as_text=True)
    assert f'value="physician:{patel.id}"' in page
    refused = desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "chart"})
    assert refused.status_code == 422
    assert "Choose first which physician" in text(refused)

    desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "both", "physician": f"physician:{patel.id}"})
    assert db.session.get_one(Visit, visit.id).documented_physician_id == patel.id
    assert "Answers and charts agree" in text(desk.get("/review/conflicts"))
    desk.post(f"/review/conflicts/undo/{last(ChartDecision).id}")
    assert credited() == before
    assert db.session.get_one(Visit, visit.id).documented_physician_id is None

    desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "answer"})
    assert "Answers and charts agree" in text(desk.get("/review/conflicts"))


def test_answers_that_agree_are_no_conflict(desk: Any, make: Make, place: Location) -> None:
    doctor, osei = make.sources()["doctor"], make.physician("Osei", "Ama")
    kept, merged = make.physician("Lund", "Eva"), make.physician("Lund", "Eve")
    make.physician_merge(physician_id=merged.id, into_id=kept.id)
    make.answer(make.visit(place, documented=osei), NewMention(doctor.id, physician_id=osei.id))
    make.answer(make.visit(place, documented=kept), NewMention(doctor.id, physician_id=merged.id))
    make.answer(make.visit(place, documented=osei), doctor)
    make.answer(make.visit(place, documented=osei), outcome="dont_remember")
    make.answer(make.visit(place, documented=osei), NewMention(None, detail="zorb", match_state="unmatched"))
    assert "Answers and charts agree" in text(desk.get("/review/conflicts"))


def test_deciding_twice_or_without_a_verdict_changes_nothing(desk: Any, make: Make, place: Location) -> None:
    visit = make.conflict(place)
    assert desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "perhaps"}).status_code == 422
    desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "chart"})
    after = credited()
    assert desk.post(f"/review/conflicts/{visit.id}", data={"verdict": "answer"}).status_code == 303
    assert "somebody has decided" in text(desk.get("/review/conflicts"))
    assert credited() == after


def test_a_chart_alone_is_settled_and_taken_back(client, make, sign_in):
    place, physician = make.location(), make.physician("Osei", "Ama")
    make.sources()
    staff = make.staff("manager", locations=[place])
    sign_in(client, staff)
    silent = make.visit(place, make.patient("Mara", "Ferrante"), documented=physician)
    make.visit(place, make.patient("Nils", "Old"), visit_type="established", documented=physician)
    answered = make.visit(place, make.patient("Ana", "Ruiz"), documented=physician)
    make.answer(answered, outcome="declined")
    page = client.get("/review/conflicts").text
    assert "Said nothing, though the chart names somebody" in page
    assert "Mara Ferrante" in page and "Nils Old" not in page and "Ana Ruiz" not in page

    def credited():
        return db.session.scalar(
            select(func.sum(CreditEntry.primary_units)).where(CreditEntry.physician_id == physician.id)
        )

    assert client.post(f"/review/conflicts/{silent.id}/chart").status_code == 303
    assert credited() == 27_720
    client.get("/review/conflicts")
    assert "Mara Ferrante" not in client.get("/review/conflicts").text
    assert client.post(f"/review/conflicts/{silent.id}/chart").status_code == 303
    assert credited() == 27_720
    assert client.post(f"/review/conflicts/{silent.id}/chart/undo").status_code == 303
    assert credited() == 0
    assert "Mara Ferrante" in client.get("/review/conflicts").text
    elsewhere = make.visit(documented=physician)
    assert client.post(f"/review/conflicts/{elsewhere.id}/chart").status_code == 404
