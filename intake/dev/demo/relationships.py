"""The demo practice's liaison: fourteen months of touchpoints, promises and issues, told around the referrers' story.

The office that came back after a year and the one that fell silent for a summer were won back; one silence was a
holiday; the referrer who has lapsed has an open issue that comes back. Everybody else is visited on weekly rounds
drawn by lot; some only once a year of records lies behind them, so that it can be told what came of it.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.dev.demo.people import DOMAIN
from intake.dev.demo.plan import SEED, Calendar
from intake.directory.models import Location, Physician
from intake.liaison.day.draw import draw, plan
from intake.liaison.day.kept_draws import keep_draw
from intake.liaison.page.parties import Party, party_of_physician
from intake.liaison.people.due import DueDay, Urgency
from intake.liaison.people.models import Goal, OfficeContact, OfficePreference, Relationship
from intake.liaison.people.records import add_contact
from intake.liaison.people.whom import PersonToMeet, of_contact, of_physician
from intake.liaison.promises.models import IssueKind, OfficeIssue, Promise
from intake.liaison.touchpoints.kinds import TouchpointKind
from intake.liaison.touchpoints.recording import NewTouchpoint, record_touchpoint

# By place in a location's list of referring physicians, as in the plan of visits.
STORIES = {("RIV", 0), ("NOR", 0), ("CED", 0), ("NOR", 3), ("RIV", 9), ("RIV", 5)}
LOOKED_AFTER = {"RIV": 12, "NOR": 8, "CED": 6}
EVERY = {"A": 34, "B": 65, "C": 110}
# These are visited too from this day on, a round of so many stops a week.
LATER, LATER_FROM, STOPS_A_WEEK = range(20, 29), 276, 7
HOURS = ("Mon-Thu 8:00-12:00", "Mon-Fri 9:00-16:00", "Tue 13:00-17:00, Thu 8:00-12:00", "", "Mon-Wed 8:30-11:30")
CONTACTS = ("Dana Pruitt", "Luis Ferrer", "Mei Tanaka", "Carol Hobbs", "Sunita Rao", "Walt Jensen", "Ana Morales")
SENTENCES = (
    (TouchpointKind.VISIT, "Left the new referral sheet; the coordinator likes the direct number best."),
    (TouchpointKind.VISIT, "Asked how our letters reach them: by fax, and they are read the same day."),
    (TouchpointKind.VISIT, "Explained who is a good fit for an ultrasound first. They will try it."),
    (TouchpointKind.NOT_SEEN, "In a procedure all morning. Left a card with the front desk."),
    (TouchpointKind.PHONE, "Called about the letter they were waiting for; it had arrived."),
    (TouchpointKind.PHONE, "Gave them the next free days: within a week at Riverside."),
    (TouchpointKind.EMAIL, "Sent the one-page overview they asked for."),
    (TouchpointKind.DOCTOR_TO_DOCTOR, "The two doctors talked about when to send early."),
    (TouchpointKind.MATERIAL, "Brought twenty patient leaflets in Spanish."),
    (TouchpointKind.THANKS, "Thanked them for the complete records they send along."),
)


def add_relationships(calendar: Calendar, referring: Mapping[str, Sequence[int]], *, today: date) -> None:
    """All of it, once. Flushes."""
    rng = random.Random(f"{SEED} relationships")  # noqa: S311 - a story, not a secret
    liaison = db.session.scalars(select(Staff).filter_by(email=f"liaison@{DOMAIN}")).one()
    visited = []
    for place in db.session.scalars(select(Location).order_by(Location.id)):
        here = referring[place.code]
        for number in (*range(LOOKED_AFTER[place.code]), *(each for each in LATER if each < len(here))):
            tier = "A" if number < 3 else "B" if number < 7 else "C"
            office = _Office(calendar, liaison=liaison, place=place, physician_id=here[number], rng=rng, today=today)
            office.looked_after(tier, since=calendar.first_day + timedelta(days=LATER_FROM * (number in LATER)))
            if (place.code, number) not in STORIES:
                visited.append(office)
    _rounds(visited, rng, liaison.id, today)
    _Stories(calendar, liaison, referring, today).tell()


def _rounds(offices: Sequence["_Office"], rng: random.Random, liaison_id: int, today: date) -> None:
    """Every week a round, drawn as My day draws it among those who are equally due; what was said there."""
    begun = min(each.since for each in offices)
    for each in offices:
        each.falls_due(each.since + timedelta(days=rng.randrange(30) if each.since == begun else 0))
    monday = begun - timedelta(days=begun.weekday())
    while monday < today - timedelta(days=7):
        room = {monday + timedelta(days=1): STOPS_A_WEEK}
        drawn = draw([each for each in offices if each.due.day <= monday], rng)  # type: ignore[misc]
        planned = plan(drawn, room)
        keep_draw(drawn, room, planned, staff_id=liaison_id)
        for stop in planned[0].stops:
            office: Any = stop.target
            office.touch(planned[0].day, *rng.choice(SENTENCES), alone=True)
            office.falls_due(monday + timedelta(days=EVERY[office.tier]))
        monday += timedelta(weeks=1)


class _Office:
    """One referrer's office."""

    def __init__(
        self,
        calendar: Calendar,
        *,
        liaison: Staff,
        place: Location,
        physician_id: int,
        rng: random.Random,
        today: date,
    ) -> None:
        self.calendar, self.liaison, self.place, self.rng, self.today = calendar, liaison, place, rng, today
        self.physician = db.session.get_one(Physician, physician_id)
        self.party: Party = party_of_physician(physician_id)
        self.area, self.practice_id, self.key = self.party.city, None, self.party.key

    def looked_after(self, tier: str, *, since: date) -> None:
        """A target with wishes, and perhaps a contact."""
        self.tier, self.since = tier, since
        relationship = Relationship(
            physician_id=self.physician.id,
            location_id=self.place.id,
            owner_id=self.liaison.id,
            since=since,
            tier=tier,
            tier_reason="What they sent in the year before",
            goal=Goal.KEEP,
        )
        db.session.add(relationship)
        self.hours = self.rng.choice(HOURS)
        db.session.add(
            OfficePreference(
                physician_id=self.physician.id,
                hours=self.hours,
                referrals_by=self.rng.choice(("Fax", "Telephone to the direct number", "")),
                results_by=self.rng.choice(("Fax the same day", "Portal", "")),
                do_not_visit=self.rng.random() < 0.08,
                changed_at=clock.now(),
                changed_by_id=self.liaison.id,
            )
        )
        db.session.flush()
        self.relationship_id = relationship.id
        if self.rng.random() < 0.6:
            add_contact(
                self.party, by_id=self.liaison.id, name=self.rng.choice(CONTACTS), job="coordinator", hours=self.hours
            )

    def falls_due(self, day: date) -> None:
        self.due = DueDay(day, Urgency.DUE, self.tier)

    def touch(
        self,
        day: date,
        kind: TouchpointKind,
        words: str,
        promise: str = "",
        issue: IssueKind | None = None,
        *,
        alone: bool = False,
        cents: int = 0,
    ) -> int:
        """A touchpoint on a working day; its promise is kept a week later, its issue stays open. Returns its id.

        `alone`: with the physician; one with a contact is one with the whole practice. `cents`: what all ate together.
        """
        day = min(day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0)), self.today)
        who: list[PersonToMeet] = [of_physician(self.physician)]
        contacts = db.session.scalars(
            select(OfficeContact).where(
                self.party.owns(OfficeContact)
                | (OfficeContact.practice_id == (self.physician.referring_practice_id or -1))
            )
        )
        who += [of_contact(each) for each in contacts if not alone][:1]
        due = day + timedelta(days=7)
        made = record_touchpoint(
            NewTouchpoint(
                kind,
                words,
                day,
                who,
                cost_cents=cents or None,
                received=frozenset(each.key for each in who if cents),
                promise_text=promise,
                promise_due=due,
                issue_kind=issue,
            ),
            submission_id=f"demo-{self.physician.id}-{day.isoformat()}-{kind}",
            author_id=self.liaison.id,
            location_ids=[self.place.id],
        )
        made.written_at = self._moment(day)
        for row in db.session.scalars(select(Promise).filter_by(touchpoint_id=made.id)):
            row.made_at = self._moment(day)
            if due < self.today - timedelta(days=20):
                row.closed_at, row.closed_by_id, row.kept = self._moment(due), self.liaison.id, True
        return made.id

    def solve(self, touchpoint_id: int, done: str, told_on: date) -> None:
        for row in db.session.scalars(select(OfficeIssue).filter_by(touchpoint_id=touchpoint_id)):
            row.done, row.told_on, row.told_by_id = done, told_on, self.liaison.id

    def _moment(self, day: date) -> datetime:
        return clock.from_wall_clock(day, time(16, 30), self.place.time_zone)


