"""One text of the matrix in tests/capture/text_replies/, and what the conversation made of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from intake import clock
from intake.capture.text.conversation.reply import read_replies
from intake.config import Settings
from intake.db import db
from intake.directory.models import Physician
from intake.sms.consent.consent import is_stopped, record_consent
from intake.sms.models import InboundText, OutboxText, TextSurvey
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Answer, Channel, Outcome
from intake.survey.recording.record_answer import NewAsk, save_ask
from tests.linked import links_of
from tests.making import Make

FOLDER = Path(__file__).with_name("text_replies")
OPTIONS = (
    *("doctor", "friend_family", "online_search", "insurance"),
    *("social_media", "drove_by", "online_reviews", "other"),
)
DOCTORS = (("Patel", "Anita", "Albany"), ("Chen", "Lisa", "Troy"), ("Okafor", "Robert", "Albany"))
# What brings a conversation to a later step.
LEADING_THERE = {"which_person": ["2"], "which_physician": ["1"], "confirm_physician": ["1", "Anita Patel"]}


@dataclass(frozen=True)
class Reply:
    language: str
    step: str
    text: str
    becomes: tuple[str, ...]


def replies(name: str) -> list[Reply]:
    lines = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Reply(row[0], row[1], row[2].replace("\\n", "\n"), tuple(row[3].split("|"))) for row in rows]


class Texting:
    """Asks a new patient by text for every reply, and reads what became of it in the words of the matrix."""

    def __init__(self, settings: Settings, make: Make) -> None:
        self.settings, self.make = settings, make
        self.location = make.location()
        self.codes = {source.id: code for code, source in make.sources().items()}
        for last, first, city in DOCTORS:
            make.physician(last, first, city=city)
        make.practice(phone_e164="+15185550199")
        self.number = 0

    def becomes(self, reply: Reply) -> str:
        survey = self._asked(reply.language)
        for words in LEADING_THERE.get(reply.step, ()):
            self._text(survey, words)
        assert survey.step == reply.step
        before = db.session.scalar(select(Answer.id).order_by(Answer.id.desc()).limit(1))
        inbound, answered = self._text(survey, reply.text)
        if is_stopped(survey.phone_e164):
            return "stop" if answered is None else f"stop, and yet: {answered}"
        recorded = db.session.scalar(select(Answer.id).order_by(Answer.id.desc()).limit(1)) != before
        asks = {"errand": "question", "wrong_number": "stop"}.get(inbound.outcome or "", inbound.outcome)
        if asks in ("help", "start", "question", "stop"):
            return f"{asks}, and recorded" if recorded else str(asks)
        if reply.step != "asked":
            return self._later(survey, reply.step)
        return self._first(survey, inbound, recorded)

    def _asked(self, language: str) -> TextSurvey:
        self.number += 1
        phone = f"+1518555{self.number:04d}"
        visit = self.make.visit(self.location, self.make.patient(mobile_e164=phone, language=language))
        record_consent(phone_e164=phone, patient_id=visit.patient_id, source="desk", wording_version="1")
        ask = save_ask(NewAsk(Channel.TEXT, language, clock.now(), visit_id=visit.id, options=OPTIONS))
        survey = TextSurvey(
            visit_id=visit.id,
            ask_id=ask.id,
            phone_e164=phone,
            location_id=self.location.id,
            language=language,
            step="asked",
            opened_at=clock.now(),
        )
        db.session.add(survey)
        db.session.commit()
        return survey

    def _text(self, survey: TextSurvey, body: str) -> tuple[InboundText, str | None]:
        """What we made of it, and what we texted back."""
        self.number += 1
        sid = f"SM{self.number:032x}"
        arrived = ArrivedText(sid, survey.phone_e164, "+15185550100", body, 0, clock.now(), "webhook")
        inbound_id = receive(arrived)
        db.session.commit()
        read_replies(self.settings)
        back = db.session.scalar(select(OutboxText.body).where(OutboxText.once_key == f"reply:{sid}"))
        return db.session.get_one(InboundText, inbound_id), back

    def _first(self, survey: TextSurvey, inbound: InboundText, recorded: bool) -> str:
        if not recorded:
            return {"unreadable": "again", "asked_for_words": "words"}.get(inbound.outcome or "", str(inbound.outcome))
        answer = current_answers([survey.visit_id])[survey.visit_id]
        if answer.outcome != Outcome.ANSWERED:
            return {Outcome.DONT_REMEMBER: "forgot", Outcome.DECLINED: "declined"}[answer.outcome]
        links = links_of([mention.id for mention in answer.mentions])
        named = [links[mention.id].referrer_name if mention.id in links else "" for mention in answer.mentions]
        codes = [self.codes.get(mention.source_id or 0, "") for mention in answer.mentions]
        if survey.step == "confirm_physician":
            return self._offered(survey)
        if not any(codes):
            return "person"
        shown = [f"{code}:{name}" if name else code for code, name in zip(codes, named, strict=True) if code]
        return "+".join(shown) + ("" if survey.closed_at else "?")

    def _later(self, survey: TextSurvey, step: str) -> str:
        if survey.step == "confirm_physician":
            return self._offered(survey)
        if survey.step == "which_physician" and step == "confirm_physician":
            return "which"
        if survey.closed_at is None:
            return f"still at {survey.step}"
        mention = current_answers([survey.visit_id])[survey.visit_id].mentions[0]
        link = links_of([mention.id]).get(mention.id)
        if step == "confirm_physician":
            return "confirmed" if link and link.physician_id else "none"
        name = (link.referrer_name if link else "") or mention.detail
        return f"name:{name}" if name else "none"

    def _offered(self, survey: TextSurvey) -> str:
        physician = db.session.get_one(Physician, json.loads(survey.pending)["physician_id"])
        return f"offer:{physician.last_name}"


def misread(texting: Texting, name: str) -> list[tuple[Reply, str]]:
    """The replies of a file that became something else, and what."""
    found = [(reply, texting.becomes(reply)) for reply in replies(name)]
    return [(reply, became) for reply, became in found if became not in reply.becomes]
