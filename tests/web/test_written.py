"""Fields that must be filled in take nothing that can't be seen, on every form."""

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired

from intake.web.ui.written import Written, is_blank, is_unfit


def test_spaces_and_invisible_characters_are_blank():
    for text in ("", "  ", "\u00a0", "\u200b", "\u200c \u200d", "\ufeff\u2060"):
        assert is_blank(text), ascii(text)
    for text in ("D'Arcy", "李", "می‌رود", "."):
        assert not is_blank(text), text


def test_what_is_pasted_or_joins_letters_is_fit_and_what_breaks_a_page_is_not():
    for text in ("علی\u200cرضا", "क्\u200dष", "Zoë 👩\u200d⚕️ Lee", "Elm\u00a0Street", "O\u2019Neil"):
        assert not is_unfit(text), ascii(text)
    for text in ("a\nb", "a\x00", "a\x1b[2J", "a\u2028b", "a\u202eb", "\ud800", "a\x85b", "\ue000", "tap\u200bhere"):
        assert is_unfit(text), ascii(text)
    assert not is_unfit("a\nb", lines=True) and is_unfit("a\tb", lines=True)


def test_every_line_that_is_required_refuses_what_cannot_be_seen(app):
    forms, lines = [FlaskForm], []
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        # Those of the sign-in page aside: a password is whatever somebody chose.
        own = form.__module__.startswith("intake.") and form.__module__ != "intake.accounts.auth.forms"
        for name in dir(form) if own else ():
            asked = getattr(form, name, None)
            kind = getattr(asked, "field_class", object)
            if not issubclass(kind, StringField) or issubclass(kind, PasswordField):
                continue
            validators = [*asked.args[1:2], asked.kwargs.get("validators", ())]
            needed = [each for some in validators for each in some if isinstance(each, InputRequired | DataRequired)]
            lines += [(f"{form.__name__}.{name}", each) for each in needed]
    assert len(lines) > 10
    assert [name for name, each in lines if not isinstance(each, Written)] == []


def test_what_cannot_be_seen_is_refused_with_the_fields_own_words(app):
    class Named(FlaskForm):
        class Meta:
            csrf = False

        name = StringField("Name", [Written("Type the name.")])

    for typed, errors in ((" \u200b", ["Type the name."]), ("Ana", [])):
        with app.test_request_context():
            form = Named(formdata=MultiDict({"name": typed}))
            form.validate()
            assert list(form.name.errors) == errors
