"""What this folder tells the others: the limit when a touchpoint is kept, and a line of the brief."""

from collections.abc import Iterator

from flask import Flask

from intake.liaison.gifts.ledger import allowances, refusal
from intake.liaison.gifts.messages import dollars
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, GIFT_LIMITS, BriefLine, BriefSection
from intake.liaison.page.referrers import today
from intake.web.http.url_converters import fixed_address


def init_app(app: Flask) -> None:
    GIFT_LIMITS.add(app, refusal)
    BRIEF.add(app, gift_lines)


def gift_lines(party: Party) -> Iterator[BriefLine]:
    """What may still be given to a physician this year."""
    if not party.physician_ids:
        return
    year = today().year
    allowance = allowances(year, party.physician_ids[:1])[party.physician_ids[0]]
    if allowance.limit is None:
        text = f"No limit of gifts is entered for {year}: give nothing."
    else:
        text = f"{dollars(allowance.left)} left of {dollars(allowance.limit)} in {year}."
    yield BriefLine(BriefSection.GIFTS, text, href=fixed_address("gifts.gifts"))
