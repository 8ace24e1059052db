"""A patient who texts back."""

from sqlalchemy import select

from intake import clock
from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.planner import start_survey
from intake.config import Settings
from intake.db import db
from intake.directory.models import ReferralSource, Visit
from intake.sms.consent.consent import record_consent
from intake.sms.models import InboundText, OutboxText, TextState, TextSurvey
from intake.sms.queue.receiving import ArrivedText, receive
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Ask
from tests.linked import links_of
from tests.making import Make

PHONE = "+15185550111"


class Talk:
    """A new patient who was asked by text, and texts back."""

    def __init__(self, settings: Settings, make: Make, *, language: str = "en") -> None:
        self.settings, self.number = settings, 0
        self.visit: Visit = make.visit(patient=make.patient("Ana", "Whitcombe", mobile_e164=PHONE, language=language))
        self.patient_id = self.visit.patient_id
        record_consent(phone_e164=PHONE, patient_id=self.patient_id, source="desk", wording_version="1")
        survey = start_survey(self.visit, plan=None)
        survey.language = language
        self.options = list(db.session.get_one(Ask, survey.ask_id).options)
        text = db.session.scalars(select(OutboxText)).one()
        text.state, text.sent_at = TextState.SENT, clock.now()
        self.asked = text.body

    def says(self, body: str, *, phone: str = PHONE, opt_out_type: str = "") -> list[str]:
        """What we text back to it."""
        self.number += 1
        before = set(db.session.scalars(select(OutboxText.id)))
        arrived = ArrivedText(
            f"SM{self.number:032x}", phone, "+15185550100", body, 0, clock.now(), "webhook", opt_out_type=opt_out_type
        )
        receive(arrived)
        db.session.commit()
        read_replies(self.settings)
        return [text.body for text in db.session.scalars(select(OutboxText)) if text.id not in before]

    def number_of(self, code: str) -> str:
        return str(self.options.index(code) + 1)

    @property
    def outcome(self) -> str | None:
        return db.session.scalars(select(InboundText.outcome).order_by(InboundText.id.desc()).limit(1)).one()

    @property
    def survey(self) -> TextSurvey:
        return db.session.scalars(select(TextSurvey)).one()

    def answered(self) -> list[str]:
        given = current_answers([self.visit.id]).get(self.visit.id)
        codes = {source.id: source.code for source in db.session.scalars(select(ReferralSource))}
        return [codes.get(mention.source_id or 0, "") for mention in given.mentions] if given else []

    def named(self) -> str:
        mention = current_answers([self.visit.id])[self.visit.id].mentions[0]
        return links_of([mention.id])[mention.id].referrer_name
