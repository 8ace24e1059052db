"""Rows that are nobody's visit: lunch, holds, open slots, headings, totals."""

import re
from collections.abc import Callable, Sequence

from intake.directory.schedule.file.cell_values import NO_VALUE

TOTAL = "a total or a line about the report"
HEADING = "a heading over the rows below it"
TITLES_AGAIN = "the column titles again"
ABOVE_THE_TITLES = "a line above the column titles"
EMPTY_SLOT = "no patient's appointment: an empty or blocked slot"

_TOTAL = re.compile(
    r"(grand |sub|page |report |daily |provider )?-?\s*(totals?|counts?)\b|count distinct|\d+ (appointments?|records?|"
    r"rows?|patients?|visits?)\b|(number of |total )?(appointments?|records?|patients?|visits?)\s*(count)?\s*:|end of|"
    r"\(?\d+ rows? affected|"
    r"printed|generated|report |run (on|date|by)|page \d|page:|\*{2,}|-{3,}|={3,}|_{3,}|©|confidential|\W*continued",
    re.I,
)
_RULE = re.compile(r"[-=_*+.]{2,}")
_NOBODY = re.compile(
    r"\b(lunch|break|block|blocked|blockout|hold|holds|held|on hold|open|open slot|available|avail|unavailable|"
    r"not available|closed|out of office|out of the office|out|ooo|off|vacation|pto|holiday|meeting|mtg|admin|"
    r"administrative|reserved|reserve|do not (book|schedule|use|fill)|dnb|frozen|freeze|no patients?|rep|rep visit|"
    r"catch ?up|charting|paperwork|documentation|training|in ?service|travel|huddle|personal|cme|conference|"
    r"maintenance|placeholder|place ?holder|buffer|slot|busy|away|on ?call|rounds|staff|empty|unbooked|unassigned|"
    r"no appointment|note|appt block|time ?off|sick|leave|setup|set up|cleaning|same day|walk ?in slot)\b",
    re.I,
)
_FILLER = frozenset(
    re.findall(
        r"\w+",
        "time slot slots only for the a an in of w with dr doctor provider md staff patient patients day all am pm "
        "hour hr min minutes room office appt appointment appointments schedule do not book use visit",
    )
)
LABEL = re.compile(
    r"(?P<what>(rendering |seeing |treating |appointment |scheduled? )?(provider|doctor|physician|clinician|resource|"
    r"practitioner|seeing|column)|(schedule|appointments) (for|of)|location|facility|office|site|department|clinic|"
    r"(appointment |schedule |appt )?(date|day))( name)?\s*[:=–-]\s*(?P<said>\S.*)",
    re.I,
)
CREDENTIAL = re.compile(r"\b(MD|DO|NP|PA|PA-?C|APRN|ARNP|CNP|FNP|DPM|DDS|DMD|OD|DC|RN|CRNP|PhD|PsyD|LCSW)\b\.?|^Dr\.? ")
DATE = re.compile(
    r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}-[A-Za-z]{3}-\d{4}|"
    r"[A-Za-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
_DAY_LINE = re.compile(rf"((mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?({DATE.pattern})", re.I)


def why_left_out(text: Callable[[str], str], texts: Sequence[str]) -> str:
    """Why a row is nobody's visit; empty for one that is, or may be, somebody's, however badly written.

    `text` gives the row's cell by the key of its column. A row with a chart number or a date of birth is somebody's.
    """
    filled = [each for each in texts if each]
    if reason := _why_no_row(text, filled):
        return reason
    number, born, mobile = text("mrn"), text("birth_date"), text("mobile")
    name = " ".join(filter(None, (text("first_name"), text("last_name"), text("full_name"))))
    if number.casefold() in NO_VALUE or not number.strip("0") or _is_nobody(number):
        number = ""
    if born.casefold() in NO_VALUE:
        born = ""
    kind = f"{text('visit_type')} {text('status')}"
    if number or born:
        reserved = _is_nobody(name) and (not born or bool(_NOBODY.search(kind)))
        return _reserved(name) if name and reserved else ""
    if all(text(key).casefold() in NO_VALUE for key in ("first_name", "last_name", "full_name")):
        return "" if mobile and any(letter.isdigit() for letter in mobile) else EMPTY_SLOT
    both_names = bool(text("first_name") and text("last_name"))
    if _is_nobody(name) or (_NOBODY.search(name) and not both_names) or _NOBODY.search(kind):
        return _reserved(name if _NOBODY.search(name) else kind)
    return ""


def _why_no_row(text: Callable[[str], str], filled: Sequence[str]) -> str:
    """Why a line isn't a row of the table at all; empty for one that is."""
    if all(_RULE.fullmatch(each) for each in filled):
        return TOTAL
    if sum(bool(text(key)) for key in ("mrn", "last_name", "full_name", "birth_date")) <= 1:
        if _TOTAL.match(filled[0][:200]):
            return TOTAL
        if len(filled) <= 2 and _is_nobody(" ".join(filled)):
            return _reserved(filled[0])
    return HEADING if _is_heading(filled) else ""


def _reserved(words: str) -> str:
    kind = match[0].casefold() if (match := _NOBODY.search(words)) else "blocked"
    return f"no patient's appointment: {kind}"


def _is_nobody(name: str) -> bool:
    """Whether a name consists of words for reserved time alone."""
    words = re.findall(r"[a-z]+", _NOBODY.sub(" ", name).casefold())
    return bool(_NOBODY.search(name)) and all(word in _FILLER for word in words)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{0,4}[-#]?\d[\w.-]*", text, re.I))


def _is_heading(filled: Sequence[str]) -> bool:
    """Whether a line stands over a group: one cell, or a few that a comma in it has made of it."""
    if len(filled) == 1:
        return not _is_number(filled[0])
    line = ", ".join(filled)
    if len(filled) > 4 or len(line) > 200:
        return False
    few = len(filled) <= 3
    by_name = few and not any(map(str.isdigit, line)) and CREDENTIAL.search(line) is not None
    return (few and LABEL.match(line) is not None) or by_name or _DAY_LINE.fullmatch(line) is not None
