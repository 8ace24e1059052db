"""The text conversation: what a reply becomes, one step at a time. Runs in a worker, each reply in one transaction."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from intake import clock, log
from intake.capture.text_choosing import Chosen, Reading, choose
from intake.capture.text_meanings import agrees, asks_back, introduced, is_courtesy, objection
from intake.capture.text_numbers import numbers_in
from intake.capture.text_wording import practice_name, say
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, Practice, ReferralSource, SourceKind
from intake.directory.search import PhysicianHit, search_physicians
from intake.phone import national
from intake.sms.consent import is_stopped
from intake.sms.models import InboundText, OutboxText, TextPurpose, TextSurvey
from intake.sms.outbox import NewText, queue_text
from intake.sms.wishes import Wish, plain_form, wish_of
from intake.survey.effective_answer import current_answers
from intake.survey.matching import Reading as ReadAnswer
from intake.survey.matching import ReadOutcome
from intake.survey.mentions import mentions_of
from intake.survey.models import Ask, MatchState, Outcome
from intake.survey.reading import read_text
from intake.survey.recording import Named, Submission, record_answer

# Replies of one person's own: asked again once, then left to a person.
MOST_MISREAD = 1
REPLY_WITHIN = timedelta(hours=4)
# From this score on the best match for a typed name is offered for confirmation; never linked without it.
OFFERED_AT = 0.6
# A namespace of our own for submission ids made from the carrier's message numbers.
_NAMESPACE = uuid.UUID("5f4b4f3e-2d6c-5e0a-9a39-6f1f0c2b7a11")
_SKIP = frozenset(["0", "skip", "none", "no", "omitir", "nadie", "nobody", "ninguno", "ninguna", "pass", "n", "na"])
# Two machines that answer each other would never end; a person who asks again within this knows the number by then.
HELPED_WITHIN = timedelta(minutes=10)
LONGEST_NAME = 120
# Where nothing was asked, thanks and greetings need nobody.
_PAST = frozenset({"afterwards", "stopped", "unknown_sender"})


def submission_id_of(message_sid: str) -> str:
    """The id under which what this text said is recorded; the same for the same text, however often it comes."""
    return str(uuid.uuid5(_NAMESPACE, message_sid))


def read_replies(settings: Settings, *, most: int = 20) -> int:
    """Deal with texts that came in, each phone's oldest first. Commits after each; returns how many."""
    done = 0
    while done < most and read_next(settings):
        done += 1
    return done


