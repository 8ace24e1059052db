"""Specialties that typed words state: "heart doctor", "obgyn", "chirypractor".

What people say in several words is compared run together: heartdoctor.
"""

from functools import cache, lru_cache

from intake.directory.npi.doctors_in_languages import spoken_kinds
from intake.directory.npi.specialties import lay_words, spoken_words
from intake.directory.physician_search.spelling import Spelling
from intake.directory.physician_search.stop_words import FILLERS, LETTERS_FOR_GUESSES, WordSpan

MOST_CODES = 24
# How many words, whether spelled right, whether some may be names: an "orthpedic surgeon" is more than a surgeon, but
# a "hart surgeon" is a surgeon called Hart.
_ROUNDS = (
    *((size, exactly, exactly) for size in (5, 4, 3, 2, 1) for exactly in (True, False)),
    *((size, False, True) for size in (5, 4, 3, 2)),
)
# Short for a specialty only beside a name; on their own they are credentials or little words.
_NEVER_ALONE = frozenset({"pa", "np", "rn", "ot", "dds", "dmd", "ob", "id", "er"})


def specialty_spans(words: list[str], settled: list[bool], unfinished: bool) -> list[WordSpan]:
    """Specialties, the longest wording first; `settled` words are names and no misspelled specialties."""
    known, lexicon = lay_words(), _lay_spelling()
    spans: list[WordSpan] = []
    taken: set[int] = set()
    for size, exactly, named in _ROUNDS:
        for start in range(len(words) - size + 1):
            places = range(start, start + size)
            if not taken.isdisjoint(places) or (words[start] in FILLERS and not exactly):
                continue
            if size == 1 and words[start] in _NEVER_ALONE:
                continue
            if not named and any(settled[place] and words[place] not in spoken_words() for place in places):
                continue
            some = words[start : start + size]
            codes, quality = _specialty(some, known) if exactly else _near_specialty(some, known)
            if codes:
                spans.append(WordSpan("specialty", places, frozenset(codes[:MOST_CODES]), quality))
                taken |= set(places)
    last = len(words) - 1
    if unfinished and last >= 0 and last not in taken and len(words[last]) >= LETTERS_FOR_GUESSES:
        begun = lexicon.beginning(words[last])
        codes = tuple(dict.fromkeys(code for place in begun[:20] for code in known[lexicon.words[place]]))
        if codes:
            spans.append(WordSpan("specialty", range(last, last + 1), frozenset(codes[:MOST_CODES]), 0.85))
    return spans


def _specialty(some: list[str], known: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], float]:
    codes = known.get("".join(some), ())
    if not codes and len(some) > 2:
        codes = known.get("".join(word for word in some if word not in ("and", "y", "the", "s")), ())
    return codes or spoken_kinds().get("".join(some), ()), 1.0


def _near_specialty(some: list[str], known: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], float]:
    joined = "".join(some)
    if len(joined) < 4 + len(some) // 2 * 2 or some[-1] in FILLERS or (len(some) > 1 and min(map(len, some)) < 2):
        return (), 0.0
    if len(some) > 1 and spoken_words().isdisjoint(some):
        # Of several words at least one is spelled right.
        return (), 0.0
    found = _near_spoken(joined)
    if found is None:
        return (), 0.0
    others, quality = found
    return tuple(dict.fromkeys(code for other in others for code in known[other])), quality


@lru_cache(4096)
def _near_spoken(joined: str) -> tuple[tuple[str, ...], float] | None:
    """What people say that is spelled like this, run together, and how near it is; several when equally near."""
    lexicon = _lay_spelling()
    allowed = 1 if len(joined) < 9 else 2
    near = [(edits, other) for other, _, edits, _ in lexicon.near(joined) if edits <= allowed]
    if not near:
        return None
    edits = min(near)[0]
    return tuple(other for far, other in sorted(near) if far == edits), 0.97 - 0.05 * edits


@cache
def _lay_spelling() -> Spelling:
    return Spelling.of(sorted(lay_words()))
