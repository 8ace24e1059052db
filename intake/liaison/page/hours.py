"""When somebody is in the office, as people write it: "Mon-Thu 8-12, Fri 1-4:30pm". Plain values."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Without days it is more of the days before: "Mon 8-12, 1-5".
_SPAN = re.compile(
    r"[ ,;.&]*(?P<days>[a-z][a-z ,&/.-]*?)?\s*:?\s*(?P<h1>\d{1,2})(?::(?P<m1>\d\d))?\s*(?P<p1>[ap]\.?m?\.?)?\s*-\s*"
    r"(?P<h2>\d{1,2})(?::(?P<m2>\d\d))?\s*(?P<p2>[ap]\.?m?\.?)?[ ,;.]*"
)
# An office opens before eleven and closes after noon: 1 to 6 without a word are afternoon hours.
EARLIEST = 7 * 60

Spans = dict[int, list[tuple[int, int]]]


class UnreadableHours(ValueError):
    """Not days and times."""


def read_hours(text: str) -> Spans:
    """Weekday (0 is Monday) → (from, until) in minutes of the day. Raises UnreadableHours; empty for nothing typed."""
    plain = re.sub(r"\bto\b|through|[–—]", "-", text.lower()).replace("noon", "12pm").strip()
    found: Spans = {}
    place = 0
    days: list[int] = []
    while place < len(plain):
        match = _SPAN.match(plain, place)
        if match is None:
            raise UnreadableHours
        days = _days(match["days"]) if match["days"] else days
        _add(found, days, match)
        place = match.end()
    return {day: sorted(found[day]) for day in sorted(found)}


def say_hours(spans: Mapping[int, list[tuple[int, int]]]) -> str:
    """The same in the one way it is kept: 'Mon-Thu 8:00-12:00, Fri 13:00-16:30'."""
    groups: list[tuple[list[int], str]] = []
    for day in sorted(spans):
        told = " and ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans[day])
        if groups and groups[-1][1] == told and groups[-1][0][-1] == day - 1:
            groups[-1][0].append(day)
        else:
            groups.append(([day], told))
    return ", ".join(
        f"{DAYS[days[0]]}{f'-{DAYS[days[-1]]}' if len(days) > 1 else ''} {told}" for days, told in groups
    ).replace(" and ", ", ")


@lru_cache(maxsize=5_000)
def on_day(text: str, day: date) -> list[tuple[int, int]] | None:
    """When somebody with these hours is in on a day, [] for not at all; None when nobody knows their hours."""
    try:
        spans = read_hours(text)
    except UnreadableHours:
        return None
    return spans.get(day.weekday(), []) if spans else None


def is_in(text: str, day: date, *, after: int = 0) -> bool:
    """Whether somebody with these hours may be met on a day after this minute; so may be whose hours nobody knows."""
    hours = on_day(text, day)
    return hours is None or any(end > after for _, end in hours)


def _days(text: str) -> list[int]:
    if "every" in text or "daily" in text or "weekday" in text:
        return list(range(5))
    days: list[int] = []
    for part in re.split(r"[,&/ ]+|\band\b", re.sub(r"\s*-\s*", "-", text.strip())):
        if not part or part == "and":
            continue
        ends = [_day(each) for each in part.split("-") if each]
        if not ends or len(ends) > 2:
            raise UnreadableHours
        first, last = ends[0], ends[-1]
        days += range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    if not days:
        raise UnreadableHours
    return days


def _day(word: str) -> int:
    plain = word.strip(".")
    for number, name in enumerate(DAYS):
        short = {"m": 0, "t": 1, "tu": 1, "w": 2, "th": 3, "f": 4, "sa": 5, "su": 6}.get(plain)
        if short == number or (len(plain) >= 3 and plain.startswith(name.lower())):
            return number
    raise UnreadableHours


def _add(found: Spans, days: list[int], match: re.Match[str]) -> None:
    if not days:
        raise UnreadableHours
    start = _minutes(match["h1"], match["m1"], match["p1"])
    end = _minutes(match["h2"], match["m2"], match["p2"])
    if not match["p1"] and start < EARLIEST:
        start += 12 * 60
    if not match["p2"] and end <= start:
        end += 12 * 60
    if not 0 <= start < end <= 24 * 60:
        raise UnreadableHours
    for day in days:
        found.setdefault(day, []).append((start, end))


def _minutes(hour: str, minute: str | None, half: str | None) -> int:
    hours, minutes = int(hour), int(minute or 0)
    if hours > 24 or minutes > 59:
        raise UnreadableHours
    if half and half.startswith("p") and hours < 12:
        hours += 12
    if half and half.startswith("a") and hours == 12:
        hours = 0
    return hours * 60 + minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
