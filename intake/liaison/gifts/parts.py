"""What this folder tells the others: the limit when a touchpoint is kept, and a line of the brief."""

from collections.abc import Iterator
from datetime import date

from flask import Flask

from intake.accounts.current import current_locations
from intake.liaison.gifts.ledger import allowances, refusal
from intake.liaison.gifts.messages import dollars
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, GIFT_LIMITS, BriefLine, BriefSection
from intake.liaison.page.referrers import today
from intake.liaison.touchpoints.queries import undecided_gifts
from intake.web.http.url_converters import fixed_address


def init_app(app: Flask) -> None:
    GIFT_LIMITS.add(app, refusal)
    BRIEF.add(app, gift_lines)


def gift_lines(party: Party) -> Iterator[BriefLine]:
    """What may still be given to a physician this year, and what was given to an office and is nobody's yet."""
    year, href = today().year, fixed_address("gifts.gifts")
    if party.physician_ids:
        allowance = allowances(year, party.physician_ids[:1])[party.physician_ids[0]]
        text = f"{dollars(allowance.left)} left of {dollars(allowance.limit or 0)} in {year}."
        if allowance.limit is None:
            text = f"No limit of gifts is entered for {year}: give nothing."
        yield BriefLine(BriefSection.GIFTS, text, href=href)
    days = {"first_day": date(year, 1, 1), "last_day": date(year, 12, 31)}
    given = undecided_gifts(**days, location_ids=current_locations())
    practice_id = party.practice.id if party.practice else 0
    at = [row for row in given if practice_id in {each.practice_id for each in row.participants}]
    if cents := sum(row.office_cents for row in at):
        text = f"{dollars(cents)} given to their office: a manager has to say for whom it counts."
        yield BriefLine(BriefSection.GIFTS, text, href=href)
