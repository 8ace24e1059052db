"""Edit conflicts: of two people who save the same form, the second is shown what the first one changed."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from wtforms import Field, Form
from wtforms.fields import FormField

# Belong to the page, not to what is written on it.
_OWN = frozenset({"csrf_token", "seen"})


def fingerprint(form: Form) -> str:
    """Hash everything in the form; a filled form carries the hash in its field `seen` until it comes back."""
    content = {field.short_name: _plain(field.data) for field in form if field.short_name not in _OWN}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]


def conflict_message(form: Any, current: Any) -> str:
    """Say what differs from `form` when somebody changed it since `form` was opened; else ''.

    `current` is the same form filled from the database. Sending `form` again after that overwrites the change.
    """
    now = fingerprint(current)
    if not form.seen.data or form.seen.data == now or fingerprint(form) == now:
        return ""
    form.seen.data = now
    theirs = "; ".join(_differences(form, current))
    return (
        f"Somebody else saved this while you were writing. Now stands: {theirs}."
        " What you wrote is below; save again to put it in the place of theirs."
    )


def _differences(form: Any, current: Any) -> Iterator[str]:
    for field in current:
        written = form[field.short_name]
        if field.short_name in _OWN or _plain(written.data) == _plain(field.data):
            continue
        if isinstance(field, FormField):
            yield from (f"{field.label.text}: {each}" for each in _differences(written.form, field.form))
        else:
            yield f"{field.label.text}: {_value_text(field)}"


def _value_text(field: Field) -> str:
    if isinstance(field.data, bool):
        return "yes" if field.data else "no"
    chosen = {str(each) for each in (field.data if isinstance(field.data, list) else [field.data])}
    if labels := [choice.label for choice in getattr(field, "choices", None) or () if str(choice.value) in chosen]:
        return f"“{', '.join(labels)}”"
    text = ", ".join(str(_plain(field.data) or "").split("\n"))
    return f"“{text}”" if text else "nothing"


def _plain(value: Any) -> Any:
    """Remove what a browser adds; lines are a list, whose order doesn't count."""
    if isinstance(value, list):
        return sorted(value, key=str)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in _OWN}
    return "\n".join(sorted(filter(None, map(str.strip, value.splitlines())))) if isinstance(value, str) else value
