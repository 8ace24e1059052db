"""Where a page may lead back to: paths of this server, nothing else."""

import re

LONGEST = 500

_control_or_backslash = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def safe_path(target: str | None) -> str:
    """`target` when it is a path on this server, else an empty string. Never leads anywhere else."""
    if not target or len(target) > LONGEST or _control_or_backslash.search(target):
        return ""
    if not target.startswith("/") or target.startswith("//"):
        return ""
    return target
