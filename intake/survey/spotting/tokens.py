"""Free text as tokens that remember where they stood, so that every reading can quote the patient's own words."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from intake.survey.spotting.lexicon import words

# An answer is a few words; what lies beyond this is kept with the answer but read by people only.
MOST_CHARACTERS = 2_000
MOST_TOKENS = 200

# Dotted initials ("E.R.", "W.K.R.P.") and subreddits ("r/veins") are one word each; apostrophes belong to words.
_TOKEN = re.compile(
    r"(?P<subreddit>\br/\w{2,30})"
    r"|(?P<dotted>\b(?:[^\W\d_]\.){2,8}(?:[^\W\d_]\b)?)"
    r"|(?P<word>[^\W_](?:[^\W_]|[\u0300-\u036f]|['’`´](?=[^\W_]))*)"
    r"|(?P<face>[\U0001F937\U0001F910\U0001F92B])"
)
_FACES = {"\U0001f937": "shrugface", "\U0001f910": "zipface", "\U0001f92b": "zipface"}
_APOSTROPHES = re.compile(r"['’`´]")
_ELIDED = re.compile(r"[jlmnst]'a")
# Dictation writes what it was told: "doctor Wells comma the foot guy".
_DICTATED = re.compile(r"\bcomma\b", re.IGNORECASE)
_OPENS_A_QUOTE = re.compile(r"\s[\"“«]")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_HARD = re.compile(r"[,;:()\[\]{}\n\r\t!?|•·…–—=>\"“”]|(?:^|\s)-+\s|/|\+|&|\.\.|\.\s|\.$|\*")
# After these a full stop ends the word, not the sentence.
_ABBREVIATIONS = words(
    "dr dra mr mrs ms st rt rte hwy ave blvd sr jr prof drs sra srta ste no vs pt ref ins dept ph md do np pa"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word. `word` is casefolded and unaccented; `stem` also loses a possessive ending."""

    text: str
    word: str
    stem: str
    possessive: bool
    start: int
    end: int
    # What stood between the word before and this one.
    gap: str
    # Whether that gap ends a phrase: a comma, a slash, the end of a sentence.
    apart: bool

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Casefolded, without accents, in one width: "Médico" and "MEDICO" are the same word."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))


def _word_of(kind: str, text: str) -> tuple[str, str, bool]:
    if kind == "subreddit":
        return "subreddit", "subreddit", False
    if kind == "face":
        return _FACES[text], _FACES[text], False
    if kind == "dotted":
        joined = plain(text).replace(".", "")
        return joined, joined, False
    word = _APOSTROPHES.sub("'", plain(text))
    stem, possessive = (word[:-2], True) if word.endswith("'s") and len(word) > 3 else (word, False)
    # "Il m'a envoyé" speaks of no mother.
    joined = word if _ELIDED.fullmatch(word) else word.replace("'", "")
    bare = joined if stem == word else stem.replace("'", "")
    return _LONG_RUN.sub(r"\1\1", joined), _LONG_RUN.sub(r"\1\1", bare), possessive


def tokens(text: str) -> list[Token]:
    """The words of a text in order, at most MOST_TOKENS of its first MOST_CHARACTERS characters."""
    found: list[Token] = []
    at = 0
    text = _DICTATED.sub(lambda match: ",".ljust(len(match.group())), text[:MOST_CHARACTERS])
    for match in _TOKEN.finditer(text):
        word, stem, possessive = _word_of(match.lastgroup or "word", match.group())
        if not word:
            continue
        gap = text[at : match.start()]
        found.append(
            Token(
                text=match.group(),
                word=word,
                stem=stem,
                possessive=possessive,
                start=match.start(),
                end=match.end(),
                gap=gap,
                apart=bool(found) and _ends_phrase(gap, found[-1]),
            )
        )
        at = match.end()
        if len(found) == MOST_TOKENS:
            break
    return found


def _ends_phrase(gap: str, before: Token) -> bool:
    # What is quoted goes on with what is said before: 'searched "vein doctor near me"'.
    if gap in (" ", "", "-", "'") or _OPENS_A_QUOTE.fullmatch(gap):
        return False
    # "98.7", "101.5" and "medicare.gov" hold together; "Dr. Smith" does too.
    if gap == ".":
        return False
    if gap.strip() == "." and (before.word in _ABBREVIATIONS or len(before.word) == 1):
        return False
    return bool(_HARD.search(gap))


def shouted(text: str) -> bool:
    """Whether capitals say nothing here: all letters are upper case, or none is."""
    return text.upper() == text or text.lower() == text
