"""Forms of staff, passwords, PINs and tablets."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from intake.accounts.auth import password_rules
from intake.accounts.auth.forms import CURRENT_PASSWORD, EMAIL_INPUT
from intake.accounts.devices import pins
from intake.accounts.models import DevicePurpose, RoleName
from intake.accounts.staff import records
from intake.web.ui.written import Written, is_unfit

# Browsers and password managers act on this word, not on ours.
NEW_PASSWORD = {"autocomplete": "new-password"}


class Checkboxes(SelectMultipleField):
    """Several of a list, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def printable(_form: FlaskForm, field: Any) -> None:
    """Refuse line breaks and control characters: they vanish on a page and break exports."""
    if is_unfit(field.data or ""):
        raise ValidationError("Leave out line breaks and other invisible characters.")


class PersonForm(FlaskForm):
    """One member of staff, new or known. `choose_among` fills the locations in."""

    name = StringField(
        "Full name",
        [Written("Type their name."), Length(max=120, message="Use at most 120 characters."), printable],
        render_kw={"autocomplete": "off"},
    )
    email = StringField(
        "E-mail address",
        [Written("Type their e-mail address."), Length(max=254, message="Use at most 254 characters.")],
        description="They sign in with it.",
        render_kw={"autocomplete": "off", **EMAIL_INPUT},
    )
    roles = Checkboxes(
        "What they do",
        [Written("Choose at least one.")],
        choices=[
            SelectChoice(str(role), f"{records.ROLE_WORDS[role]}: {records.ROLE_HINTS[role]}") for role in RoleName
        ],
    )
    all_locations = BooleanField("Every location, also those added later")
    locations = Checkboxes("Where they work", coerce=int, choices=[])
    # Only an administrator with every location may give it.
    offers_all = True

    def choose_among(self, places: Iterable[Any]) -> None:
        self.locations.choices = [SelectChoice(place.id, place.name) for place in places]

    def validate_locations(self, field: Any) -> None:
        if not field.data and not self.all_locations.data:
            raise ValidationError("Choose at least one location, or every location.")

    def validate_email(self, field: Any) -> None:
        try:
            records.plain_email(field.data)
        except records.EmailUnusable as error:
            raise ValidationError(str(error)) from None


class NewPasswordForm(FlaskForm):
    """`personal` is what anybody knows about the person, which makes a poor password."""

    new_password = PasswordField(
        "New password",
        [Written("Type a new password.")],
        description="At least 12 characters. Three or four words in a row are easy to remember.",
        render_kw=NEW_PASSWORD,
    )
    repeated = PasswordField(
        "The same again", [Written("Type the new password a second time.")], render_kw=NEW_PASSWORD
    )
    personal: Iterable[str] = ()

    def validate_new_password(self, field: Any) -> None:
        problem = password_rules.weakness(field.data, personal=self.personal)
        if problem:
            raise ValidationError(problem)

    def validate_repeated(self, field: Any) -> None:
        if field.data != self.new_password.data:
            raise ValidationError("This differs from the one above. Type both again.")


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(
        "Your password now",
        [Written("Type the password you sign in with now."), Length(max=1000, message="That is too long.")],
        render_kw=CURRENT_PASSWORD,
    )


class KioskPinForm(FlaskForm):
    pin = StringField(
        "PIN",
        [Written("Type the digits you want to use.")],
        description=f"{pins.SHORTEST} to {pins.LONGEST} digits. It opens nothing but the way out on a tablet.",
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": str(pins.LONGEST)},
    )

    def validate_pin(self, field: Any) -> None:
        problem = pins.weakness(field.data)
        if problem:
            raise ValidationError(problem)


class TabletForm(FlaskForm):
    """A tablet, new or known."""

    name = StringField(
        "Name",
        [Written("Give the tablet a name."), Length(max=60, message="Use at most 60 characters."), printable],
        description="What staff call it: Front counter, Chair by the window.",
        render_kw={"autocomplete": "off"},
    )
    location_id = SelectField("Location", coerce=int, validate_choice=True)

    def choose_among(self, places: Iterable[Any]) -> None:
        self.location_id.choices = [SelectChoice(place.id, place.name) for place in places]


class NewTabletForm(TabletForm):
    """A new tablet or wall display. Its purpose is chosen once: for another one it must be added and paired again."""

    purpose = RadioField(
        "What it does",
        choices=[
            SelectChoice(str(DevicePurpose.ASKING), "Asks patients"),
            SelectChoice(str(DevicePurpose.WALL), "Hangs on a wall: shows today's counts, asks nothing"),
        ],
        default=str(DevicePurpose.ASKING),
    )


class SecondStepForm(FlaskForm):
    """The code of an app or of paper, or what a browser's passkey answered."""

    code = StringField(
        "Code", [Length(max=60, message="That is too long.")], render_kw={"autocomplete": "one-time-code"}
    )
    passkey = HiddenField(render_kw={"data-passkey-answer": ""})
    draft = HiddenField()

    def validate_code(self, field: Any) -> None:
        if not (field.data or "").strip() and not self.passkey.data:
            raise ValidationError("Type the code.")


class PasskeyForm(FlaskForm):
    name = StringField(
        "Name",
        [Written("Give the passkey a name."), Length(max=60, message="Use at most 60 characters."), printable],
        description="What you call the phone, computer or key it is kept on: My phone, Front counter, Blue key.",
        render_kw={"autocomplete": "off"},
    )
    passkey = HiddenField(render_kw={"data-passkey-answer": ""})
