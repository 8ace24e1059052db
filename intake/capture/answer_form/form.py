"""One form for what a person answered, used at the desk and on the telephone, with script and without."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from intake.capture.answer_form.readable_answers import ChartedPhysician, ReadableAnswer
from intake.capture.answer_form.thanks_wishes import WISHES, MayThank
from intake.directory.models import SourceKind
from intake.id_filters import read_id
from intake.survey.free_text.typed_answers import practice_called, read_for
from intake.survey.models import Evidence, MentionRole, Outcome
from intake.survey.outcomes import REPLIES
from intake.survey.question.choices import SourceChoice
from intake.survey.recording.submission import NewMention

LONGEST_DETAIL = 200
LONGEST_VERBATIM = 2_000
# Fractional credit is kept in 27,720ths, which 1 to 12 divide.
MOST_SOURCES = 12

ROLES = (
    (MentionRole.REFERRED_BY, "sent them here"),
    (MentionRole.FIRST_HEARD, "where they first heard"),
    (MentionRole.DECIDED_BECAUSE, "why they came"),
)


@dataclass
class SourceLine:
    """One source on the form, as it is ticked and filled in."""

    choice: SourceChoice
    parent_id: int | None = None
    chosen: bool = False
    detail: str = ""
    role: str = ""
    physician_id: int | None = None
    patient_id: int | None = None
    add_physician: bool = False
    # Name of the linked record, for showing the form again.
    who: str = ""
    error: str = ""
    # People whom the typed name may mean, after looking them up without script.
    hits: Sequence[Any] = ()
    looked_up: bool = False

    @property
    def asks(self) -> str:
        """Return which further question belongs to it: 'physician', 'patient', 'words' or ''."""
        if self.choice.kind == SourceKind.PHYSICIAN:
            return "physician"
        if self.choice.kind == SourceKind.PATIENT:
            return "patient"
        return "words" if self.choice.asks_which else ""


@dataclass
class AnswerForm:
    """The question's form: filled from an earlier answer or from what was posted; keeps everything typed."""

    lines: list[SourceLine]
    submission_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: Outcome = Outcome.ANSWERED
    main_id: int | None = None
    verbatim: str = ""
    # May whoever sent them be thanked? Empty: not asked.
    wish: str = ""
    wishes = WISHES
    # The answer that stood when the form was shown; 0 for none.
    seen: int = 0
    roles = ROLES
    errors: dict[str, str] = field(default_factory=dict)
    unknown_sources: bool = False

    @classmethod
    def blank(cls, choices: Sequence[SourceChoice], *, chosen: int | None = None) -> "AnswerForm":
        form = cls(lines=list(_lines(choices)))
        for line in form.lines:
            line.chosen = line.choice.source_id == chosen
        return form

    @classmethod
    def of(cls, answer: ReadableAnswer, choices: Sequence[SourceChoice]) -> "AnswerForm":
        """Return the form to correct `answer`, with its sources that are no longer offered."""
        form = cls(lines=list(_lines(choices)), outcome=Outcome(answer.outcome), verbatim=answer.verbatim)
        form.seen = answer.answer_id
        form.offer(answer)
        by_source = {line.choice.source_id: line for line in form.lines}
        for rank, named in enumerate(each for each in answer.sources if each.source_id in by_source):
            line = by_source[named.source_id or 0]
            line.chosen = True
            line.role = named.role or ""
            line.physician_id, line.patient_id = named.physician_id, named.referring_patient_id
            # A practice is typed again, and linked again by its name.
            is_person = named.linked and not named.practice_id
            line.who, line.detail = (named.who, "") if is_person else ("", named.who)
            if rank == 0:
                form.main_id = named.source_id
        return form

    def offer(self, answer: ReadableAnswer | None) -> None:
        """Add the sources of an earlier answer that today's list lacks, so that it can be kept when corrected."""
        known = {line.choice.source_id for line in self.lines}
        for named in answer.sources if answer else ():
            if named.source_id is not None and named.source_id not in known:
                known.add(named.source_id)
                choice = SourceChoice(
                    named.source_id, f"source-{named.source_id}", named.label, "", "signpost", named.kind, False
                )
                self.lines.append(SourceLine(choice))

    def read(self, data: MultiDict[str, str]) -> None:
        """Take over what was posted."""
        self.submission_id = data.get("submission_id", "")
        self.seen = read_id(data.get("seen", "")) or 0
        self.verbatim = data.get("verbatim", "").strip()
        self.wish = next((each for each in data.getlist("wish") if each in list(MayThank)), "")
        outcome = data.get("outcome", Outcome.ANSWERED)
        self.outcome = Outcome(outcome) if outcome in REPLIES else Outcome.ANSWERED
        self.main_id = read_id(data.get("main", ""))
        chosen = {read_id(text) for text in data.getlist("source") if text}
        self.unknown_sources = bool(chosen - {line.choice.source_id for line in self.lines})
        for line in self.lines:
            source_id = line.choice.source_id
            line.chosen = source_id in chosen
            line.detail = data.get(f"detail-{source_id}", "").strip()
            line.role = data.get(f"role-{source_id}", "")
            line.physician_id = read_id(data.get(f"physician-{source_id}", ""))
            line.patient_id = read_id(data.get(f"patient-{source_id}", ""))
            line.add_physician = bool(data.get(f"add-{source_id}", ""))
            line.who = ""
            _take_pick(line, data.get(f"pick-{source_id}", ""))

    def check(self) -> bool:
        """Return whether it can be recorded; else `errors` and the lines' `error` say what to do."""
        self.errors = {}
        if not _is_uuid(self.submission_id):
            self.errors["form"] = "This page was open for too long. Reload it and enter the answer again."
        if len(self.verbatim) > LONGEST_VERBATIM:
            self.errors["verbatim"] = f"Keep their words under {LONGEST_VERBATIM:,} letters."
        if self.outcome != Outcome.ANSWERED:
            return not self.errors
        if self.unknown_sources:
            self.errors["source"] = "One of these sources is no longer on the list. Choose again."
        elif not self.chosen_lines() and not self.verbatim:
            self.errors["source"] = "Choose who or what they named, write their words, or say that they don't remember."
        elif len(self.chosen_lines()) > MOST_SOURCES:
            self.errors["source"] = f"Choose up to {MOST_SOURCES} sources."
        for line in self.chosen_lines():
            line.error = ""
            if len(line.detail) > LONGEST_DETAIL:
                line.error = f"Keep it under {LONGEST_DETAIL} letters."
            if line.role not in ("", *MentionRole):
                line.role = ""
        return not self.errors and not any(line.error for line in self.chosen_lines())

    @property
    def is_empty(self) -> bool:
        """Return whether nobody said anything that could be recorded."""
        return self.outcome == Outcome.ANSWERED and not self.verbatim and not any(line.chosen for line in self.lines)

    def chosen_lines(self) -> list[SourceLine]:
        """Return the ticked lines, the main one first; a parent gives way to what is ticked below it."""
        ticked = [line for line in self.lines if line.chosen]
        parents = {line.parent_id for line in ticked}
        kept = [line for line in ticked if line.choice.source_id not in parents]
        main = next((line for line in ticked if line.choice.source_id == self.main_id), None)
        if main is not None:
            main_ids = {
                main.choice.source_id,
                *(line.choice.source_id for line in kept if line.parent_id == self.main_id),
            }
            kept.sort(key=lambda line: line.choice.source_id not in main_ids)
        return kept

    def to_answer(
        self, charted: Sequence[ChartedPhysician] = (), *, location_id: int | None = None
    ) -> tuple[Outcome, tuple[NewMention, ...]]:
        """Return the outcome and what the answer names, in rank order.

        Words without a ticked source are read as if the patient had typed them; what fits no source waits for a person.
        """
        if self.outcome != Outcome.ANSWERED:
            return self.outcome, ()
        in_chart = {each.physician_id for each in charted}
        named = tuple(_named(line, in_chart) for line in self.chosen_lines())
        return (self.outcome, named) if named else read_for(self.verbatim, location_id=location_id)

    def below(self, parent_id: int) -> list[SourceLine]:
        """The lines nested below a source."""
        return [line for line in self.lines if line.parent_id == parent_id]

    def refuse_person(self, sentence: str) -> None:
        """Refuse the patient named as the referrer, with `sentence` beside that name."""
        for line in self.chosen_lines():
            if line.patient_id:
                line.error, line.detail, line.patient_id = sentence, line.who or line.detail, None


