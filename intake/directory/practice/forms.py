"""The form of a location, and what other forms of this room share."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form, FormField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, Regexp, ValidationError

from intake import phone
from intake.accounts.pages.forms import printable
from intake.directory.models import Location
from intake.directory.practice import time_zones
from intake.directory.us_states import US_STATES
from intake.web.ui.written import Written


def at_most(characters: int) -> Length:
    return Length(max=characters, message=f"Use at most {characters} characters.")


def telephone(_form: FlaskForm, field: Any) -> None:
    """Refuse a text that is no telephone number."""
    try:
        phone.to_e164(field.data)
    except phone.NotAPhoneNumber:
        raise ValidationError("This is not a telephone number. It should look like (212) 555-0123.") from None


def zone_choices() -> list[SelectChoice]:
    near = [SelectChoice(name, label, optgroup="United States") for name, label in time_zones.UNITED_STATES]
    far = [SelectChoice(name, label, optgroup="Everywhere else") for name, label in time_zones.others()]
    return [SelectChoice("", "Choose one"), *near, *far]


def state_choices() -> list[SelectChoice]:
    return [SelectChoice("", "Choose"), *(SelectChoice(code, name) for code, name in US_STATES.items())]


class LocationForm(FlaskForm):
    """One location, new or known."""

    name = StringField(
        "Name of the location",
        [Written("Give the location a name."), at_most(120), printable],
        description="What staff and patients call it: Riverside, Main Street.",
        render_kw={"autocomplete": "off"},
    )
    code = StringField(
        "Code",
        [
            Optional(),
            at_most(20),
            Regexp(r"^[A-Za-z0-9._-]+$", message="Use letters, digits, dashes and dots only."),
        ],
        description="A short name for files and commands. Left empty, it is made from the name.",
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    time_zone = SelectField("Time zone", [Written("Choose the time zone.")])
    city = StringField("City", [Optional(), at_most(80), printable], render_kw={"autocomplete": "off"})
    state = SelectField("State", [Optional()])
    phone_number = StringField("Telephone", [Optional(), at_most(40), telephone], render_kw={"inputmode": "tel"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone.choices = zone_choices()
        self.state.choices = state_choices()

    @property
    def facts(self) -> dict[str, Any]:
        """Columns of a location."""
        return {
            "name": self.name.data or "",
            "code": self.code.data or "",
            "time_zone": self.time_zone.data,
            "city": self.city.data or "",
            "state": self.state.data or "",
            "phone_e164": phone.to_e164(self.phone_number.data) if self.phone_number.data else None,
        }


class LocationGoalsForm(Form):
    """What one location aims for."""

    coverage_goal = IntegerField(
        "Of 100 new patients, how many should tell",
        [Optional(), NumberRange(1, 100, "Write a number from 1 to 100, or leave it empty.")],
    )
    referrals_goal = IntegerField(
        "New patients a month whom physicians send",
        [Optional(), NumberRange(1, 100_000, "Write a number above 0, or leave it empty.")],
    )


class GoalsForm(FlaskForm):
    """The goals of several locations; see `goals_form`."""

    def goals_of(self, location: Location) -> dict[str, int | None]:
        """Columns of the location."""
        return {name: field.data for name, field in self[f"location_{location.id}"].form._fields.items()}


def goals_form(places: Sequence[Location]) -> GoalsForm:
    """The form with a pair of fields for each location, filled in with its goals."""
    fields = {f"location_{each.id}": FormField(LocationGoalsForm, label=each.name) for each in places}
    values = {f"location_{each.id}": each for each in places}
    return type("GoalsOfLocations", (GoalsForm,), fields)(data=values)
