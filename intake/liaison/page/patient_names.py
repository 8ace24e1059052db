"""Words of a note that may be a patient's name. A liaison knows no patient, so the warning never says who is one."""

import re
from collections.abc import Collection
from itertools import pairwise

from sqlalchemy import func, select

from intake.db import db
from intake.directory.models import Patient

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Whoever is called so in a note of a visit is hardly ever the doctor.
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mister", "patient", "pt"})
MOST_WORDS = 400


def patient_names(text: str, *, known: Collection[str] = ()) -> list[str]:
    """Return what looks like a patient's name in `text`; names of those it is about (`known`) are none.

    Two words that stand together and are first and last name of a chart, either way round; and a capitalised word
    after "Mrs." or "patient", whether there is such a patient or not.
    """
    words = [word.removesuffix("'s").removesuffix("’s") for word in _WORD.findall(text)[:MOST_WORDS]]
    fine = {word.casefold() for name in known for word in _WORD.findall(name)}
    found = {
        f"{first} {second}": None
        for first, second in pairwise(words)
        if first.casefold() in _TITLES and second[:1].isupper() and second.casefold() not in fine
    }
    pairs = {
        (first.casefold(), second.casefold()): f"{first} {second}"
        for first, second in pairwise(words)
        if not {first.casefold(), second.casefold()} <= fine and len(first) > 1 and len(second) > 1
    }
    if pairs:
        found |= dict.fromkeys(pairs[pair] for pair in sorted(_charted(set(pairs))))
    return list(found)


def _charted(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the pairs that are the name of a chart."""
    spelled = {form for pair in pairs for word in pair for form in (word, word.title(), word.upper())}
    # The index of patients goes by last name as it is spelled.
    query = select(func.lower(Patient.first_name), func.lower(Patient.last_name)).where(
        Patient.last_name.in_(sorted(spelled)), func.lower(Patient.first_name).in_(sorted(spelled))
    )
    names = {(row[0].casefold(), row[1].casefold()) for row in db.session.execute(query)}
    return {pair for pair in pairs if pair in names or pair[::-1] in names}
