"""Forms of the desk: who a patient is, walk-ins and callers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from intake import clock, phone
from intake.capture.call import slip
from intake.capture.call.records import Slip
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date
from intake.directory.models import Location, VisitType
from intake.directory.patients.provisional import is_provisional
from intake.web.ui.written import Written, is_blank

EARLIEST_BIRTH_YEAR = 1900
# Filled in by the validator with what it was given.
TOO_LONG = "Use at most %(max)d characters."


def tidy(value: str | None) -> str:
    return "" if is_blank(value or "") else " ".join((value or "").split())


def _offer(words: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


def _line(label: str, most: int, *more: Any, **given: Any) -> StringField:
    """A line of text, tidied; `more` are further validators."""
    return StringField(label, [*more, Length(max=most, message=TOO_LONG)], [tidy], **given)


def _letters(_form: FlaskForm, field: StringField) -> None:
    if field.data and not any(letter.isalpha() for letter in field.data):
        raise ValidationError("A name needs letters.")


def _day(form: "CallForm", field: StringField) -> None:
    try:
        form.days[field.short_name] = slip.read_day(field.data or "", form.today)
    except slip.NotADay:
        raise ValidationError("Type a day to come, such as 12/4, fri or +3.") from None


class PatientForm(FlaskForm):
    """Who a patient is. After it was validated `born` and `mobile_e164` hold what was read; both may be None."""

    first_name = _line("First name", 80, Written("Type the first name."), _letters)
    last_name = _line("Last name", 80, Written("Type the last name."), _letters)
    birth_date = _line("Date of birth", 40, Optional(), description="Month first: 3/14/1975.")
    mobile = _line("Mobile number", 40, Optional())
    language = SelectField("Language")
    # Of a correction, as `conflict_message` reads it.
    seen = HiddenField()

    def __init__(self, languages: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [SelectChoice("", "Not known"), *(SelectChoice(code, name) for code, name in languages)]
        self.born: date | None = None
        self.mobile_e164: str | None = None

    def validate_birth_date(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            self.born = read_date(field.data, is_birth_date=True)
        except AmbiguousDate:
            raise ValidationError("This could be two different days. Type it like 3/14/1975.") from None
        except UnreadableDate:
            raise ValidationError("That isn’t a day. Type it like 3/14/1975.") from None
        if self.born > clock.now().date():
            raise ValidationError("This day is still to come. Check the year.")
        if self.born.year < EARLIEST_BIRTH_YEAR:
            raise ValidationError("Check the year.")

    def validate_mobile(self, field: StringField) -> None:
        self.mobile_e164 = _phone(field)


class WalkInForm(PatientForm):
    """A walk-in: somebody who is on no schedule."""

    mrn = _line(
        "Chart number",
        40,
        Optional(),
        description="As in your practice system. Without one the next schedule brings it.",
    )
    agrees = BooleanField("Agrees to a text")
    visit_type = RadioField(
        "Visit type",
        choices=_offer({VisitType.NEW: "A new patient", VisitType.ESTABLISHED: "A returning patient"}),
        default=VisitType.NEW,
    )
    provider = _line("Provider", 120, Optional())
    # Set when staff were shown a chart of the same person, or another visit of today, and decided.
    chart = HiddenField()
    again = HiddenField()

    def validate_mrn(self, field: StringField) -> None:
        if is_provisional(field.data or ""):
            raise ValidationError("Leave it empty while there is no chart number.")

    def validate_agrees(self, field: BooleanField) -> None:
        if field.data and not self.mobile.data:
            raise ValidationError("Type the mobile number that they agreed for.")


class CallForm(FlaskForm):
    """A caller who has no chart yet."""

    first_name = _line("First name", 80, _letters)
    last_name = _line("Last name", 80, _letters)
    phone = _line("Telephone", 40)
    location = SelectField("Location", coerce=int, validate_choice=False)
    kind = RadioField("Who is calling?", choices=_offer(slip.KINDS), default=slip.CallerKind.NEW)
    for_whom = SelectField("For whom?", choices=_offer(slip.FOR_WHOM), default=slip.ForWhom.SELF)
    patient_name = _line("Name of the patient", 160, _letters)
    # A row that nobody touched has no answer.
    reason = RadioField("Why do they call?", [Optional()], validate_choice=False)
    wanted = _line("Wanted day", 40, _day)
    offered = _line("Offered day", 40, _day)
    result = RadioField(
        "What came of it?", [Optional()], choices=_offer({each: slip.RESULTS[each] for each in slip.OF_A_CALL})
    )
    why_not = RadioField("Why not?", [Optional()], choices=_offer(slip.WHY_NOT))
    due = _line("Call next", 40, _day)
    on_paper = BooleanField("It came by fax or order; nobody called yet")

    def __init__(self, locations: list[Location], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.location.choices = [SelectChoice(each.id, each.name) for each in locations]
        self.reason.choices = [SelectChoice(each, each) for each in slip.reasons()]
        zones = {each.id: each.time_zone for each in locations}
        self.today = clock.clinic_today(zones.get(self.location.data, locations[0].time_zone))
        self.phone_e164: str | None = None
        self.days: dict[str, date | None] = {}

    def validate_first_name(self, field: StringField) -> None:
        names = self.first_name.data or self.last_name.data or self._patient_name
        if not (names or self.result.data == slip.CallResult.NOT_BOOKED):
            raise ValidationError("Type a name, so that the call can be found again.")

    def validate_result(self, field: RadioField) -> None:
        if field.data == slip.CallResult.NOT_BOOKED and not self.why_not.data:
            raise ValidationError("Choose why they weren’t booked.")

    @property
    def _patient_name(self) -> str:
        return "" if self.for_whom.data == slip.ForWhom.SELF else self.patient_name.data or ""

    def to_slip(self) -> Slip | None:
        """Return what else was noted; None for a call noted the short way, with what they said and no more."""
        is_existing = self.kind.data == slip.CallerKind.EXISTING
        if not (self.result.data or self.on_paper.data or is_existing or self._patient_name):
            return None
        return Slip(
            kind=slip.CallerKind(self.kind.data),
            for_whom=slip.ForWhom(self.for_whom.data),
            patient_name=self._patient_name,
            reason=(self.reason.data or "")[: slip.LONGEST_REASON],
            wanted_on=self.days.get("wanted"),
            offered_on=self.days.get("offered"),
            on_paper=bool(self.on_paper.data),
            result=slip.CallResult(self.result.data) if self.result.data else None,
            why_not=slip.WhyNot(self.why_not.data) if self.why_not.data else None,
            due_on=self.days.get("due"),
        )

    def validate_phone(self, field: StringField) -> None:
        self.phone_e164 = _phone(field)

    def validate_location(self, field: SelectField) -> None:
        if field.data not in {choice.value for choice in field.choices or ()}:
            raise ValidationError("Choose one of your locations.")


def _phone(field: StringField) -> str | None:
    if not field.data:
        return None
    try:
        return phone.to_e164(field.data)
    except phone.NotAPhoneNumber:
        raise ValidationError("That isn’t a telephone number. Ten digits do, such as 518 555 0142.") from None
