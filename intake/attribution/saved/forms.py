"""What people type about saved views and e-mails."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Length

from intake.accounts.pages.forms import printable
from intake.attribution.saved.models import Rhythm
from intake.attribution.saved.records import LONGEST_NAME
from intake.web.ui.written import Written

RHYTHMS = {Rhythm.WEEKLY: "Every Monday, about the week before", Rhythm.MONTHLY: "On the 1st, about the month before"}


class SavedViewForm(FlaskForm):
    """A name for a report page."""

    of = HiddenField()
    seen = HiddenField()
    # Set where it is saved to be mailed, which comes next.
    mail = HiddenField()
    name = StringField(
        "Name",
        [
            Written("Give the view a name."),
            Length(max=LONGEST_NAME, message=f"Use at most {LONGEST_NAME} characters."),
            printable,
        ],
        filters=[lambda text: " ".join(text.split()) if text else text],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_NAME},
    )
    shared = BooleanField(
        "Share with everybody here who may read reports",
        description="Each sees it with their own locations, and may rename or delete it.",
    )


class DigestForm(FlaskForm):
    """Who gets which saved view how often."""

    saved_view_id = SelectField("Saved view", [Written("Choose a saved view.")], coerce=int)
    staff_id = SelectField("To", [Written("Choose somebody.")], coerce=int)
    rhythm = RadioField("When", choices=[], default=str(Rhythm.WEEKLY))
