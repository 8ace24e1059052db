"""Drafts: what was typed when a session ran out, sealed into the sign-in page and sent on after signing in."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import InvalidToken, MultiFernet
from flask import current_app, request

from intake import clock
from intake.accounts import tokens
from intake.accounts.auth.return_path import safe_path

KEPT = timedelta(minutes=15)
# Of whom the browser no longer knows: it is whoever signs in on the page that the form led to.
ANYBODY = 0
LONGEST_BYTES = 200_000
# Never kept, not even sealed: what proves who somebody is, and what belongs to the session that ended.
SECRET_WORDS = frozenset({"password", "pin", "csrf", "secret", "token"})

# Fields that hold the number of a row, or what the page was when it was opened.
_ROWS = frozenset(
    {"source", "main", "seen", "physician", "patient", "locations", "chart"}
    | {"party", "author", "who", "received", "promise_owner", "shared"}
)
# The fields of a source are numbered by it: `detail-12`.
_numbered = re.compile(r"-\d+$")
_word_break = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class Draft:
    """Fields that were on their way to `path` when the session of `staff_id` was over."""

    staff_id: int
    path: str
    fields: tuple[tuple[str, str], ...]
    lost_files: bool

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The fields that a person recognises, labelled by their names, without empty and technical ones."""
        return [
            (_numbered.sub("", name).replace("_", " ").replace("-", " ").capitalize(), value)
            for name, value in self.fields
            if value.strip() and not _names_a_row(name) and len(value) <= 500
        ]


def is_from_here() -> bool:
    """Return whether one of our own pages sent this request: another site can't make a browser say so."""
    return request.headers.get("Origin") == str(current_app.config["SETTINGS"].public_url).rstrip("/")


def of_this_request(staff_id: int) -> Draft | None:
    """Return the form that this request carries as a draft; None when nothing in it is worth keeping."""
    return worth_keeping(
        staff_id,
        path=request.full_path.removesuffix("?"),
        fields=request.form.items(multi=True),
        lost_files=any(file.filename for file in request.files.values()),
    )


def worth_keeping(
    staff_id: int, *, path: str, fields: Iterable[tuple[str, str]], lost_files: bool = False
) -> Draft | None:
    """Return a draft of these fields without the secret ones; None when nothing is left or `path` isn't ours."""
    kept = tuple((name, value) for name, value in fields if not _is_secret(name) and "\x00" not in value)
    if not any(value.strip() for _name, value in kept) or not safe_path(path):
        return None
    return Draft(staff_id, path, kept, lost_files)


def seal(draft: Draft) -> str:
    """Return text that only this service can read, for a quarter of an hour; empty when it would be too long."""
    content = json.dumps([draft.staff_id, draft.path, draft.fields, draft.lost_files]).encode()
    if len(content) > LONGEST_BYTES:
        return ""
    return _cipher().encrypt_at_time(content, int(clock.now().timestamp())).decode()


def unseal(text: str, *, staff_id: int) -> Draft | None:
    """Return the draft if it is this person's, or may be, and not expired, else None."""
    if not text or len(text) > LONGEST_BYTES * 2:
        return None
    try:
        content = _cipher().decrypt_at_time(text.encode(), int(KEPT.total_seconds()), int(clock.now().timestamp()))
    except (InvalidToken, UnicodeEncodeError):
        return None
    owner, path, fields, lost_files = json.loads(content)
    if owner not in (staff_id, ANYBODY) or not safe_path(path):
        return None
    return Draft(owner, path, tuple((str(name), str(value)) for name, value in fields), bool(lost_files))


def _names_a_row(name: str) -> bool:
    """Whether its value is a number of ours or a mark of the page, which says nothing to a person."""
    return name.endswith(("_id", "-id")) or _numbered.sub("", name) in _ROWS


def _is_secret(name: str) -> bool:
    return not SECRET_WORDS.isdisjoint(_word_break.split(name.lower()))


def _cipher() -> MultiFernet:
    return tokens.fernet("unsent forms")
