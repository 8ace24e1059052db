"""Text input of patients: tidied, or refused with a sentence that says what to do."""

import re
import unicodedata
import uuid

from intake.survey.recording.secret_numbers import without_secret_numbers
from intake.web.ui.written import is_blank

LONGEST = 1000
LONGEST_NAME = 200


class InputRefused(ValueError):
    """The page is shown again with the sentence of `key`; nothing that was typed is lost."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


# PostgreSQL keeps no NUL, and the other control characters only ever come from broken scanners and attacks.
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\ud800-\udfff]")


def tidy(typed: str) -> str:
    """Return the text without control characters, outer spaces and secret numbers, in NFC; "" where nothing of it can
    be seen.
    """
    text = unicodedata.normalize("NFC", _control.sub("", typed.replace("\r\n", "\n"))).strip()
    return "" if is_blank(text) else without_secret_numbers(text)


def words(typed: str, *, longest: int = LONGEST) -> str:
    """Return the text tidied. Raises InputRefused when it is too long."""
    text = tidy(typed)
    if len(text) > longest:
        raise InputRefused("problem.too_long", longest=longest)
    return text


def submission_id(typed: str) -> str:
    """Return the page's submission id in its one spelling. Raises InputRefused when it is no UUID."""
    try:
        return str(uuid.UUID(typed))
    except ValueError:
        raise InputRefused("problem.reload") from None
