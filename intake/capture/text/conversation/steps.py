"""Steps of the text conversation: what a reply becomes, depending on what we asked last."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from intake.capture.text.conversation.answers import queue_reply, thank
from intake.capture.text.conversation.choices import ChoiceKind, KnownSources, ReplyChoice
from intake.capture.text.conversation.meanings import agrees, objection
from intake.capture.text.conversation.reading import ReplyRead
from intake.capture.text.planning.wording import say
from intake.db import db
from intake.directory.models import ReferralSource, SourceKind
from intake.directory.physician_search.search import PhysicianHit, search_physicians
from intake.sms.models import InboundText, TextSurvey
from intake.survey.answers.effective_answer import current_answers
from intake.survey.models import Ask, MatchState, Outcome
from intake.survey.recording.mentions import recorded_mentions
from intake.survey.recording.record_answer import NewMention, Submission, record_answer
from intake.survey.text_kind.judge import is_courtesy
from intake.survey.text_kind.numbers_said import numbers_in
from intake.survey.text_reader.reply_names import introduced, name_in

# Replies of one person's own: asked again once, then left to a person.
MOST_MISREAD = 1
# From this score on the best match for a typed name is offered for confirmation; never linked without it.
OFFERED_AT = 0.6
# A namespace of our own for submission ids made from the carrier's message numbers.
_NAMESPACE = uuid.UUID("5f4b4f3e-2d6c-5e0a-9a39-6f1f0c2b7a11")


@dataclass(frozen=True)
class Turn:
    """A text and its survey. `words`: its body, after its first half where it came in two."""

    inbound: InboundText
    survey: TextSurvey
    known: KnownSources
    words: str


def survey_options(survey: TextSurvey) -> tuple[str, ...]:
    """Return the source codes of the survey's numbers, in order."""
    return tuple(db.session.get_one(Ask, survey.ask_id).options)


def submission_id_of(message_sid: str) -> str:
    """Return the submission id of a text, always the same for the same text."""
    return str(uuid.uuid5(_NAMESPACE, message_sid))


def take(turn: Turn, read: ReplyRead) -> str:
    """Handle a text that may answer what was asked last. Returns its outcome."""
    step = turn.survey.step if turn.survey.closed_at is None else "asked"
    if read.chosen is None and step in ("asked", "own_words"):
        # "Yes" to the question, "sorry": there is nothing to read in it.
        return _misread(turn)
    return _STEPS[step](turn, read)


def correct(turn: Turn, read: ReplyRead) -> str | None:
    """Record a correction and return its outcome; None where it is unclear."""
    if read.chosen is None or not read.answers:
        return None
    if turn.survey.closed_at is None:
        return _record(turn, read.chosen)
    if not _keep(turn, read.chosen.outcome, read.chosen.named, verbatim=turn.words):
        return "late"
    thank(turn.inbound, turn.survey)
    return "answer"


def record_silently(turn: Turn, chosen: ReplyChoice) -> None:
    """Record an answer beside something else, without replying."""
    _keep(turn, chosen.outcome, chosen.named, verbatim=turn.words)


def _asked(turn: Turn, read: ReplyRead) -> str:
    chosen = read.chosen
    assert chosen is not None
    if chosen.kind == ChoiceKind.ANSWER:
        return _record(turn, chosen)
    if chosen.kind == ChoiceKind.OTHER:
        queue_reply(turn.inbound, turn.survey, say("in_your_words", turn.survey.language))
        turn.survey.step, turn.survey.pending = "own_words", json.dumps({"verbatim": turn.words})
        return "asked_for_words"
    if chosen.kind == ChoiceKind.DOUBTFUL:
        return _leave_to_a_person(turn, chosen.named, turn.words)
    return _misread(turn)


def _own_words(turn: Turn, read: ReplyRead) -> str:
    """Handle the words that we asked for."""
    assert read.chosen is not None
    if read.answers:
        return _record(turn, read.chosen)
    named = read.chosen.named or (NewMention(None, detail=turn.words.strip(), match_state=MatchState.UNMATCHED),)
    return _leave_to_a_person(turn, named, turn.words)


def _misread(turn: Turn) -> str:
    survey = turn.survey
    if survey.misread < MOST_MISREAD and survey.closed_at is None:
        # Whoever only greets us has not been misread yet.
        survey.misread += not is_courtesy(turn.words)
        survey.pending = json.dumps({"verbatim": turn.words})
        queue_reply(turn.inbound, survey, say("again", survey.language))
        return "unreadable"
    # Their words count as an answer that a person will read; nobody is asked a third time.
    said = (json.loads(survey.pending or "{}").get("verbatim") or "", turn.words)
    words = " / ".join(each for each in said if each and not is_courtesy(each) and numbers_in(each) is None)
    if not words:
        return "no_such_number"
    return _leave_to_a_person(turn, (NewMention(None, detail=words, match_state=MatchState.UNMATCHED),), words)


def _leave_to_a_person(turn: Turn, named: tuple[NewMention, ...], verbatim: str) -> str:
    if not _keep(turn, Outcome.ANSWERED, named, verbatim=verbatim):
        turn.survey.close("answered_elsewhere")
        return "late"
    thank(turn.inbound, turn.survey)
    turn.survey.close("unreadable")
    return "left_to_a_person"


