"""Paths that a page may lead back to: those of this server only."""

import re
from urllib.parse import parse_qsl, urlencode

LONGEST = 500

_control_or_backslash = re.compile(r"[\x00-\x20\x7f-\x9f\\]")

# Parameters that hold what somebody typed. It may be a name, and doesn't follow into another address.
TYPED = frozenset({"q", "find", "name", "text"})


def without_typed(target: str) -> str:
    """Return `target` without the parameters that hold what was typed."""
    path, _, query = target.partition("?")
    kept = urlencode([each for each in parse_qsl(query) if each[0] not in TYPED])
    return f"{path}?{kept}" if kept else path


def safe_path(target: str | None) -> str:
    """Return `target` if it is a path on this server, else an empty string."""
    if not target or len(target) > LONGEST or _control_or_backslash.search(target):
        return ""
    if not target.startswith("/") or target.startswith("//"):
        return ""
    return target
