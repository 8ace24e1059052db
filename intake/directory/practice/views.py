"""The page of the practice itself: its name, telephone, languages and the time zone of its reports."""

from typing import Any

from flask import current_app, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from intake import phone
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.pages.forms import Checkboxes, printable
from intake.db import db
from intake.directory.blueprint import bp
from intake.directory.models import Practice
from intake.directory.patients import queries
from intake.directory.patients.new_patients import typed_new_again
from intake.directory.patients.visits import announce
from intake.directory.practice.forms import at_most, telephone, zone_choices
from intake.directory.practice.providers import own_providers, set_own_providers
from intake.web.ttl_cache import forget
from intake.web.ui.template_context import tell
from intake.web.ui.written import Written


class OwnPracticeForm(FlaskForm):
    name = StringField(
        "Name of the practice",
        [Written("Type the name of the practice."), at_most(120), printable],
        description="Patients read it on the tablet and in every text message.",
        render_kw={"autocomplete": "organization"},
    )
    phone_number = StringField(
        "Telephone",
        [Optional(), at_most(40), telephone],
        description="Whoever texts HELP is told to ring this number.",
        render_kw={"inputmode": "tel", "autocomplete": "tel"},
    )
    languages = Checkboxes("Languages patients may choose", [Written("Choose at least one.")])
    first_language = SelectField(
        "Shown first", [Written("Choose one.")], description="Staff pages name the sources in this language, too."
    )
    time_zone = SelectField(
        "Time zone of reports",
        [Written("Choose the time zone.")],
        description="It decides what “today” and “this month” are when several locations are counted together.",
    )

    new_again_after_years = IntegerField(
        "New again after years without a visit",
        [Optional(), NumberRange(1, 50, "Type a number of years from 1 to 50, or leave it empty.")],
        description="Left empty, a person is a new patient once. With 3, a visit typed new counts again after 3 years"
        " without one. Past reports follow.",
        render_kw={"inputmode": "numeric"},
    )
    week_starts_on = SelectField(
        "Weeks begin on",
        choices=[SelectChoice(7, "Sunday"), SelectChoice(1, "Monday"), SelectChoice(6, "Saturday")],
        coerce=int,
        default=7,
        description="In reports by week.",
    )
    providers = TextAreaField(
        "Who sees patients here",
        [Optional(), at_most(20_000)],
        description="One name a line. Schedules add names by themselves; take out rooms, machines and whoever has "
        "left. A patient who names one of them was sent by nobody outside.",
        render_kw={"rows": 6, "autocomplete": "off", "spellcheck": "false"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [SelectChoice(code, name) for code, name in current_app.config["PATIENT_LANGUAGES"]]
        self.languages.choices = offered
        self.first_language.choices = offered
        self.time_zone.choices = zone_choices()

    def validate_first_language(self, field: Any) -> None:
        if self.languages.data and field.data not in self.languages.data:
            raise ValidationError("Choose one of the languages that are checked above.")

    def write_to(self, practice: Practice) -> list[str]:
        """Give the practice what the form holds; return the names of the columns that changed."""
        first = self.first_language.data
        wanted = {
            "name": " ".join((self.name.data or "").split()),
            "phone_e164": phone.to_e164(self.phone_number.data) if self.phone_number.data else None,
            "languages": [first, *(code for code in self.languages.data or [] if code != first)],
            "time_zone": self.time_zone.data,
            "new_again_after_years": self.new_again_after_years.data,
            "week_starts_on": self.week_starts_on.data,
        }
        changed = [column for column, value in wanted.items() if getattr(practice, column) != value]
        for column in changed:
            setattr(practice, column, wanted[column])
        return changed


@bp.get("/practice", guard=roles("administrator"))
def own_practice() -> str:
    practice = queries.practice()
    form = OwnPracticeForm(
        formdata=None,
        name=practice.name,
        phone_number=phone.national(practice.phone_e164),
        languages=practice.languages,
        first_language=practice.languages[0],
        time_zone=practice.time_zone,
        new_again_after_years=practice.new_again_after_years,
        week_starts_on=practice.week_starts_on,
        providers="\n".join(own_providers()),
    )
    return render_template("directory/practice/own_practice.html", form=form)


@bp.post("/practice", guard=roles("administrator", everywhere=True))
def change_own_practice() -> Response | tuple[str, int]:
    form = OwnPracticeForm()
    if not form.validate_on_submit():
        return render_template("directory/practice/own_practice.html", form=form), 422
    practice = queries.practice()
    changed = form.write_to(practice)
    if set_own_providers((form.providers.data or "").splitlines()):
        changed.append("providers")
    if changed:
        audit_trail.record("practice.changed", **audit_trail.about(practice), changed=",".join(changed))
    if "new_again_after_years" in changed:
        announce(typed_new_again())
    db.session.commit()
    forget()
    tell("Saved. Tablets follow within a minute." if changed else "Nothing was different.")
    return redirect(url_for("directory.own_practice"), 303)
