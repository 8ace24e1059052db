"""A patient's session with the question, at a tablet or on their own phone: the step due, and recording it.

The answer is recorded with the first page already, so that nothing is lost when somebody walks away; every further
page records it again, more exactly, as the same ask's next turn.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from intake import clock
from intake.cached_property import cached_property
from intake.capture.answer_form.return_reasons import came_back, record_reason
from intake.capture.answer_form.thanks_wishes import MayThank, record_wish
from intake.capture.models import Handover, SurveyLink
from intake.capture.patient_flow import named_sources, queries, steps, text_input
from intake.capture.patient_flow.birth_dates import is_child
from intake.capture.patient_flow.handover import save_ask_in_language
from intake.capture.patient_flow.steps import BACK_AGAIN, FIRST, Offer, QuestionStep, StepKind
from intake.capture.patient_flow.text_input import InputRefused
from intake.capture.patient_flow.urgent_words import SpokeOfDanger, heed
from intake.id_filters import read_id
from intake.survey.free_text.typed_answers import read_for
from intake.survey.models import Answer, Channel, Outcome
from intake.survey.outcomes import WITHOUT_SOURCE
from intake.survey.question.choices import SourceChoice, choices, choices_ever
from intake.survey.recording.record_answer import NewMention, Submission, record_answer

SKIP, BACK, SEARCH = "skip", "back", "search"
# Goes on with the doctor who was chosen before, or the words that were kept.
SAME = "same"


class PatientSession:
    """One patient's session. `holder`: the handover or link it belongs to, whose `steps_done` it updates."""

    def __init__(
        self,
        holder: Handover | SurveyLink,
        language: str,
        *,
        device_id: int | None = None,
        late: bool = False,
    ) -> None:
        self.holder = holder
        self.language = language
        self.ask = holder.ask
        self.visit = holder.visit
        self.device_id = device_id
        # It waited on the tablet for a connection: when it was said, and what could be chosen then.
        self.late = late
        self.answered_at: datetime | None = None
        # How many options stood on the first screen, as the page's script measured it.
        self._in_view: int | None = None
        offered = choices_ever(language) if late else choices(self.visit.visit_date, language)
        self.offer = Offer(offered, self.ask.options, self.ask.id)
        self._load()

    def _load(self) -> None:
        answers = queries.answers_of(self.visit.id, self.ask.id)
        self.answer: Answer | None = answers.own
        # Another door was faster: there is nothing left to ask, and nothing to be told about it.
        self.answered_elsewhere = answers.stands_elsewhere
        self._may_have_come_before = answers.may_have_come_before
        # After starting over nobody sees what was chosen before; whoever goes on may be somebody else.
        begun = FIRST.key in steps.seen(self.holder.steps_done)
        self.named = named_sources.named_in(self.answer) if begun else []

    @property
    def steps(self) -> list[QuestionStep]:
        """Return every step of this patient, as far as the answers so far tell."""
        back = bool(self.named) and self._came_back
        return steps.steps_for(self.offer, self.named, self.holder.steps_done, came_back=back)

    @property
    def is_for_child(self) -> bool:
        """Return whether a parent answers."""
        return is_child(self.visit.patient.birth_date, self.visit.visit_date)

    @property
    def whom(self) -> list[str]:
        """Return the people they named, as they wrote it."""
        return [each.referrer_name for each in self.named if each.referrer_name and each.confidence is None]

    @property
    def total(self) -> int | None:
        """Return how many pages there are; None while the answers still to come may bring more."""
        every, due = self.steps, self.step
        return None if due is None or steps.may_grow(every, due, self.offer.other()) else len(every)

    @cached_property
    def _came_back(self) -> bool:
        """Whether they are also asked what brought them back."""
        return self._may_have_come_before and came_back(self.visit)

    @property
    def step(self) -> QuestionStep | None:
        """Return the step to show; None when all are done."""
        if self.answered_elsewhere:
            return None
        if self.answer is not None and self.answer.outcome != Outcome.ANSWERED and FIRST.key in self.holder.steps_done:
            return None
        return steps.next_step(self.steps, self.holder.steps_done)

    def chosen(self, step: QuestionStep) -> set[int]:
        """Return the source ids that are marked on a page of tiles."""
        if step.kind is StepKind.SOURCES:
            tops = map(self.offer.top_of, [each.source_id for each in self.named if named_sources.was_chosen(each)])
            other = self.offer.other() if self._words_key in steps.seen(self.holder.steps_done) else None
            return {top.source_id for top in (*tops, other) if top}
        return {source_id for source_id in self._ids if source_id}

    def text_of(self, step: QuestionStep) -> str:
        """Return what the patient wrote on this page before."""
        if step.choice is None:
            return ""
        if self._is_about_other(step):
            return self.own_words
        return next((each.detail for each in self.named if each.source_id == step.choice.source_id), "")

    def stands(self, step: QuestionStep) -> NewMention | None:
        """Return which doctor was named on this page before, by choice or in words; None while none was."""
        about = [each for each in self.named if step.choice is not None and each.source_id == step.choice.source_id]
        return next((each for each in about if each.physician_id is not None or each.detail), None)

    def goes_on_with_same(self, step: QuestionStep, form: Mapping[str, Any]) -> bool:
        """Return whether they leave the doctor as named before. Words changed since are looked for first."""
        same = form.get("do") == SAME and self.stands(step) is not None
        return same and text_input.tidy(form.get("text", "")) == self.text_of(step)

    @property
    def own_words(self) -> str:
        """Return what was written about "something else"; empty when that page wasn't filled in."""
        written = self._words_key in steps.seen(self.holder.steps_done)
        return self.answer.verbatim if written and self.answer is not None else ""

    @property
    def _words_key(self) -> str:
        return QuestionStep(StepKind.WORDS, self.offer.other()).key

    def _is_other(self, named: NewMention) -> bool:
        other = self.offer.other()
        return other is not None and named.source_id == other.source_id

    def _is_about_other(self, step: QuestionStep) -> bool:
        return step.kind is StepKind.WORDS and step.choice is self.offer.other()

    @property
    def _ids(self) -> list[int | None]:
        return [each.source_id for each in self.named]

    def go_back(self) -> None:
        self.holder.steps_done = steps.without_last(self.steps, self.holder.steps_done)

    @property
    def may_be_changed(self) -> bool:
        """Return whether the patient may change what they answered a moment ago, and that is what counts."""
        return not self.answered_elsewhere and queries.may_change(self.answer)

    def reopen(self) -> None:
        """Show the pages again from the first one, with what was answered."""
        for key in list(self.holder.steps_done):
            self.holder.steps_done = steps.reopened(key.removeprefix(steps.REOPENED), self.holder.steps_done)

    def start_again(self) -> None:
        self.holder.steps_done = []

    def is_step_done(self, key: str) -> bool:
        """Return whether a step is answered or skipped, and wasn't gone back to."""
        return (steps.find_step(self.steps, key) or FIRST).key in self.holder.steps_done

    def take(self, form: Mapping[str, Any]) -> None:
        """Record what the patient sent from one page. Flushes.

        Raises InputRefused, and SpokeOfDanger where they must be told first whom to call; no answer is recorded then.
        """
        # Of a visit that it doesn't fit it is no answer to the first question either.
        other = BACK_AGAIN if form.get("step") == BACK_AGAIN.key else FIRST
        step = steps.find_step(self.steps, form.get("step", "")) or other
        action = form.get("do", "")
        if action == BACK:
            self.go_back()
            return
        submission_id = text_input.submission_id(form.get("submission_id", ""))
        seen = form.get("in_view", "") if step is FIRST else ""
        self._in_view = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 4 else None
        if step.kind in (StepKind.THANKS, StepKind.RETURN):
            if action != SKIP:
                self._take_beside(step.kind, form)
            self.holder.steps_done = [*steps.without(step.key, self.holder.steps_done), step.key]
            return
        self._put_in_language()
        if action != SKIP and not self.goes_on_with_same(step, form):
            self._heed(step, submission_id, form.get("text", ""))
        outcome = self._outcome(step, action)
        if outcome is not Outcome.ANSWERED:
            self._record(submission_id, outcome, [], "")
        elif action == SKIP and step.kind is not StepKind.SOURCES:
            self._skip(step, submission_id)
        elif self.goes_on_with_same(step, form):
            pass
        elif self._is_about_other(step):
            self._record_words(submission_id, step, form)
        else:
            named = self._read(step, form)
            words = self.own_words if step is not FIRST or any(map(self._is_other, named)) else ""
            self._record(submission_id, outcome, named, words or named_sources.details(named))
        done = steps.without(step.key, self.holder.steps_done)
        if step is FIRST and self._words_key in steps.seen(done):
            # What they wrote belongs to "something else": it is shown again with it, and goes with it.
            still = any(self._is_other(each) for each in self.named)
            done = steps.reopened(self._words_key, done) if still else steps.without(self._words_key, done)
        self.holder.steps_done = [*done, step.key]

    def _heed(self, step: QuestionStep, submission_id: str, typed: str) -> None:
        danger = heed(
            typed,
            self.visit.id,
            channel=Channel(self.ask.channel),
            submission_id=submission_id,
            at=self.answered_at or clock.now(),
            step=step.key,
        )
        # What waited on the tablet for a connection has been thanked for; the desk reads it all the same.
        if danger is not None and not self.late:
            raise SpokeOfDanger(danger)

    def keep_written(self, form: Mapping[str, Any]) -> None:
        """Record what stands in the box of a page that its patient has left, as if they had gone on. Flushes.

        Raises what `take` raises. Ticks that they didn't confirm are no answer.
        """
        text, step = text_input.tidy(form.get("text", "")), self.step
        if step is not None and step.key == form.get("step") and text and text != self.text_of(step):
            self.take(form)

    def _take_beside(self, kind: StepKind, form: Mapping[str, Any]) -> None:
        """Record what isn't part of the answer: whether the person they named may be thanked (left out is without
        their name), and what brought them back.
        """
        wish = form.get("wish", "")
        named = next((each for each in self.offer.top if each.code == form.get("source", "")), None)
        if kind is StepKind.THANKS and wish in list(MayThank):
            record_wish(self.visit, MayThank(wish), device_id=self.device_id, at=self.answered_at)
        elif kind is StepKind.RETURN and named is not None:
            if self._came_back:
                record_reason(self.visit, source_id=named.source_id)
        else:
            raise InputRefused("problem.choose_or_skip")

    def _put_in_language(self) -> None:
        """Save the ask in the language that the patient has chosen since."""
        if self.answer is None and self.ask.language != self.language:
            self.ask = save_ask_in_language(self.ask, self.language)
            self.holder.ask = self.ask

    def _outcome(self, step: QuestionStep, action: str) -> Outcome:
        if step.kind is StepKind.SOURCES and action in WITHOUT_SOURCE:
            return Outcome(action)
        return Outcome.ANSWERED

    def _skip(self, step: QuestionStep, submission_id: str) -> None:
        """Skip a page: remove what it recorded on an earlier visit to it."""
        if step.choice is None or not self.named:
            return
        now = self.named
        if step.kind is StepKind.BELOW:
            now = named_sources.with_below(now, step.choice, [])
        elif step.kind is StepKind.PHYSICIAN:
            now = named_sources.with_physician(now, step.choice, physician_id=None, detail="")
        elif step.kind is StepKind.PERSON:
            now = named_sources.with_person(now, step.choice, "")
        elif self._is_about_other(step):
            now = named_sources.with_words(now, step.choice, [])
        elif step.kind is StepKind.WORDS:
            now = named_sources.with_details(now, step.choice, "")
        if now != self.named:
            words = "" if self._is_about_other(step) else self.own_words
            self._record(submission_id, Outcome.ANSWERED, now, words or named_sources.details(now))

    def _record_words(self, submission_id: str, step: QuestionStep, form: Mapping[str, Any]) -> None:
        """Record the patient's own words, and what is read in them."""
        assert step.choice is not None
        text = text_input.words(form.get("text", ""))
        if not text:
            raise InputRefused("problem.write_or_skip")
        outcome, read = read_for(text, location_id=self.visit.location_id)
        named = named_sources.with_words(self.named, step.choice, read)
        if outcome is not Outcome.ANSWERED:
            # "No idea" beside other choices says nothing against those.
            named = [each for each in self.named if named_sources.was_chosen(each)]
            named = [each for each in named if each.source_id != step.choice.source_id]
            outcome = Outcome.ANSWERED if named else outcome
        self._record(submission_id, outcome, named, text)

    def _read(self, step: QuestionStep, form: Mapping[str, Any]) -> list[NewMention]:
        if step.kind is StepKind.SOURCES:
            codes = form.getlist("source")  # type: ignore[attr-defined]
            chosen = named_sources.tapped_order(self.offer, codes, form.get("tapped", ""))
            if not chosen:
                raise InputRefused("problem.choose_one")
            return named_sources.with_sources(self.named, chosen)
        if step.kind is StepKind.MAIN:
            place = read_id(form.get("main", "")) or 0
            if not 1 <= place <= len(self.named):
                raise InputRefused("problem.choose_main")
            return named_sources.with_main(self.named, place - 1)
        assert step.choice is not None
        if step.kind is StepKind.BELOW:
            codes = form.getlist("source")  # type: ignore[attr-defined]
            below = [child for child in self.offer.below(step.choice) if child.code in codes]
            if not below:
                raise InputRefused("problem.choose_or_skip")
            return named_sources.with_below(self.named, step.choice, below)
        return self._read_words(step, step.choice, form)

    def _read_words(self, step: QuestionStep, choice: SourceChoice, form: Mapping[str, Any]) -> list[NewMention]:
        longest = text_input.LONGEST if step.kind is StepKind.WORDS else text_input.LONGEST_NAME
        text = text_input.words(form.get("text", ""), longest=longest)
        if step.kind is StepKind.PHYSICIAN:
            picked = form.get("physician", "")
            physician = queries.find_offered_physician(read_id(picked) or 0, once=self.late) if picked else None
            if physician is None and not text:
                raise InputRefused("problem.write_or_skip")
            return named_sources.with_physician(
                self.named, choice, physician_id=physician.id if physician else None, detail=text
            )
        if not text:
            raise InputRefused("problem.write_or_skip")
        if step.kind is StepKind.PERSON:
            return named_sources.with_person(self.named, choice, text)
        return named_sources.with_details(self.named, choice, text)

    def _record(self, submission_id: str, outcome: Outcome, named: list[NewMention], verbatim: str) -> None:
        recorded = record_answer(
            Submission(
                submission_id=submission_id,
                ask=self.ask.id,
                outcome=outcome,
                mentions=tuple(named),
                verbatim=verbatim,
                answered_at=self.answered_at or clock.now(),
                device_id=self.device_id,
                in_view=self._in_view,
            )
        )
        if recorded.repeated:
            self._load()
            return
        # What was just written need not be read back; this object never joins the session.
        self.answer = Answer(id=recorded.answer_id, ask_id=self.ask.id, outcome=outcome, verbatim=verbatim)
        self.named = list(named)
        self.answered_elsewhere = not recorded.is_current
