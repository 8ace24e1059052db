"""The form of one source."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import FormField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from intake.directory.models import ReferralSource, SourceKind
from intake.directory.sources.changes import SourceFacts
from intake.directory.sources.icons import SOURCE_ICONS
from intake.directory.sources.records import normal_form
from intake.survey.question.wording import Language
from intake.web.ui.day_field import DayField
from intake.web.ui.written import Written

KINDS = {
    SourceKind.PHYSICIAN: "A physician or their office",
    SourceKind.PATIENT: "A patient or somebody they know",
    SourceKind.NON_PERSON: "Not a person: search, advertising, an event",
}
MOST_ALIASES = 60
# Filled in by the validator with what it was given.
TOO_LONG = "Use at most %(max)d characters."


def trimmed(text: str | None) -> str:
    return " ".join((text or "").split())


class SourceForm(FlaskForm):
    """Everything about one source. Languages other than the default one get a pair of fields each."""

    seen = HiddenField()
    label = StringField(
        "Name", filters=[trimmed], validators=[Written("Give it a name."), Length(max=80, message=TOO_LONG)]
    )
    hint = StringField("Small second line", filters=[trimmed], validators=[Length(max=120, message=TOO_LONG)])
    kind = RadioField(
        "What kind of source is it?", choices=[SelectChoice(kind, label) for kind, label in KINDS.items()]
    )
    parent_id = SelectField("Stands under", coerce=int)
    asks_which = BooleanField("Ask which one")
    icon = RadioField("Picture", choices=[SelectChoice(name, label) for name, label in SOURCE_ICONS.items()])
    aliases = TextAreaField("Other words for it")
    active_from = DayField("First day it is offered", validators=[Optional()])
    active_until = DayField("Last day it is offered", validators=[Optional()])

    def __init__(self, *, parents: Sequence[tuple[int, str]], taken: Mapping[str, str], **given: Any) -> None:
        """`parents`: entries it may stand under; `taken`: names of other sources by their `normal_form`."""
        super().__init__(**given)
        self.taken = taken
        self.parent_id.choices = [
            SelectChoice(0, "Nothing: it is on the first screen"),
            *(SelectChoice(source_id, label) for source_id, label in parents),
        ]

    def validate_label(self, field: Field) -> None:
        if (other := self.taken.get(normal_form(field.data or ""))) is not None:
            raise ValidationError(f"“{other}” is on the list already. Two of one name couldn’t be told apart.")

    def validate_aliases(self, field: Field) -> None:
        if len(self.alias_list()) > MOST_ALIASES:
            raise ValidationError(f"At most {MOST_ALIASES}, one a line.")
        if any(len(text) > 80 for text in self.alias_list()):
            raise ValidationError("At most 80 characters a line.")

    def alias_list(self) -> list[str]:
        """One alias a line or between commas, blank ones left out."""
        lines = (self.aliases.data or "").replace(",", "\n").replace(";", "\n").splitlines()
        return [text for line in lines if (text := trimmed(line))]

    def facts(self, *, built_in_label: str | None, built_in_hint: str) -> SourceFacts:
        """What was filled in; words equal to the built-in ones stay the built-in ones, in every language."""
        label = None if self.label.data == built_in_label else self.label.data
        hint = self.hint.data or None
        if label is None:
            # An emptied line means: show none, not even the built-in one.
            hint = None if (hint or "") == built_in_hint else self.hint.data
        return SourceFacts(
            kind=self.kind.data,
            label=label,
            hint=hint,
            icon=self.icon.data,
            parent_id=self.parent_id.data or None,
            asks_which=self.asks_which.data,
            active_from=self.active_from.data,
            active_until=self.active_until.data,
        )


class TranslationForm(Form):
    label = StringField("Name", filters=[trimmed], validators=[Length(max=80, message=TOO_LONG)])
    hint = StringField("Small second line", filters=[trimmed], validators=[Length(max=120, message=TOO_LONG)])


def form_for(languages: Sequence[Language]) -> type[SourceForm]:
    """SourceForm with a pair of fields for each of these languages, called `in_es` and so on."""
    fields = {f"in_{language.code}": FormField(TranslationForm, label=language.name) for language in languages}
    return type("SourceFormInTheirLanguages", (SourceForm,), fields)


def filled_from(source: ReferralSource, label: str, hint: str, aliases: Sequence[str]) -> dict[str, Any]:
    """What the form of a known source begins with."""
    return {
        "label": label,
        "hint": hint,
        "kind": source.kind,
        "parent_id": source.parent_id or 0,
        "asks_which": source.asks_which,
        "icon": source.icon,
        "aliases": "\n".join(aliases),
        "active_from": source.active_from,
        "active_until": source.active_until,
    }
