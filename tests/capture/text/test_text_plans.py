"""How a location texts, and the words: as managers and administrators set them."""

import html
import re
from collections.abc import Callable
from datetime import time

import pytest
from flask import Flask
from sqlalchemy import select

from intake.accounts.models import AuditEntry, Staff
from intake.capture.text.planning.planner import start_survey
from intake.capture.text.planning.wording import check_wording, current_wording
from intake.db import db
from intake.directory.models import Location
from intake.directory.practice.own_words import WordingRefused
from intake.directory.sources.records import DEFAULT_SOURCES
from intake.sms.consent.consent import record_consent
from intake.sms.models import OutboxText, TextPlan
from intake.survey.question import wording
from tests.clients import Client
from tests.making import Make

SignIn = Callable[[Client, Staff], None]
GOOD = "{practice} asks: who told you about us?\n{options}\nReply STOP to end."
PLAN = {
    "enabled": "y",
    "minutes": "90",
    "moment": "after",
    "opens": "08:30",
    "closes": "19:00",
    "daily_cap": "40",
    "reminds": "y",
    "reminder_hours": "20",
}


@pytest.fixture
def place(app: Flask, make: Make) -> Location:
    make.sources()
    make.location("Elsewhere")
    return make.location("Uptown")


@pytest.fixture
def manager(client: Client, make: Make, place: Location, sign_in: SignIn) -> Client:
    sign_in(client, make.staff("manager", all_locations=True))
    return client


