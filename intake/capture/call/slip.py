"""What a call slip holds beside who phoned and what led them here: plain values and their words."""

import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum
from string import ascii_lowercase

from intake.directory.dates import UnreadableDate, read_date
from intake.directory.practice.own_words import OwnWords


class CallerKind(StrEnum):
    NEW = "new"
    EXISTING = "existing"
    OTHER = "other"


class ForWhom(StrEnum):
    SELF = "self"
    CHILD = "child"
    PARTNER = "partner"
    PARENT = "parent"
    OTHER = "other"


class CallResult(StrEnum):
    BOOKED = "booked"
    CALL_BACK = "call_back"
    WAITING = "waiting"
    NOT_BOOKED = "not_booked"
    # Of calling back.
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"


class WhyNot(StrEnum):
    NO_TIME_SOON = "no_time_soon"
    PLAN = "plan"
    PRICE = "price"
    THINKING = "thinking"
    ELSEWHERE = "elsewhere"
    NOT_REACHED = "not_reached"
    HUNG_UP = "hung_up"
    OTHER = "other"
    # Nobody could have booked these.
    SERVICE = "service"
    WRONG_PLACE = "wrong_place"
    INFORMATION = "information"


KINDS = {CallerKind.NEW: "New", CallerKind.EXISTING: "Already a patient", CallerKind.OTHER: "Somebody else"}
FOR_WHOM = {
    ForWhom.SELF: "themselves",
    ForWhom.CHILD: "their child",
    ForWhom.PARTNER: "their partner",
    ForWhom.PARENT: "their parent",
    ForWhom.OTHER: "somebody else",
}
RESULTS = {
    CallResult.BOOKED: "Booked",
    CallResult.CALL_BACK: "Call back",
    CallResult.WAITING: "Waiting list",
    CallResult.NOT_BOOKED: "Not booked",
    CallResult.NO_ANSWER: "No answer",
    CallResult.LEFT_MESSAGE: "Left a message",
}
WHY_NOT = {
    WhyNot.NO_TIME_SOON: "No time soon enough",
    WhyNot.PLAN: "Plan not taken",
    WhyNot.PRICE: "Price",
    WhyNot.THINKING: "Wants to think",
    WhyNot.ELSEWHERE: "Goes elsewhere",
    WhyNot.NOT_REACHED: "Could not be reached",
    WhyNot.HUNG_UP: "Hung up",
    WhyNot.OTHER: "Another reason",
    WhyNot.SERVICE: "Service not offered",
    WhyNot.WRONG_PLACE: "Wrong place",
    WhyNot.INFORMATION: "Only information",
}
NOT_SERVABLE = frozenset({WhyNot.SERVICE, WhyNot.WRONG_PLACE, WhyNot.INFORMATION})
OF_A_CALL = (CallResult.BOOKED, CallResult.CALL_BACK, CallResult.WAITING, CallResult.NOT_BOOKED)
STILL_TO_CALL = (CallResult.CALL_BACK, CallResult.WAITING, CallResult.NO_ANSWER, CallResult.LEFT_MESSAGE)
# Keys of the slip, each within its own row; the sources have those of the desk.
KIND_KEYS = {CallerKind.NEW: "n", CallerKind.EXISTING: "e", CallerKind.OTHER: "o"}
RESULT_KEYS = {
    CallResult.BOOKED: "b",
    CallResult.CALL_BACK: "c",
    CallResult.WAITING: "w",
    CallResult.NOT_BOOKED: "n",
}
WHY_KEYS = dict(zip(WhyNot, "123456789ab", strict=True))
MOST_REASONS = 9
LONGEST_REASON = 80
REASONS = OwnWords(
    "call_reasons",
    "Why people phone, one a line, as the call slip offers them",
    "A first visit\nA second opinion\nPrice or insurance\nSomething else",
)
_ARTICLES = frozenset({"a", "an", "the"})
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LATER = re.compile(r"\+(\d{1,3})")
MOST_DAYS = timedelta(days=730)


class NotADay(ValueError):
    """What was typed is no day of the two years to come."""


def reasons() -> list[str]:
    """The practice's own list of why people phone."""
    return [line.strip()[:LONGEST_REASON] for line in REASONS.body.splitlines() if line.strip()][:MOST_REASONS]


def reason_keys(offered: Sequence[str], sources: Collection[str]) -> dict[str, str]:
    """Reason → a letter of it that is no key of the sources, whose row it leaves; absent once none is left.

    The first letters of its words are tried first, the later words before an article.
    """
    keys: dict[str, str] = {}
    for reason in offered:
        words = sorted(re.findall(r"[a-z]+", reason.casefold()), key=lambda word: word in _ARTICLES)
        letters = [word[0] for word in words] + [*"".join(words)] + [*ascii_lowercase]
        free = (letter for letter in letters if letter not in sources and letter not in keys.values())
        if key := next(free, ""):
            keys[reason] = key
    return keys


def read_day(text: str, today: date) -> date | None:
    """A day to come as somebody types it in a hurry: 't' or 'today', 'f', 'thu', '+3', '12/4'; None for nothing.

    A weekday is the next one, today left out. Raises NotADay.
    """
    typed = text.strip().casefold()
    if not typed:
        return None
    if len(typed) <= len("today") and "today".startswith(typed):
        return today
    if typed == "tomorrow":
        return today + timedelta(days=1)
    if later := _LATER.fullmatch(typed):
        return _soon(today + timedelta(days=int(later[1])), today)
    if typed.isalpha():
        weekday = next((place for place, name in enumerate(_WEEKDAYS) if name.startswith(typed)), None)
        if weekday is None:
            raise NotADay
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if re.fullmatch(r"\d{1,2}/\d{1,2}", typed):
        this_year = _read(f"{typed}/{today.year}")
        typed = typed + f"/{today.year + (this_year < today)}"
    return _soon(_read(typed), today)


def _read(typed: str) -> date:
    try:
        return read_date(typed)
    except UnreadableDate:
        raise NotADay from None


def _soon(day: date, today: date) -> date:
    if not today <= day <= today + MOST_DAYS:
        raise NotADay
    return day
