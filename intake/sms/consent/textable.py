"""Numbers that can be texted from here: of the United States, their territories and Canada, and no special lines.

+1 is also the code of some twenty other countries, where a text costs many times as much. What kind of line a number
of these three is on, nobody can see from the number but for the special ones; a landline the carrier refuses.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from intake.phone import is_fictional
from intake.sms.consent.location_hours import TERRITORY_ZONES

HERE = frozenset({"US", "CA", *TERRITORY_ZONES})
_NO_LINE_OF_A_PERSON = {
    PhoneNumberType.TOLL_FREE: "A toll-free number can’t be texted. Ask for the patient’s mobile number.",
    PhoneNumberType.PREMIUM_RATE: "A 900 number can’t be texted. Ask for the patient’s mobile number.",
}
_SPECIAL = "This is a special number that can’t be texted. Ask for the patient’s mobile number."
_OF_A_PERSON = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@lru_cache(maxsize=4096)
def why_not_textable(phone_e164: str) -> str:
    """Return, in words for staff, why this number can't be texted; empty when it can."""
    try:
        number = phonenumbers.parse(phone_e164, None)
    except phonenumbers.NumberParseException:
        return "This isn’t a telephone number that can be texted."
    kind = phonenumbers.number_type(number)
    if number.country_code == 1 and kind in _NO_LINE_OF_A_PERSON:
        return _NO_LINE_OF_A_PERSON[kind]
    if phonenumbers.region_code_for_number(number) not in HERE:
        return "Only numbers of the United States, their territories and Canada can be texted."
    return "" if kind in _OF_A_PERSON or is_fictional(number) else _SPECIAL
