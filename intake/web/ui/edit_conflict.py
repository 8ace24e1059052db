"""Two people with the same form open: whoever saves second is shown what the first one changed."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from wtforms import Field, Form
from wtforms.fields import FormField

# Belong to the page, not to what is written on it.
_OWN = frozenset({"csrf_token", "seen"})


def fingerprint(form: Form) -> str:
    """Of everything in the form; a form that is filled in keeps it in its field `seen` until it comes back."""
    content = {field.short_name: _plain(field.data) for field in form if field.short_name not in _OWN}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]


def what_others_changed(form: Any, standing: Any) -> str:
    """What now stands otherwise than in `form`, as a sentence, when it was changed since `form` was opened; else ''.

    `standing` is the same form filled from what is kept. Sending it again after that puts it in the others' place.
    """
    now = fingerprint(standing)
    if not form.seen.data or form.seen.data == now or fingerprint(form) == now:
        return ""
    form.seen.data = now
    theirs = "; ".join(_differences(form, standing))
    return (
        f"Somebody else saved this while you were writing. Now stands: {theirs}."
        " What you wrote is below; save again to put it in the place of theirs."
    )


def _differences(form: Any, standing: Any) -> Iterator[str]:
    for field in standing:
        written = form[field.short_name]
        if field.short_name in _OWN or _plain(written.data) == _plain(field.data):
            continue
        if isinstance(field, FormField):
            yield from (f"{field.label.text}: {each}" for each in _differences(written.form, field.form))
        else:
            yield f"{field.label.text}: {_said(field)}"


def _said(field: Field) -> str:
    if isinstance(field.data, bool):
        return "yes" if field.data else "no"
    for choice in getattr(field, "choices", None) or ():
        if str(choice.value) == str(field.data):
            return f"“{choice.label}”"
    text = ", ".join(str(_plain(field.data) or "").split("\n"))
    return f"“{text}”" if text else "nothing"


def _plain(value: Any) -> Any:
    """Without what a browser makes of it; lines are a list, whose order says nothing."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in _OWN}
    return "\n".join(sorted(filter(None, map(str.strip, value.splitlines())))) if isinstance(value, str) else value
