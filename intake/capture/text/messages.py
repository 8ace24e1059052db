"""Sentences about texts: delivery, failure, and how replies were read."""

from intake.sms.carrier.carrier_errors import UNLISTED, carrier_error, named
from intake.sms.models import OutboxText, TextState
from intake.web.ui.formatting import say_when

# Why a text ended that the carrier gave no error for; the words for its errors stand in sms/carrier_errors.toml.
_ENDED = {
    "carrier_busy": "The carrier was too busy for too long.",
    "not_arrived": "The patient says that nothing arrived. It isn’t sent a second time.",
}
CANCELLED = {
    "stopped": "Not sent: the phone has said STOP.",
    "no_consent": "Not sent: there is no consent any more.",
    "answered": "Not sent: they had answered by then.",
    "answered_elsewhere": "Not sent: they answered at another door.",
    "window_closed": "Not sent: its time was over.",
    "never_open": "Not sent: no hour is allowed everywhere this number may be.",
    "expired": "Not sent: two days had passed.",
    "mobile_changed": "Not sent: the chart has another mobile number by now.",
    "visit_cancelled": "Not sent: the visit was cancelled, or the patient did not come.",
    "carrier_answered": "Not sent: the carrier has answered HELP by itself.",
    "not_textable": "Not sent: this number can’t be texted from here.",
    "visit_moved": "Not sent: the visit was moved to another day.",
}
READ = {
    "stop": "Taken for STOP: nothing more is sent to this phone.",
    "start": "Taken for START: texts may be sent again.",
    "help": "Asked for help; answered with the practice’s number.",
    "unreadable": "Could not be read, so we asked once more.",
    "no_such_number": "A number that isn’t on the list, again. Nothing was recorded; the right one still counts.",
    "asked_for_words": "Chose “something else”, so we asked for their own words.",
    "question": "Asked us something. We said whom to call.",
    "emergency": "May be an emergency. They were told whom to call, 911 or 988, and the office’s number.",
    "errand_here": "Asks the practice for something, where they were asked who sent them. Nobody has answered it.",
    "errand": "Asks the practice for something. We said whom to call, and that a person reads it.",
    "wrong_number": "Says that this phone isn’t the patient’s. Check the chart; no more texts about them.",
    "died": "Says that somebody has died. Check the chart; no more texts about this patient.",
    "unclear_correction": "Corrects what was said before, and it isn’t clear to what.",
    "reaction": "A reaction to a text, such as a thumbs-up. Nothing to do.",
    "auto_reply": "A phone that answers by itself. Nothing to do.",
    "courtesy": "Thanks. Nothing to do.",
    "joined": "The first half of the next text.",
    "short_code": "From a short code or a machine: kept, not answered.",
    "other_channel": "Written on another channel (WhatsApp, RCS), where our texts don’t arrive: kept, not answered.",
    "failed": "Something went wrong while reading this.",
    "left_to_a_person": "Could not be read. Kept as an answer in their own words.",
    "late": "Came after another door had answered: kept, not counted.",
    "to_staff": "Replies to what one of you wrote: nothing of it was read or answered by itself.",
    "which_visit": "Two visits were asked about on this phone, and it isn’t clear which one this answers.",
    "afterwards": "Came after the thanks: kept, not counted.",
    "stopped": "Came from a phone that has said STOP: kept, not answered.",
    "unknown_sender": "From a number that was not asked: kept, not answered.",
}


def failure_sentence(reason: str | None, code: int | None = None) -> str:
    """Return why a text did not arrive, and what can be done; for an unlisted error with the carrier's number."""
    if reason in _ENDED:
        return _ENDED[reason]
    kind = named(reason or "")
    return f"{kind.says} Its number is {code}." if kind is UNLISTED and code else kind.sentence


def not_sent_sentence(reason: str | None, code: int | None) -> str:
    """Return why a text of ours reached nobody, whether it was refused, lost or not sent at all."""
    return CANCELLED.get(reason or "") or failure_sentence(reason, code)


def delivery_sentence(text: OutboxText, time_zone: str) -> str:
    """Return how far one of our texts has come."""
    waits = text.not_before > text.queued_at
    words = {
        TextState.DELIVERED: f"Delivered {say_when(text.delivered_at or text.queued_at, time_zone)}",
        TextState.SENT: f"Sent {say_when(text.sent_at or text.queued_at, time_zone)}",
        TextState.FAILED: f"Did not arrive. {failure_sentence(text.reason, text.error_code)}",
        TextState.CANCELLED: CANCELLED.get(text.reason or "", "Not sent."),
        TextState.UNCERTAIN: "It may have left; the carrier is being asked.",
        TextState.SENDING: "Leaving now",
    }
    waiting = f"Waits until {say_when(text.not_before, time_zone)}" if waits else "Waits to leave"
    if text.error_code:
        waiting += f". {carrier_error(text.error_code).sentence}"
    return words.get(TextState(text.state), waiting)


def reply_sentence(outcome: str | None, recorded: bool) -> str:
    """Return how one of their texts was read."""
    if outcome is None:
        return "Not read yet"
    if outcome == "answer":
        return "Read as" if recorded else "Read as a reply to the question before."
    return READ.get(outcome, "Kept.")
