"""The form for what was spent."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from intake.attribution.filters.periods import EARLIEST
from intake.directory.dates import UnreadableDate, read_date
from intake.web.ui.formatting import say_month
from intake.web.ui.written import Written

MOST = Decimal(10_000_000)
MOST_MONTHS = 24
# Filled in by the validator with what it was given.
TOO_LONG = "Use at most %(max)d characters."
_MONTH = re.compile(r"^(\d{4})[-/](\d{1,2})$|^(\d{1,2})[-/](\d{4})$|^(20\d{2})(\d{2})$", re.ASCII)
# Nov 2026, November 2026, and what spreadsheets make of it: Nov-26.
_NAMED_MONTH = re.compile(r"^([a-z]{3,9})\.?[-, /]+'?(\d{4}|\d{2})$", re.ASCII | re.IGNORECASE)
# A credit has one of these marks.
_CREDIT = re.compile(r"^(?:\$?\s*-\s*(.+)|(.+?)\s*-|\$?\s*\((.+)\)|CR\b\.?\s*(.+)|(.+?)\s*CR\.?)$", re.I)
_DOLLARS = re.compile(r"^(US[D$]|US)\s*|\s*USD$", re.I)
_AMOUNT = re.compile(r"^\$?\s*(\d{1,3}(?:,\d{3})+|\d+)?(\.\d{1,2})?$", re.ASCII)


class SpendForm(FlaskForm):
    """One source, one month, one amount."""

    source = SelectField(
        "Spent on",
        coerce=lambda chosen: int(chosen) if chosen else None,
        validators=[Written("Choose what it was spent on.")],
    )
    month = StringField(
        "Month", validators=[Written("Give the month, such as 2026-11."), Length(max=40, message=TOO_LONG)]
    )
    amount = StringField("Dollars a month", validators=[Written("Give the amount."), Length(max=40, message=TOO_LONG)])
    note = StringField("Note", validators=[Length(max=120, message="At most 120 characters.")])
    months = IntegerField(
        "For how many months",
        validators=[Optional(), NumberRange(1, MOST_MONTHS, f"Use 1 to {MOST_MONTHS} months.")],
        default=1,
    )
    counts = RadioField(
        "Beside what is entered for the month already",
        choices=[
            SelectChoice("adds", "It adds up; a credit, such as -40, lowers it"),
            SelectChoice("replaces", "It takes its place"),
        ],
        default="adds",
    )

    @property
    def replaces(self) -> bool:
        return self.counts.data == "replaces"

    before_records = BooleanField("Enter it all the same")

    def __init__(
        self, *, sources: Sequence[tuple[int | str, str]], latest: date, began: date | None, **given: Any
    ) -> None:
        """`latest` is the last month that may be entered; one before records `began` is asked about first."""
        super().__init__(**given)
        self.source.choices = [SelectChoice(source_id, label) for source_id, label in sources]
        self.latest = latest
        self.began = began
        self.is_before_records = False

    def validate_month(self, field: Field) -> None:
        month = read_month(field.data or "")
        if month is None:
            raise ValidationError("Write the month as year-month, such as 2026-11.")
        if not EARLIEST <= month <= self.latest:
            raise ValidationError(f"The month must lie between {EARLIEST.year} and {say_month(self.latest)}.")
        self.is_before_records = bool(self.began and month < self.began.replace(day=1))
        if self.began and self.is_before_records and not self.before_records.data:
            raise ValidationError(f"Records began in {say_month(self.began)}: no patient stands beside earlier money.")

    def validate_amount(self, field: Field) -> None:
        cents = read_signed_cents(field.data or "")
        if cents is None:
            raise ValidationError("Write the amount in dollars, such as 1,250 or 99.50; at most ten million.")
        if cents < 0 and self.replaces:
            raise ValidationError("A credit adds up; what takes the month’s place is what remains of it.")


def read_month(text: str) -> date | None:
    """'2026-11', '11/2026', '202611', 'Nov 2026' or 'Nov-26' as the first day of that month."""
    text = " ".join(text.split())
    if named := _NAMED_MONTH.match(text):
        with suppress(UnreadableDate):
            return read_date(f"1 {named[1]} {named[2]}")
        return None
    match = _MONTH.match(text)
    if match is None:
        return None
    year, month = (match[1] or match[5], match[2] or match[6]) if match[1] or match[5] else (match[4], match[3])
    return date(int(year), int(month), 1) if 1 <= int(month) <= 12 and int(year) else None


def read_signed_cents(text: str) -> int | None:
    """As `read_cents`, also of a credit: '-40', '(40.00)', '40-' and 'CR 40' are less than nothing."""
    text = _DOLLARS.sub("", text.replace("\N{MINUS SIGN}", "-").strip())
    credit = _CREDIT.match(text)
    if credit is None:
        return read_cents(text)
    cents = read_cents(_DOLLARS.sub("", next(filter(None, credit.groups())).strip()))
    return None if cents is None else -cents


def read_cents(text: str) -> int | None:
    """'$1,250.50' as cents; None for anything that is no amount from nothing to ten million."""
    text = text.strip()
    if not any(character.isdigit() for character in text) or not _AMOUNT.match(text):
        return None
    amount = Decimal(text.replace("$", "").replace(",", "").strip())
    return int(amount * 100) if 0 <= amount <= MOST else None
