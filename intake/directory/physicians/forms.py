"""The forms of a physician and of a referring practice."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from intake import phone
from intake.accounts.pages.forms import printable
from intake.directory.npi.number import is_npi
from intake.directory.npi.specialties import choices_by_name
from intake.directory.practice.forms import at_most, state_choices, telephone
from intake.web.ui.written import Written

_NO_FILL = {"autocomplete": "off", "spellcheck": "false"}


class PhysicianForm(FlaskForm):
    """One physician, new or known."""

    first_name = StringField("First name", [Optional(), at_most(60), printable], render_kw=_NO_FILL)
    middle_name = StringField("Middle name", [Optional(), at_most(60), printable], render_kw=_NO_FILL)
    last_name = StringField("Last name", [Written("Give the last name."), at_most(80), printable], render_kw=_NO_FILL)
    former_last_name = StringField(
        "Former last name",
        [Optional(), at_most(80), printable],
        description="Patients may still know the physician by it.",
        render_kw=_NO_FILL,
    )
    credential = StringField(
        "Credential", [Optional(), at_most(40), printable], description="MD, DO, NP …", render_kw=_NO_FILL
    )
    taxonomy_code = SelectField("Specialty", [Optional()])
    npi = StringField(
        "NPI",
        [Optional(), Length(max=20, message="An NPI has ten digits.")],
        description="Ten digits, if you have it. It keeps one person from becoming two records.",
        render_kw={"inputmode": "numeric", **_NO_FILL},
    )
    referring_practice_id = SelectField("Practice", [Optional()], coerce=str)
    street = StringField("Street", [Optional(), at_most(120), printable], render_kw=_NO_FILL)
    city = StringField("City", [Optional(), at_most(80), printable], render_kw=_NO_FILL)
    state = SelectField("State", [Optional()])
    postal_code = StringField("ZIP code", [Optional(), at_most(20), printable], render_kw=_NO_FILL)
    phone = StringField("Telephone", [Optional(), at_most(24), printable], render_kw={"inputmode": "tel", **_NO_FILL})

    def __init__(self, *args: Any, practices: list[tuple[int, str]], keep: dict[str, str] | None = None, **kwargs: Any):
        """`keep` holds values that stay choosable though our lists lack them: a rare specialty, a foreign state."""
        super().__init__(*args, **kwargs)
        kept = keep or {}
        specialties = [SelectChoice(code, name) for code, name in choices_by_name()]
        if (code := kept.get("code")) and code not in {choice.value for choice in specialties}:
            specialties.insert(0, SelectChoice(code, kept.get("specialty") or code))
        self.taxonomy_code.choices = [SelectChoice("", "Not known"), *specialties]
        self.referring_practice_id.choices = [
            SelectChoice("", "None that we know"),
            *(SelectChoice(str(practice_id), name) for practice_id, name in practices),
        ]
        states = state_choices()
        if kept.get("state") and kept["state"] not in {choice.value for choice in states}:
            states.append(SelectChoice(kept["state"], kept["state"]))
        self.state.choices = states

    def validate_npi(self, field: Any) -> None:
        if field.data and not is_npi("".join(field.data.split())):
            raise ValidationError("This isn't an NPI: ten digits, the last of which checks the others. Look again.")

    @property
    def facts(self) -> dict[str, Any]:
        """Columns of a physician."""
        names = ("first_name", "middle_name", "last_name", "former_last_name", "credential", "street", "city",
                 "postal_code", "phone")  # fmt: skip
        facts: dict[str, Any] = {name: " ".join((self[name].data or "").split()) for name in names}
        chosen = self.referring_practice_id.data
        return facts | {
            "taxonomy_code": self.taxonomy_code.data or "",
            "state": self.state.data or "",
            "npi": "".join((self.npi.data or "").split()) or None,
            "referring_practice_id": int(chosen) if chosen else None,
        }


class ReferringPracticeForm(FlaskForm):
    """A group that physicians work in."""

    name = StringField(
        "Name of the practice",
        [Written("Give the practice a name."), at_most(160), printable],
        description="As patients call it: Lakeside Family Medicine.",
        render_kw=_NO_FILL,
    )
    nicknames = StringField(
        "Also called",
        [Optional(), at_most(400), printable],
        description="What patients say instead, with commas between: St. Joe’s, SJH.",
        render_kw=_NO_FILL,
    )
    city = StringField("City", [Optional(), at_most(80), printable], render_kw=_NO_FILL)
    state = SelectField("State", [Optional()])
    phone_number = StringField(
        "Telephone", [Optional(), at_most(40), telephone], render_kw={"inputmode": "tel", **_NO_FILL}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state.choices = state_choices()

    @property
    def facts(self) -> dict[str, Any]:
        number = self.phone_number.data
        return {
            "name": self.name.data or "",
            "nicknames": (self.nicknames.data or "").split(","),
            "city": " ".join((self.city.data or "").split()),
            "state": self.state.data or "",
            "phone_e164": phone.to_e164(number) if number else None,
        }
