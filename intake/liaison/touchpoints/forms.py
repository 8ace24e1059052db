"""What is typed of a touchpoint. The five things asked are who, when, kind and one sentence; the rest is optional."""

import uuid
from collections.abc import Sequence
from copy import copy
from datetime import timedelta
from typing import Any

from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from intake.accounts import tokens
from intake.accounts.models import Staff
from intake.accounts.pages.forms import Checkboxes, printable
from intake.attribution.costs.forms import read_cents
from intake.db import db
from intake.directory.practice.forms import at_most
from intake.id_filters import read_id
from intake.liaison.page.edges import choices
from intake.liaison.page.referrers import today
from intake.liaison.people.whom import PersonToMeet, persons
from intake.liaison.promises.messages import ISSUE_LABELS
from intake.liaison.promises.models import IssueKind
from intake.liaison.touchpoints.kinds import KINDS, Shared, TouchpointKind
from intake.liaison.touchpoints.recording import NewTouchpoint
from intake.web.ui.day_field import DayField
from intake.web.ui.written import Written

LONGEST_WORDS = 4000
YEARS_BACK = 10
# A day further back is asked about: 2016 for 2026.
USUAL_DAYS_BACK = 366
SHARED = {
    Shared.SPLIT: "A meal: an equal part for each who ate",
    Shared.WHOLE: "A gift that can't be divided: whole for each",
}
# Lines of the form that are columns of the touchpoint, or its promise, as they are typed.
LINES = ("purpose", "need", "materials", "promise_text", "over_limit_reason")