def read_next(settings: Settings) -> bool:
    """One reply: what it means, what is recorded, what is answered, all committed together. False when none waits."""
    earlier = aliased(InboundText)
    inbound = db.session.scalars(
        select(InboundText)
        .where(
            InboundText.handled_at.is_(None),
            # A phone's texts are read in the order they came, however many workers there are.
            ~select(earlier.id)
            .where(
                earlier.handled_at.is_(None), earlier.from_e164 == InboundText.from_e164, earlier.id < InboundText.id
            )
            .exists(),
        )
        .order_by(InboundText.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if inbound is None:
        db.session.rollback()
        return False
    inbound_id = inbound.id
    try:
        outcome = _converse(inbound)
    except DBAPIError:
        raise
    except Exception as error:
        # One text that trips us must not keep all the others from being read: it waits for a person.
        db.session.rollback()
        log.logger().error("reply_failed", inbound=inbound_id, kind=type(error).__name__)
        inbound, outcome = db.session.get_one(InboundText, inbound_id), "failed"
    if outcome in _PAST and inbound.body.strip() and not inbound.media_count and is_courtesy(inbound.body):
        outcome = "courtesy"
    inbound.handled_at, inbound.outcome = clock.now(), outcome
    db.session.commit()
    log.logger().info("reply_read", inbound=inbound_id, outcome=outcome)
    return True


def _converse(inbound: InboundText) -> str:
    phone = inbound.from_e164
    if is_stopped(phone):
        return "stopped"
    survey = _survey_of(phone)
    if wish_of(inbound.body) == Wish.HELP:
        language = survey.language if survey else "en"
        _answer(inbound, survey, _help(survey, language), purpose=TextPurpose.HELP)
        return "help"
    if survey is None:
        # Kept, and thanked by nothing: whoever texts a clinic's number out of the blue has not asked for texts.
        return "unknown_sender"
    inbound.visit_id = survey.visit_id
    survey.last_inbound_at = clock.now()
    if survey.closed_at is not None and survey.closed_because in ("answered", "unreadable"):
        return "afterwards"
    return _STEPS[survey.step if survey.closed_at is None else "asked"](inbound, survey)


def _survey_of(phone: str) -> TextSurvey | None:
    """The open survey of this phone, else the last one: a reply after days still lands where it belongs."""
    return db.session.scalars(
        select(TextSurvey)
        .where(TextSurvey.phone_e164 == phone)
        .order_by(TextSurvey.closed_at.is_not(None), TextSurvey.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def _asked(inbound: InboundText, survey: TextSurvey) -> str:
    options = db.session.get_one(Ask, survey.ask_id).options
    chosen = choose(inbound.body, options, location_id=survey.location_id)
    if chosen.reading == Reading.ANSWER:
        return _record(inbound, survey, chosen)
    if chosen.reading == Reading.OTHER:
        _answer(inbound, survey, say("in_your_words", survey.language))
        survey.step, survey.pending = "own_words", json.dumps({"verbatim": inbound.body})
        return "asked_for_words"
    if chosen.reading == Reading.QUESTION:
        return _asked_back(inbound, survey)
    if chosen.reading == Reading.DOUBTFUL:
        return _leave_to_a_person(inbound, survey, chosen.named, inbound.body)
    return _misread(inbound, survey)


def _own_words(inbound: InboundText, survey: TextSurvey) -> str:
    """Whatever they say now is what we asked for."""
    options = db.session.get_one(Ask, survey.ask_id).options
    chosen = choose(inbound.body, options, location_id=survey.location_id)
    if chosen.reading == Reading.ANSWER:
        return _record(inbound, survey, chosen)
    if chosen.reading == Reading.QUESTION:
        return _asked_back(inbound, survey)
    named = chosen.named or (Named(None, detail=inbound.body.strip(), match_state=MatchState.UNMATCHED),)
    return _leave_to_a_person(inbound, survey, named, inbound.body)


def _asked_back(inbound: InboundText, survey: TextSurvey) -> str:
    """They asked us: whom to call is all that a text can say. Their survey stays open, and a person may read it."""
    since = clock.now() - HELPED_WITHIN
    helped = select(OutboxText.id).where(
        OutboxText.phone_e164 == inbound.from_e164, OutboxText.purpose == TextPurpose.HELP, OutboxText.queued_at > since
    )
    if db.session.scalar(helped.limit(1)) is None:
        _answer(inbound, survey, _help(survey, survey.language), purpose=TextPurpose.HELP)
    return "question"


def _misread(inbound: InboundText, survey: TextSurvey) -> str:
    if survey.misread < MOST_MISREAD and survey.closed_at is None:
        survey.misread += 1
        survey.pending = json.dumps({"verbatim": inbound.body})
        _answer(inbound, survey, say("again", survey.language))
        return "unreadable"
    # Their words count as an answer that a person will read; nobody is asked a third time.
    words = " / ".join(filter(None, (json.loads(survey.pending or "{}").get("verbatim"), inbound.body)))
    return _leave_to_a_person(inbound, survey, (Named(None, detail=words, match_state=MatchState.UNMATCHED),), words)


def _leave_to_a_person(inbound: InboundText, survey: TextSurvey, named: tuple[Named, ...], verbatim: str) -> str:
    if not _keep(inbound, survey, Outcome.ANSWERED, named, verbatim=verbatim):
        _close(survey, "answered_elsewhere")
        return "late"
    _thank(inbound, survey)
    _close(survey, "unreadable")
    return "left_to_a_person"


def _record(inbound: InboundText, survey: TextSurvey, chosen: Chosen) -> str:
    """Keep the answer at once; ask for the name afterwards, so that nothing is lost if they don't go on."""
    if not _keep(inbound, survey, chosen.outcome, chosen.named, verbatim=inbound.body):
        _close(survey, "answered_elsewhere")
        return "late"
    if chosen.outcome == Outcome.ANSWERED:
        for mention in chosen.named:
            if mention.source_id is None or mention.physician_id or mention.referrer_name:
                continue
            source = _source(mention.source_id)
            if source.kind == SourceKind.PHYSICIAN:
                return _ask_which_physician(inbound, survey, chosen.doctors)
            if source.kind == SourceKind.PATIENT:
                survey.step = "which_person"
                _answer(inbound, survey, say("which_person", survey.language))
                return "answer"
    _thank(inbound, survey)
    _close(survey, "answered")
    return "answer"


def _ask_which_physician(inbound: InboundText, survey: TextSurvey, doctors: tuple[str, ...]) -> str:
    """With a name in the first text ("dr patel on 5th") the best match is offered instead of asking anew."""
    if _offered(inbound, survey, doctors):
        return "answer"
    survey.step = "which_physician"
    _answer(inbound, survey, say("which_physician", survey.language))
    return "answer"


def _which_physician(inbound: InboundText, survey: TextSurvey, words: str = "") -> str:
    words = words or inbound.body.strip()
    if _asks_instead(words):
        return _asked_back(inbound, survey)
    if _names_nobody(words, survey):
        return _finish(inbound, survey)
    name = next((mention.doctor_name for mention in _read(words, survey).mentions if mention.doctor_name), None)
    if _offered(inbound, survey, (words, introduced(words), name or "")):
        return "answer"
    _name_physician(inbound, survey, introduced(words), None)
    return _finish(inbound, survey)


def _offered(inbound: InboundText, survey: TextSurvey, doctors: tuple[str, ...]) -> bool:
    """Offer the best match for the first of these words that finds one good enough."""
    for words in filter(None, dict.fromkeys(doctors)):
        hit = _best_physician(words, survey)
        if hit is not None and hit.score >= OFFERED_AT:
            _offer(inbound, survey, hit, words)
            return True
    return False


def _names_nobody(words: str, survey: TextSurvey) -> bool:
    """They skip, have forgotten, would rather not say, or only thank us."""
    plain = plain_form(words)
    if plain in _SKIP or plain.replace(" ", "").isdigit() or is_courtesy(words):
        return True
    reading = _read(words, survey)
    return not reading.mentions and reading.outcome in (ReadOutcome.DONT_REMEMBER, ReadOutcome.DECLINED)


def _asks_instead(words: str) -> bool:
    return "?" in words and asks_back(words.replace("?", ""))


def _read(words: str, survey: TextSurvey) -> ReadAnswer:
    return read_text(words, location_id=survey.location_id)


def _offer(inbound: InboundText, survey: TextSurvey, hit: PhysicianHit, words: str) -> None:
    survey.step = "confirm_physician"
    survey.pending = json.dumps({"physician_id": hit.physician_id, "words": words})
    described = ", ".join(filter(None, (hit.display_name, hit.city.title() if hit.city.isupper() else hit.city)))
    _answer(inbound, survey, say("confirm_physician", survey.language, physician=described))


def _confirm_physician(inbound: InboundText, survey: TextSurvey) -> str:
    pending = json.loads(survey.pending)
    if numbers_in(inbound.body) == [1] or agrees(inbound.body):
        _name_physician(inbound, survey, pending["words"], pending["physician_id"])
        return _finish(inbound, survey)
    instead = objection(inbound.body)
    # "No sé" begins like a no, and is none.
    if instead != "" and _names_nobody(inbound.body, survey):
        # Their first words stay, for a person to read.
        _name_physician(inbound, survey, pending["words"], None)
        return _finish(inbound, survey)
    if instead == "":
        if survey.misread >= MOST_MISREAD:
            _name_physician(inbound, survey, pending["words"], None)
            return _finish(inbound, survey)
        survey.misread += 1
        survey.step = "which_physician"
        _answer(inbound, survey, say("which_physician", survey.language))
        return "answer"
    # Another name, typed straight away.
    return _which_physician(inbound, survey, instead or "")


def _which_person(inbound: InboundText, survey: TextSurvey) -> str:
    if _asks_instead(inbound.body):
        return _asked_back(inbound, survey)
    if not _names_nobody(inbound.body, survey):
        words = introduced(inbound.body)[:LONGEST_NAME]
        _amend(inbound, survey, SourceKind.PATIENT, referrer_name=words, detail=words)
    return _finish(inbound, survey)


def _name_physician(inbound: InboundText, survey: TextSurvey, words: str, physician_id: int | None) -> None:
    if words:
        state = MatchState.CONFIRMED if physician_id else MatchState.UNMATCHED
        _amend(inbound, survey, SourceKind.PHYSICIAN, detail=words, physician_id=physician_id, match_state=state)


def _amend(inbound: InboundText, survey: TextSurvey, kind: SourceKind, **changes: object) -> None:
    """The same answer with a name in it: a new turn of the same ask, the earlier one stays as history."""
    answer = current_answers([survey.visit_id]).get(survey.visit_id)
    if answer is None or answer.ask_id != survey.ask_id:
        return
    named: list[Named] = []
    pending = dict(changes)
    for mention in mentions_of(answer.id):
        if pending and mention.source_id is not None and _source(mention.source_id).kind == kind:
            named.append(replace(mention, **pending))  # type: ignore[arg-type]
            pending = {}
        else:
            named.append(mention)
    _keep(inbound, survey, Outcome.ANSWERED, tuple(named), verbatim=f"{answer.verbatim} / {inbound.body}")


def _keep(
    inbound: InboundText, survey: TextSurvey, outcome: Outcome, named: tuple[Named, ...], *, verbatim: str
) -> bool:
    """Record; False when another door had answered before, and this is history."""
    recorded = record_answer(
        Submission(
            submission_id=submission_id_of(inbound.message_sid),
            ask=survey.ask_id,
            outcome=outcome,
            answered_at=inbound.received_at,
            mentions=named,
            verbatim=verbatim,
        )
    )
    return recorded.is_current


def _finish(inbound: InboundText, survey: TextSurvey) -> str:
    _thank(inbound, survey)
    _close(survey, "answered")
    return "answer"


def _thank(inbound: InboundText, survey: TextSurvey) -> None:
    _answer(inbound, survey, say("thanks", survey.language, practice=practice_name()))


def _close(survey: TextSurvey, because: str) -> None:
    survey.step = "closed"
    survey.closed_at, survey.closed_because = clock.now(), because


def _answer(
    inbound: InboundText, survey: TextSurvey | None, body: str, *, purpose: TextPurpose = TextPurpose.REPLY
) -> None:
    now = clock.now()
    queue_text(
        NewText(
            once_key=f"reply:{inbound.message_sid}",
            purpose=purpose,
            phone_e164=inbound.from_e164,
            body=body,
            not_before=now,
            not_after=now + REPLY_WITHIN,
            location_id=survey.location_id if survey else None,
            visit_id=survey.visit_id if survey else None,
        )
    )


def _help(survey: TextSurvey | None, language: str) -> str:
    at = db.session.scalar(select(Location.phone_e164).where(Location.id == survey.location_id)) if survey else None
    phone = at or db.session.scalar(select(Practice.phone_e164))
    key = "help" if phone else "help_without_phone"
    return say(key, language, practice=practice_name(), phone=national(phone))


def _best_physician(words: str, survey: TextSurvey) -> PhysicianHit | None:
    hits = search_physicians(words, limit=1, location_id=survey.location_id)
    return hits[0] if hits else None


def _source(source_id: int | None) -> ReferralSource:
    return db.session.get_one(ReferralSource, source_id)


_STEPS = {
    "asked": _asked,
    "own_words": _own_words,
    "which_physician": _which_physician,
    "confirm_physician": _confirm_physician,
    "which_person": _which_person,
}
