"""Whatever the carrier does, on whatever it is asked, comes back as one of the gateway's own kinds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from intake import clock
from intake.config import Settings
from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.sms.carrier.gateway import LineFacts, TwilioGateway
from intake.sms.carrier.gateway_errors import Busy, GatewayError, Locked, TextRefused, Unknown, error_for
from tests.sms.carriers import PHONE, attempted

pytestmark = pytest.mark.on("sqlite")

LONG_AGO = timedelta(days=3650)
READS: dict[str, Callable[[TwilioGateway], Any]] = {
    "texts to a phone": lambda gateway: gateway.messages_to(PHONE, since=clock.now() - LONG_AGO),
    "texts from people": lambda gateway: list(gateway.messages_from_people(since=clock.now() - LONG_AGO)),
    "refused texts": lambda gateway: gateway.opted_out(since=clock.now() - LONG_AGO),
    "numbers of a service": lambda gateway: gateway._own_numbers(),
}
KINDS = {
    Fault.UNAUTHORIZED: Locked,
    Fault.FORBIDDEN: Locked,
    Fault.TOO_MANY: Busy,
    Fault.FAILS_BEFORE: Busy,
    Fault.RUBBISH: Busy,
    Fault.MALFORMED: Busy,
    Fault.HANGS: Busy,
    Fault.DROPS: Busy,
}
SENDING = KINDS | {
    # Whatever leaves open whether it was taken.
    **dict.fromkeys((Fault.FAILS_BEFORE, Fault.RUBBISH, Fault.MALFORMED, Fault.HANGS, Fault.DROPS), Unknown),
    **dict.fromkeys((Fault.FAILS_AFTER, Fault.HANGS_AFTER, Fault.RUBBISH_AFTER), Unknown),
}


@pytest.fixture
def gateway(settings: Settings, carrier: Carrier) -> TwilioGateway:
    return TwilioGateway(settings.model_copy(update={"twilio_sender": carrier.service_sid}))


@pytest.mark.parametrize("fault", KINDS)
@pytest.mark.parametrize("asked", READS)
def test_a_list_that_fails_fails_in_the_gateways_own_way(
    gateway: TwilioGateway, carrier: Carrier, asked: str, fault: Fault
) -> None:
    carrier.read_faults = {fault: 1.0}

    with pytest.raises(GatewayError) as raised:
        READS[asked](gateway)

    assert type(raised.value) is KINDS[fault]


@pytest.mark.parametrize("fault", KINDS)
def test_the_set_up_page_says_what_it_can_whatever_fails(
    gateway: TwilioGateway, carrier: Carrier, fault: Fault
) -> None:
    carrier.read_faults = {fault: 1.0}

    assert gateway.account_facts() in (LineFacts(known=False), LineFacts(reached=False))


@pytest.mark.parametrize("fault", SENDING)
def test_a_text_that_fails_to_be_sent_does_so_in_the_gateways_own_way(
    gateway: TwilioGateway, carrier: Carrier, fault: Fault
) -> None:
    carrier.faults = {fault: 1.0}

    assert type(attempted(gateway)) is SENDING[fault]


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.RUBBISH, Fault.DROPS])
def test_a_later_page_that_fails_fails_like_the_first(
    settings: Settings, carrier: Carrier, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.sms.carrier.gateway.LIST_PAGE", 2)
    for number in range(5):
        carrier.text_from(PHONE, str(number))
    carrier.read_faults, carrier.read_faults_from = {fault: 1.0}, 1
    found = TwilioGateway(settings).messages_from_people(since=clock.now() - LONG_AGO)

    assert [next(found).body, next(found).body] == ["4", "3"]
    with pytest.raises(Busy):
        next(found)


@pytest.mark.parametrize(
    ("status", "code", "sends", "becomes"),
    [
        (404, None, True, Busy),
        (413, None, True, Busy),
        (408, None, True, Unknown),
        (302, None, True, Unknown),
        (503, 20503, True, Unknown),
        (503, 20503, False, Busy),
        (400, 21611, True, Busy),
        (400, 63038, True, Busy),
        (400, 21999, True, Busy),
        (404, 20404, True, Locked),
        (400, 21606, True, Locked),
        (403, 21408, True, Locked),
        (403, 21610, True, TextRefused),
        (403, None, True, Locked),
        (401, 20005, False, Locked),
    ],
)
def test_an_answer_is_told_by_the_carriers_number_before_its_status(
    status: int, code: int | None, sends: bool, becomes: type[GatewayError]
) -> None:
    assert type(error_for(status, code, sends=sends)) is becomes


def test_a_carrier_that_is_not_there_took_nothing(settings: Settings) -> None:
    gone = TwilioGateway(settings.model_copy(update={"twilio_api_url": "http://127.0.0.1:9"}))

    assert type(attempted(gone)) is Busy
    assert gone.account_facts() == LineFacts(reached=False)


def test_what_the_carrier_says_by_itself_is_none_of_our_texts(settings: Settings, carrier: Carrier) -> None:
    carrier.replies_itself = True
    carrier.text_from(PHONE, "STOP")

    assert len(carrier.sent_to(PHONE)) == 1
    assert TwilioGateway(settings).messages_to(PHONE, since=clock.now() - LONG_AGO) == []


def test_calls_are_made_with_the_key_and_for_the_account_that_texts(settings: Settings, carrier: Carrier) -> None:
    """A standard key may not look at the account, which is no reason to call it wrong."""
    carrier.api_keys["SK" + "1" * 32] = "secret"
    with_key = settings.model_copy(
        update={
            "twilio_api_key": "SK" + "1" * 32,
            "twilio_api_secret": SecretStr("secret"),
            "twilio_auth_token": SecretStr("of signatures only"),
        }
    )

    assert attempted(TwilioGateway(with_key)) is None
    facts = TwilioGateway(with_key).account_facts()
    assert (facts.reached, facts.known, facts.active, facts.has_sender) == (True, True, None, True)
    wrong = with_key.model_copy(update={"twilio_api_secret": SecretStr("another")})
    assert type(attempted(TwilioGateway(wrong))) is Locked
    assert not TwilioGateway(wrong).account_facts().known


def test_a_region_is_reached_by_its_door(settings: Settings) -> None:
    abroad = TwilioGateway(settings.model_copy(update={"twilio_region": "ie1", "twilio_edge": "dublin"}))

    assert abroad._client.get_hostname("https://api.twilio.com/x") == "https://api.dublin.ie1.twilio.com/x"
