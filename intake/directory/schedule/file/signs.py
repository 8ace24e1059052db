"""What a row says of its status elsewhere than in the status column: Cancel Ind, No Show, Cancelled On, Checked In."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intake.directory.models import DID_NOT_COME, VisitStatus
from intake.directory.schedule.file.cell_values import NO_VALUE
from intake.directory.schedule.file.import_errors import quoted
from intake.directory.schedule.file.titles import words, words_of
from intake.directory.schedule.file.visit_words import sure_status

_FAMILIES = (
    (VisitStatus.NO_SHOW, words("noshow noshowed dna dnka missed")),
    (
        VisitStatus.CANCELLED,
        words("cancel cancelled canceled cancellation cancelation cxl cxld canc deleted delete voided void"),
    ),
    (VisitStatus.COMPLETED, words("kept keptind completed checkedout seen")),
    (VisitStatus.ARRIVED, words("arrived checkedin")),
)
_FLAG = words("appt appointment visit encounter ind indicator flag yn y n is was pt patient")
# A day, a name or a reason under such a title says so too.
_WHEN_OR_WHY = words(
    "on date dt at time datetime reason rsn by who when description desc code note notes comment comments name user for"
)
_YES = words("y yes true t 1 x ✓ ✔ si sí")
_NO = words("n no false f 0 not-cancelled active") | {"not cancelled", "not canceled", "not applicable"}
_FORMS = (("no show", "noshow"), ("no showed", "noshowed"), ("did not show", "noshow"))
_FURTHER = {VisitStatus.SCHEDULED: 0, VisitStatus.ARRIVED: 1, VisitStatus.COMPLETED: 2}


@dataclass(frozen=True)
class Sign:
    """A column that says whether appointments have this status; `by_filling`: when, why or by whom, not yes and no."""

    title: str
    place: int
    status: VisitStatus
    by_filling: bool

    def said(self, text: str) -> VisitStatus | None:
        """The status that this cell says, None for none."""
        word = text.casefold()
        if word in NO_VALUE or word in _NO or not any(letter.isalpha() or letter in "123456789✓✔" for letter in word):
            return None
        if word in _YES:
            return self.status
        if self.status not in DID_NOT_COME:
            # A time of arrival, or who saw them, is read elsewhere or not at all.
            return None
        means = sure_status(text)
        if means is VisitStatus.NO_SHOW or means is None:
            # Some systems know a missed visit only as a reason to cancel it.
            return means or (None if word.isdigit() and not self.by_filling else self.status)
        return self.status if means is VisitStatus.CANCELLED else None


def sign_of(title: str, place: int) -> Sign | None:
    """The sign that a column with this title is; None for any other column."""
    said = " ".join(words_of(title.replace("-", " ")))
    for form, one in (*_FORMS, ("checked in", "checkedin"), ("check in", "checkedin"), ("checked out", "checkedout")):
        said = re.sub(rf"\b{form}\b", one, said)
    parts = set(said.split())
    for status, family in _FAMILIES:
        if parts & family:
            besides = parts - family - _FLAG
            filling = bool(besides) and status in DID_NOT_COME
            return Sign(title, place, status, filling) if besides <= (_WHEN_OR_WHY if filling else set()) else None
    return None


@dataclass(frozen=True)
class Settled:
    """The status of a row; `wrong` says what contradicts what, `doubt` the same where the status column counts."""

    status: VisitStatus
    title: str = ""
    wrong: str = ""
    doubt: str = ""


def settled(said: str | None, signs: Sequence[tuple[Sign, str, VisitStatus]]) -> Settled:
    """Put together what the status column says (None for no such column) and the signs of a row, with their cells.

    Missed outweighs cancelled, and completed arrived. Who is cancelled in one place and comes in another is wrong.
    """
    by_column = VisitStatus(said) if said is not None else None
    found = {status for _, _, status in signs} | ({by_column} if by_column else set())
    away, here = found & {*DID_NOT_COME}, found - {*DID_NOT_COME}
    if not away:
        return Settled(max(here, key=_FURTHER.__getitem__, default=VisitStatus.SCHEDULED))
    out = VisitStatus.NO_SHOW if VisitStatus.NO_SHOW in away else VisitStatus.CANCELLED
    if not here:
        return Settled(out)
    sign, text, _ = next((each for each in signs if each[2] in DID_NOT_COME), signs[0])
    other = f"the status {by_column.replace('_', '-')}" if by_column else "another column that says they came"
    contradiction = f"{quoted(text)} beside {other}"
    if by_column in (VisitStatus.ARRIVED, VisitStatus.COMPLETED) and all(
        each.by_filling for each, _, status in signs if status in DID_NOT_COME
    ):
        return Settled(by_column, sign.title, doubt=contradiction)
    return Settled(out, sign.title, wrong=contradiction)
