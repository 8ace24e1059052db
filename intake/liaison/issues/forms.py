"""What is written down of an issue."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from intake.directory.practice.forms import at_most
from intake.id_filters import read_id


class IssueForm(FlaskForm):
    """What was done, and who sees to it."""

    done = TextAreaField(
        "What was done", [Optional(), at_most(2000)], render_kw={"rows": 4}, description="As you would tell the office."
    )
    owner = SelectField("Who sees to it", [Optional()])

    def __init__(self, *, owners: Sequence[tuple[int, str]], **given: Any) -> None:
        super().__init__(**given)
        self.owner.choices = [
            SelectChoice("", "Nobody yet"),
            *(SelectChoice(str(staff_id), name) for staff_id, name in owners),
        ]

    @property
    def owner_id(self) -> int | None:
        return read_id(self.owner.data or "")
