"""The text conversation: what a reply becomes, one step at a time. Runs in a worker, each reply in one transaction."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from intake import clock, log
from intake.capture.text_numbers import numbers_in
from intake.capture.text_wording import practice_name, say
from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, Practice, ReferralSource, SourceKind
from intake.directory.search import PhysicianHit, search_physicians
from intake.phone import national
from intake.sms.consent import is_stopped
from intake.sms.models import InboundText, TextPurpose, TextSurvey
from intake.sms.outbox import NewText, queue_text
from intake.sms.wishes import Wish, plain_form, wish_of
from intake.survey.models import Ask, Evidence, MatchState, Outcome
from intake.survey.reading import read_for
from intake.survey.recording import Named, Submission, record_answer
from intake.survey.standing import current_answers, links_of

# Replies of one person's own: asked again once, then left to a person.
MOST_MISREAD = 1
REPLY_WITHIN = timedelta(hours=4)
# From this score on the best match for a typed name is offered for confirmation; never linked without it.
OFFERED_AT = 0.6
# A namespace of our own for submission ids made from the carrier's message numbers.
_NAMESPACE = uuid.UUID("5f4b4f3e-2d6c-5e0a-9a39-6f1f0c2b7a11")
_SKIP = frozenset(
    [
        "0",
        "skip",
        "none",
        "no",
        "idk",
        "dont know",
        "no se",
        "omitir",
        "nadie",
        "nobody",
        "ninguno",
        "pass",
        "n",
        "dont remember",
        "i dont know",
        "no lo se",
        "no recuerdo",
        "not sure",
        "no me acuerdo",
        "rather not say",
    ]
)
_AGREED = frozenset(["correct", "right", "thats him", "thats her", "si", "correcto", "yep", "yeah", "exacto"])
_ANOTHER = frozenset(["no", "nope", "wrong", "otro", "otra", "another", "not him", "not her"])


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
    outcome = _read(inbound)
    inbound.handled_at, inbound.outcome = clock.now(), outcome
    db.session.commit()
    log.logger().info("reply_read", inbound=inbound.id, outcome=outcome)
    return True


def _read(inbound: InboundText) -> str:
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
    ask = db.session.get_one(Ask, survey.ask_id)
    numbers = numbers_in(inbound.body)
    if numbers is not None:
        named = _by_number(numbers, ask.options)
        if named is None:
            return _misread(inbound, survey)
        # "Something else", alone: their words are what we want to know.
        only_other = len(named) == 1 and _source(named[0].source_id).code == "other"
        if only_other:
            _answer(inbound, survey, say("in_your_words", survey.language))
            survey.pending = json.dumps({"verbatim": inbound.body})
            return "asked_for_words"
        return _record(inbound, survey, Outcome.ANSWERED, named)
    outcome, read = read_for(inbound.body, location_id=survey.location_id)
    if outcome == Outcome.ANSWERED and not any(mention.source_id for mention in read):
        return _misread(inbound, survey)
    return _record(inbound, survey, outcome, read)


def _by_number(numbers: list[int], options: list[str]) -> tuple[Named, ...] | None:
    """Decoded against the order this person was shown; None when a number isn't among them."""
    if any(not 1 <= number <= len(options) for number in numbers):
        return None
    codes = [options[number - 1] for number in numbers]
    ids = {row.code: row.id for row in db.session.scalars(select(ReferralSource).where(ReferralSource.code.in_(codes)))}
    return tuple(Named(ids[code]) for code in codes if code in ids) or None


def _misread(inbound: InboundText, survey: TextSurvey) -> str:
    if survey.misread < MOST_MISREAD and survey.closed_at is None:
        survey.misread += 1
        survey.pending = json.dumps({"verbatim": inbound.body})
        _answer(inbound, survey, say("again", survey.language))
        return "unreadable"
    # Their words count as an answer that a person will read; nobody is asked a third time.
    words = " / ".join(filter(None, (json.loads(survey.pending or "{}").get("verbatim"), inbound.body)))
    named = (Named(None, detail=words, match_state=MatchState.UNMATCHED),)
    _keep(inbound, survey, Outcome.ANSWERED, named, verbatim=words)
    _thank(inbound, survey)
    _close(survey, "unreadable")
    return "left_to_a_person"


