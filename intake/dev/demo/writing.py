"""The writer of planned days: in bulk, the rows that the doors would write; the ledger is settled from them."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.db import db
from intake.dev.demo.names import InventedPerson
from intake.dev.demo.plan import SEED, DemoVisit, PlannedAsk, PlannedMention, PlannedReply
from intake.dev.demo.texting import (
    TextedVisit,
    insert_rows,
    minutes_until_answered,
    submission_of,
    worded,
    write_conversations,
)
from intake.directory.models import Caller, Location, Patient, Physician, ReferralSource, Visit, VisitType
from intake.directory.patients.index import IndexedPatient, index_patients
from intake.directory.patients.visits import announce
from intake.survey.models import (
    Answer,
    Ask,
    Channel,
    Evidence,
    MatchState,
    Mention,
    Outcome,
    PatientReferral,
    PhysicianReferral,
)
from intake.survey.question.choices import drawn_order
from intake.survey.recording.decisions import comparable

FIRST_MRN = 100_001


@dataclass
class Roster:
    """Patients of the demo in the order in which they first came; a plan names them by their place here."""

    ids: list[int] = field(default_factory=list)

    def add(self, people: Sequence[tuple[InventedPerson, datetime]]) -> None:
        """Insert these patients and make them findable."""
        rows: list[dict[str, Any]] = [
            {**vars(each), "mrn": str(FIRST_MRN + len(self.ids) + number), "created_at": at}
            for number, (each, at) in enumerate(people)
        ]
        ids = insert_rows(Patient, rows)
        self.ids += ids
        index_patients(
            db.session.connection(),
            [
                IndexedPatient(id_, row["mrn"], row["first_name"], row["last_name"], row["birth_date"])
                for id_, row in zip(ids, rows, strict=True)
            ],
        )


def load_roster() -> Roster:
    """Return everybody whom the demo has made so far."""
    return Roster(list(db.session.scalars(select(Patient.id).order_by(Patient.mrn))))


class Writer:
    """Writes visits with all that was asked and said at them. Flushes; the caller commits."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.locations = {row.code: row for row in db.session.scalars(select(Location))}
        self.sources = {row.code: row.id for row in db.session.scalars(select(ReferralSource))}
        self.asks_first = [
            row.code
            for row in db.session.scalars(select(ReferralSource).where(ReferralSource.parent_id.is_(None)))
            if row.active_from is None
        ]
        self.front_desk: dict[int, list[int]] = {}
        for staff in db.session.scalars(select(Staff).order_by(Staff.id)):
            if any(role.name == "front_desk" for role in staff.roles):
                for location in staff.locations:
                    self.front_desk.setdefault(location.id, []).append(staff.id)
        self.physician_names = {
            row.id: f"{row.first_name} {row.last_name}" for row in db.session.scalars(select(Physician))
        }
        self.rng = random.Random(SEED)  # noqa: S311 - a story, not a secret

    def write(self, planned: Sequence[DemoVisit]) -> None:
        """Write everything about these visits, in their order."""
        places = self._patients(planned)
        visits = insert_rows(Visit, [self._visit(each, place) for each, place in zip(planned, places, strict=True)])
        asked = [
            _AskedVisit(visit_id, self.roster.ids[place], each, each.asking)
            for visit_id, place, each in zip(visits, places, planned, strict=True)
            if each.asking is not None
        ]
        self._ask(asked)
        self._answer(asked)
        write_conversations([self._texted(each) for each in asked if each.asking.channel == Channel.TEXT])
        announce(
            visits,
            documented={
                visit_id: each.documented_physician_id
                for visit_id, each in zip(visits, planned, strict=True)
                if each.documented_physician_id
            },
        )

    def _patients(self, planned: Sequence[DemoVisit]) -> list[int]:
        """Each visit's patient as a place in the roster; newcomers are added to it."""
        places, newcomers, next_place = [], [], len(self.roster.ids)
        for each in planned:
            if each.returning is not None:
                places.append(each.returning)
                continue
            assert each.newcomer is not None
            newcomers.append((each.newcomer, each.at - timedelta(days=9)))
            places.append(next_place)
            next_place += 1
        self.roster.add(newcomers)
        return places

    def _visit(self, each: DemoVisit, place: int) -> dict[str, Any]:
        came = each.status in ("arrived", "completed")
        early = timedelta(minutes=self.rng.randrange(0, 16))
        documented = each.documented_physician_id
        return {
            "location_id": self.locations[each.location.code].id,
            "patient_id": self.roster.ids[place],
            "appointment_id": each.appointment_id,
            "scheduled_at": each.at,
            "visit_date": each.day,
            # Today's visits are spread around this moment, at any time of day; nobody has arrived in the future.
            "arrived_at": min(each.at - early, clock.now()) if came else None,
            "visit_type": VisitType.NEW if each.newcomer else VisitType.ESTABLISHED,
            "status": each.status,
            "provider": each.provider,
            "language": each.newcomer.language if each.newcomer else None,
            "documented_physician_id": documented,
            "documented_name": "",
            "created_at": each.at - timedelta(days=9),
        }

    def _ask(self, asked: Sequence["_AskedVisit"]) -> None:
        by_phone = [each for each in asked if each.asking.channel == Channel.CALL]
        for each, caller_id in zip(
            by_phone, insert_rows(Caller, [self._caller(each) for each in by_phone]), strict=True
        ):
            each.caller_id = caller_id
        rows = [self._ask_row(each, each.asking.channel, each.asking.at) for each in asked]
        for each, ask_id in zip(asked, insert_rows(Ask, rows), strict=True):
            each.ask_id = ask_id
        later = [each for each in asked if each.asking.late]
        rows = [self._ask_row(each, each.asking.late[0], each.asking.at) for each in later if each.asking.late]
        for each, ask_id in zip(later, insert_rows(Ask, rows), strict=True):
            each.late_ask_id = ask_id

    def _ask_row(self, each: "_AskedVisit", channel: Channel, at: datetime) -> dict[str, Any]:
        by_phone = channel == Channel.CALL
        alone = channel in (Channel.KIOSK, Channel.LINK, Channel.TEXT)
        options = drawn_order(self.asks_first, self.rng) if alone else []
        if channel == Channel.TEXT:
            each.text, options = self._worded(options, each)
            each.options = options
        return {
            "visit_id": None if by_phone else each.visit_id,
            "caller_id": each.caller_id if by_phone else None,
            "channel": channel,
            "language": each.language,
            "options": options,
            "asked_at": at - timedelta(days=6) if by_phone else at,
            "staff_id": None if alone else self._asker(each),
            "device_id": None,
        }

    def _worded(self, codes: Sequence[str], each: "_AskedVisit") -> tuple[str, list[str]]:
        language = each.language if each.language in ("en", "es") else "en"
        body, options = worded(codes, language, each.visit.day)
        return body, list(options)

    def _texted(self, each: "_AskedVisit") -> TextedVisit:
        someone = each.visit.newcomer
        assert someone is not None
        assert someone.mobile_e164 is not None
        return TextedVisit(
            visit_id=each.visit_id,
            patient_id=each.patient_id,
            location_id=self.locations[each.visit.location.code].id,
            ask_id=each.ask_id,
            phone=someone.mobile_e164,
            language=each.language,
            options=tuple(each.options),
            body=each.text,
            at=each.asking.at,
            reply=each.asking.reply,
        )

    def _asker(self, each: "_AskedVisit") -> int | None:
        there = self.front_desk.get(self.locations[each.visit.location.code].id)
        # By the visit, so that the one who asked also recorded.
        return there[each.visit_id % len(there)] if there else None

    def _caller(self, each: "_AskedVisit") -> dict[str, Any]:
        someone = each.visit.newcomer
        assert someone is not None
        called_at = each.asking.at - timedelta(days=6)
        return {
            "location_id": self.locations[each.visit.location.code].id,
            "first_name": someone.first_name,
            "last_name": someone.last_name,
            "phone_e164": someone.mobile_e164,
            "called_at": called_at,
            "noted_by_id": self._asker(each),
            "visit_id": each.visit_id,
            "matched_at": each.asking.at,
            "matched_by_id": self._asker(each),
        }

    def _answer(self, asked: Sequence["_AskedVisit"]) -> None:
        first = [_PlannedAnswer(each, each.ask_id, each.asking.reply, turn=1) for each in asked if each.asking.reply]
        calls = [
            _PlannedAnswer(answer.asked, answer.ask_id, answer.reply, turn=1, of_caller=True)
            for answer in first
            if answer.asked.caller_id is not None
        ]
        self._insert_answers([*calls, *first])
        corrected = {id(answer.asked): answer for answer in first}
        corrections = [
            _PlannedAnswer(each, each.ask_id, each.asking.correction, turn=2, supersedes=corrected[id(each)])
            for each in asked
            if each.asking.correction
        ]
        late = [
            _PlannedAnswer(each, each.late_ask_id, each.asking.late[1], turn=None) for each in asked if each.asking.late
        ]
        self._insert_answers([*corrections, *late])
        ended = {id(answer.supersedes) for answer in corrections} | {id(answer) for answer in late}
        self._insert_mentions([*calls, *first, *corrections, *late], ended)

    def _insert_answers(self, answers: Sequence["_PlannedAnswer"]) -> None:
        rows = []
        for answer in answers:
            asking = answer.asked.asking
            by_text = asking.channel == Channel.TEXT
            minutes = {1: 1, 2: 300 if by_text else 40, None: 90}[answer.turn]
            if by_text and answer.turn == 1:
                minutes = minutes_until_answered(answer.asked.visit_id)
            at = asking.at + timedelta(minutes=minutes) - timedelta(days=6 if answer.of_caller else 0)
            answer.at = at
            alone = asking.channel in (Channel.KIOSK, Channel.LINK, Channel.TEXT) and answer.turn != 2
            drawn = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
            rows.append(
                {
                    "submission_id": submission_of(answer.asked.visit_id) if by_text and answer.turn == 1 else drawn,
                    "ask_id": answer.ask_id,
                    "visit_id": None if answer.of_caller else answer.asked.visit_id,
                    "caller_id": answer.asked.caller_id if answer.of_caller else None,
                    "turn": answer.turn,
                    "supersedes_id": answer.supersedes.answer_id if answer.supersedes else None,
                    "outcome": answer.reply.outcome,
                    "verbatim": answer.reply.verbatim,
                    "answered_at": at,
                    "recorded_at": at,
                    "staff_id": None if alone else self._asker(answer.asked),
                    "device_id": None,
                }
            )
        for answer, answer_id in zip(answers, insert_rows(Answer, rows), strict=True):
            answer.answer_id = answer_id

    def _insert_mentions(self, answers: Sequence["_PlannedAnswer"], ended: set[int]) -> None:
        said = [
            (answer, rank, mentioned)
            for answer in answers
            if answer.reply.outcome == Outcome.ANSWERED
            for rank, mentioned in enumerate(answer.reply.mentions, start=1)
        ]
        ids = insert_rows(Mention, [self._mention(*each) for each in said])
        physicians, patients = [], []
        for mention_id, (answer, _rank, mentioned) in zip(ids, said, strict=True):
            link: dict[str, Any] = {
                "visit_id": None if answer.of_caller else answer.asked.visit_id,
                "caller_id": answer.asked.caller_id if answer.of_caller else None,
                "evidence": Evidence.PATIENT_STATED,
                "mention_id": mention_id,
                "recorded_at": answer.at,
                "staff_id": None,
                "ended_at": answer.at if id(answer) in ended else None,
            }
            if mentioned.physician_id is not None:
                physicians.append(link | {"physician_id": mentioned.physician_id})
            elif mentioned.referrer is not None or mentioned.referrer_name:
                referrer = None if mentioned.referrer is None else self.roster.ids[mentioned.referrer]
                patients.append(
                    link
                    | {
                        "patient_id": None if answer.of_caller else answer.asked.patient_id,
                        "referring_patient_id": referrer,
                        "referrer_name": mentioned.referrer_name,
                    }
                )
        insert_rows(PhysicianReferral, physicians)
        insert_rows(PatientReferral, patients)

    def _mention(self, answer: "_PlannedAnswer", rank: int, mentioned: PlannedMention) -> dict[str, Any]:
        detail = mentioned.words or mentioned.referrer_name
        return {
            "answer_id": answer.answer_id,
            "rank": rank,
            "source_id": self.sources[mentioned.code] if mentioned.code else None,
            "role": None,
            "match_state": MatchState.EXACT if mentioned.code else MatchState.UNMATCHED,
            "confidence": None,
            "detail": detail,
            "detail_normal": comparable(detail),
        }


@dataclass
class _AskedVisit:
    """A visit at which the question was put."""

    visit_id: int
    patient_id: int
    visit: DemoVisit
    asking: PlannedAsk
    ask_id: int = 0
    late_ask_id: int = 0
    caller_id: int | None = None
    # Of those asked by text: what it said, and the sources behind its numbers.
    text: str = ""
    options: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        someone = self.visit.newcomer
        return (someone.language if someone else None) or "en"


@dataclass
class _PlannedAnswer:
    """An answer on its way into the database."""

    asked: _AskedVisit
    ask_id: int
    reply: PlannedReply
    turn: int | None
    of_caller: bool = False
    supersedes: "_PlannedAnswer | None" = None
    answer_id: int = 0
    at: datetime | None = None