class WhoField(SelectMultipleField):
    """Keys of those it was with. Whoever is chosen need not be among the choices: they are looked up."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        if not persons(self.data or []):
            raise ValidationError("Choose who it was with.")


class TouchpointForm(FlaskForm):
    """One touchpoint. Its fields may stand on a page several times, told apart by `prefix_id`."""

    submission_id = HiddenField()
    author = HiddenField()
    sure = HiddenField()
    # Of a correction, as `conflict_message` reads it.
    seen = HiddenField()
    who = WhoField("Who")
    day = DayField("When", [Written("Say on which day.")], default=today)
    long_ago = BooleanField("It was that long ago")
    kind = RadioField(
        "What",
        [Written("Choose what it was.")],
        choices=choices((kind, words.label) for kind, words in KINDS.items()),
        default=str(TouchpointKind.VISIT),
    )
    words = TextAreaField(
        "What happened, in a sentence",
        [at_most(LONGEST_WORDS)],
        render_kw={"rows": 3, "maxlength": LONGEST_WORDS},
    )
    purpose = StringField("Purpose", [Optional(), at_most(200), printable])
    need = StringField("What they need", [Optional(), at_most(300), printable])
    materials = StringField("What was left there", [Optional(), at_most(200), printable])
    promise_text = StringField("Next step", [Optional(), at_most(300), printable])
    promise_for_us = BooleanField("A note to ourselves: it stands in no brief")
    promise_due = DayField("Due", [Optional()])
    promise_owner = SelectField("Who does it", [Optional()], validate_choice=False)
    issue_kind = SelectField(
        "Something went wrong for them",
        [Optional()],
        choices=choices(ISSUE_LABELS, "No"),
    )
    cost = StringField(
        "What it cost in all", [Optional(), at_most(20)], description="In dollars.", render_kw={"inputmode": "decimal"}
    )
    received = Checkboxes("Who ate, or received it", validate_choice=False)
    shared = RadioField(
        "How it counts",
        choices=choices(SHARED),
        default=str(Shared.SPLIT),
    )
    over_limit_reason = StringField("Why it may go over the yearly limit", [Optional(), at_most(300), printable])

    def __init__(self, *, people: Sequence[PersonToMeet], owners: Sequence[tuple[int, str]] = (), **given: Any) -> None:
        """`people` can be chosen; those named in the form already stay among them."""
        super().__init__(**given)
        self._offer([*people, *persons(self.who.data or [])])
        self.promise_owner.choices = choices(owners)
        self.words.flags.required = self.needs_words
        self.is_long_ago = False

    def drawn_for(self, party_key: str, people: Sequence[PersonToMeet]) -> "TouchpointForm":
        """This form once more on the same page, to be drawn for somebody else: making one is most of such a page."""
        other = copy(self)
        other.who, other.received, other.submission_id = map(_copied, (self.who, self.received, self.submission_id))
        other.who.data, other.submission_id.data = [party_key], new_submission_id()
        other._offer(people)
        return other

    def _offer(self, people: Sequence[PersonToMeet]) -> None:
        shown = {each.key: each.name for each in people}
        self.who.choices, self.received.choices = choices(shown), choices(shown)

    @property
    def needs_words(self) -> bool:
        """Whether it says too little alone: "Not seen" is all there is to say of it."""
        return bool(self.kind.data != TouchpointKind.NOT_SEEN)

    def validate_words(self, field: Any) -> None:
        if self.needs_words:
            Written("Write one sentence.")(self, field)

    def validate_day(self, field: Any) -> None:
        if field.data > today():
            raise ValidationError("Choose a day up to today. What is planned is a next step.")
        if field.data < today() - timedelta(days=366 * YEARS_BACK):
            raise ValidationError(f"Choose a day of the last {YEARS_BACK} years.")
        moved = field.data != field.object_data
        self.is_long_ago = moved and field.data < today() - timedelta(days=USUAL_DAYS_BACK)
        if self.is_long_ago and not self.long_ago.data:
            raise ValidationError("That is more than a year ago.")

    def validate_promise_due(self, field: Any) -> None:
        if not field.data:
            return
        if not (self.promise_text.data or "").strip():
            raise ValidationError("Write beside it what was promised for this day, or leave the day out.")
        # Written down late it may have fallen due meanwhile, never before it was promised.
        if self.day.data and field.data < self.day.data:
            raise ValidationError("It can’t be due before the day on which it was promised.")
        if field.data.year > today().year + 5:
            raise ValidationError("Choose a day within five years.")

    def validate_cost(self, field: Any) -> None:
        if (cents := read_cents(field.data or "")) is None or cents > 100_000_00:
            raise ValidationError("Write the amount in dollars, such as 48.50.")
        if cents and not persons(self.received.data or []):
            raise ValidationError("Say who ate, or received it: each person's year is counted.")

    @property
    def touchpoint(self) -> NewTouchpoint:
        """What a valid form says."""
        owner_id, kind = read_id(self.promise_owner.data or ""), TouchpointKind(self.kind.data)
        received = persons(self.received.data or []) if read_cents(self.cost.data or "") else []
        return NewTouchpoint(
            kind=kind,
            # As files keep what says nothing more.
            words=(self.words.data or "").strip() or KINDS[kind].told,
            day=self.day.data or today(),
            # Whoever ate was there.
            who=list(dict.fromkeys([*persons(self.who.data or []), *received])),
            **{name: (self[name].data or "").strip() for name in LINES},
            cost_cents=read_cents(self.cost.data or "") or None,
            shared=Shared(self.shared.data or Shared.SPLIT),
            received=frozenset(each.key for each in received),
            promise_for_us=bool(self.promise_for_us.data),
            promise_due=self.promise_due.data,
            promise_owner_id=owner_id if owner_id and db.session.get(Staff, owner_id) else None,
            issue_kind=IssueKind(self.issue_kind.data) if self.issue_kind.data else None,
        )

    @property
    def has_more(self) -> bool:
        """Whether something is filled in, or wrong, that the page keeps closed at first."""
        names = (*LINES, "issue_kind", "cost", "promise_due")
        return any(self[name].data or self[name].errors for name in names)


def _copied(field: Any) -> Any:
    # Their own way of being made wants a form to bind them to.
    other = object.__new__(type(field))
    other.__dict__.update(field.__dict__)
    return other


def new_submission_id() -> str:
    """By which a touchpoint that is sent twice is known; its page was drawn with it."""
    return uuid.uuid4().hex


def signed_author(staff_id: int) -> str:
    """Who fills a form in, so that one sent later from the same telephone stays theirs."""
    return _signer().dumps(staff_id)


def read_author(signed: str) -> int | None:
    """Whom `signed_author` named; None for what it never made."""
    try:
        return int(_signer().loads(signed))
    except (BadSignature, ValueError, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    # The last key signs, all of them are read.
    keys = [key.hex() for key in reversed(tokens.derived_keys("touchpoint author"))]
    return URLSafeSerializer(keys)
