"""Kinds of touchpoint and what each means. Plain values."""

from dataclasses import dataclass
from enum import StrEnum


class TouchpointKind(StrEnum):
    VISIT = "visit"
    NOT_SEEN = "not_seen"
    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    DOCTOR_TO_DOCTOR = "doctor_to_doctor"
    LUNCH = "lunch"
    EVENT = "event"
    MATERIAL = "material"
    GIFT = "gift"
    THANKS = "thanks"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class KindWords:
    """`label` for lists and buttons, `told` for a time line: 'Visited', 'Not seen'."""

    label: str
    told: str
    icon: str


KINDS = {
    TouchpointKind.VISIT: KindWords("Visit", "Visited", "geo-alt"),
    TouchpointKind.NOT_SEEN: KindWords("Not seen", "Called in, not seen", "door-open"),
    TouchpointKind.PHONE: KindWords("Phone", "Telephoned", "telephone"),
    TouchpointKind.EMAIL: KindWords("E-mail", "Wrote an e-mail", "envelope"),
    TouchpointKind.LETTER: KindWords("Letter", "Wrote a letter", "file-earmark-text"),
    TouchpointKind.DOCTOR_TO_DOCTOR: KindWords("Doctor to doctor", "Doctors talked", "people"),
    TouchpointKind.LUNCH: KindWords("Lunch", "Lunch", "cup-hot"),
    TouchpointKind.EVENT: KindWords("Event", "Met at an event", "calendar-event"),
    TouchpointKind.MATERIAL: KindWords("Material", "Left material", "book"),
    TouchpointKind.GIFT: KindWords("Gift", "Gave a gift", "gift"),
    TouchpointKind.THANKS: KindWords("Thanks", "Thanked", "heart"),
    TouchpointKind.COMPLAINT: KindWords("Complaint", "They complained", "exclamation-triangle"),
}
# Somebody was there, heard or got something: the next contact is due from this day on.
REACHED = frozenset(TouchpointKind) - {TouchpointKind.NOT_SEEN}


class Shared(StrEnum):
    """How the cost of a touchpoint counts for those who received it."""

    # A meal: each who ate counts an equal part.
    SPLIT = "split"
    # A picture for the waiting room: it can't be divided, so it counts whole for each of them.
    WHOLE = "whole"
