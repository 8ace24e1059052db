"""Reading one text: its kind, and what it names. Used by the conversation and by `flask sms read`.

Plain values in and out; `known_sources` alone asks the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from intake.capture.text.conversation.choices import ChoiceKind, KnownSource, KnownSources, ReplyChoice, choose
from intake.db import db
from intake.directory.models import ReferralSource, SourceTranslation
from intake.survey.free_text.typed_answers import read_text
from intake.survey.models import MatchState, Outcome
from intake.survey.question import wording
from intake.survey.recording.record_answer import NewMention
from intake.survey.text_kind.judge import judge
from intake.survey.text_kind.kinds import Judged, LastQuestion, TextKind
from intake.survey.text_kind.numbers_said import numbers_in
from intake.survey.text_kind.reply_words import clauses, plain_form, sentences
from intake.survey.text_kind.rules import is_unfinished
from intake.survey.text_reader.reply_names import name_in

_READ = {TextKind.STOP, TextKind.ANSWER, TextKind.CORRECTION, TextKind.ERRAND}


@dataclass(frozen=True)
class ReplyRead:
    """A text as read. `chosen`: what it answers; `name`: whom it names to the second question.

    `words` is what was read for it: all of the text, or what stands beside a stop or a request, or after "I meant".
    """

    kind: TextKind
    judged: Judged
    words: str
    chosen: ReplyChoice | None = None
    name: str = ""

    @property
    def answers(self) -> bool:
        """Return whether it surely answers: something named, not remembered or declined."""
        return self.chosen is not None and self.chosen.kind == ChoiceKind.ANSWER

    @property
    def outcome(self) -> Outcome | None:
        """Return the outcome to record; None where the text doesn't answer."""
        answering = self.kind in (TextKind.ANSWER, TextKind.CORRECTION) and (self.chosen is not None or self.name)
        if self.answers and self.chosen is not None:
            return self.chosen.outcome
        return Outcome.ANSWERED if answering else None


def read_reply(
    body: str,
    known: KnownSources,
    *,
    options: Sequence[str],
    asked: LastQuestion = LastQuestion.QUESTION,
    language: str | None = None,
    sent: Sequence[str] = (),
) -> ReplyRead:
    """Read `body` as a reply to `options`.

    `language`: the survey's; `sent`: our last texts.
    """
    judged = judge(body, asked=asked, language=language, sent=sent)
    if judged.kind not in _READ:
        return ReplyRead(judged.kind, judged, "")
    words = _words_to_read(body, judged)
    if not words:
        return ReplyRead(judged.kind, judged, "")
    if asked in (LastQuestion.WHO, LastQuestion.CONFIRM) and judged.kind in (TextKind.ANSWER, TextKind.CORRECTION):
        chosen = _corrected(words, options, known) if judged.kind == TextKind.CORRECTION else None
        if chosen is not None and chosen.kind == ChoiceKind.ANSWER:
            return ReplyRead(judged.kind, judged, words, chosen, _named(chosen, words, known))
        return ReplyRead(judged.kind, judged, words, chosen, name_in(words, known.read(words)))
    chosen = (_corrected if judged.kind == TextKind.CORRECTION else choose)(words, options, known)
    unsaid = chosen.kind in (ChoiceKind.UNREAD, ChoiceKind.QUESTION)
    if judged.surely_answers and unsaid and not (is_unfinished(words) or numbers_in(words)):
        # Asked again they could only say the same: a person reads it. A number that isn't on the list they can mend.
        unread = NewMention(None, detail=words, match_state=MatchState.UNMATCHED)
        chosen = ReplyChoice(ChoiceKind.DOUBTFUL, named=(unread,))
    return ReplyRead(_kind(judged.kind, chosen), judged, words, chosen, _named(chosen, words, known))


def known_sources(location_id: int) -> KnownSources:
    """Return every source of the practice, retired ones too: numbers mean what was sent."""
    rows = db.session.scalars(select(ReferralSource)).all()
    codes = {source.id: source.code for source in rows}
    labels = _former_labels([source for source in rows if source.active_until is not None])
    sources = {
        source.code: KnownSource(
            source.id, source.code, source.kind, codes.get(source.parent_id or 0), labels.get(source.id, frozenset())
        )
        for source in rows
    }
    return KnownSources(sources, partial(read_text, location_id=location_id))


def _former_labels(ended: Sequence[ReferralSource]) -> dict[int, frozenset[str]]:
    if not ended:
        return {}
    translations = select(SourceTranslation).where(SourceTranslation.source_id.in_([source.id for source in ended]))
    translated = {(row.source_id, row.language): row.label for row in db.session.scalars(translations)}
    return {
        source.id: frozenset(
            plain_form(wording.source_label(source, language.code, translated.get((source.id, language.code))))
            for language in wording.languages()
        )
        for source in ended
    }


def _words_to_read(body: str, judged: Judged) -> str:
    if judged.kind == TextKind.ANSWER:
        return body
    if judged.kind == TextKind.ERRAND:
        # "2. Also can you call me?": the number answers, the rest is for a person.
        first = sentences(body)[0] if sentences(body) else ""
        return first if numbers_in(first) else ""
    return judged.rest


def _corrected(words: str, options: Sequence[str], known: KnownSources) -> ReplyChoice:
    """Return what a correction chooses; the number said last is meant: "2 but it was 3"."""
    last = (clauses(words) or [words])[-1]
    return choose(last if numbers_in(last, last=len(options)) else words, options, known)


def _kind(kind: TextKind, chosen: ReplyChoice) -> TextKind:
    if kind == TextKind.ANSWER and chosen.kind == ChoiceKind.QUESTION:
        return TextKind.ERRAND
    return TextKind.UNCLEAR if kind == TextKind.ANSWER and chosen.kind == ChoiceKind.UNREAD else kind


def _named(chosen: ReplyChoice, words: str, known: KnownSources) -> str:
    """Return the friend or doctor that the words name, as typed."""
    people = [mention.referrer_name for mention in chosen.named]
    read = [mention.person or mention.doctor_name or "" for mention in known.read(words).mentions]
    return next(filter(None, [*people, *read]), "")
