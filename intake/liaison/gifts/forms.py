"""Forms of the ledger: a limit, and what a gift that is only planned would count."""

from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField
from wtforms.validators import Length, ValidationError

from intake.attribution.costs.forms import read_cents
from intake.liaison.gifts.messages import LIMIT_NAMES
from intake.liaison.gifts.models import LimitKind
from intake.liaison.page.edges import choices
from intake.web.ui.day_field import DayField
from intake.web.ui.written import Written

MOST_CENTS = 100_000_00


class GiftLimitForm(FlaskForm):
    """A limit from a day on."""

    kind = SelectField("For", choices=choices(LIMIT_NAMES))
    valid_from = DayField("From", validators=[Written("Give the day, such as 2027-01-01.")])
    amount = StringField("Amount in dollars", validators=[Written("Give the amount, such as 535.")])
    source = StringField(
        "Where it is written",
        validators=[Written("Say where it is written, such as the page of cms.gov."), Length(max=200)],
    )

    def validate_amount(self, field: Field) -> None:
        cents = read_cents(field.data or "")
        if cents is None or cents > MOST_CENTS:
            raise ValidationError("Write the amount in dollars, such as 535 or 99.50.")

    def validate_valid_from(self, field: Field) -> None:
        day = field.data
        # Of another day nobody could say which part of the year it is for.
        if self.kind.data == LimitKind.PHYSICIAN_YEAR and (day.month, day.day) != (1, 1):
            raise ValidationError("A limit of a calendar year begins on 1 January.")

    @property
    def cents(self) -> int:
        return read_cents(self.amount.data or "") or 0


def planned_cents(cost: str, shared_by: int, whole: bool) -> int | None:
    """What counts for each of so many who share it: a meal in equal parts, odd cents up, anything else whole.

    None when the cost can't be read.
    """
    cents = read_cents(cost)
    if cents is None or cents > MOST_CENTS or shared_by < 1:
        return None
    return cents if whole else -(-cents // shared_by)
