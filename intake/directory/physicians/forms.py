"""What people type about a physician or a referring practice."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from intake import phone
from intake.directory.npi.number import is_npi
from intake.directory.npi.specialties import choices_by_name
from intake.directory.practice.forms import printable, state_choices

_NO_FILL = {"autocomplete": "off", "spellcheck": "false"}


def _short(most: int) -> Length:
    return Length(max=most, message=f"Use at most {most} characters.")


class PhysicianForm(FlaskForm):
    """One physician, new or known."""

    first_name = StringField("First name", [Optional(), _short(60), printable], render_kw=_NO_FILL)
    middle_name = StringField("Middle name", [Optional(), _short(60), printable], render_kw=_NO_FILL)
    last_name = StringField(
        "Last name", [InputRequired("Give the last name."), _short(80), printable], render_kw=_NO_FILL
    )
    former_last_name = StringField(
        "Former last name",
        [Optional(), _short(80), printable],
        description="Patients may still know the physician by it.",
        render_kw=_NO_FILL,
    )
    credential = StringField(
        "Credential", [Optional(), _short(40), printable], description="MD, DO, NP …", render_kw=_NO_FILL
    )
    taxonomy_code = SelectField("Specialty", [Optional()])
    npi = StringField(
        "NPI",
        [Optional(), Length(max=20, message="An NPI has ten digits.")],
        description="Ten digits, if you have it. It keeps one person from becoming two records.",
        render_kw={"inputmode": "numeric", **_NO_FILL},
    )
    referring_practice_id = SelectField("Practice", [Optional()], coerce=str)
    street = StringField("Street", [Optional(), _short(120), printable], render_kw=_NO_FILL)
    city = StringField("City", [Optional(), _short(80), printable], render_kw=_NO_FILL)
    state = SelectField("State", [Optional()])
    postal_code = StringField("ZIP code", [Optional(), _short(20), printable], render_kw=_NO_FILL)
    phone = StringField("Telephone", [Optional(), _short(24), printable], render_kw={"inputmode": "tel", **_NO_FILL})

    def __init__(self, *args: Any, practices: list[tuple[int, str]], keep: dict[str, str] | None = None, **kwargs: Any):
        """`keep` holds values that stay choosable though our lists lack them: a rare specialty, a foreign state."""
        super().__init__(*args, **kwargs)
        kept = keep or {}
        codes = choices_by_name()
        known = {code for code, _ in codes}
        extra = [(code, name) for code, name in [(kept.get("code", ""), kept.get("specialty", ""))] if code]
        self.taxonomy_code.choices = [
            SelectChoice("", "Not known"),
            *(SelectChoice(code, name or code) for code, name in extra if code not in known),
            *(SelectChoice(code, name) for code, name in codes),
        ]
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
        """What the form holds, as columns of a physician."""
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
        [InputRequired("Give the practice a name."), _short(160), printable],
        description="As patients call it: Lakeside Family Medicine.",
        render_kw=_NO_FILL,
    )
    city = StringField("City", [Optional(), _short(80), printable], render_kw=_NO_FILL)
    state = SelectField("State", [Optional()])
    phone_number = StringField("Telephone", [Optional(), _short(40)], render_kw={"inputmode": "tel", **_NO_FILL})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state.choices = state_choices()

    def validate_phone_number(self, field: Any) -> None:
        try:
            phone.to_e164(field.data)
        except phone.NotAPhoneNumber:
            raise ValidationError("This is not a telephone number. It should look like (212) 555-0123.") from None

    @property
    def facts(self) -> dict[str, Any]:
        number = self.phone_number.data
        return {
            "name": self.name.data or "",
            "city": " ".join((self.city.data or "").split()),
            "state": self.state.data or "",
            "phone_e164": phone.to_e164(number) if number else None,
        }
