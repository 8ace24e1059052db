"""The form for uploading a schedule."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from intake.directory.models import Location


class UploadForm(FlaskForm):
    """A file and the location that it is for; there is nothing to choose where somebody works at one only."""

    location_id = SelectField("Location", coerce=int, validate_choice=True)
    file = FileField("Schedule file", validators=[FileRequired("Choose the file first.")])

    def __init__(self, locations: Sequence[Location], **given: Any) -> None:
        super().__init__(**given)
        self.location_id.choices = [SelectChoice(location.id, location.name) for location in locations]
