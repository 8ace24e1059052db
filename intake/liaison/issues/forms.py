"""What is written down of an issue."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import Optional

from intake.directory.practice.forms import at_most
from intake.liaison.page.edges import choices


class IssueForm(FlaskForm):
    """What was done, and who sees to it."""

    done = TextAreaField(
        "What was done",
        [Optional(), at_most(2000)],
        render_kw={"rows": 4},
        description="As you would tell the office. Needed before “Solved, and they were told”.",
    )
    owner = SelectField("Who sees to it", [Optional()])
    seen = HiddenField()

    def __init__(self, *, owners: Sequence[tuple[int, str]], **given: Any) -> None:
        super().__init__(**given)
        self.owner.choices = choices(owners, "Nobody yet")
