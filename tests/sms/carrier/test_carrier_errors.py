"""What the carrier's error numbers mean: only those about the number end a text, and all have words."""

import tomllib
from pathlib import Path

import pytest

from intake.capture.text.staff_pages.tabs import say_pause
from intake.config import Settings
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.sms.carrier import carrier_errors
from intake.sms.carrier.carrier_errors import UNLISTED, ErrorAction, ErrorSubject, carrier_error, names
from intake.sms.models import OutboxText, TextState
from intake.sms.queue import line
from intake.sms.queue.receiving import record_status
from intake.sms.queue.retrying import MOST_LOST, SendStep
from tests.making import Make
from tests.sms.carriers import PHONE, queue, send, visit_of_phone

# https://www.twilio.com/docs/api/errors, those that come back for a message or its report.
DOCUMENTED = (
    *range(21601, 21624),
    *(20001, 20003, 20005, 20006, 20008, 20403, 20404, 20429, 20500, 20503),
    *(21211, 21212, 21265, 21266, 21267, 21268, 21408, 21624, 21635, 21653, 21654, 21656, 21657, 21658, 21659, 21660),
    *(21661, 21701, 21702, 21703, 21704, 21705, 21708, 21709, 21715, 21717, 21729, 21730),
    *range(30001, 30025),
    *(30027, 30032, 30033, 30034, 30035, 30036, 30037, 30038, 30040, 30042, 30044, 30045, 30400, 30410, 30450),
    *range(63001, 63040),
    *(14107, 90007, 572002),
)
ABOUT_US = (
    *(21601, 21603, 21606, 21608, 21611, 21659, 21703, 21705, 30001, 30002, 30022, 30023, 30032, 30034, 63038, 20404),
    *(20003, 20005, 21408, 21609, 21660, 21701, 21704, 30033, 30037, 30044),
)
ABOUT_THE_NUMBER = (21211, 21265, 21610, 21612, 21614, 21635, 30003, 30004, 30005, 30006)


def test_every_documented_error_has_words() -> None:
    for code in DOCUMENTED:
        kind = carrier_error(code)

        assert kind is not UNLISTED, code
        assert kind.says.endswith("."), code
        assert bool(kind.do) or kind.next not in (ErrorAction.PAUSE, ErrorAction.ASK, ErrorAction.TOMORROW), code


def test_an_error_stands_once_and_its_name_fits_where_it_is_kept() -> None:
    table = tomllib.loads(Path(carrier_errors.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    codes = [code for kind in table.values() for code in kind["codes"]]

    assert len(codes) == len(set(codes))
    assert all(len(name) <= 20 for name in names())


def test_only_errors_about_the_number_are_about_the_number() -> None:
    assert {carrier_error(code).about for code in ABOUT_US} == {ErrorSubject.ACCOUNT}
    assert {carrier_error(code).about for code in ABOUT_THE_NUMBER} == {ErrorSubject.NUMBER}


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("code", [*ABOUT_US, 21999, 30999])
def test_a_refusal_that_is_about_us_burns_no_survey(
    queued: OutboxText, settings: Settings, carrier: Carrier, code: int
) -> None:
    carrier.refused[PHONE] = code

    assert send(queued, settings) in (SendStep.LATER, SendStep.PAUSED)

    assert (queued.state, queued.error_code, queued.closed_at) == (TextState.QUEUED, code, None)
    carrier.refused.clear()
    line.resume()
    assert send(queued, settings) == SendStep.SENT
    assert queued.error_code is None


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("code", [30001, 30002, 30022, 30023, 30032, 30034, 63038, 30003, 30036])
def test_a_report_that_is_about_us_burns_no_survey(
    queued: OutboxText, settings: Settings, carrier: Carrier, code: int
) -> None:
    lose(queued, settings, carrier, code)

    assert (queued.state, queued.error_code, queued.sent_at) == (TextState.QUEUED, code, None)
    line.resume()
    assert send(queued, settings) == SendStep.SENT


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("code", [21606, 21608, 30002, 30034, 21703, 20404])
def test_a_fault_of_our_account_pauses_the_line_and_says_what_to_do(
    queued: OutboxText, settings: Settings, carrier: Carrier, code: int
) -> None:
    carrier.refused[PHONE] = code

    assert send(queued, settings) == SendStep.PAUSED

    because = line.status().paused_because
    assert because == carrier_error(code).name
    assert "resume" in say_pause(because)


@pytest.mark.on("sqlite")
def test_a_sender_that_cannot_reach_one_country_keeps_nobody_else_waiting(
    queued: OutboxText, make: Make, settings: Settings, carrier: Carrier
) -> None:
    taken = make.text(make.visit(), state=TextState.SENT)
    carrier.refused[PHONE] = 21703

    assert send(queued, settings) == SendStep.LATER
    assert not line.is_paused()
    assert queued.not_before >= line.tomorrow()

    # Once another fares no better it is our sender after all.
    taken.state = TextState.FAILED
    other = queue(visit_of_phone(make), "survey:other")
    other.error_code = 21703
    assert send(queued, settings) == SendStep.PAUSED


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("code", [30023, 63038])
def test_the_carriers_daily_limit_holds_all_but_answers_until_tomorrow(
    queued: OutboxText, settings: Settings, carrier: Carrier, code: int
) -> None:
    carrier.refused[PHONE] = code

    assert send(queued, settings) == SendStep.LATER

    assert line.is_held()
    assert not line.is_paused()
    assert line.status().held_because == "daily_limit"
    assert queued.not_before >= line.tomorrow()


@pytest.mark.on("sqlite")
def test_a_phone_that_was_switched_off_is_tried_once_more(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    lose(queued, settings, carrier, 30003)
    assert queued.state == TextState.QUEUED
    lose(queued, settings, carrier, 30003)

    assert (queued.state, queued.reason) == (TextState.FAILED, "switched_off")
    assert len(carrier.sent_to(PHONE)) == 2


@pytest.mark.on("sqlite")
def test_a_text_that_the_carrier_loses_time_and_again_ends(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    for _ in range(MOST_LOST):
        assert queued.state == TextState.QUEUED
        lose(queued, settings, carrier, 30001)

    assert (queued.state, queued.reason) == (TextState.FAILED, "queue_full")


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("code", [30004, 30005, 30006, 30007, 30008, 30999])
def test_a_text_that_is_lost_for_good_is_not_sent_again(
    queued: OutboxText, settings: Settings, carrier: Carrier, code: int
) -> None:
    lose(queued, settings, carrier, code)

    assert (queued.state, queued.reason) == (TextState.FAILED, carrier_error(code).name)


@pytest.mark.on("sqlite")
def test_bad_news_of_an_earlier_try_is_no_news_of_the_text(
    queued: OutboxText, settings: Settings, carrier: Carrier
) -> None:
    lose(queued, settings, carrier, 30001)
    assert send(queued, settings) == SendStep.SENT
    first = carrier.sent_to(PHONE)[0]

    record_status(attempt_id=attempt_of(first), message_sid=first.sid, status="undelivered", error_code=30006)

    assert queued.state == TextState.SENT


def lose(text: OutboxText, settings: Settings, carrier: Carrier, code: int) -> None:
    """Send it, and have the carrier report that it did not arrive."""
    assert send(text, settings) == SendStep.SENT
    message = carrier.sent_to(PHONE)[-1]
    assert record_status(attempt_id=attempt_of(message), message_sid=message.sid, status="failed", error_code=code)
    db.session.commit()


def attempt_of(message: object) -> str:
    return str(message.status_callback).rpartition("/")[2]  # type: ignore[attr-defined]
