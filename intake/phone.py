"""Phone numbers: what people type in, E.164 in the database, the form that people here dial on pages."""

import phonenumbers

DEFAULT_REGION = "US"


class NotAPhoneNumber(ValueError):
    """The text can't be read as a phone number that could exist."""


def to_e164(text: str, region: str = DEFAULT_REGION) -> str:
    """E.164 form of what somebody typed; raises NotAPhoneNumber."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise NotAPhoneNumber(text) from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise NotAPhoneNumber(text)
    if not phonenumbers.is_valid_number(number) and not is_fictional(number):
        raise NotAPhoneNumber(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(phone_e164: str | None) -> str:
    """As people here write it, for pages: one of another country keeps its +code; empty for none."""
    if not phone_e164:
        return ""
    number = phonenumbers.parse(phone_e164, None)
    here = number.country_code == phonenumbers.country_code_for_region(DEFAULT_REGION)
    shapes = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, shapes.NATIONAL if here else shapes.INTERNATIONAL)


def said(text: str) -> str:
    """A number as some file holds it, in the form people know; the text itself when it is no number."""
    try:
        return national(to_e164(text)) if text else ""
    except NotAPhoneNumber:
        return text


def dialled(text: str) -> str:
    """What a telephone calls for a number as some file holds it; empty when it is no number."""
    try:
        return to_e164(text)
    except NotAPhoneNumber:
        return ""


def is_fictional(number: phonenumbers.PhoneNumber) -> bool:
    """Return whether the number is one that nobody has."""
    # 555-0100 to 555-0199 is reserved for fiction; demo and test people carry these so that nobody real is called.
    area, line = divmod(number.national_number or 0, 10_000_000)
    return number.country_code == 1 and area >= 200 and 5_550_100 <= line <= 5_550_199
