"""Which numbers are texted, and that each of them has a clock."""

import pytest

from intake.phone import NotAPhoneNumber, to_e164
from intake.sms.consent.location_hours import TERRITORY_ZONES, zones_of
from intake.sms.consent.textable import why_not_textable

AREA_CODES = {"AS": "684", "GU": "671", "MP": "670", "PR": "787", "VI": "340"}


@pytest.mark.parametrize("number", ["+15185550123", "+14165550123", "+18085551234", "+18675551234"])
def test_numbers_of_the_united_states_and_canada_are_texted(number: str) -> None:
    assert why_not_textable(number) == ""


@pytest.mark.parametrize("region", TERRITORY_ZONES)
@pytest.mark.parametrize("line", ["5550123", "6332345", "2345678"])
def test_every_territory_is_texted_by_its_own_clock(region: str, line: str) -> None:
    number = f"+1{AREA_CODES[region]}{line}"

    if line == "5550123":
        assert why_not_textable(number) == ""
    assert zones_of(number) == {TERRITORY_ZONES[region]}


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        *((f"+1{area}5550123", "toll-free") for area in ("800", "888", "877", "866", "855", "844", "833")),
        ("+19005551234", "900 number"),
        ("+15005551234", "special number"),
        ("+16225551234", "special number"),
        *((f"+1{area}5550123", "Only numbers of") for area in ("876", "242", "809", "441", "345", "868")),
        ("+447700900123", "Only numbers of"),
        ("+525512345678", "Only numbers of"),
        ("72345", "isn’t a telephone number"),
    ],
)
def test_others_are_refused_with_the_reason(number: str, reason: str) -> None:
    assert reason in why_not_textable(number)


@pytest.mark.parametrize("typed", ["73273", "911", "555 0123", "1-800-FLOWERS-AND-MORE"])
def test_short_codes_and_parts_of_numbers_are_no_numbers(typed: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        to_e164(typed)
