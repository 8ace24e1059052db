"""The form for signing in, and how browsers are told what its fields are."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

EMAIL_INPUT = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
# Browsers and password managers act on this word, not on ours.
CURRENT_PASSWORD = {"autocomplete": "current-password"}


class SignInForm(FlaskForm):
    email = StringField(
        "E-mail address",
        [InputRequired("Type the e-mail address you sign in with."), Length(max=254, message="That is too long.")],
        render_kw={"autocomplete": "username", **EMAIL_INPUT},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Type your password."), Length(max=1000, message="That is too long.")],
        render_kw=CURRENT_PASSWORD,
    )
    next = HiddenField()
    draft = HiddenField()
