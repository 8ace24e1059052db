"""What a referrer is still owed: word that the patient came, the result, or word that they will not come."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from intake.liaison.loops.referrals import Referral
from intake.liaison.loops.stages import Stage

# Whoever cancels often books again within days; until then nobody is told that they won't come.
BOOKS_AGAIN = timedelta(days=7)
# Older ones nobody writes about any more.
LOOK_BACK = timedelta(days=365)


class Owed(StrEnum):
    CAME = "came"
    RESULT = "result"
    NOT_COMING = "not_coming"


LABELS = {
    Owed.CAME: "Not told that their patient came",
    Owed.RESULT: "No result yet",
    Owed.NOT_COMING: "Not told that their patient did not come",
}
TOLD_LABELS = {
    Owed.CAME: "Told that their patient came",
    Owed.RESULT: "Result sent",
    Owed.NOT_COMING: "Told that their patient did not come",
}
# How the office was told; the first unless somebody says otherwise.
HOW = {"letter": "letter", "fax": "fax", "phone": "telephone", "electronic": "electronically"}
# What the key of each way says.
SENT = {
    "letter": "Sent by letter",
    "fax": "Sent by fax",
    "phone": "Told by telephone",
    "electronic": "Sent electronically",
}
# An office's wish is free text; one that says what it doesn't want is left to whoever reads it.
_WAYS = re.compile(
    r"(?P<fax>\b(?:e-?)?fax)"
    r"|(?P<electronic>\b(?:e-?mail|portal|electronic|online|ehr|emr|direct (?:messag|address)))"
    r"|(?P<phone>phone|\bcall)|(?P<letter>\bletter|\bmail\b|\bby post\b)",
    re.IGNORECASE,
)
_UNWANTED = re.compile(r"\b(?:no|not|never|don.?t|without)\b", re.IGNORECASE)


def way_wished(words: str) -> str:
    """The key in HOW that an office's wish names first; '' for what names none for sure."""
    found = None if _UNWANTED.search(words) else _WAYS.search(words)
    return found.lastgroup or "" if found else ""


@dataclass(frozen=True)
class OwedNote:
    """What one referral's office is owed, since which day."""

    referral: Referral
    what: Owed
    since: date

    def age(self, today: date) -> int:
        return (today - self.since).days


def owed_note(referral: Referral, *, today: date) -> OwedNote | None:
    """What is owed now; None while nothing is. A result that was sent says that the patient came."""
    told = referral.told
    if referral.came:
        if Owed.RESULT in told:
            return None
        what = Owed.RESULT if Owed.CAME in told else Owed.CAME
        return OwedNote(referral, what, referral.reached.get(Stage.SEEN, referral.since))
    if not referral.did_not_come or Owed.NOT_COMING in told:
        return None
    waits = referral.stage in (Stage.CANCELLED, Stage.NO_SHOW) and today - referral.since < BOOKS_AGAIN
    return None if waits else OwedNote(referral, Owed.NOT_COMING, referral.since)


def owed_notes(referrals: list[Referral], *, today: date) -> list[OwedNote]:
    """Everything that is owed, the oldest first."""
    notes = [note for each in referrals if (note := owed_note(each, today=today))]
    return sorted(notes, key=lambda note: (note.since, note.referral.id))
