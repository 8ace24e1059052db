"""Thanks to patients who send others: who is listed, what a letter names, and within which time."""

import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from intake.capture.answer_form.thanks_wishes import MayThank, record_wish
from intake.db import db
from intake.liaison.thanks.models import PatientToken
from intake.liaison.thanks.queries import Sent, listed, may_be_thanked_for, named_in_thanks
from intake.sms.consent.consent import record_consent
from intake.sms.models import OutboxText
from intake.survey.recording.record_answer import NewMention
from tests.pages import text_of

NOW = datetime(2026, 5, 12, 15, tzinfo=UTC)
names = st.sampled_from(["Ann Reyes", "Bo Novak", "Cy Cole", "Di Dunn"])
sent = st.builds(Sent, st.integers(1, 99), names, st.sampled_from([None, *MayThank]))


@given(st.lists(sent, max_size=8))
def test_thanks_never_name_a_patient_who_did_not_agree(people: list[Sent]) -> None:
    said = listed(named_in_thanks(people))

    agreed = {each.name for each in people if each.wish == MayThank.YES}
    assert all((each.name in said) == (each.name in agreed) for each in people)
    assert all(may_be_thanked_for(each) == (each.wish != MayThank.NO) for each in people)


@pytest.fixture
def now(session: Any) -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def desk(now: Any, client: Any, make: Any, sign_in: Any) -> Any:
    place = make.location("Riverside")
    sign_in(client, make.staff("front_desk", locations=[place]))
    client.place = place
    return client


def name_friend(make: Any, place: Any, last_name: str, sender: Any, wish: MayThank | None = None) -> Any:
    """A new patient says that `sender` told them."""
    friend = make.sources()["friend_family"]
    visit = make.visit(place, make.patient("New", last_name))
    make.answer(visit, NewMention(friend.id, referring_patient_id=sender.id))
    if wish:
        record_wish(visit, wish)
    return visit


def letters_of(client: Any, address: str = "/relationships/thanks/letters.pdf") -> str:
    made = client.get(address)
    assert made.status_code == 200
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(made.data)).pages)


def test_the_list_says_who_is_to_be_thanked_and_letters_name_only_who_agreed(desk: Any, make: Any, now: Any) -> None:
    linda, kim = make.patient("Linda", "Marsh"), make.patient("Kim", "Ode")
    name_friend(make, desk.place, "Agreed", linda, MayThank.YES)
    name_friend(make, desk.place, "Unasked", linda)
    name_friend(make, desk.place, "Refused", linda, MayThank.NO)
    hidden = name_friend(make, desk.place, "Hidden", kim, MayThank.YES)
    record_wish(hidden, MayThank.NAMELESS)
    name_friend(make, make.location(), "Elsewhere", kim)

    text = text_of(desk.get("/relationships/thanks"))
    assert "2 patients sent somebody and were not thanked yet" in text
    assert "New Agreed may be named" in text and "New Unasked not asked: without their name" in text
    assert "Refused" not in text and "Asked us not to 1" in text and "Elsewhere" not in text

    said = letters_of(desk)
    assert "Dear Linda Marsh, Thank you for telling New Agreed about us." in said and "Dear Kim Ode" in said
    assert not any(word in said for word in ("Unasked", "Refused", "Hidden", "Elsewhere"))
    assert "Hidden" not in letters_of(desk, f"/relationships/thanks/{kim.id}/letter.pdf")
    labels = letters_of(desk, "/relationships/thanks/labels.pdf")
    assert "Linda Marsh" in labels and "Kim Ode" in labels and "Agreed" not in labels


def test_thanked_once_within_48_hours_and_undone(desk: Any, make: Any, now: Any) -> None:
    linda, kim = make.patient("Linda", "Marsh"), make.patient("Kim", "Ode")
    first, _late = name_friend(make, desk.place, "One", linda), name_friend(make, desk.place, "Two", kim)
    now.shift(timedelta(minutes=10))
    # Whoever was named while the page stood open is not thanked for by it.
    name_friend(make, desk.place, "Three", linda)
    page = desk.post(f"/relationships/thanks/{linda.id}", data={"visit": first.id}, follow_redirects=True)
    text = text_of(page)
    assert "Noted as thanked: Linda Marsh." in text and "New Three" in text and "New One" not in text
    assert page.text.count("autofocus") == 1
    desk.post(f"/relationships/thanks/{linda.id}/undo")
    assert "New One" in text_of(desk.get("/relationships/thanks"))
    desk.post(f"/relationships/thanks/{linda.id}", data={"visit": [first.id]})
    now.shift(timedelta(hours=49))
    sign_again(desk, make)
    assert "1 of 3 in the last 90 days" in text_of(desk.get("/relationships/thanks"))


def test_whoever_was_not_thanked_stays_listed_and_figures_look_at_90_days(desk: Any, make: Any, now: Any) -> None:
    linda, kim = make.patient("Linda", "Marsh"), make.patient("Kim", "Ode")
    name_friend(make, desk.place, "Waits", linda)
    name_friend(make, desk.place, "Refused", kim, MayThank.NO)
    done = name_friend(make, desk.place, "Done", kim)
    desk.post(f"/relationships/thanks/{kim.id}", data={"visit": done.id})
    now.shift(timedelta(days=91))
    sign_again(desk, make)

    text = text_of(desk.get("/relationships/thanks"))
    assert "New Waits" in text and "New Done" not in text and "Kim Ode" not in text
    # Figures are of the last 90 days, and nothing became known in them.
    assert "Thanked within 48 hours" not in text and "Asked us not to" not in text
    name_friend(make, desk.place, "Fresh", kim, MayThank.NO)
    assert "Asked us not to 1 in the last 90 days" in text_of(desk.get("/relationships/thanks"))
    assert "Dear Linda Marsh" in letters_of(desk)


