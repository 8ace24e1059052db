"""Forms of a relationship with an office's wishes, of a contact, and of a hand-over."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp, ValidationError

from intake import phone
from intake.accounts.pages.forms import printable
from intake.directory.practice.forms import at_most, telephone
from intake.id_filters import read_id
from intake.liaison.page.hours import UnreadableHours, read_hours, say_hours
from intake.liaison.people.messages import GOALS, JOBS

_NO_FILL = {"autocomplete": "off"}
HOURS_HINT = "Such as Mon-Thu 8-12, Fri 1-4:30. Rounds keep to it."


def readable_hours(_form: FlaskForm, field: Any) -> None:
    """Refuse what is no days and times; keep the rest in one way of writing."""
    try:
        field.data = say_hours(read_hours(field.data or ""))
    except UnreadableHours:
        raise ValidationError("Write days and times, such as Mon-Thu 8-12, Fri 1-4:30.") from None


class CareForm(FlaskForm):
    """How one of our locations looks after an office, and how the office wants to be dealt with."""

    location = SelectField("For which of our locations", coerce=int)
    owner = SelectField("Who looks after them", [Optional()])
    tier = SelectField(
        "Tier",
        [Optional()],
        choices=[
            SelectChoice("", "None yet"),
            SelectChoice("A", "A: every month"),
            SelectChoice("B", "B: every two months"),
            SelectChoice("C", "C: every four months"),
        ],
    )
    tier_reason = StringField("Why this tier", [Optional(), at_most(200), printable], render_kw=_NO_FILL)
    goal = SelectField(
        "Goal",
        [Optional()],
        choices=[SelectChoice("", "None yet"), *(SelectChoice(str(goal), label) for goal, label in GOALS.items())],
    )
    every_days = IntegerField(
        "Days between contacts",
        [Optional(), NumberRange(1, 730, "Use 1 to 730 days.")],
        description="Left empty, the tier says.",
    )
    hours = StringField(
        "When they are in", [Optional(), at_most(120), readable_hours], description=HOURS_HINT, render_kw=_NO_FILL
    )
    referrals_by = StringField(
        "How they send referrals", [Optional(), at_most(120), printable], description="Fax, portal, telephone …"
    )
    results_by = StringField("How results should come back", [Optional(), at_most(120), printable])
    do_not_visit = BooleanField("They want no visits")
    note = StringField("What else to know", [Optional(), at_most(300), printable], render_kw=_NO_FILL)

    def __init__(self, *, locations: Sequence[tuple[int, str]], owners: Sequence[tuple[int, str]], **given: Any):
        super().__init__(**given)
        self.location.choices = [SelectChoice(row_id, name) for row_id, name in locations]
        self.owner.choices = [
            SelectChoice("", "Nobody yet"),
            *(SelectChoice(str(staff_id), name) for staff_id, name in owners),
        ]

    @property
    def care(self) -> dict[str, Any]:
        """Columns of the relationship."""
        return {
            "owner_id": read_id(self.owner.data or ""),
            "tier": self.tier.data or "",
            "tier_reason": (self.tier_reason.data or "").strip(),
            "goal": self.goal.data or "",
            "every_days": self.every_days.data,
        }

    @property
    def wishes(self) -> dict[str, Any]:
        """Columns of the preference."""
        names = ("hours", "referrals_by", "results_by", "note")
        return {name: (self[name].data or "").strip() for name in names} | {"do_not_visit": self.do_not_visit.data}


class ContactForm(FlaskForm):
    """Somebody in a referring office."""

    name = StringField("Name", [InputRequired("Give a name."), at_most(120), printable], render_kw=_NO_FILL)
    job = SelectField("What they do", choices=[SelectChoice(str(job), label) for job, label in JOBS.items()])
    telephone_number = StringField("Telephone", [Optional(), at_most(40), telephone], render_kw={"inputmode": "tel"})
    email = StringField(
        "E-mail",
        [Optional(), at_most(254), Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message="This is not an e-mail address.")],
        render_kw={"inputmode": "email", **_NO_FILL},
    )
    hours = StringField("When they are in", [Optional(), at_most(120), readable_hours], description=HOURS_HINT)
    note = StringField("What else to know", [Optional(), at_most(300), printable], render_kw=_NO_FILL)

    @property
    def facts(self) -> dict[str, Any]:
        """Columns of a contact."""
        number = (self.telephone_number.data or "").strip()
        return {
            "name": " ".join((self.name.data or "").split()),
            "job": self.job.data,
            "phone_e164": phone.to_e164(number) if number else None,
            "email": (self.email.data or "").strip(),
            "hours": self.hours.data or "",
            "note": (self.note.data or "").strip(),
        }


class HandOverForm(FlaskForm):
    """Whose relationships go to whom."""

    giver = SelectField("From", coerce=int)
    taker = SelectField("To", coerce=int)

    def __init__(self, *, givers: Sequence[tuple[int, str]], takers: Sequence[tuple[int, str]], **given: Any):
        super().__init__(**given)
        self.giver.choices = [SelectChoice(row_id, name) for row_id, name in givers]
        self.taker.choices = [SelectChoice(row_id, name) for row_id, name in takers]

    def validate_taker(self, field: Any) -> None:
        if field.data == self.giver.data:
            raise ValidationError("Choose two different people.")
