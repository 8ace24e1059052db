"""Recording what somebody texted as their answer: read once more, shown for checking, kept by the desk's own form."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from werkzeug.exceptions import NotFound

from intake.capture.answer_form.form import AnswerForm, SourceLine
from intake.capture.answer_form.people import physicians_called
from intake.capture.text.conversation.choices import choose
from intake.capture.text.conversation.reading import known_sources
from intake.capture.text.conversation.steps import survey_options
from intake.capture.text.staff_pages import handling, inbox
from intake.db import db
from intake.directory.models import Visit
from intake.id_filters import read_id
from intake.sms.models import InboundText, TextSurvey
from intake.survey.recording.submission import NewMention
from intake.survey.text_kind.errands import is_errand
from intake.survey.text_kind.reply_words import sentences


@dataclass(frozen=True)
class TextedAnswer:
    """A text from the phone of a visit, and the survey that it replies to, if there was one."""

    text: InboundText
    survey: TextSurvey | None

    @property
    def answered_at(self) -> datetime:
        return self.text.received_at


def texted_answer(visit: Visit, given: str, *, within: Collection[int]) -> TextedAnswer | None:
    """Return the text with this id, if it came from a phone of this visit; None otherwise."""
    text_id = read_id(given)
    if text_id is None:
        return None
    try:
        text = inbox.reply(text_id, within=within)
    except NotFound:
        return None
    if visit not in handling.visits_of_phone(text, within=within):
        return None
    return TextedAnswer(
        text, db.session.scalars(select(TextSurvey).where(TextSurvey.visit_id == visit.id)).one_or_none()
    )


def propose(form: AnswerForm, texted: TextedAnswer, visit: Visit) -> None:
    """Tick what the words can be read as, and put them on the form. Reads only."""
    options = survey_options(texted.survey) if texted.survey else ()
    known = known_sources(visit.location_id)
    # Somebody has decided that there is an answer in it, whatever is asked beside it.
    words = ". ".join(each for each in sentences(texted.text.body) if not is_errand(each)) or texted.text.body
    chosen = choose(words, options, known)
    name = next((who for each in known.read(words).mentions if (who := each.person or each.doctor_name)), "")
    form.verbatim = texted.text.body.strip()
    named = [each for each in chosen.named if each.source_id is not None]
    lines = {line.choice.source_id: line for line in form.lines}
    if not any(mention.source_id in lines for mention in named):
        return
    for line in form.lines:
        line.chosen = False
    for rank, mention in enumerate(each for each in named if each.source_id in lines):
        line = lines[mention.source_id or 0]
        line.chosen = True
        form.main_id = mention.source_id if rank == 0 else form.main_id
        _fill(line, mention, name, visit.location_id)


def close(texted: TextedAnswer, *, staff_id: int) -> None:
    """End the conversation, and mark the text as done. Flushes."""
    if texted.survey is not None and texted.survey.closed_at is None:
        texted.survey.close("answered")
    handling.mark_done(texted.text, staff_id=staff_id)


def _fill(line: SourceLine, mention: NewMention, name: str, location_id: int) -> None:
    """Put the name on the line; one physician alone of that name is linked, to be seen and changed."""
    line.detail = mention.referrer_name or (name if line.asks else mention.detail)
    if line.asks == "physician" and line.detail:
        hits = physicians_called(line.detail, location_id=location_id)
        if len(hits) == 1:
            line.physician_id, line.who, line.detail = hits[0].id, hits[0].name, ""
        else:
            line.hits, line.looked_up = hits, True