def test_a_text_of_thanks_leaves_once_with_consent_and_names_nobody(desk: Any, make: Any) -> None:
    linda = make.patient("Linda", "Marsh", mobile_e164="+15185550144")
    visit = name_friend(make, desk.place, "One", linda, MayThank.YES)
    data = {"visit": visit.id, "how": "text"}
    desk.post(f"/relationships/thanks/{linda.id}", data=data | {"agreed": "1"})
    assert db.session.scalars(select(OutboxText)).all() == []
    record_consent(phone_e164="+15185550144", patient_id=linda.id, source="desk", wording_version="1")
    assert "By text" in desk.get("/relationships/thanks").text
    refused = text_of(desk.post(f"/relationships/thanks/{linda.id}", data=data, follow_redirects=True))
    assert "tick that they agreed" in refused
    for _ in range(2):
        desk.post(f"/relationships/thanks/{linda.id}", data=data | {"agreed": "1"})
    text = db.session.scalars(select(OutboxText)).one()
    assert text.phone_e164 == "+15185550144" and "Reply STOP" in text.body
    assert "One" not in text.body and "Linda" not in text.body
    assert "Linda" not in text_of(desk.get("/relationships/thanks")).partition("Known since")[2]


def test_tokens_are_off_and_then_capped_by_the_year(desk: Any, make: Any, now: Any) -> None:
    linda = make.patient("Linda", "Marsh")
    make.visit(desk.place, linda)
    address = f"/relationships/thanks/{linda.id}/token"
    assert desk.post(address, data={"what": "a mug", "dollars": "9"}).status_code == 403
    sign_again(desk, make)

    def give(what: str, dollars: str) -> str:
        return text_of(desk.post(address, data={"what": what, "dollars": dollars}, follow_redirects=True))

    assert "switched off" in give("a mug", "9")
    make.practice(patient_tokens=True)
    assert "at most" in give("a vase", "15.01") and "cash" in give("a gift card", "5")
    assert "Write what it is" in give("", "5") and "Write what it is" in give("a mug", "0")
    for _ in range(5):
        assert "The token is noted." in give("a mug", "15")
    assert "are left" in give("a pen", "1")
    assert db.session.scalar(select(func.sum(PatientToken.cents))) == 75_00


def test_tokens_are_listed_and_a_mistyped_one_is_taken_back(desk: Any, make: Any, now: Any) -> None:
    linda, away = make.patient("Linda", "Marsh"), make.patient("Away", "Elsewhere")
    make.visit(desk.place, linda)
    make.visit(make.location(), away)
    name_friend(make, desk.place, "One", linda)
    make.practice(patient_tokens=True)
    assert desk.get("/relationships/thanks/tokens").status_code == 403
    sign_again(desk, make)
    assert '/token"' not in desk.get("/relationships/thanks").text

    found = desk.post("/relationships/thanks/tokens/find", data={"q": "Marsh"})
    assert f"/relationships/thanks/{linda.id}/token" in found.text
    assert (
        desk.post(f"/relationships/thanks/{away.id}/token", data={"what": "a mug", "dollars": "5"}).status_code == 404
    )
    for what, worth in (("a mug", "1.50"), ("a pen", "15")):
        desk.post(f"/relationships/thanks/{linda.id}/token", data={"what": what, "dollars": worth})
    page = desk.get("/relationships/thanks/tokens")
    text = text_of(page)
    assert text.index("a pen") < text.index("a mug") and "Linda Marsh" in text and "$58.50" in text
    assert "Linda Marsh" in desk.get("/relationships/thanks/tokens.csv").text

    token = db.session.scalars(select(PatientToken).where(PatientToken.what == "a pen")).one().id
    for told in ("Taken back", "isn’t listed any more"):
        again = desk.post("/relationships/thanks/tokens/back", data={"token": token}, follow_redirects=True)
        assert told in text_of(again)
    assert "a pen" not in text_of(again) and "$73.50" in text_of(again)


def sign_again(desk: Any, make: Any) -> None:
    from tests.clients import sign_in

    sign_in(desk, make.staff("manager", locations=[desk.place]))
    db.session.commit()


def test_the_desk_notes_the_wish_with_the_answer(desk: Any, make: Any) -> None:
    linda, visit = make.patient("Linda", "Marsh"), make.visit(desk.place, make.patient("New", "Person"))
    friend = make.sources()["friend_family"].id
    data = {"submission_id": str(uuid.uuid4()), "source": friend, f"patient-{friend}": linda.id, "wish": ["", "yes"]}
    make.visit(desk.place, linda)
    assert desk.post(f"/desk/visits/{visit.id}/answer", data=data).status_code == 303
    assert "New Person may be named" in text_of(desk.get("/relationships/thanks"))
