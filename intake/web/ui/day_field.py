"""A field for a day of the calendar: what is no day, or no likely one, is said beside it and stays as it was typed."""

from datetime import date
from typing import Any

from wtforms import DateField, Form
from wtforms.validators import StopValidation

FIRST, LAST = date(1990, 1, 1), date(2100, 1, 1)


class DayField(DateField):
    """A day between 1990 and 2100, or None. A form's own checks see only such a day, or nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(
                "That isn’t a day of the calendar. Type it as year-month-day, such as 2026-11-05."
            ) from None
        if self.data is not None and not FIRST <= self.data <= LAST:
            self.data = None
            raise ValueError("The day must lie between 1990 and 2100.")

    def pre_validate(self, form: Form) -> None:
        # Otherwise `Optional` and a form's own checks would meet None where somebody typed something.
        if self.process_errors:
            raise StopValidation

    def __call__(self, **kwargs: Any) -> str:
        # A browser shows no value in a date input that the calendar doesn't have.
        if self.process_errors:
            kwargs["type"] = "text"
        return super().__call__(**kwargs)