def words(body: str) -> str:
    """A page's own text, tags taken out."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_plan_is_kept_as_it_was_filled_in(manager: Client, place: Location) -> None:
    response = manager.post(f"/texts/plan/{place.id}", data=PLAN)

    plan = db.session.get_one(TextPlan, place.id)
    assert response.status_code == 303
    assert (plan.enabled, plan.minutes_after, plan.daily_cap, plan.reminder_hours) == (True, 90, 40, 20)
    assert (plan.opens, plan.closes) == (time(8, 30), time(19, 0))
    assert "90 minutes after they arrive, at most 40 a day, one reminder" in words(manager.get("/texts/plan").text)
    assert "texting.planned" in set(db.session.scalars(select(AuditEntry.action)))


def test_minutes_before_the_appointment_count_backwards(manager: Client, place: Location) -> None:
    manager.post(f"/texts/plan/{place.id}", data=PLAN | {"minutes": "120", "moment": "before"})

    assert db.session.get_one(TextPlan, place.id).minutes_after == -120
    page = manager.get(f"/texts/plan/{place.id}").text
    assert 'value="120"' in page
    assert re.search(r'<option selected value="before">', page)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"minutes": "soon"}, "Type a whole number"),
        ({"minutes": "99999"}, "which is three days"),
        ({"minutes": "0", "moment": "before"}, "Say how many minutes before"),
        ({"closes": "08:30"}, "must come after the first"),
        ({"daily_cap": "0"}, "untick the box at the top"),
        ({"reminder_hours": "72"}, "after two days nobody is asked any more"),
        ({"opens": "05:00"}, "Not a valid choice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_what_to_do(
    manager: Client, place: Location, change: dict[str, str], says: str
) -> None:
    response = manager.post(f"/texts/plan/{place.id}", data=PLAN | change)

    assert response.status_code == 422
    assert says in words(response.text)
    assert 'value="40"' in response.text or "daily_cap" in change
    assert db.session.get(TextPlan, place.id) is None


def test_a_reminder_that_is_off_may_say_any_hours(manager: Client, place: Location) -> None:
    given = {name: value for name, value in PLAN.items() if name != "reminds"} | {"reminder_hours": ""}

    assert manager.post(f"/texts/plan/{place.id}", data=given).status_code == 303
    assert db.session.get_one(TextPlan, place.id).reminder_hours is None


def test_the_page_shows_the_text_with_its_numbers_length_and_cost(manager: Client, place: Location) -> None:
    page = words(manager.get(f"/texts/plan/{place.id}/wording").text)

    assert "Riverside Vein Clinic: How did you hear about us?" in page
    assert re.search(r"\b1 [A-Z].* 2 [A-Z]", page)
    assert "GSM-7" in page
    assert "2 of 2" in page
    assert "2.4 ¢" in page


def test_the_preview_follows_what_is_typed_and_saves_nothing(manager: Client, place: Location) -> None:
    part = manager.post(f"/texts/plan/{place.id}/preview", data={"language": "en", "body": GOOD})
    whole = manager.post(f"/texts/plan/{place.id}/wording", data={"body": GOOD, "do": "look"})

    assert "<html" not in part.text
    for page in (part.text, whole.text):
        assert "Riverside Vein Clinic asks: who told you about us?" in words(page)
    assert current_wording(place.id, "en") is None


def test_a_letter_outside_the_plain_alphabet_is_named_with_what_it_costs(manager: Client, place: Location) -> None:
    body = GOOD.replace("us?", "us? 🙂")

    page = words(manager.post(f"/texts/plan/{place.id}/preview", data={"body": body}).text)

    assert "UCS-2" in page
    assert "🙂 is not in the plain alphabet" in page


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (GOOD.replace("{practice}", "{patient_name}, {practice}"), "never says who the patient is"),
        (GOOD.replace("{practice}", "{clinic}"), "There is no {clinic}"),
        (GOOD.replace("{practice}", "{practice.__class__}"), "There is no"),
        (GOOD.replace("{practice}", "{practice:>99999999}"), "nothing else between the brackets"),
        (GOOD.replace("{options}", ""), "{options} is missing"),
        (GOOD.replace("STOP", "BYE"), "Every text says how to end"),
        (GOOD.replace("who told", "reply Yes if who told"), "Don’t ask for YES"),
        (GOOD + " {", "stands alone"),
        (GOOD + " x" * 200, "This is too long"),
        (GOOD + " " + "x" * 1200, "Two texts hold about 300"),
        (GOOD + " {link}", "turn it on in the plan"),
        (GOOD + "\u202e", "invisible character"),
    ],
)
def test_a_wording_that_cannot_be_sent_is_refused_and_stays_on_the_page(
    manager: Client, place: Location, body: str, says: str
) -> None:
    response = manager.post(f"/texts/plan/{place.id}/wording", data={"body": body, "do": "save"})

    assert response.status_code == 422
    assert says in words(response.text)
    assert html.escape(body, quote=False).strip() in response.text.replace("&#34;", '"').replace("&#39;", "'")
    assert current_wording(place.id, "en") is None


def test_a_saved_wording_is_what_the_next_patient_gets(manager: Client, place: Location, make: Make) -> None:
    manager.post(f"/texts/plan/{place.id}/wording", data={"body": GOOD.replace("\n", "\r\n"), "do": "save"})
    visit = make.visit(place, make.patient(mobile_e164="+15185550123"))
    record_consent(phone_e164="+15185550123", patient_id=visit.patient_id, source="desk", wording_version="1")

    start_survey(visit, plan=None)

    assert db.session.scalars(select(OutboxText.body)).one().startswith("Riverside Vein Clinic asks: who told you")


def test_where_few_answers_fit_the_text_leads_to_all_of_them(manager: Client, place: Location, make: Make) -> None:
    make.practice(name="Riverside Vein Clinic", languages=["en", "ur", "de"])
    for language, number in (("ur", "+15185550123"), ("de", "+15185550124")):
        visit = make.visit(place, make.patient(mobile_e164=number, language=language))
        record_consent(phone_e164=number, patient_id=visit.patient_id, source="desk", wording_version="1")
        start_survey(visit, plan=None)

    urdu, german = db.session.scalars(select(OutboxText.body).order_by(OutboxText.id))
    assert "/a/" in urdu and "STOP" in urdu and "\n1 " not in urdu
    assert "/a/" not in german and "\n1 " in german


def test_our_own_words_come_back_and_the_versions_stay(manager: Client, place: Location) -> None:
    address = f"/texts/plan/{place.id}/wording"
    manager.post(address, data={"body": GOOD, "do": "save"})
    manager.post(address, data={"body": GOOD, "do": "reset"})

    page = words(manager.get(address).text)
    assert current_wording(place.id, "en") is None
    assert "Version 1" in page
    assert "Version 2" in page


def test_each_language_has_words_of_its_own(manager: Client, place: Location) -> None:
    spanish = GOOD.replace("asks: who told you about us?", "pregunta: ¿quién le habló de nosotros?")

    manager.post(f"/texts/plan/{place.id}/wording", data={"language": "es", "body": spanish, "do": "save"})

    found = current_wording(place.id, "es")
    assert found is not None
    assert found.body == spanish
    assert current_wording(place.id, "en") is None


def test_the_link_stays_on_while_a_wording_leads_to_it(manager: Client, place: Location) -> None:
    manager.post(f"/texts/plan/{place.id}", data=PLAN | {"includes_link": "y"})
    manager.post(f"/texts/plan/{place.id}/wording", data={"body": GOOD + " {link}", "do": "save"})

    response = manager.post(f"/texts/plan/{place.id}", data=PLAN)

    assert response.status_code == 422
    assert "Take it out there first" in words(response.text)
    assert db.session.get_one(TextPlan, place.id).includes_link is True


def test_a_source_called_yes_is_never_offered_by_text(manager: Client, place: Location, make: Make) -> None:
    make.source(label="Yes")
    visit = make.visit(place, make.patient(mobile_e164="+15185550124"))
    record_consent(phone_e164="+15185550124", patient_id=visit.patient_id, source="desk", wording_version="1")

    start_survey(visit, plan=None)

    assert not re.search(r"\byes\b", db.session.scalars(select(OutboxText.body)).one(), re.IGNORECASE)


@pytest.mark.parametrize(
    "body", [GOOD, "{practice}. Start with a number:\n{options}\nstop: STOP", "¿{{o}} {practice} {options} STOP"]
)
def test_ordinary_wordings_pass(body: str) -> None:
    try:
        check_wording(body)
    except WordingRefused as error:
        pytest.fail(str(error))


LONG_NAME = (
    "The Lakeside and Riverside Regional Center for Vein and Vascular Medicine, Surgery and Wound Care of the Valley"
)


@pytest.mark.parametrize(
    ("name", "says"), [(LONG_NAME, "less fit into a text in"), ("Клиника " * 13, "not even two answers fit")]
)
def test_a_name_that_leaves_no_room_for_answers_is_said_on_plans_and_shortened(
    manager: Client, make: Make, place: Location, name: str, says: str
) -> None:
    assert "Short name for texts" in words(manager.get("/texts/plan").text)
    assert says not in words(manager.get("/texts/plan").text)
    make.practice(name=name.strip())

    assert says in words(manager.get("/texts/plan").text)

    assert manager.post("/texts/plan", data={"name": "Lakeside Vein"}).status_code == 303
    page = words(manager.get("/texts/plan").text)
    assert says not in page
    visit = make.visit(place, make.patient(mobile_e164="+15185550123"))
    record_consent(phone_e164="+15185550123", patient_id=visit.patient_id, source="desk", wording_version="1")
    start_survey(visit, plan=None)
    assert db.session.scalars(select(OutboxText)).one().body.startswith("Lakeside Vein: ")


@pytest.mark.parametrize("name", ["x" * 61, "12 34", "Клиника вен и сосудов города"])
def test_a_short_name_that_is_none_is_refused_and_stays_on_the_page(manager: Client, make: Make, name: str) -> None:
    refused = manager.post("/texts/plan", data={"name": name})

    assert refused.status_code == 422
    assert name in html.unescape(refused.text)
    assert make.practice().text_name is None


def test_spanish_texts_need_no_letter_that_a_text_loses() -> None:
    """Á, í, ó and ú cost half of a text's room and are left out; é, ñ and ¿ aren't, so that words look misspelled."""
    offered = {f"source.{each.code}.label" for each in DEFAULT_SOURCES if not each.parent}
    said = {key: words for key, words in wording.all_words("es").items() if key.startswith("text.") or key in offered}
    # Read at the desk, and never sent.
    del said["text.consent"]
    assert {key: words for key, words in said.items() if set("áíóúÁÍÓÚ") & set(words)} == {}
