"""Rows for tests: only what a test cares about is spelled out, the rest is plausible, distinct and invented.

Everything is added and flushed in the current session; requests made with the `client` fixture see it.
"""

import itertools
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from intake import clock
from intake.accounts.models import KioskDevice, Role, RoleName, Staff
from intake.accounts.tokens import hash_token
from intake.capture.models import LateAnswer
from intake.db import db
from intake.directory.brought_files.models import BroughtFile
from intake.directory.models import (
    Caller,
    Location,
    Patient,
    Physician,
    PhysicianMerge,
    Practice,
    ReferralSource,
    ReferringPractice,
    SourceKind,
    SourceMerge,
    Visit,
    VisitStatus,
    VisitType,
)
from intake.directory.schedule.models import ScheduleUpload
from intake.directory.sources.records import add_default_sources
from intake.sms.models import InboundText, OutboxText

ZONE = "America/New_York"
_numbers = itertools.count(1)
FIRST_NAMES = ("Amara", "Bela", "Chidi", "Dunja", "Emre", "Freya", "Goran", "Hanae", "Ines", "Jorge")
LAST_NAMES = ("Abernathy", "Brightwater", "Castellano", "Drummond", "Eastlake", "Fairweather", "Greenhalgh")


def npi(number: int) -> str:
    """A number with a right check digit that begins with 2, which no real clinician has."""
    digits = f"2{number:08d}"
    total = 0
    for place, digit in enumerate(reversed("80840" + digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{digits}{-total % 10}"


class Make:
    """Factories, one a table that tests arrange; keywords override any column."""

    def practice(self, **values: Any) -> Practice:
        """The one practice; made at first, changed by `values` later."""
        found = db.session.get(Practice, 1)
        if found is None:
            given = {"name": "Riverside Vein Clinic", "time_zone": ZONE, "languages": ["en", "es"]}
            return self._add(Practice(**({"id": 1, "set_up_at": clock.now(), **given} | values)))
        for name, value in values.items():
            setattr(found, name, value)
        db.session.flush()
        return found

    def location(self, name: str | None = None, **values: Any) -> Location:
        self.practice()
        number = next(_numbers)
        given = {"code": f"L{number}", "name": name or f"Clinic {number}", "time_zone": ZONE, "state": "NY"}
        return self._add(Location(**(given | values)))

    def role(self, name: str) -> Role:
        found = db.session.scalars(select(Role).where(Role.name == RoleName(name))).one_or_none()
        return found or self._add(Role(name=str(RoleName(name))))

    def staff(
        self,
        role: str = "front_desk",
        *,
        locations: Sequence[Location] | None = None,
        roles: Iterable[str] = (),
        password: str | None = None,
        **values: Any,
    ) -> Staff:
        """Works at a new location of their own unless told where; can sign in by password only when given one."""
        if locations is None:
            locations = [] if values.get("all_locations") else [self.location()]
        self.practice()
        number = next(_numbers)
        secret = "!"
        if password is not None:
            from flask_security.utils import hash_password

            secret = hash_password(password)
        given = {
            "email": f"{role}{number}@example.org",
            "name": f"{FIRST_NAMES[number % 10]} {LAST_NAMES[number % 7]}",
            "password": secret,
            "active": True,
            "fs_uniquifier": uuid.uuid4().hex,
            "created_at": clock.now(),
        }
        staff = Staff(**(given | values))
        staff.roles = [self.role(name) for name in dict.fromkeys([role, *roles])]
        staff.locations = list(locations)
        return self._add(staff)

    def device(self, location: Location | None = None, *, paired: bool = True, **values: Any) -> KioskDevice:
        """A tablet; when paired, its credential stands in `device.token` (never in the database)."""
        location = location or self.location()
        token = secrets.token_urlsafe(32)
        now = clock.now()
        given: dict[str, Any] = {"location_id": location.id, "name": f"Tablet {next(_numbers)}"}
        if paired:
            given |= {"token_hash": hash_token(token), "paired_at": now, "last_seen_at": now}
        device = self._add(KioskDevice(**(given | values)))
        device.token = token
        return device

    def late_answer(self, location: Location | None = None, **values: Any) -> LateAnswer:
        """An answer that a tablet took without a connection and that fits nobody."""
        device = self.device(location)
        page = {"form": "step=sources&source=website&submission_id=" + str(uuid.uuid4()), "at": None}
        content = {"id": str(uuid.uuid4()), "who": {"initials": "A. B."}, "language": "en", "pages": [page]}
        given: dict[str, Any] = {"entry_id": content["id"], "location_id": device.location_id, "device_id": device.id}
        moments = {"given_at": clock.now(), "received_at": clock.now()}
        return self._add(LateAnswer(**(given | moments | {"content": content} | values)))

    def sources(self) -> dict[str, ReferralSource]:
        """The list every practice starts with, by code."""
        self.practice()
        add_default_sources()
        db.session.flush()
        return {source.code: source for source in db.session.scalars(select(ReferralSource))}

    def source(self, code: str | None = None, **values: Any) -> ReferralSource:
        number = next(_numbers)
        given = {"code": code or f"source_{number}", "kind": SourceKind.NON_PERSON, "label": f"Source {number}"}
        return self._add(ReferralSource(**({"created_at": clock.now(), **given} | values)))

    def source_merge(self, source: ReferralSource | None = None, into: ReferralSource | None = None) -> SourceMerge:
        """`source` counts as `into` wherever answers are read."""
        source, into = source or self.source(), into or self.source()
        return self._add(SourceMerge(source_id=source.id, into_id=into.id, merged_at=clock.now()))

    def spend(self, source: ReferralSource | None = None, **values: Any) -> Any:
        """A hundred dollars spent on a source in May 2026."""
        from intake.attribution.costs.models import Spend

        given = {"month": date(2026, 5, 1), "cents": 10_000, "entered_at": clock.now()}
        return self._add(Spend(**({"source_id": (source or self.source()).id, **given} | values)))

    def referring_practice(self, name: str | None = None, **values: Any) -> ReferringPractice:
        given = {"name": name or f"Family Medicine Group {next(_numbers)}", "created_at": clock.now()}
        return self._add(ReferringPractice(**(given | values)))

    def physician(self, last_name: str | None = None, first_name: str | None = None, **values: Any) -> Physician:
        number = next(_numbers)
        given = {
            "npi": npi(number),
            "first_name": first_name or FIRST_NAMES[number % 10],
            "last_name": last_name or f"{LAST_NAMES[number % 7]}{_letters(number)}",
            "credential": "MD",
            "taxonomy_code": "207R00000X",
            "city": "Albany",
            "state": "NY",
            "created_at": clock.now(),
        }
        return self._add(Physician(**(given | values)))

    def physician_merge(self, **values: Any) -> PhysicianMerge:
        given = {"physician_id": self.physician().id, "into_id": self.physician().id, "merged_at": clock.now()}
        return self._add(PhysicianMerge(**(given | values)))

    def patient(self, first_name: str | None = None, last_name: str | None = None, **values: Any) -> Patient:
        number = next(_numbers)
        given = {
            "mrn": f"M{number:06d}",
            "first_name": first_name or FIRST_NAMES[number % 10],
            "last_name": last_name or f"{LAST_NAMES[number % 7]}{_letters(number)}",
            "birth_date": date(1960, 1, 1) + timedelta(days=37 * (number % 500)),
            "created_at": clock.now(),
        }
        return self._add(Patient(**(given | values)))

    def visit(
        self,
        location: Location | None = None,
        patient: Patient | None = None,
        *,
        status: str = "arrived",
        visit_type: str = "new",
        day: date | None = None,
        at: time = time(9, 0),
        documented: Physician | None = None,
        **values: Any,
    ) -> Visit:
        """An appointment, today unless told otherwise; of a new patient who has arrived, so it should be asked.

        `documented` is the physician on the referral that came with it.
        """
        location = location or self.location()
        patient = patient or self.patient()
        day = day or clock.clinic_today(location.time_zone)
        scheduled_at: datetime = values.pop("scheduled_at", None) or clock.from_wall_clock(day, at, location.time_zone)
        came = status in (VisitStatus.ARRIVED, VisitStatus.COMPLETED)
        given = {
            "location_id": location.id,
            "patient_id": patient.id,
            "appointment_id": f"A{next(_numbers):06d}",
            "scheduled_at": scheduled_at,
            "visit_date": clock.clinic_day(scheduled_at, location.time_zone),
            "arrived_at": scheduled_at if came else None,
            "visit_type": VisitType(visit_type),
            "status": VisitStatus(status),
            "created_at": clock.now(),
        }
        visit = self._add(Visit(**(given | values)))
        self.announce([visit], {visit.id: documented.id} if documented else {})
        return visit

    def physician_link(self, location: Location | None = None, **values: Any) -> int:
        """The chart of a visit names a physician; the link's id. `values` go to the visit."""
        from intake.survey.models import PhysicianReferral

        visit = self.visit(location, documented=self.physician(), **values)
        return db.session.scalars(select(PhysicianReferral.id).where(PhysicianReferral.visit_id == visit.id)).one()

    def announce(self, visits: Sequence[Visit], documented: dict[int, int] | None = None) -> None:
        """Tell the rooms that count visits about changed ones, as every door that writes visits does."""
        from intake.directory.patients.visits import announce

        announce([visit.id for visit in visits], documented=documented or {})

    def answer(
        self,
        visit: Visit,
        *mentions: Any,
        outcome: str = "answered",
        channel: str = "desk",
        staff: Staff | None = None,
        corrects: bool = False,
        **values: Any,
    ) -> Any:
        """What came back at a visit, through the product's own door. A mention is a source or a `NewMention`."""
        from intake.survey.models import Channel, Outcome
        from intake.survey.recording.record_answer import NewAsk, NewMention, Submission, record_answer

        named = tuple(each if isinstance(each, NewMention) else NewMention(each.id) for each in mentions)
        staff_id = staff.id if staff else None
        ask = NewAsk(Channel(channel), "en", clock.now(), visit_id=visit.id, staff_id=staff_id)
        given = {"submission_id": str(uuid.uuid4()), "answered_at": clock.now(), "staff_id": staff_id}
        submission = Submission(
            **({"ask": ask, "outcome": Outcome(outcome), "mentions": named, "corrects": corrects} | given | values)
        )
        return record_answer(submission)

    def named_friend(self, location: Location | None = None, name: str = "Linda M", **values: Any) -> int:
        """A patient named a friend whom nobody has matched; the mention's id. `values` go to the visit."""
        from intake.survey.models import Mention
        from intake.survey.recording.record_answer import NewMention

        friend = self.sources()["friend_family"]
        answer = self.answer(self.visit(location, **values), NewMention(friend.id, detail=name, referrer_name=name))
        return db.session.scalars(select(Mention.id).where(Mention.answer_id == answer.answer_id)).one()

    def matched_friend(self, location: Location | None = None) -> int:
        """Staff said which record a named friend is; the decision's id."""
        from intake.survey.recording.decisions import DecidedMeaning, decide

        referrer = self.visit(location).patient
        meaning = DecidedMeaning(self.sources()["friend_family"].id, referring_patient_id=referrer.id)
        return decide([self.named_friend(location)], meaning, staff_id=None)[0]

    def conflict(self, location: Location | None = None, **values: Any) -> Visit:
        """A visit whose patient says TV while the chart documents a physician."""
        visit = self.visit(location, documented=self.physician(), **values)
        self.answer(visit, self.sources()["tv"])
        return visit

    def chart_decision(self, location: Location | None = None) -> Any:
        """Staff let the chart count for a visit."""
        from intake.survey.models import ChartVerdict
        from intake.survey.review.charts.chart_conflicts import conflict_of, decide_conflict

        conflict = conflict_of(self.conflict(location))
        return decide_conflict(conflict, ChartVerdict.CHART, physician_id=None, staff_id=None)

    def review_rule(self, *texts: str, source: ReferralSource | None = None) -> Any:
        """A rule for these words, or for some."""
        from intake.survey.recording.decisions import DecidedMeaning, comparable
        from intake.survey.review.rules import add_rule

        spelled = {comparable(text): text for text in texts or (f"write-in {next(_numbers)}",)}
        return add_rule(spelled, DecidedMeaning((source or self.source()).id), staff_id=None)

    def saved_view(self, owner: Staff | None = None, *, address: str = "/reports?view=primary", **values: Any) -> Any:
        """A report page with a name, shared with the practice unless told otherwise."""
        from intake.attribution.saved.models import SavedView

        given = {"name": f"View {next(_numbers)}", "owner_id": (owner or self.staff("manager")).id, "shared": True}
        return self._add(SavedView(**({"address": address, "created_at": clock.now(), **given} | values)))

    def hold(self) -> Any:
        """A legal hold of the whole practice."""
        from intake.privacy.models import LegalHold

        return self._add(LegalHold(matter="matter 17", begun_at=clock.now()))

    def schedule_upload(self, location: Location | None = None, **values: Any) -> ScheduleUpload:
        """A schedule that was imported for this location."""
        counts = {"read": 1, "added": 1, "changed": 0, "unchanged": 0, "cancelled": 0}
        given = {"location_id": (location or self.location()).id, "file_name": "schedule.csv", "counts": counts}
        return self._add(ScheduleUpload(**({"uploaded_at": clock.now(), "applied_at": clock.now(), **given} | values)))

    def brought_file(self, **values: Any) -> BroughtFile:
        """A file of contacts that was brought in."""
        given = {"what": "contacts", "file_name": "contacts.csv", "counts": {"added": 1}}
        return self._add(BroughtFile(**({"uploaded_at": clock.now(), "applied_at": clock.now(), **given} | values)))

    def text(self, visit: Visit, **values: Any) -> OutboxText:
        """The survey's text of a visit, delivered ten minutes ago unless told otherwise."""
        now = clock.now()
        given = {
            "once_key": f"survey:{visit.id}",
            "purpose": "survey",
            "phone_e164": visit.patient.mobile_e164 or "+15185550100",
            "body": "Riverside Vein Clinic: How did you hear about us?",
            "location_id": visit.location_id,
            "visit_id": visit.id,
            "state": "delivered",
            "queued_at": now - timedelta(minutes=11),
            "not_before": now - timedelta(minutes=11),
            "sent_at": now - timedelta(minutes=10),
        }
        return self._add(OutboxText(**(given | values)))

    def reply(self, visit: Visit | None = None, body: str = "my sister", **values: Any) -> InboundText:
        """What somebody texted back, read and left to a person unless told otherwise."""
        given = {
            "message_sid": f"SM{next(_numbers):032x}",
            "from_e164": (visit.patient.mobile_e164 if visit else None) or "+15185550198",
            "to_number": "+15185550100",
            "body": body,
            "received_at": clock.now(),
            "arrived_by": "webhook",
            "visit_id": visit.id if visit else None,
            "handled_at": clock.now(),
            "outcome": "left_to_a_person",
        }
        return self._add(InboundText(**(given | values)))

    def caller(self, location: Location | None = None, **values: Any) -> Caller:
        number = next(_numbers)
        given = {
            "location_id": (location or self.location()).id,
            "first_name": FIRST_NAMES[number % 10],
            "last_name": LAST_NAMES[number % 7],
            "phone_e164": f"+1518555{100 + number % 100:04d}",
            "called_at": clock.now(),
        }
        return self._add(Caller(**(given | values)))

    def _add(self, row: Any) -> Any:
        db.session.add(row)
        db.session.flush()
        return row


def _letters(number: int) -> str:
    """A suffix that keeps invented surnames apart without digits: 'a', 'b', … 'ba'."""
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(97 + rest) + text
        if not number:
            return text