def _record(turn: Turn, chosen: ReplyChoice) -> str:
    """Record the answer at once and ask for the name afterwards, so that nothing is lost if they don't go on."""
    survey = turn.survey
    if not _keep(turn, chosen.outcome, chosen.named, verbatim=turn.words):
        survey.close("answered_elsewhere")
        return "late"
    if chosen.outcome == Outcome.ANSWERED:
        for mention in chosen.named:
            if mention.source_id is None or mention.physician_id or mention.practice_id or mention.referrer_name:
                continue
            source = _source(mention.source_id)
            if source.kind == SourceKind.PHYSICIAN:
                return _ask_which_physician(turn, chosen.doctors)
            if source.kind == SourceKind.PATIENT:
                survey.step = "which_person"
                queue_reply(turn.inbound, survey, say("which_person", survey.language))
                return "answer"
    return _finish(turn)


def _ask_which_physician(turn: Turn, doctors: tuple[str, ...]) -> str:
    """Offer the best match for a name in the first text ("dr patel on 5th"), or ask for one."""
    if _offered(turn, doctors):
        return "answer"
    turn.survey.step = "which_physician"
    queue_reply(turn.inbound, turn.survey, say("which_physician", turn.survey.language))
    return "answer"


def _which_physician(turn: Turn, read: ReplyRead) -> str:
    return _name_a_physician(turn, read.words.strip(), read.name)


def _name_a_physician(turn: Turn, words: str, name: str) -> str:
    if not name:
        return _finish(turn)
    doctor = next((mention.doctor_name for mention in turn.known.read(words).mentions if mention.doctor_name), None)
    if _offered(turn, (words, introduced(words), name, doctor or "")):
        return "answer"
    _name_physician(turn, name, None)
    return _finish(turn)


def _offered(turn: Turn, doctors: tuple[str, ...]) -> bool:
    """Offer the best match for the first of these words that finds one good enough."""
    for words in filter(None, dict.fromkeys(doctors)):
        hits = search_physicians(words, limit=1, location_id=turn.survey.location_id)
        if hits and hits[0].score >= OFFERED_AT:
            _offer(turn, hits[0], words)
            return True
    return False


def _offer(turn: Turn, hit: PhysicianHit, words: str) -> None:
    turn.survey.step = "confirm_physician"
    turn.survey.pending = json.dumps({"physician_id": hit.physician_id, "words": words})
    described = ", ".join(filter(None, (hit.display_name, hit.city.title() if hit.city.isupper() else hit.city)))
    queue_reply(turn.inbound, turn.survey, say("confirm_physician", turn.survey.language, physician=described))


def _confirm_physician(turn: Turn, _read: ReplyRead) -> str:
    pending = json.loads(turn.survey.pending)
    if numbers_in(turn.words) == [1] or agrees(turn.words, turn.survey.language):
        _name_physician(turn, pending["words"], pending["physician_id"])
        return _finish(turn)
    instead = objection(turn.words, turn.survey.language)
    words = turn.words if instead is None else instead
    # "No sé" begins like a no, and names nobody; "No, Dr. Chen" is another name, typed straight away.
    if words and (name := name_in(words, turn.known.read(words))):
        return _name_a_physician(turn, words, name)
    if instead == "" and turn.survey.misread < MOST_MISREAD:
        turn.survey.misread += 1
        turn.survey.step = "which_physician"
        queue_reply(turn.inbound, turn.survey, say("which_physician", turn.survey.language))
        return "answer"
    # Their first words stay, for a person to read.
    _name_physician(turn, pending["words"], None)
    return _finish(turn)


def _which_person(turn: Turn, read: ReplyRead) -> str:
    if read.name:
        _amend(turn, SourceKind.PATIENT, referrer_name=read.name, detail=read.name)
    return _finish(turn)


def _name_physician(turn: Turn, words: str, physician_id: int | None) -> None:
    if words:
        state = MatchState.CONFIRMED if physician_id else MatchState.UNMATCHED
        _amend(turn, SourceKind.PHYSICIAN, detail=words, physician_id=physician_id, match_state=state)


def _amend(turn: Turn, kind: SourceKind, **changes: object) -> None:
    """Record the answer again with a name, as the next turn of the same ask."""
    survey = turn.survey
    answer = current_answers([survey.visit_id]).get(survey.visit_id)
    if answer is None or answer.ask_id != survey.ask_id:
        return
    named: list[NewMention] = []
    pending = dict(changes)
    for mention in recorded_mentions(answer.id):
        if pending and mention.source_id is not None and _source(mention.source_id).kind == kind:
            named.append(replace(mention, **pending))  # type: ignore[arg-type]
            pending = {}
        else:
            named.append(mention)
    _keep(turn, Outcome.ANSWERED, tuple(named), verbatim=f"{answer.verbatim} / {turn.words}")


def _keep(turn: Turn, outcome: Outcome, named: tuple[NewMention, ...], *, verbatim: str) -> bool:
    """Record an answer; False when another door was first, and this one is history."""
    recorded = record_answer(
        Submission(
            submission_id=submission_id_of(turn.inbound.message_sid),
            ask=turn.survey.ask_id,
            outcome=outcome,
            answered_at=turn.inbound.received_at,
            mentions=named,
            verbatim=verbatim,
        )
    )
    return recorded.is_current


def _finish(turn: Turn) -> str:
    thank(turn.inbound, turn.survey)
    turn.survey.close("answered")
    return "answer"


def _source(source_id: int | None) -> ReferralSource:
    return db.session.get_one(ReferralSource, source_id)


_STEPS: dict[str, Callable[[Turn, ReplyRead], str]] = {
    "asked": _asked,
    "own_words": _own_words,
    "which_physician": _which_physician,
    "confirm_physician": _confirm_physician,
    "which_person": _which_person,
}