def _take_pick(line: SourceLine, pick: str) -> None:
    """Take the radio button picked among the people found, for pages without script."""
    if pick == "add":
        line.add_physician = True
    elif number := read_id(pick):
        if line.asks == "physician":
            line.physician_id = number
        elif line.asks == "patient":
            line.patient_id = number


def _named(line: SourceLine, in_chart: set[int]) -> NewMention:
    named = NewMention(line.choice.source_id, role=line.role or None)
    if line.asks == "physician" and line.physician_id:
        # Naming the very physician of the chart is staff confirming the chart with the patient.
        confirmed = line.physician_id in in_chart
        evidence = Evidence.STAFF_CONFIRMED if confirmed else Evidence.PATIENT_STATED
        return replace(named, physician_id=line.physician_id, evidence=evidence)
    if line.asks == "patient" and line.patient_id:
        return replace(named, referring_patient_id=line.patient_id)
    if line.choice.names_practices and (practice_id := practice_called(line.detail)):
        return replace(named, detail=line.detail, practice_id=practice_id, evidence=Evidence.INFERRED)
    return replace(named, detail=line.detail, referrer_name=line.detail if line.asks == "patient" else "")


def _lines(choices: Sequence[SourceChoice]) -> Iterator[SourceLine]:
    for choice in choices:
        yield SourceLine(choice)
        for child in choice.children:
            yield SourceLine(child, parent_id=choice.source_id)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
