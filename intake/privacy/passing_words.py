"""Where others named somebody: words of other patients, rules, file names. Who erases somebody says which mean them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_, select

from intake.db import db
from intake.directory.name_keys import normal
from intake.id_filters import among
from intake.privacy.person import HeldPerson
from intake.privacy.personal_columns import table
from intake.sms.models import InboundText, OutboxText
from intake.survey.models import Answer, Mention, PatientReferral
from intake.web.wall.location_wall import whole_practice

# Words beyond these are left to a person who narrows the name down; the page says so.
MOST_SHOWN = 200
READ_AT_ONCE = 2000
# The columns that are looked through, and by what a row of another patient is told from the person's own.
SEARCHED = (
    ("answer", "verbatim"),
    ("mention", "detail"),
    ("patient_referral", "referrer_name"),
    ("inbound_text", "body"),
    ("outbox_text", "body"),
    ("text_survey", "pending"),
    ("review_rule_text", "text"),
    ("schedule_upload", "file_name"),
    ("brought_file", "file_name"),
)
# The practice's own words: shown, and changed where they were written.
BY_HAND = (
    ("referral_source", "label"),
    ("source_alias", "text"),
    ("source_translation", "label"),
    ("spend", "note"),
    ("visit", "documented_name"),
    ("saved_view", "name"),
    ("legal_hold", "matter"),
    ("touchpoint", "words"),
    ("touchpoint", "need"),
    ("promise", "text"),
    ("office_issue", "text"),
    ("office_issue", "done"),
    ("office_contact", "note"),
    ("office_preference", "note"),
)


@dataclass(frozen=True)
class NamedIn:
    """A row whose words name the person. `linked`: staff or the patient said that it means them."""

    table: str
    row_id: Any
    words: str
    linked: bool = False
    by_hand: bool = False

    @property
    def key(self) -> str:
        return f"{self.table}:{self.row_id}"


@whole_practice()
def named_in(found: HeldPerson) -> list[NamedIn]:
    """Return the rows that name this person and aren't theirs: first those that are linked, then the rest."""
    linked = list(_linked(found))
    known = {each.key for each in linked}
    said = _PersonNames(found, [each.words for each in linked])
    by_words = [each for each in _searched(found, said) if each.key not in known]
    return [*linked, *by_words][:MOST_SHOWN]


class _PersonNames:
    """Names and telephones of a person, as they may stand among other words."""

    def __init__(self, found: HeldPerson, others: list[str]) -> None:
        pairs = [(normal(first).split(), normal(last).split()) for first, last in found.names]
        self._patterns = [pattern for first, last in pairs if first and last for pattern in _either_way(first, last)]
        phones = {phone for phone in found.phones if len(phone) > 8}
        self._digits = {re.sub(r"\D", "", phone)[-10:] for phone in phones}
        self._pieces = {last for _, last in found.names if last.isascii()} | {digits[-4:] for digits in self._digits}
        self._all = any(not last.isascii() for _, last in found.names)

    def may_stand_in(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """SQL: worth reading. A name with accents may be written without, so then everything is read."""
        if self._all or not self._pieces:
            return column != ""
        lowered = func.lower(column)
        return or_(*(lowered.contains(piece.lower(), autoescape=True) for piece in sorted(self._pieces)))

    def stand_in(self, words: str) -> bool:
        plain = normal(words)
        if any(pattern.search(plain) for pattern in self._patterns):
            return True
        digits = re.sub(r"\D", "", words)
        return any(each in digits for each in self._digits)


def _either_way(first: list[str], last: list[str]) -> tuple[re.Pattern[str], ...]:
    one, other = re.escape(first[0]), r"\W+".join(map(re.escape, last))
    return re.compile(rf"\b{one}\W+(?:\w+\W+)?{other}\b"), re.compile(rf"\b{other}\W+{one}\b")


def _linked(found: HeldPerson) -> Iterator[NamedIn]:
    query = (
        select(
            PatientReferral.id,
            PatientReferral.referrer_name,
            Mention.id,
            Mention.detail,
            Answer.id,
            Answer.verbatim,
        )
        .outerjoin(Mention, Mention.id == PatientReferral.mention_id)
        .outerjoin(Answer, Answer.id == Mention.answer_id)
        .where(among(PatientReferral.referring_patient_id, found.ids))
    )
    for row in db.session.execute(query):
        for at, where in enumerate(("patient_referral", "mention", "answer")):
            row_id, words = row[2 * at], str(row[2 * at + 1] or "")
            if words and row_id not in found.rows[where]:
                yield NamedIn(where, row_id, words, linked=True)
    yield from _texted(found)


def _texted(found: HeldPerson) -> Iterator[NamedIn]:
    """Texts of the visits whose patient was linked to this person: their words are the answer's."""
    for text, name in ((InboundText, "inbound_text"), (OutboxText, "outbox_text")):
        query = (
            select(text.id, text.body, PatientReferral.referrer_name)
            .join(PatientReferral, PatientReferral.visit_id == text.visit_id)
            .where(among(PatientReferral.referring_patient_id, found.ids), text.body != "")
        )
        for row_id, body, said in db.session.execute(query):
            if row_id not in found.rows[name] and said and normal(said) in normal(body):
                yield NamedIn(name, row_id, body, linked=True)


def _searched(found: HeldPerson, names: _PersonNames) -> Iterator[NamedIn]:
    for places, by_hand in ((SEARCHED, False), (BY_HAND, True)):
        for name, column in places:
            rows = table(name)
            key = next(iter(rows.primary_key))
            own = set(found.rows.get(name, ()))
            # Written out: an index that holds only the rows with words isn't found for a parameter.
            has_words = rows.c[column] != literal_column("''")
            query = select(key, rows.c[column]).where(has_words, names.may_stand_in(rows.c[column]))
            for row_id, words in db.session.execute(query.execution_options(yield_per=READ_AT_ONCE)):
                if row_id not in own and names.stand_in(words):
                    yield NamedIn(name, row_id, words, by_hand=by_hand)