def _record(inbound: InboundText, survey: TextSurvey, outcome: Outcome, named: tuple[Named, ...]) -> str:
    """Keep the answer at once; ask for the name afterwards, so that nothing is lost if they don't go on."""
    if not _keep(inbound, survey, outcome, named, verbatim=inbound.body):
        _close(survey, "answered_elsewhere")
        return "late"
    if outcome == Outcome.ANSWERED:
        for mention in named:
            if mention.source_id is None or mention.physician_id or mention.referrer_name:
                continue
            source = _source(mention.source_id)
            if source.kind == SourceKind.PHYSICIAN:
                return _ask_which_physician(inbound, survey, mention)
            if source.kind == SourceKind.PATIENT:
                survey.step = "which_person"
                _answer(inbound, survey, say("which_person", survey.language))
                return "answer"
    _thank(inbound, survey)
    _close(survey, "answered")
    return "answer"


def _ask_which_physician(inbound: InboundText, survey: TextSurvey, mention: Named) -> str:
    """With a name in the first text ("dr patel on 5th") the best match is offered instead of asking anew."""
    words = mention.detail if numbers_in(inbound.body) is None else ""
    hit = _best_physician(words, survey) if words else None
    if hit is not None and hit.score >= OFFERED_AT:
        return _offer(inbound, survey, hit, words)
    survey.step = "which_physician"
    _answer(inbound, survey, say("which_physician", survey.language))
    return "answer"


def _which_physician(inbound: InboundText, survey: TextSurvey) -> str:
    words = inbound.body.strip()
    if plain_form(words) in _SKIP:
        return _finish(inbound, survey)
    hit = _best_physician(words, survey)
    if hit is not None and hit.score >= OFFERED_AT:
        return _offer(inbound, survey, hit, words)
    _name_physician(inbound, survey, words, None)
    return _finish(inbound, survey)


def _offer(inbound: InboundText, survey: TextSurvey, hit: PhysicianHit, words: str) -> str:
    survey.step = "confirm_physician"
    survey.pending = json.dumps({"physician_id": hit.physician_id, "words": words})
    described = ", ".join(filter(None, (hit.display_name, hit.city.title() if hit.city.isupper() else hit.city)))
    _answer(inbound, survey, say("confirm_physician", survey.language, physician=described))
    return "answer"


def _confirm_physician(inbound: InboundText, survey: TextSurvey) -> str:
    pending = json.loads(survey.pending)
    numbers = numbers_in(inbound.body)
    plain = plain_form(inbound.body)
    if numbers == [1] or plain in _AGREED:
        _name_physician(inbound, survey, pending["words"], pending["physician_id"])
        return _finish(inbound, survey)
    if numbers == [2] or plain in _ANOTHER:
        if survey.misread >= MOST_MISREAD:
            _name_physician(inbound, survey, pending["words"], None)
            return _finish(inbound, survey)
        survey.misread += 1
        survey.step = "which_physician"
        _answer(inbound, survey, say("which_physician", survey.language))
        return "answer"
    # Another name, typed straight away.
    return _which_physician(inbound, survey)


def _which_person(inbound: InboundText, survey: TextSurvey) -> str:
    words = inbound.body.strip()
    if plain_form(words) not in _SKIP and words:
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
    links = links_of([mention.id for mention in answer.mentions])
    named: list[Named] = []
    pending = dict(changes)
    for mention in answer.mentions:
        link = links.get(mention.id)
        same = Named(
            mention.source_id,
            detail=mention.detail,
            role=mention.role,
            physician_id=link.physician_id if link else None,
            referring_patient_id=link.referring_patient_id if link else None,
            referrer_name=link.referrer_name if link else "",
            match_state=mention.match_state,
            confidence=mention.confidence,
            evidence=link.evidence if link else Evidence.PATIENT_STATED,
        )
        if pending and mention.source_id is not None and _source(mention.source_id).kind == kind:
            same = replace(same, **pending)  # type: ignore[arg-type]
            pending = {}
        named.append(same)
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
    "which_physician": _which_physician,
    "confirm_physician": _confirm_physician,
    "which_person": _which_person,
}
