"""Display settings of a patient: language, size, contrast; in a cookie until they leave."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request

from intake.config import current_settings
from intake.survey.question import wording
from intake.survey.question.wording import Language

COOKIE = "intake-display"
SIZES = (1, 2, 3)
# Longer than any patient takes; a tablet's cookie names its patient, so the next one never inherits it.
SECONDS = 3600
# What somebody chose on the waiting tablet before it was theirs.
WAITING, WAITING_SECONDS = "w", 90


@dataclass(frozen=True)
class Display:
    """Display settings; `owner`: "h12" a visit on a tablet, "l7" a link, "w" the waiting tablet."""

    owner: str
    language: Language
    offered: tuple[Language, ...]
    size: int = 1
    contrast: bool = False

    def t(self, key: str, **values: object) -> str:
        return wording.text(key, self.language.code, **values)

    @property
    def reads_default(self) -> bool:
        """Return whether the language is the practice's first one."""
        return self.language == self.offered[0]

    @property
    def is_default(self) -> bool:
        return self.reads_default and self.size == SIZES[0] and not self.contrast

    @property
    def larger(self) -> int:
        """Return the next size; after the largest comes the smallest."""
        return self.size % len(SIZES) + 1


def current(owner: str, *, offered: Sequence[str], language: str) -> Display:
    """Return the settings of the cookie, or the defaults, with what the pressed button changes."""
    display = Display(owner, wording.language(language), tuple(map(wording.language, offered)))
    kept = request.cookies.get(COOKIE, "").split(".")
    if len(kept) == 4 and kept[0] == owner:
        for change in (f"language:{kept[1]}", f"size:{kept[2]}", f"contrast:{kept[3]}"):
            display = _changed(display, change)
    return _changed(display, request.form.get("display", ""))


def was_pressed() -> bool:
    """Return whether this request only changes display settings."""
    return bool(request.form.get("display"))


def remember(response: Response, display: Display) -> Response:
    contrast = "high" if display.contrast else "plain"
    response.set_cookie(
        COOKIE,
        f"{display.owner}.{display.language.code}.{display.size}.{contrast}",
        max_age=WAITING_SECONDS if display.owner == WAITING else SECONDS,
        secure=current_settings().https,
        httponly=True,
        samesite="Strict",
    )
    return response


def for_thanks(*, offered: Sequence[str], language: str) -> Display:
    """Return the last patient's settings: thanks come after their visit has left the tablet."""
    owner = request.cookies.get(COOKIE, "").split(".")[0]
    return current(owner, offered=offered, language=language)


def for_error(form_fault: str = "") -> Display:
    """Return settings for error pages, without asking the database: of the cookie, the form or the phone.

    `form_fault`: the form was read, and is no more than that.
    """
    owner, language, size, contrast, *_ = [*request.cookies.get(COOKIE, "").split("."), "", "", "", ""]
    wanted = [language, request.form.get("language", "") if form_fault else "", *request.accept_languages.values()]
    known = next(filter(None, map(wording.find_language, filter(None, wanted))), wording.DEFAULT_LANGUAGE)
    display = Display(owner, wording.language(known), ())
    return _changed(_changed(display, f"size:{size}"), f"contrast:{contrast}")


def _changed(display: Display, change: str) -> Display:
    kind, _, value = change.partition(":")
    changes: dict[str, Any] = {}
    if kind == "language" and value in [language.code for language in display.offered]:
        changes["language"] = wording.language(value)
    elif kind == "size" and value in map(str, SIZES):
        changes["size"] = int(value)
    elif kind == "contrast":
        changes["contrast"] = value == "high"
    return replace(display, **changes)
