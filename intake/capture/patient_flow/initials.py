"""A patient's initials: shown, and compared with those that somebody types."""

from intake.directory.models import Patient
from intake.directory.name_keys import normal

# The Arabic article, written together with half of all family names: الخطيب is filed under خ.
ARTICLE = "ال"
# How the first letter of a name is written in ours; Persian and Urdu letters included. Vowels are anybody's guess.
_VOWELS = "aeiou"
SPELLED = {
    **dict.fromkeys("اءعىئؤ", _VOWELS),
    **{"ب": "bp", "پ": "p", "ت": "t", "ٹ": "t", "ث": "ts", "ج": "jg", "چ": "c", "ح": "h", "خ": "k", "د": "d"},
    **{"ڈ": "d", "ذ": "dzt", "ر": "r", "ز": "z", "ژ": "zj", "س": "s", "ش": "sc", "ص": "s", "ض": "dz", "ط": "t"},
    **{"ظ": "zdt", "غ": "g", "ف": "fp", "ق": "qkg", "ک": "kc", "ك": "kc", "گ": "g", "ل": "l", "م": "m", "ن": "n"},
    **{"ه": "h", "ہ": "h", "ھ": "h", "و": "wvou", "ي": "yiej", "ی": "yiej", "ے": "yei"},
    **{"а": "a", "б": "b", "в": "vw", "г": "gh", "д": "d", "е": "ey", "ж": "zj", "з": "z", "и": "iy", "к": "kc"},
    **{"л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "fp", "х": "kh"},
    **{"ц": "tc", "ч": "c", "ш": "s", "щ": "s", "э": "e", "ю": "yj", "я": "yj", "і": "i", "є": "yje"},
}
# Letters written together, as in "PRS"; a longer word is a name.
TOGETHER = 4


def initials(patient: Patient) -> str:
    """Return them as they are shown: 'A. B.'."""
    letters = [_without_article(name.strip())[:1].upper() for name in (patient.first_name, patient.last_name)]
    return " ".join(f"{letter}." for letter in letters if letter)


def are_initials_of(typed: str, patient: Patient) -> bool:
    """Return whether these are the first letters of a first name and of a surname, in either order.

    Whole names are read as theirs, letters of another script by how they sound.
    """
    letters = _letters(typed)
    firsts, surnames = _first_letters(patient.first_name), _first_letters(patient.last_name)
    if firsts and surnames:
        ends = letters[:1] + letters[-1:]
        return len(letters) > 1 and (_fit(ends, firsts, surnames) or _fit(ends, surnames, firsts))
    # One name is a whole name.
    return len(letters) == 1 and any(_same(letters[0], each) for each in firsts | surnames)


def _letters(typed: str) -> list[str]:
    """Return the first letter of each word typed, or each letter of the one word that is too short for a name."""
    words = [_without_article(word) for word in normal(typed).split()]
    if len(words) == 1 and len(words[0]) <= TOGETHER:
        return [letter for letter in words[0] if letter.isalnum()]
    return [word[0] for word in words if word]


def _first_letters(name: str) -> set[str]:
    words = normal(name).split()
    return {letter for word in words for letter in (word[0], _without_article(word)[0])}


def _without_article(word: str) -> str:
    """Return the word without the Arabic article where more than one letter is left."""
    return word.removeprefix(ARTICLE) if len(word) > len(ARTICLE) + 1 else word


def _fit(ends: list[str], one: set[str], other: set[str]) -> bool:
    return any(_same(ends[0], each) for each in one) and any(_same(ends[1], each) for each in other)


def _same(one: str, other: str) -> bool:
    return one == other or not {*SPELLED.get(one, one)}.isdisjoint(SPELLED.get(other, other))
