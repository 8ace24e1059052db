"""What a patient wrote on a tablet or a link and a person must read: it waits beside the texts, with their alerts."""

import uuid
from datetime import datetime

from sqlalchemy import exists, select

from intake import clock
from intake.db import db
from intake.sms.models import InboundText
from intake.survey.models import Channel

# Asks the practice for something where it was only asked who sent them.
ERRAND_HERE = "errand_here"
# The doors at which words are typed that no carrier brought, as `InboundText.channel`.
HERE = (Channel.KIOSK.value, Channel.LINK.value)


def keep_words(
    text: str, *, outcome: str, visit_id: int | None, channel: Channel, submission_id: str, at: datetime
) -> bool:
    """Keep the words for the inbox, and an emergency for the desks' alert and mails. Flushes.

    False when this visit's very words are kept already, or this page's from before anybody knew whose they are.
    Nobody can be texted back where they were written.
    """
    # The page's and its words', so that others written on the same page are a text of their own. No carrier's number is
    # written so, and no carrier is ever asked about it.
    number = f"-{uuid.uuid5(uuid.UUID(submission_id), text).hex}"
    before = db.session.scalars(select(InboundText).where(InboundText.message_sid == number)).one_or_none()
    if before is not None and before.visit_id is None:
        before.visit_id = visit_id
        return False
    same = exists().where(
        InboundText.visit_id == visit_id, InboundText.channel == channel.value, InboundText.body == text
    )
    if db.session.scalar(select(same)):
        return False
    now = clock.now()
    db.session.add(
        InboundText(
            message_sid=number,
            from_e164="",
            to_number="",
            channel=channel.value,
            body=text,
            received_at=at,
            arrived_by="page",
            visit_id=visit_id,
            outcome=outcome,
            handled_at=now,
            wiped_at=now,
        )
    )
    db.session.flush()
    return True
