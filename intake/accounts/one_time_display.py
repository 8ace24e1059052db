"""A secret from the write that made it to the page that shows it: once, and never in an address."""

from flask import session

_KEY = "shown_once"


def put(kind: str, subject_id: int, secret: str) -> None:
    """Keep the secret in the maker's own session until the next page takes it."""
    session[_KEY] = [kind, subject_id, secret]


def take(kind: str, subject_id: int) -> str | None:
    """Return the secret of this subject, the first time it is asked for."""
    if session.get(_KEY, ["", 0])[:2] != [kind, subject_id]:
        return None
    return str(session.pop(_KEY)[2])
