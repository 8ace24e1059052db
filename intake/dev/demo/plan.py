"""The plan of one day at one location of the demo: who comes, who sent them, what is asked and answered.

Each day is drawn from its own seed, so a day looks the same whenever it is made: at the first start or months later.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from intake import clock
from intake.dev.demo.names import InventedPerson, person
from intake.dev.demo.practice import CAMPAIGN, DemoLocation
from intake.dev.demo.words import VERBATIMS, WRITE_INS
from intake.survey.models import Channel, Outcome

SEED = 20_261_101

# What new patients of such practices say sent them: friends and family half, a physician a quarter, the rest thinly.
FIRST_SOURCES = (
    ("friend_family", 50.0),
    ("doctor", 24.0),
    ("online_search", 6.5),
    ("website", 1.5),
    ("online_reviews", 2.0),
    ("insurance", 10.0),
    ("drove_by", 2.4),
    ("print", 0.9),
    ("mail", 0.6),
    ("facebook", 0.8),
    ("nextdoor", 0.4),
    ("event", 0.5),
    ("hospital_er", 0.4),
)
FURTHER_SOURCES = (
    ("online_reviews", 30),
    ("online_search", 26),
    ("website", 16),
    ("friend_family", 10),
    ("doctor", 6),
    ("insurance", 6),
    ("facebook", 3),
    ("instagram", 2),
    ("drove_by", 3),
)
OUTCOMES = ((Outcome.ANSWERED, 955), (Outcome.DONT_REMEMBER, 25), (Outcome.DECLINED, 20))
CHANNELS = ((Channel.DESK, 56), (Channel.KIOSK, 30), (Channel.LINK, 9), (Channel.CALL, 5))
CHANNELS_WITHOUT_TABLET = ((Channel.DESK, 68), (Channel.TEXT, 20), (Channel.LINK, 6), (Channel.CALL, 6))
TEXTED_AFTER = timedelta(minutes=45)
USUALLY_ASKED = 0.93
OPENS, CLOSES = time(8, 0), time(16, 40)


@dataclass(frozen=True)
class Calendar:
    """Days on which the story turns; all follow from the day the demo was first made. Visits begin before it, so that
    a year of them lies before what their liaison does later.
    """

    first_day: date
    campaign_first: date
    campaign_last: date
    # By place in a location's list of referring physicians: the days between which that one sends nobody anywhere.
    silent: dict[tuple[str, int], tuple[date, date]]
    # Likewise, first and last day on which that one sends somebody whenever the location is open, so that no draw
    # of luck leaves the story out. A week or more, since holidays may close four of its days.
    certain: tuple[tuple[str, int, date, date], ...]
    # Location code, first and last day, and how many were still asked.
    gaps: tuple[tuple[str, date, date, float], ...]

    CAMPAIGN_AFTER: ClassVar[timedelta] = timedelta(days=260)
    RECORDS_BEFORE: ClassVar[timedelta] = timedelta(days=90)

    @classmethod
    def beginning(cls, first_day: date) -> "Calendar":
        def day(number: int) -> date:
            return first_day + timedelta(days=number)

        return cls(
            first_day=first_day,
            campaign_first=first_day + cls.CAMPAIGN_AFTER,
            campaign_last=day(350),
            silent={
                ("RIV", 0): (day(328), date.max),
                ("NOR", 0): (day(361), date.max),
                # Comes back after more than a year.
                ("CED", 0): (day(34), day(405)),
                # Silent for a season, until their liaison finds out why.
                ("NOR", 3): (day(170), day(258)),
                # Sends for the first time.
                ("RIV", 9): (date.min, day(377)),
            },
            certain=(
                ("CED", 0, day(12), day(18)),
                ("CED", 0, day(406), day(412)),
                ("RIV", 9, day(378), day(384)),
                ("NOR", 3, day(259), day(268)),
            ),
            gaps=(("CED", day(296), day(312), 0.35), ("RIV", day(403), day(409), 0.55)),
        )


@dataclass(frozen=True)
class PlannedMention:
    """A source that a patient names. `referrer` is a place among earlier patients; `words` what was typed or said."""

    code: str | None
    physician_id: int | None = None
    referrer: int | None = None
    referrer_name: str = ""
    words: str = ""


@dataclass(frozen=True)
class PlannedReply:
    outcome: Outcome
    mentions: tuple[PlannedMention, ...] = ()
    verbatim: str = ""


@dataclass(frozen=True)
class PlannedAsk:
    """How the question was put and what was answered; `reply` None without an answer."""

    channel: Channel
    at: datetime
    reply: PlannedReply | None
    # What staff put right later, and what another door brought too late.
    correction: PlannedReply | None = None
    late: tuple[Channel, PlannedReply] | None = None


@dataclass(frozen=True)
class DemoVisit:
    """One visit. `returning` is a place among earlier patients; a new patient is `newcomer` instead."""

    location: DemoLocation
    appointment_id: str
    day: date
    at: datetime
    status: str
    provider: str
    newcomer: InventedPerson | None = None
    returning: int | None = None
    documented_physician_id: int | None = None
    asking: PlannedAsk | None = None


@dataclass
class DayContext:
    """What a day is drawn from: the calendar, referring physicians a location, and how many patients came before."""

    calendar: Calendar
    physicians: Mapping[str, Sequence[int]]
    physician_names: dict[int, str]
    earlier_patients: int


def plan_day(place: DemoLocation, day: date, context: DayContext, *, busy: bool = False) -> list[DemoVisit]:
    """Everybody who comes to `place` on that day, in order; nobody at weekends and holidays unless it is `busy`."""
    rng = random.Random(f"{SEED} {place.code} {day.isoformat()}")  # noqa: S311 - a story, not a secret
    closed = day.weekday() > 4 or (day.month, day.day) in ((1, 1), (7, 4), (12, 24), (12, 25), (12, 31))
    if closed and not busy:
        return []
    season = 1.5 if busy else 1.15 if day.month in (1, 2, 3, 10, 11) else 1
    return _Day(place, day, context, rng).visits(season=season, busy=busy)


@dataclass(frozen=True)
class _Day:
    """One day being drawn."""

    place: DemoLocation
    day: date
    context: DayContext
    rng: random.Random

    def visits(self, *, season: float, busy: bool) -> list[DemoVisit]:
        rng, place = self.rng, self.place
        newcomers = max(1, round(rng.gauss(place.pace * season, 1.3)))
        if busy:
            return self._busy(max(5, newcomers))
        by_billboard = rng.choices((0, 1, 2, 3), (25, 40, 25, 10))[0] if self._campaign_works() else 0
        returning = max(0, round(rng.gauss(place.pace * 0.7, 1.2)))
        kinds = ["new"] * newcomers + ["billboard"] * by_billboard + ["returning"] * returning
        rng.shuffle(kinds)
        visits = self._visits_of(kinds)
        return visits + [self._sent_for_certain(len(visits) + 1, physician) for physician in self._certain()]

    def _busy(self, newcomers: int) -> list[DemoVisit]:
        """A day to try the desk on: six or more come, of any two in a row one is new, and the first has answered."""
        returning = max(1, min(newcomers - 1, round(self.rng.gauss(self.place.pace * 0.7, 1.2))))
        kinds = ["new"] * newcomers
        for number in range(returning):
            kinds.insert(2 * number + 1, "returning")
        first, *rest = self._visits_of(kinds)
        reply = PlannedReply(Outcome.ANSWERED, (PlannedMention("friend_family"),))
        return [replace(first, asking=PlannedAsk(Channel.DESK, first.at - timedelta(minutes=5), reply)), *rest]

    def _visits_of(self, kinds: Sequence[str]) -> list[DemoVisit]:
        return [self._visit(number, kind, len(kinds)) for number, kind in enumerate(kinds)]

    def _certain(self) -> list[int]:
        """Physicians whose story needs that they send somebody here on this day."""
        pool = self.context.physicians[self.place.code]
        return [
            pool[number]
            for code, number, first, last in self.context.calendar.certain
            if code == self.place.code and first <= self.day <= last
        ]

    def _sent_for_certain(self, number: int, physician_id: int) -> DemoVisit:
        """The day's last patient: came, was asked at the desk and named this physician."""
        at = clock.from_wall_clock(self.day, CLOSES, self.place.time_zone)
        reply = PlannedReply(Outcome.ANSWERED, (PlannedMention("doctor", physician_id=physician_id),))
        return DemoVisit(
            location=self.place,
            day=self.day,
            appointment_id=appointment_id(self.place, self.day, number),
            at=at,
            status="completed",
            provider=self.place.providers[0],
            newcomer=person(self.rng, on=self.day, area_code=self.place.area_code),
            documented_physician_id=physician_id,
            asking=PlannedAsk(Channel.DESK, at - timedelta(minutes=5), reply),
        )

    def _campaign_works(self) -> bool:
        calendar = self.context.calendar
        # People who saw the sign still come for a while after it was taken down.
        last = calendar.campaign_last + timedelta(days=14)
        return self.place.code == "NOR" and calendar.campaign_first <= self.day <= last

    def _visit(self, number: int, kind: str, count: int) -> DemoVisit:
        place, day, rng = self.place, self.day, self.rng
        open_minutes = (CLOSES.hour - OPENS.hour) * 60 + CLOSES.minute - OPENS.minute
        minute = round(open_minutes * number / max(count - 1, 1) / 10) * 10
        at = clock.from_wall_clock(day, time(OPENS.hour + minute // 60, minute % 60), place.time_zone)
        came = rng.random() < 0.94
        given: dict[str, Any] = {
            "location": place,
            "day": day,
            "appointment_id": appointment_id(place, day, number + 1),
            "at": at,
            "status": "completed" if came else rng.choice(("no_show", "cancelled")),
            "provider": rng.choice(place.providers),
        }
        if kind == "returning" and self.context.earlier_patients:
            return DemoVisit(**given, returning=rng.randrange(self.context.earlier_patients))
        newcomer = person(rng, on=day, area_code=place.area_code)
        mentions = self._mentions(CAMPAIGN if kind == "billboard" else _drawn(FIRST_SOURCES, rng))
        return DemoVisit(
            **given,
            newcomer=newcomer,
            documented_physician_id=self._documented(mentions),
            asking=self._asking(at, mentions, newcomer) if came else None,
        )

    def _mentions(self, source: str) -> tuple[PlannedMention, ...]:
        codes = [source]
        for _ in range(self.rng.choices((0, 1, 2), (78, 18, 4))[0]):
            further = _drawn(FURTHER_SOURCES, self.rng)
            if further not in codes:
                codes.append(further)
        return tuple(self._mentioned(code) for code in codes)

    def _mentioned(self, code: str) -> PlannedMention:
        rng = self.rng
        if code == "doctor":
            physician_id = self._referring_physician()
            if rng.random() < 0.9:
                return PlannedMention(code, physician_id=physician_id)
            # Typed as they remember it, and nobody has matched it yet.
            last_name = self.context.physician_names[physician_id].split()[-1]
            return PlannedMention(code, words=f"Dr. {last_name}" if rng.random() < 0.6 else "my family doctor")
        if code == "friend_family" and self.context.earlier_patients:
            if rng.random() < 0.42:
                # A few people send many: the cube pulls towards the first patients.
                return PlannedMention(code, referrer=int(rng.random() ** 3 * min(self.context.earlier_patients, 900)))
            said = person(rng, on=self.day, area_code=self.place.area_code)
            named = (f"{said.first_name} {said.last_name}", said.first_name, "my sister", "a friend at work", "")
            return PlannedMention(code, referrer_name=rng.choice(named))
        if rng.random() < 0.02:
            return PlannedMention(None, words=rng.choice(WRITE_INS))
        return PlannedMention(code)

    def _referring_physician(self) -> int:
        """One of the location's physicians: a handful send most, two have stopped since, one came back."""
        physicians = self.context.physicians
        pool = physicians[self.place.code]
        silent = {
            physicians[code][number]
            for (code, number), (first, last) in self.context.calendar.silent.items()
            if first < self.day < last and number < len(physicians[code])
        }
        sending = [number for number, physician_id in enumerate(pool) if physician_id not in silent]
        return pool[self.rng.choices(sending, [1 / (number + 1.5) for number in sending])[0]]

    def _documented(self, mentions: Sequence[PlannedMention]) -> int | None:
        """What the chart says: usually the same as the patient, sometimes somebody else, mostly nothing."""
        said = next((mention.physician_id for mention in mentions if mention.physician_id), None)
        draw = self.rng.random()
        if said is None:
            return self._referring_physician() if draw < 0.04 else None
        return said if draw < 0.6 else self._referring_physician() if draw < 0.68 else None

    def _asking(
        self, at: datetime, mentions: tuple[PlannedMention, ...], newcomer: InventedPerson
    ) -> PlannedAsk | None:
        rng = self.rng
        channel = Channel(_drawn(CHANNELS if self.place.code == "RIV" else CHANNELS_WITHOUT_TABLET, rng))
        if channel == Channel.TEXT and newcomer.mobile_e164 is None:
            channel = Channel.DESK
        if rng.random() > asked_share(self.place, self.day, self.context.calendar):
            return None
        asked_at = at - timedelta(minutes=rng.randrange(2, 14))
        if channel == Channel.TEXT:
            asked_at = at + TEXTED_AFTER
        never_replied = {Channel.TEXT: 0.3, Channel.LINK: 0.2, Channel.KIOSK: 0.03}.get(channel, 0)
        if rng.random() < never_replied:
            return PlannedAsk(channel, asked_at, None)
        outcome = Outcome(_drawn(OUTCOMES, rng))
        if outcome != Outcome.ANSWERED:
            return PlannedAsk(channel, asked_at, PlannedReply(outcome))
        code = mentions[0].code or ""
        verbatim = rng.choice(VERBATIMS[code]) if code in VERBATIMS and rng.random() < 0.12 else ""
        reply = PlannedReply(outcome, mentions, verbatim)
        draw = rng.random()
        if draw < 0.02:
            return PlannedAsk(
                channel, asked_at, PlannedReply(outcome, (PlannedMention("online_search"),)), correction=reply
            )
        if draw < 0.03 and channel == Channel.KIOSK:
            return PlannedAsk(
                channel, asked_at, reply, late=(Channel.LINK, PlannedReply(outcome, (PlannedMention("website"),)))
            )
        return PlannedAsk(channel, asked_at, reply)


def appointment_id(place: DemoLocation, day: date, number: int) -> str:
    """The id of the visit that comes as `number` on that day, counted from 1."""
    return f"{place.code}-{day:%Y%m%d}-{number:02d}"


def asked_share(place: DemoLocation, day: date, calendar: Calendar) -> float:
    """How many of the newcomers are asked on that day: most, but fewer on Northgate's Fridays and in the gaps."""
    for code, first, last, share in calendar.gaps:
        if code == place.code and first <= day <= last:
            return share
    return 0.74 if place.code == "NOR" and day.weekday() == 4 else USUALLY_ASKED


def _drawn(weighted: Sequence[tuple[str, float]], rng: random.Random) -> str:
    values, weights = zip(*weighted, strict=True)
    return str(rng.choices(values, weights)[0])
