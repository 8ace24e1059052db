"""What the conversation does with texts that are no plain answer."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from intake import clock
from intake.accounts.models import Staff
from intake.capture.text.conversation.reply import read_replies
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location
from intake.sms.consent.consent import is_stopped, may_be_texted, record_consent
from intake.sms.models import InboundText, TextStop
from intake.survey.models import Answer
from tests.capture.text.talking import PHONE, Talk
from tests.clients import Client
from tests.making import Make

SignIn = Callable[[Client, Staff], None]
OFFICE = "(518) 555-0199"
pytestmark = pytest.mark.on("sqlite")


def test_a_number_after_the_thanks_is_shown_beside_the_answer_before_it(
    talk: Talk, client: Client, make: Make, sign_in: SignIn
) -> None:
    talk.says(talk.number_of("insurance"))
    other = talk.number_of("online_search")
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        assert talk.says(other) == []
    sign_in(client, make.staff("front_desk", locations=[db.session.get_one(Location, talk.visit.location_id)]))

    shown = " ".join(re.sub(r"<[^>]+>", " ", client.get("/texts/replies").text).split())

    assert (talk.outcome, talk.answered()) == ("afterwards", ["insurance"])
    assert f"Before, they had answered {talk.number_of('insurance')} and then wrote {other}" in shown


@pytest.mark.parametrize("words", ["do you take medicaid?", "need a refill from Dr Chen"])
def test_an_errand_gets_one_kind_reply_and_leaves_the_survey_open(talk: Talk, words: str) -> None:
    (back,) = talk.says(words)

    assert OFFICE in back
    assert (talk.outcome, talk.answered(), talk.survey.closed_at) == ("errand", [], None)
    assert talk.says("please call me") == []
    assert talk.outcome == "errand"


@pytest.mark.parametrize("thanks", ["👍", "ok", "thanks", "gracias", "cảm ơn", "شكرا"])
def test_thanks_after_a_number_that_is_not_there_are_nothing_and_the_right_one_counts(talk: Talk, thanks: str) -> None:
    (again,) = talk.says("77")
    assert "couldn't read" in again
    assert (talk.says(thanks), talk.outcome, talk.answered()) == ([], "courtesy", [])
    assert talk.says("78") == []
    assert (talk.outcome, talk.answered(), talk.survey.closed_at) == ("no_such_number", [], None)

    talk.says(talk.number_of("insurance"))

    assert talk.answered() == ["insurance"]
    assert db.session.scalars(select(Answer)).one().verbatim == talk.number_of("insurance")


def test_a_number_that_is_not_there_is_no_part_of_the_words_after_it(talk: Talk) -> None:
    talk.says("77")
    talk.says("xqzt blorf")
    assert db.session.scalars(select(Answer)).one().verbatim == "xqzt blorf"


def test_a_greeting_is_asked_once_what_we_want_to_know(talk: Talk) -> None:
    assert ["couldn't read" in back for back in talk.says("ok")] == [True]
    assert (talk.says("ok thank you"), talk.outcome) == ([], "courtesy")
    assert ["couldn't read" in back for back in talk.says("77")] == [True]


@pytest.mark.parametrize("thanks", ["thx", "ty", "gracias", "ok thank you", "merci beaucoup"])
def test_thanks_after_we_said_whom_to_call_are_nothing(talk: Talk, thanks: str) -> None:
    talk.says("please call me about my bill")
    assert (talk.says(thanks), talk.outcome, talk.survey.closed_at) == ([], "courtesy", None)
    talk.says(talk.number_of("friend_family"))
    talk.says("please call me about my bill")
    assert (talk.says(thanks), talk.outcome, talk.survey.step) == ([], "courtesy", "which_person")


@pytest.mark.parametrize(
    "words", ["idk my wife handles that stuff", "my wife handles all that idk", "no se, mi esposa se encarga de eso"]
)
def test_whoever_leaves_it_to_another_does_not_remember(talk: Talk, words: str) -> None:
    talk.says(words)
    assert (talk.outcome, db.session.scalars(select(Answer.outcome)).one()) == ("answer", "dont_remember")


def test_a_stop_from_an_unknown_phone_is_confirmed_in_its_language(talk: Talk) -> None:
    for number, (words, confirmed) in enumerate(
        {
            "no mas por favor": "mensajes",
            "ya no me manden mensajes por favor": "mensajes",
            "đừng nhắn tin nữa": "tin nhắn",
            "توقفوا عن الرسائل": "رسائل",
            "leave me the hell alone": "texts",
        }.items()
    ):
        (back,) = talk.says(words, phone=f"+1518555020{number}")
        assert confirmed in back, back
        assert talk.says(words, phone=f"+1518555020{number}") == []


def test_reactions_and_auto_replies_are_nothing(talk: Talk) -> None:
    assert talk.says(f"Liked “{talk.asked}”") == []
    assert talk.says("I'm driving with Do Not Disturb While Driving turned on. I'll see your message later.") == []
    assert (
        talk.says("(I'm not receiving notifications. If this is urgent, reply “urgent” to send a notification.)") == []
    )
    assert not is_stopped(PHONE)
    assert talk.says(talk.number_of("insurance"))
    assert talk.answered() == ["insurance"]
    assert talk.says("Thank you!") == []
    assert talk.outcome == "courtesy"


def test_a_correction_counts_after_the_thanks_and_in_between(talk: Talk) -> None:
    talk.says(talk.number_of("friend_family"))
    talk.says(f"sorry I meant {talk.number_of('insurance')}")
    assert talk.answered() == ["insurance"]
    assert talk.survey.closed_because == "answered"

    assert talk.says("actually it was google")
    assert talk.answered() == ["online_search"]
    turns = select(func.count(Answer.id)).where(Answer.visit_id == talk.visit.id)
    assert db.session.scalar(turns) == 3


def test_a_correction_after_two_days_or_of_nothing_readable_waits_for_a_person(talk: Talk) -> None:
    talk.says(talk.number_of("insurance"))
    assert talk.says("oops") == []
    assert talk.outcome == "unclear_correction"
    with time_machine.travel(clock.now() + timedelta(hours=49), tick=False):
        assert talk.says("sorry I meant google") == []

    assert talk.outcome == "unclear_correction"
    assert talk.answered() == ["insurance"]


def test_two_halves_sent_within_seconds_are_one_reply(talk: Talk) -> None:
    assert talk.says("It was my") == []
    talk.says("cousin Rosa")

    assert talk.answered() == ["friend_family"]
    assert talk.named() == "Rosa"


def test_half_a_reply_is_read_alone_when_nothing_follows(talk: Talk) -> None:
    talk.says("heard from")
    with time_machine.travel(clock.now() + timedelta(seconds=30), tick=False):
        read_replies(talk.settings)

    assert talk.outcome == "unreadable"


def test_what_stands_beside_a_stop_counts(talk: Talk) -> None:
    (back,) = talk.says("Stop. I heard from Dr Patel")

    assert is_stopped(PHONE)
    assert talk.answered() == ["doctor"]
    assert back.startswith("Riverside Vein Clinic: You won't get any more texts")
    assert db.session.scalars(select(TextStop.reason)).one() == "phrase"


def test_a_stop_is_confirmed_in_the_surveys_language(settings: Settings, make: Make) -> None:
    (back,) = Talk(settings, make, language="es").says("ALTO")

    assert "Ya no le enviaremos mensajes" in back
    assert db.session.scalars(select(TextStop.reason)).one() == "word"


def test_where_a_stop_is_in_doubt_they_are_asked_once(talk: Talk) -> None:
    back = talk.says("I never asked for texts but my cousin Lena told me about you")

    assert not is_stopped(PHONE)
    assert sum("reply STOP to end" in text for text in back) == 1
    # The cousin counts beside the complaint.
    assert talk.answered() == ["friend_family"]


def test_yes_lifts_no_stop_that_was_inferred_and_start_does(talk: Talk) -> None:
    talk.says("please leave me alone, take me off your list")
    talk.says("YES")
    assert is_stopped(PHONE)
    talk.says("START")
    assert not is_stopped(PHONE)
    talk.says("STOP")
    talk.says("yes")
    assert not is_stopped(PHONE)


@pytest.mark.parametrize(("words", "outcome"), [("wrong number", "wrong_number"), ("she passed away in May", "died")])
def test_a_wrong_number_or_a_death_ends_texting_for_that_patient(
    talk: Talk, make: Make, words: str, outcome: str
) -> None:
    sibling = make.patient(mobile_e164=PHONE)
    record_consent(phone_e164=PHONE, patient_id=sibling.id, source="desk", wording_version="1")

    assert len(talk.says(words)) == 1

    assert (talk.outcome, talk.answered()) == (outcome, [])
    assert not may_be_texted(PHONE, patient_id=talk.patient_id)
    assert may_be_texted(PHONE, patient_id=sibling.id)
    talk.says("YES")
    assert not may_be_texted(PHONE, patient_id=talk.patient_id)


def test_who_wishes_for_no_texts_beside_a_death_gets_none_about_anybody(talk: Talk, make: Make) -> None:
    sibling = make.patient(mobile_e164=PHONE)
    record_consent(phone_e164=PHONE, patient_id=sibling.id, source="desk", wording_version="1")

    talk.says("she passed away in May, stop sending this")

    assert talk.outcome == "died"
    assert not may_be_texted(PHONE, patient_id=sibling.id)


def test_a_short_code_is_kept_and_not_answered(talk: Talk) -> None:
    assert talk.says("Your verification code is 884213. Reply STOP to unsubscribe", phone="73273") == []
    assert talk.outcome == "short_code"
    assert db.session.scalars(select(TextStop)).all() == []


def test_a_stop_on_another_channel_belongs_to_its_number_alone(talk: Talk) -> None:
    assert talk.says("STOP", phone=f"whatsapp:{PHONE}") == []
    assert db.session.scalars(select(TextStop.phone_e164)).all() == [PHONE]
    assert talk.says("google", phone="rcs:+15185550123") == []
    assert talk.outcome == "other_channel"


def test_help_is_not_answered_twice(talk: Talk) -> None:
    assert talk.says("HELP", opt_out_type="HELP") == []
    assert len(talk.says("HELP")) == 1


def test_a_card_or_social_security_number_is_kept_of_no_text(settings: Settings, make: Make) -> None:
    talk = Talk(settings, make)
    talk.says("can you charge 4111-1111-1111-1111, my ssn is 123-45-6789")
    assert db.session.scalars(select(InboundText.body)).one() == "can you charge •••• 1111, my ssn is •••-••-••••"
