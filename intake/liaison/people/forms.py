"""Forms of a relationship with an office's wishes, of a contact, and of a hand-over."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import NumberRange, Optional, Regexp, ValidationError

from intake import phone
from intake.accounts.pages.forms import printable
from intake.directory.practice.forms import at_most, telephone
from intake.id_filters import read_id
from intake.liaison.page.edges import choices
from intake.liaison.page.hours import UnreadableHours, read_hours, say_hours
from intake.liaison.people.messages import GOALS, HOW_OFTEN, JOBS
from intake.web.ui.written import Written

_NO_FILL = {"autocomplete": "off"}
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
HOURS_HINT = "Such as Mon-Thu 8-12, Fri 1-4:30. Rounds keep to it."
TIERS = {tier: said.capitalize() for tier, said in HOW_OFTEN.items()}
# Columns of the relationship, and of the office's preference.
RELATIONSHIP = ("tier", "tier_reason", "goal", "every_days")
WISHES = ("hours", "referrals_by", "results_by", "do_not_visit", "note")


def readable_hours(_form: FlaskForm, field: Any) -> None:
    """Refuse what is no days and times; keep the rest in one way of writing."""
    try:
        field.data = say_hours(read_hours(field.data or ""))
    except UnreadableHours:
        raise ValidationError("Write days and times, such as Mon-Thu 8-12, Fri 1-4:30.") from None


def line(label: str, most: int, **values: Any) -> StringField:
    """A line of text that may stay empty, without spaces around it."""
    values = {"render_kw": _NO_FILL, "filters": [lambda text: (text or "").strip()]} | values
    return StringField(label, [Optional(), at_most(most), printable], **values)


class CareForm(FlaskForm):
    """How one of our locations looks after an office, and how the office wants to be dealt with."""

    location = SelectField("For which of our locations", coerce=int)
    owner = SelectField("Who looks after them", [Optional()])
    tier = SelectField("How often they hear from us", [Optional()], choices=choices(TIERS, "Not said yet"))
    tier_reason = line("Why so often", 200)
    goal = SelectField("Goal", [Optional()], choices=choices(GOALS, "None yet"))
    every_days = IntegerField(
        "Other days between contacts",
        [Optional(), NumberRange(1, 730, "Use 1 to 730 days.")],
        description="Left empty, as chosen above.",
    )
    hours = StringField(
        "When they are in", [Optional(), at_most(120), readable_hours], description=HOURS_HINT, render_kw=_NO_FILL
    )
    referrals_by = line("How they send referrals", 120, description="Fax, portal, telephone …")
    results_by = line("How results should come back", 120)
    do_not_visit = BooleanField("They want no visits")
    note = line("What else to know", 300)
    seen = HiddenField()

    def __init__(self, *, locations: Sequence[tuple[int, str]], owners: Sequence[tuple[int, str]], **given: Any):
        super().__init__(**given)
        self.location.choices = choices(locations)
        self.owner.choices = choices(owners, "Nobody yet")

    @property
    def care(self) -> dict[str, Any]:
        """Columns of the relationship."""
        return {"owner_id": read_id(self.owner.data or ""), **{name: self[name].data for name in RELATIONSHIP}}

    @property
    def wishes(self) -> dict[str, Any]:
        """Columns of the preference."""
        return {name: self[name].data for name in WISHES}


class ContactForm(FlaskForm):
    """Somebody in a referring office."""

    name = StringField("Name", [Written("Give a name."), at_most(120), printable], render_kw=_NO_FILL)
    job = SelectField("What they do", choices=choices(JOBS))
    telephone_number = StringField("Telephone", [Optional(), at_most(40), telephone], render_kw={"inputmode": "tel"})
    email = StringField(
        "E-mail",
        [Optional(), at_most(254), Regexp(EMAIL, message="This is not an e-mail address.")],
        render_kw={"inputmode": "email", **_NO_FILL},
    )
    hours = StringField("When they are in", [Optional(), at_most(120), readable_hours], description=HOURS_HINT)
    note = line("What else to know", 300)
    seen = HiddenField()

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
            "note": self.note.data,
        }


class HandOverForm(FlaskForm):
    """Whose relationships go to whom."""

    giver = SelectField("From", coerce=int)
    taker = SelectField("To", coerce=int)

    def __init__(self, *, givers: Sequence[tuple[int, str]], takers: Sequence[tuple[int, str]], **given: Any):
        super().__init__(**given)
        self.giver.choices, self.taker.choices = choices(givers), choices(takers)

    def validate_taker(self, field: Any) -> None:
        if field.data == self.giver.data:
            raise ValidationError("Choose two different people.")
