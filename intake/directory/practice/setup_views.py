"""The set-up page of a new practice. It works once; afterwards it redirects to the sign-in page."""

from typing import Any

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import FormField, PasswordField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, ValidationError

from intake import log
from intake.accounts.auth import password_rules, sessions, throttle
from intake.accounts.pages.forms import EMAIL_INPUT, NEW_PASSWORD, Checkboxes, printable
from intake.accounts.staff import records
from intake.db import db
from intake.directory.practice import setup
from intake.directory.practice.forms import LocationForm, at_most
from intake.web.http.route_guards import Pages, public
from intake.web.ui.template_context import tell
from intake.web.ui.written import Written

bp = Pages("setup", __name__)

_DONE = "intake.set_up"
# What must work before there is a practice: this page and its looks, and the health checks.
# Webhooks too: one that arrives while the database is away must reach the spool.
OPEN_BEFORE = frozenset({"static", "appearance", "health", "metrics", "setup", "sms"})


class FirstLocationForm(LocationForm):
    """The location part of the page; the page's own token covers it."""

    class Meta:
        csrf = False


class SetUpForm(FlaskForm):
    practice_name = StringField(
        "Name of the practice",
        [Written("Type the name of the practice."), at_most(120), printable],
        render_kw={"autocomplete": "organization"},
    )
    languages = Checkboxes("Languages patients may choose", [Written("Choose at least one.")])
    location = FormField(FirstLocationForm)
    name = StringField(
        "Your name",
        [Written("Type your name."), at_most(120), printable],
        render_kw={"autocomplete": "name"},
    )
    email = StringField(
        "Your e-mail address",
        [Written("Type your e-mail address."), at_most(254)],
        description="You sign in with it.",
        render_kw={"autocomplete": "username", **EMAIL_INPUT},
    )
    password = PasswordField(
        "Password",
        [Written("Choose a password.")],
        description="At least 12 characters. Three or four words in a row are easy to remember.",
        render_kw=NEW_PASSWORD,
    )
    repeated = PasswordField("The same again", [Written("Type the password a second time.")], render_kw=NEW_PASSWORD)
    code = StringField(
        "Set-up code",
        [Written("Type the set-up code."), Length(max=40, message="That is too long.")],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = current_app.config["PATIENT_LANGUAGES"]
        self.languages.choices = [SelectChoice(code, name) for code, name in offered]

    def validate_email(self, field: Any) -> None:
        try:
            records.plain_email(field.data)
        except records.EmailUnusable as error:
            raise ValidationError(str(error)) from None

    def validate_password(self, field: Any) -> None:
        known = [self.name.data or "", self.email.data or "", self.practice_name.data or ""]
        problem = password_rules.weakness(field.data, personal=known)
        if problem:
            raise ValidationError(problem)

    def validate_repeated(self, field: Any) -> None:
        if field.data != self.password.data:
            raise ValidationError("This differs from the one above. Type both again.")


def init_app(app: Flask) -> None:
    """Send everybody to the set-up page until there is a practice."""
    app.before_request(_redirect_to_set_up)


def _redirect_to_set_up() -> Response | None:
    if current_app.extensions.get(_DONE) or not request.endpoint:
        return None
    if request.endpoint.partition(".")[0] in OPEN_BEFORE:
        return None
    if setup.is_set_up():
        # A practice never goes away, so this is asked only until it is there.
        current_app.extensions[_DONE] = True
        return None
    return redirect(url_for("setup.first_page"), 303)


@bp.get("/setup", guard=public("a new practice begins here; needs the set-up code, and works once"))
def first_page() -> Response | str:
    if setup.is_set_up():
        return redirect(url_for("accounts.sign_in"), 303)
    form = SetUpForm(formdata=None, languages=["en"], code=request.args.get("code", "")[:40])
    return _page(form)


@bp.post("/setup", guard=public("a new practice begins here; needs the set-up code, and works once"))
def begin() -> Response | tuple[str, int]:
    if setup.is_set_up():
        return redirect(url_for("accounts.sign_in"), 303)
    form = SetUpForm()
    if not form.validate_on_submit():
        return _page(form), 422
    # Counting wrong codes commits on its own, which needs this request's transaction out of the way.
    db.session.commit()
    claimed = throttle.claim([throttle.bucket("set-up code", "all")])
    if claimed is None:
        form.code.errors = ["Too many tries in a row. Wait a minute, then try again."]
        return _page(form), 429
    if not setup.is_right_code(form.code.data or ""):
        log.logger().warning("set_up_code_refused")
        form.code.errors = ["This is not the set-up code of this server. Look it up again."]
        return _page(form), 422
    throttle.forget(claimed)
    try:
        administrator = setup.set_up(
            setup.FirstFacts(
                practice_name=form.practice_name.data or "",
                languages=form.languages.data or [],
                location=form.location.form.facts,
                administrator_name=form.name.data or "",
                administrator_email=form.email.data or "",
                administrator_password=form.password.data or "",
            )
        )
    except setup.AlreadySetUp:
        return redirect(url_for("accounts.sign_in"), 303)
    sessions.begin(administrator)
    db.session.commit()
    log.logger().info("practice_set_up", staff=administrator.id)
    tell("Your practice is ready.")
    return redirect(url_for("set_up.set_up"), 303)


def _page(form: SetUpForm) -> str:
    return render_template("directory/practice/setup.html", form=form)
