"""A patient's initials: shown, and compared with those that somebody types."""

from intake.directory.models import Patient
from intake.directory.name_keys import normal


def initials(patient: Patient) -> str:
    """Return them as they are shown: 'A. B.'."""
    letters = [name.strip()[:1].upper() for name in (patient.first_name, patient.last_name)]
    return " ".join(f"{letter}." for letter in letters if letter)


def are_initials_of(typed: str, patient: Patient) -> bool:
    """Return whether these are the first letter of the first name and one of the surname's, in that order."""
    letters = [letter for letter in normal(typed) if letter.isalnum()]
    first = normal(patient.first_name)[:1]
    surnames = {word[0] for word in normal(patient.last_name).split()}
    if first and surnames:
        return len(letters) > 1 and letters[0] == first and letters[-1] in surnames
    # One name is a whole name.
    return len(letters) == 1 and letters[0] in {first, *surnames}
