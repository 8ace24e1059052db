"""Tokens of thanks to patients who sent somebody: off unless the practice says otherwise, and then capped.

Small things of little value may be given to people insured by the federal government; cash and what can be spent like
it may not (42 U.S.C. 1320a-7a(i)(6); OIG policy statement of 2016-12-07). A reward for a referral is another matter,
which no amount is small enough for, so a token is never tied to one.
"""

import re
from datetime import date

from intake.directory.patients import queries as directory
from intake.liaison.gifts.limits import Limits, limits
from intake.liaison.gifts.messages import dollars
from intake.liaison.gifts.models import LimitKind

_CASH = re.compile(
    r"\b(cash|money|gift\s*cards?|gift\s*certificates?|e-?gift|vouchers?|prepaid|pre-paid|visa\s+card|check|cheque"
    r"|bitcoin|venmo|paypal|zelle)\b",
    re.IGNORECASE,
)


def is_like_cash(what: str) -> bool:
    """Whether these words name cash, or something that can be spent like it."""
    return bool(_CASH.search(what))


def token_refusal(what: str, *, cents: int, day: date, given_in_year: int) -> str:
    """Why a patient can't be given this token on that day, in a sentence; "" when they can.

    `given_in_year` are the cents they got in the same calendar year before.
    """
    if not directory.practice().patient_tokens:
        return "Tokens of thanks are switched off. A manager can switch them on under Gifts; thank them by word."
    return refusal_by_caps(limits(), what, cents=cents, day=day, given_in_year=given_in_year)


def refusal_by_caps(caps: Limits, what: str, *, cents: int, day: date, given_in_year: int) -> str:
    """The same by these caps, for a practice that gives tokens."""
    piece, year = caps.on(LimitKind.TOKEN_PIECE, day), caps.on(LimitKind.TOKEN_YEAR, day)
    if is_like_cash(what):
        return "Nobody may be given cash, or anything that can be spent like it, such as a gift card."
    if piece is None or year is None:
        return "No cap is known for that day. A manager can enter one under Gifts."
    if cents > piece.cents:
        return f"One piece may be worth {dollars(piece.cents)} at most; this is {dollars(cents)}."
    if given_in_year + cents > year.cents:
        left = max(0, year.cents - given_in_year)
        told = f"A patient may be given {dollars(year.cents)} in a year; {dollars(left)} are left"
        return f"{told}, this is {dollars(cents)}."
    return ""
