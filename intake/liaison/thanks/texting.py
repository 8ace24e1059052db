"""Thanks by text: to whoever agreed to it, within the outbox's consent, STOP and hours; it names nobody."""

from datetime import timedelta

from intake import clock
from intake.accounts.models import Staff
from intake.directory.models import Location, Patient
from intake.liaison.letters.words import THANKS_TEXT
from intake.liaison.thanks.queries import Thankworthy
from intake.sms.carrier.segments import in_gsm
from intake.sms.consent.consent import may_be_texted
from intake.sms.consent.textable import why_not_textable
from intake.sms.models import TextPurpose
from intake.sms.queue.outbox import NewText, queue_text
from intake.web.ui.template_context import practice_name

LEAVES_WITHIN = timedelta(days=2)


def may_be_thanked_by_text(patient: Patient) -> bool:
    """Whether there is a number of theirs that may be texted."""
    phone = patient.mobile_e164
    return bool(phone) and not why_not_textable(phone or "") and may_be_texted(phone or "", patient_id=patient.id)


def queue_thanks(due: Thankworthy, location: Location, *, staff: Staff) -> int | None:
    """Queue one text of thanks; None when it was queued before. What comes back is for a person. Flushes."""
    assert due.patient.mobile_e164 is not None
    now = clock.now()
    return queue_text(
        NewText(
            once_key=f"thanks:{due.patient.id}:{due.sent[0].visit_id}",
            purpose=TextPurpose.STAFF,
            phone_e164=due.patient.mobile_e164,
            body=in_gsm(THANKS_TEXT.filled({"practice": practice_name()})),
            not_before=now,
            not_after=now + LEAVES_WITHIN,
            location_id=location.id,
            staff_id=staff.id,
        )
    )