class _Stories:
    """Those relationships that turn."""

    def __init__(self, calendar: Calendar, liaison: Staff, referring: Mapping[str, Sequence[int]], today: date) -> None:
        self.calendar, self.liaison, self.referring, self.today = calendar, liaison, referring, today
        self.places = {each.code: each for each in db.session.scalars(select(Location))}

    def _office(self, code: str, number: int) -> _Office:
        rng = random.Random(f"{SEED} {code} {number}")  # noqa: S311
        return _Office(
            self.calendar,
            liaison=self.liaison,
            place=self.places[code],
            physician_id=self.referring[code][number],
            rng=rng,
            today=self.today,
        )

    def _day(self, number: int) -> date:
        return self.calendar.first_day + timedelta(days=number)

    def tell(self) -> None:
        self._back_after_a_year()
        self._silent_for_a_summer()
        self._false_alarm()
        self._fax_again_and_again()
        self._newcomer()
        self._quiet_now()

    def _back_after_a_year(self) -> None:
        office = self._office("CED", 0)
        self._goal(office, Goal.WIN_BACK)
        office.touch(self._day(61), TouchpointKind.PHONE, "They were told that we take no new patients.")
        office.touch(self._day(212), TouchpointKind.VISIT, "New coordinator. Still believes that we are full.")
        office.touch(
            self._day(391),
            TouchpointKind.VISIT,
            "Showed the calendar: next week is free. They had an old note on the board saying we are full.",
            promise="Send the list of free days every Monday.",
        )
        office.touch(self._day(408), TouchpointKind.THANKS, "Thanked them: the first since last year came on Monday.")
        # In the year that the ledger of gifts opens with.
        days_of_year = (self.today - date(self.today.year, 1, 1)).days
        office.touch(
            self.today - timedelta(days=min(9, days_of_year)),
            TouchpointKind.LUNCH,
            "Lunch with everybody there: how results reach them, and whom to call.",
            cents=96_40,
        )

    def _silent_for_a_summer(self) -> None:
        office = self._office("NOR", 3)
        self._goal(office, Goal.WIN_BACK)
        told = office.touch(
            self._day(247),
            TouchpointKind.VISIT,
            "Nobody sent since spring. Their referrals went to a fax that was switched off.",
            promise="Give them the new fax number in writing.",
            issue=IssueKind.COMMUNICATION,
        )
        office.solve(told, "The new fax number is on the referral sheet, and the old one is forwarded.", self._day(255))
        office.touch(self._day(256), TouchpointKind.MATERIAL, "Brought the new fax number; a test fax arrived.")
        office.touch(self._day(280), TouchpointKind.PHONE, "They say that it works. Two patients are on their way.")

    def _false_alarm(self) -> None:
        office = self._office("RIV", 5)
        self._goal(office, Goal.KEEP)
        office.touch(self._day(120), TouchpointKind.VISIT, "All is well. They like that we call back the same day.")
        office.touch(
            self._day(300),
            TouchpointKind.PHONE,
            "Looked quieter than usual: the doctor was on leave for three weeks. Nothing wrong.",
        )

    def _fax_again_and_again(self) -> None:
        office = self._office("RIV", 0)
        self._goal(office, Goal.WIN_BACK)
        for number, words in ((150, "Two letters never arrived."), (262, "Again a letter that never arrived.")):
            told = office.touch(self._day(number), TouchpointKind.COMPLAINT, words, issue=IssueKind.RESULTS)
            office.solve(told, "Sent again by hand the same day.", self._day(number + 6))
        office.touch(
            self._day(371),
            TouchpointKind.VISIT,
            "They stopped sending because results don't reach them. They want a call when a letter goes out.",
            issue=IssueKind.RESULTS,
        )
        self._promise(office, "Find out with the front desk why faxes to them fail.", -4)
        self._promise(office, "Call with the result of last week's visit.", 0)

    def _newcomer(self) -> None:
        office = self._office("RIV", 9)
        self._goal(office, Goal.GET_TO_KNOW)
        office.touch(self._day(352), TouchpointKind.VISIT, "They didn't know that we see patients on Saturdays.")
        office.touch(self._day(381), TouchpointKind.THANKS, "Thanked them for their first patient.")
        self._promise(office, "Bring the Saturday times as a card.", 3)

    def _quiet_now(self) -> None:
        office = self._office("NOR", 0)
        self._goal(office, Goal.WIN_BACK)
        office.touch(self._day(200), TouchpointKind.VISIT, "Happy with the letters. Would like shorter ones.")
        office.touch(self._day(398), TouchpointKind.NOT_SEEN, "Office closed at noon. Left a card.")
        self._promise(office, "Go again before eleven, with the short letter.", 5)

    def _goal(self, office: _Office, goal: Goal) -> None:
        for row in db.session.scalars(select(Relationship).where(office.party.owns(Relationship))):
            row.goal = goal

    def _promise(self, office: _Office, text: str, due_in: int) -> None:
        db.session.add(
            Promise(
                **office.party.columns,
                location_id=office.place.id,
                text=text,
                due_on=self.today + timedelta(days=due_in),
                owner_id=self.liaison.id,
                made_at=clock.now() - timedelta(days=10),
                made_by_id=self.liaison.id,
            )
        )
