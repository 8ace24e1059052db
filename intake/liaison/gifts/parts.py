"""What this folder tells the others: the limit when a touchpoint is kept, and a line of the brief."""

from collections.abc import Iterator
from datetime import date

from flask import Flask

from intake.accounts.current import current_locations
from intake.liaison.gifts.ledger import allowances, names, refusal
from intake.liaison.gifts.limits import limits
from intake.liaison.gifts.messages import dollars
from intake.liaison.page.parties import Party
from intake.liaison.page.parts import BRIEF, GIFT_LIMITS, BriefLine, BriefSection
from intake.liaison.page.referrers import referring_ids, today
from intake.liaison.touchpoints.queries import undecided_gifts
from intake.web.http.url_converters import fixed_address


def init_app(app: Flask) -> None:
    GIFT_LIMITS.add(app, refusal)
    BRIEF.add(app, gift_lines)


def _left(physician_ids: list[int], year: int) -> str:
    known, limit = allowances(year, physician_ids), limits().of_year(year)
    if limit is None:
        return f"No limit of gifts is entered for {year}: give nothing."
    if len(known) == 1:
        return f"{dollars(next(iter(known.values())).left)} left of {dollars(limit)} in {year}."
    called = names([one for one, allowance in known.items() if allowance.given])
    parts = [f"{name} {dollars(known[one].left)}" for one, name in called.items()]
    if len(called) < len(known):
        parts.append(f"{'the others' if called else 'each physician'} {dollars(limit)}")
    return f"Left in {year}: {', '.join(parts)}."


def gift_lines(party: Party) -> Iterator[BriefLine]:
    """What may still be given this year to a physician, or to each of a practice; and what was given to an office and
    is nobody's yet.
    """
    year, href = today().year, fixed_address("gifts.gifts")
    if ids := referring_ids(party):
        yield BriefLine(BriefSection.GIFTS, _left(ids, year), href=href)
    days = {"first_day": date(year, 1, 1), "last_day": date(year, 12, 31)}
    given = undecided_gifts(**days, location_ids=current_locations())
    practice_id = party.practice.id if party.practice else 0
    at = [row for row in given if practice_id in {each.practice_id for each in row.participants}]
    if cents := sum(row.office_cents for row in at):
        text = f"{dollars(cents)} given to their office: a manager has to say for whom it counts."
        yield BriefLine(BriefSection.GIFTS, text, href=href)
