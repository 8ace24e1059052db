"""Replies that people at the practice deal with, and what their pages say."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.accounts.models import Staff
from intake.capture.text.conversation.reply import read_replies
from intake.db import db
from intake.sms.models import InboundText, OutboxText, TextPurpose
from intake.sms.queue.receiving import ArrivedText, receive
from tests.clients import Client

PHONE = "+15185550123"
# Noon in New York on a weekday: everybody may be texted.
NOON = datetime.fromisoformat("2026-05-12T16:00:00+00:00")
SignIn = Callable[[Client, Staff], None]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def written(text: InboundText, body: str = "We open at 9.", **values: str) -> dict[str, str]:
    return {"body": body, "submission_id": str(uuid.uuid4()), **values}


def staff_texts() -> list[OutboxText]:
    return list(db.session.scalars(select(OutboxText).where(OutboxText.purpose == TextPurpose.STAFF)))


def says(app: Flask, body: str, phone: str = PHONE) -> InboundText:
    sid = f"SM{uuid.uuid4().hex}"
    receive(ArrivedText(sid, phone, "+15185550100", body, 0, clock.now(), "webhook"))
    db.session.commit()
    read_replies(app.config["SETTINGS"])
    return db.session.scalars(select(InboundText).where(InboundText.message_sid == sid)).one()
