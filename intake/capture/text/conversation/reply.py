"""The text conversation: each text is handled once, by a worker, in one transaction."""

import re
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from intake import clock, log
from intake.capture.text.conversation.answers import ask_if_stop_meant, refer_to_office, send_help
from intake.capture.text.conversation.reading import ReplyRead, known_sources, read_reply
from intake.capture.text.conversation.steps import Turn, correct, record_silently, survey_options, take
from intake.config import Settings
from intake.db import db, raise_if_away
from intake.directory.models import Patient, Visit
from intake.sms.consent.consent import is_stopped
from intake.sms.models import InboundText, TextSurvey
from intake.sms.queue.surveys_of_phone import (
    follows_a_colleague,
    last_question,
    last_texts_to,
    survey_of,
    unanswered_beside,
)
from intake.survey.text_kind.judge import is_courtesy
from intake.survey.text_kind.kinds import TextKind
from intake.survey.text_kind.numbers_said import numbers_in
from intake.survey.text_kind.opt_outs import OptOut
from intake.survey.text_kind.reply_words import plain_form
from intake.survey.text_kind.rules import is_unfinished

# Where nothing was asked, thanks and greetings need nobody.
_PAST = frozenset({"afterwards", "stopped", "unknown_sender"})
# Of two visits of one phone these may answer either.
_ANSWERING = frozenset({TextKind.ANSWER, TextKind.CORRECTION, TextKind.UNCLEAR})
# After these thanks are for that, and no answer to what was asked before it.
_FOR_A_PERSON = frozenset({"errand", "help", "emergency", "to_staff", "courtesy"})
# Two halves of one reply follow each other within seconds; a text that breaks off waits that long for the other.
HALVES_WITHIN = timedelta(seconds=10)
# So long after the thanks a correction still counts by itself.
CORRECTED_WITHIN = timedelta(hours=48)


def read_replies(settings: Settings, *, most: int = 20) -> int:
    """Handle texts that came in, each phone's oldest first. Commits after each; returns how many."""
    done = 0
    while done < most and read_next(settings):
        done += 1
    return done


def read_next(settings: Settings) -> bool:
    """Handle one text: read, record, reply, and commit together. False when none waits."""
    inbound = _next()
    if inbound is None:
        db.session.rollback()
        return False
    inbound_id = inbound.id
    try:
        outcome = _converse(inbound)
    except Exception as error:
        raise_if_away(error)
        # One text that trips us, or that the database refuses, must not keep the others from being read.
        db.session.rollback()
        log.logger().error("reply_failed", inbound=inbound_id, kind=type(error).__name__)
        inbound, outcome = db.session.get_one(InboundText, inbound_id), "failed"
    if outcome in _PAST and inbound.body.strip() and not inbound.media_count and is_courtesy(inbound.body):
        outcome = "courtesy"
    inbound.handled_at, inbound.outcome = clock.now(), outcome
    db.session.commit()
    log.logger().info("reply_read", inbound=inbound_id, outcome=outcome)
    return True


