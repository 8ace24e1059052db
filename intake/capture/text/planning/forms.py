"""The form of a location's texting plan."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange

from intake.capture.text.planning.planner import EXPIRES, LATEST
from intake.sms.consent import location_hours
from intake.sms.models import TextPlan
from intake.web.ui.written import Written

MOST_MINUTES = int(LATEST.total_seconds() // 60)
MOST_REMINDER_HOURS = int(EXPIRES.total_seconds() // 3600) - 1
MOST_A_DAY = 10_000
AFTER, BEFORE = "after", "before"


def _said(half: int) -> str:
    hour, minute = half // 2, half % 2 * 30
    return f"{hour % 12 or 12}:{minute:02d} {'am' if hour < 12 else 'pm'}"


def hour_choices() -> list[SelectChoice]:
    """Return the half hours from the earliest to the latest that the law allows."""
    first, last = location_hours.EARLIEST.hour * 2, location_hours.LATEST.hour * 2
    return [SelectChoice(f"{half // 2:02d}:{half % 2 * 30:02d}", _said(half)) for half in range(first, last + 1)]


class WholeNumberField(IntegerField):
    """A whole number; anything else is kept as typed and refused."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(f"Type a whole number for “{self.label.text}”.") from None


class TextPlanForm(FlaskForm):
    """A location's plan; `facts` are its columns."""

    enabled = BooleanField("Text new patients of this location")
    minutes = WholeNumberField(
        "Minutes",
        [
            Written("Type a number of minutes, 0 for at once."),
            NumberRange(0, MOST_MINUTES, f"From 0 to {MOST_MINUTES:,} minutes, which is three days."),
        ],
    )
    moment = SelectField(
        "Counted", choices=[SelectChoice(AFTER, "after they arrived"), SelectChoice(BEFORE, "before the appointment")]
    )
    opens = SelectField("Not before", choices=hour_choices())
    closes = SelectField("Not after", choices=hour_choices())
    daily_cap = WholeNumberField(
        "Most texts a day",
        [
            Written("Type the most texts that may leave on one day."),
            NumberRange(1, MOST_A_DAY, f"From 1 to {MOST_A_DAY:,}. To send none, untick the box at the top."),
        ],
    )
    reminds = BooleanField("Remind once whoever hasn’t replied")
    reminder_hours = WholeNumberField("Hours after the first text", default=24)
    includes_link = BooleanField("Include the personal link")

    def validate_moment(self, field: SelectField) -> None:
        if field.data == BEFORE and self.minutes.data == 0:
            raise ValidationError("Say how many minutes before.")

    def validate_closes(self, field: SelectField) -> None:
        if (field.data or "") <= (self.opens.data or ""):
            raise ValidationError("The last hour must come after the first one.")

    def validate_reminder_hours(self, field: WholeNumberField) -> None:
        if not self.reminds.data:
            field.errors = []
            return
        if field.data is None or not 1 <= field.data <= MOST_REMINDER_HOURS:
            raise ValidationError(f"From 1 to {MOST_REMINDER_HOURS} hours: after two days nobody is asked any more.")

    @property
    def facts(self) -> dict[str, Any]:
        minutes = self.minutes.data or 0
        return {
            "enabled": bool(self.enabled.data),
            "minutes_after": -minutes if self.moment.data == BEFORE else minutes,
            "opens": time.fromisoformat(self.opens.data),
            "closes": time.fromisoformat(self.closes.data),
            "daily_cap": self.daily_cap.data,
            "reminder_hours": self.reminder_hours.data if self.reminds.data else None,
            "includes_link": bool(self.includes_link.data),
        }


def filled(plan: TextPlan, hours: location_hours.OpenHours) -> TextPlanForm:
    """Return the form filled with a plan."""
    return TextPlanForm(
        formdata=None,
        enabled=plan.enabled,
        minutes=abs(plan.minutes_after),
        moment=BEFORE if plan.minutes_after < 0 else AFTER,
        opens=nearest(hours.opens),
        closes=nearest(hours.closes),
        daily_cap=plan.daily_cap,
        reminds=plan.reminder_hours is not None,
        reminder_hours=plan.reminder_hours or 24,
        includes_link=plan.includes_link,
    )


def nearest(hour: time) -> str:
    """Return the half hour on offer that `hour` lies in, within the widest hours."""
    half = time(hour.hour, 30 if hour.minute >= 30 else 0)
    return f"{min(max(half, location_hours.EARLIEST), location_hours.LATEST):%H:%M}"