def _next() -> InboundText | None:
    """Return the next text to handle, locked; one that breaks off ("It was my") is left for some seconds."""
    earlier = aliased(InboundText)
    waiting: set[int] = set()
    while True:
        inbound = db.session.scalars(
            select(InboundText)
            .where(
                InboundText.handled_at.is_(None),
                InboundText.id.not_in(waiting),
                # A phone's texts are read in the order they came, however many workers there are.
                ~select(earlier.id)
                .where(
                    earlier.handled_at.is_(None),
                    earlier.from_e164 == InboundText.from_e164,
                    earlier.id < InboundText.id,
                )
                .exists(),
            )
            .order_by(InboundText.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if inbound is None or not _awaits_its_half(inbound):
            return inbound
        waiting.add(inbound.id)


def _awaits_its_half(inbound: InboundText) -> bool:
    unfinished = is_unfinished(inbound.body) and not is_courtesy(inbound.body)
    if inbound.received_at < clock.now() - HALVES_WITHIN or not unfinished:
        return False
    return _following(inbound) is None


def _converse(inbound: InboundText) -> str:
    phone = inbound.from_e164
    survey = survey_of(phone)
    others = unanswered_beside(survey) if survey is not None else []
    named = _named_among([survey, *others], inbound.body) if survey is not None and others else None
    survey = named or survey
    if inbound.outcome == "stop":
        return _count_beside_stop(inbound, survey)
    if is_stopped(phone):
        return "stopped"
    if survey is None:
        return _from_a_stranger(inbound)
    words = _whole(inbound)
    unnamed = _without_name(words, survey)
    turn = Turn(inbound, survey, known_sources(survey.location_id), unnamed if named or numbers_in(unnamed) else words)
    if _following(inbound) is not None and is_unfinished(inbound.body):
        inbound.visit_id = survey.visit_id
        return "joined"
    read = _read(turn)
    inbound.visit_id = survey.visit_id
    left_alone = _left_alone(turn, read, unclear_which=bool(others) and named is None)
    if left_alone:
        return left_alone
    survey.last_inbound_at = clock.now()
    if read.judged.opt_out == OptOut.DOUBTFUL:
        ask_if_stop_meant(survey)
    return _deal_with(turn, read)


def _left_alone(turn: Turn, read: ReplyRead, *, unclear_which: bool) -> str:
    """Return the outcome of a text that is neither answered nor counted by itself; empty for any other."""
    if read.kind in (TextKind.REACTION, TextKind.AUTO_REPLY):
        return "courtesy" if is_courtesy(turn.words) else str(read.kind)
    thanks = read.kind in _ANSWERING and not read.answers and is_courtesy(turn.words) and "?" not in turn.words
    if thanks and _needs_no_reply(turn):
        return "courtesy"
    if read.kind != TextKind.HELP and follows_a_colleague(turn.inbound.from_e164):
        # Whoever wrote to them asked something of their own; no machine knows what.
        turn.survey.last_inbound_at = clock.now()
        return "courtesy" if is_courtesy(turn.words) else "to_staff"
    return "which_visit" if unclear_which and turn.survey.step == "asked" and read.kind in _ANSWERING else ""


def _needs_no_reply(turn: Turn) -> bool:
    """Whether thanks say no more than that: after something for a person, or where they have written before.

    To "is it this one?" an OK is a yes, and whoever only greets us is told once more what we want to know.
    """
    before = select(InboundText.outcome).where(
        InboundText.from_e164 == turn.inbound.from_e164,
        InboundText.id < turn.inbound.id,
        InboundText.received_at >= turn.survey.opened_at,
    )
    last = db.session.execute(before.order_by(InboundText.id.desc()).limit(1)).first()
    asks = turn.survey.closed_at is None and turn.survey.step not in ("asked", "own_words")
    return last is not None and (not asks or last.outcome in _FOR_A_PERSON)


def _deal_with(turn: Turn, read: ReplyRead) -> str:
    if read.kind == TextKind.HELP:
        send_help(turn.inbound, turn.survey)
        return "help"
    if read.kind == TextKind.ERRAND:
        if read.answers and read.chosen is not None and turn.survey.closed_at is None:
            record_silently(turn, read.chosen)
        refer_to_office(turn.inbound, turn.survey)
        return "errand"
    closed = turn.survey.closed_at is not None and turn.survey.closed_because in ("answered", "unreadable")
    if read.kind == TextKind.CORRECTION and (read.answers or closed):
        return _correct(turn, read)
    if closed:
        return _afterwards(turn, read)
    return take(turn, read)


def _correct(turn: Turn, read: ReplyRead) -> str:
    """Record a correction, unless it is unclear which survey or what it means."""
    one_survey = _recent_surveys(turn.inbound.from_e164) <= 1 or turn.survey.closed_at is None
    in_time = turn.survey.closed_at is None or turn.survey.closed_at > clock.now() - CORRECTED_WITHIN
    return (correct(turn, read) if one_survey and in_time else None) or "unclear_correction"


def _afterwards(turn: Turn, read: ReplyRead) -> str:
    """Handle a text after the thanks: the other half of what was just answered, or for a person."""
    before = _just_before(turn.inbound)
    if before is None or before.outcome != "answer" or read.kind not in (TextKind.ANSWER, TextKind.UNCLEAR):
        return "afterwards"
    whole = f"{before.body.strip()}, {turn.inbound.body}"
    joined = Turn(turn.inbound, turn.survey, turn.known, whole)
    both = _read(joined)
    if not (both.kind == TextKind.ANSWER and both.answers and both.chosen is not None):
        return "afterwards"
    record_silently(joined, both.chosen)
    return "answer"


def _named_among(surveys: list[TextSurvey], body: str) -> TextSurvey | None:
    """Return the survey whose patient alone a text calls by given name or initials; None where that tells nothing."""
    called = [survey for survey in surveys if _calls(survey, body)]
    return called[0] if len(called) == 1 else None


def _without_name(body: str, survey: TextSurvey) -> str:
    """Return a text without "for Nils:" and the like, which says whom it is about and answers nothing."""
    patient = db.session.get_one(Visit, survey.visit_id).patient
    first, letters = (
        re.escape(patient.first_name.strip()),
        r"\W*".join(re.escape(name[0]) for name in _names_of(patient)),
    )
    about = rf"(?:\b(?:this is |it'?s )?(?:for|about|para|de)\s+)?\b(?:{first}|{letters})\b(?:'s)?[\s.,:;=-]*"
    return re.sub(about, " ", body, count=1, flags=re.IGNORECASE).strip() or body


def _names_of(patient: Patient) -> list[str]:
    return [name for name in (patient.first_name.strip(), patient.last_name.strip()) if name]


def _calls(survey: TextSurvey, body: str) -> bool:
    patient = db.session.get_one(Visit, survey.visit_id).patient
    words = plain_form(body).split()
    first, last = plain_form(patient.first_name), plain_form(patient.last_name)
    letters = [name[0] for name in (first, last) if name]
    together = "".join(letters)
    apart = any([one, two] == letters for one, two in pairwise(words))
    return (bool(first) and first in words) or (len(letters) == 2 and (together in words or apart))


def _count_beside_stop(inbound: InboundText, survey: TextSurvey | None) -> str:
    """Record the answer beside a STOP, which has taken effect already."""
    if survey is not None:
        turn = Turn(inbound, survey, known_sources(survey.location_id), inbound.body)
        read = _read(turn)
        if read.answers and read.chosen is not None:
            inbound.visit_id = survey.visit_id
            record_silently(turn, read.chosen)
    return "stop"


def _from_a_stranger(inbound: InboundText) -> str:
    """Handle a text from a number without a survey: kept, and answered only if it asks for help."""
    read = read_reply(inbound.body, known_sources(0), options=(), sent=last_texts_to(inbound.from_e164))
    if read.kind == TextKind.HELP:
        send_help(inbound, None)
        return "help"
    return str(read.kind) if read.kind in (TextKind.REACTION, TextKind.AUTO_REPLY) else "unknown_sender"


def _read(turn: Turn) -> ReplyRead:
    survey = turn.survey
    return read_reply(
        turn.words,
        turn.known,
        options=survey_options(survey),
        asked=last_question(survey),
        language=survey.language,
        sent=last_texts_to(survey.phone_e164),
    )


def _whole(inbound: InboundText) -> str:
    """Return the text, after its first half where that came seconds before."""
    before = _just_before(inbound)
    if before is None or before.outcome not in ("joined", "unreadable"):
        return inbound.body
    return f"{before.body.strip()} {inbound.body}" if before.outcome == "joined" else inbound.body


def _just_before(inbound: InboundText) -> InboundText | None:
    """Return the text from the same phone right before, if it came within seconds."""
    found = select(InboundText).where(
        InboundText.from_e164 == inbound.from_e164,
        InboundText.id < inbound.id,
        InboundText.received_at >= inbound.received_at - HALVES_WITHIN,
    )
    return db.session.scalars(found.order_by(InboundText.id.desc()).limit(1)).one_or_none()


def _following(inbound: InboundText) -> InboundText | None:
    found = select(InboundText).where(
        InboundText.from_e164 == inbound.from_e164,
        InboundText.id > inbound.id,
        InboundText.received_at <= inbound.received_at + HALVES_WITHIN,
    )
    return db.session.scalars(found.order_by(InboundText.id).limit(1)).one_or_none()


def _recent_surveys(phone_e164: str) -> int:
    since = clock.now() - CORRECTED_WITHIN
    closed_since = TextSurvey.closed_at.is_(None) | (TextSurvey.closed_at > since)
    return db.session.scalar(select(func.count()).where(TextSurvey.phone_e164 == phone_e164, closed_since)) or 0
