"""Names that a typed word can be: misspelled, unfinished, a nickname, or written apart."""

import heapq
import math
from functools import cache, lru_cache, partial

from nicknames import NickNamer
from rapidfuzz.distance import LCSseq

from intake.directory.physician_search.keys import PARTICLES
from intake.directory.physician_search.spelling import spoken
from intake.directory.physician_search.stop_words import LETTERS_FOR_GUESSES
from intake.directory.physician_search.vocabulary import NAME, Vocabulary

MOST_NAMES = 28
_SHORTEST_JOINED = 5
# Ten times as many of a name, and a slip that is made more often than another, make it likelier by this much.
_BY_HOW_MANY, _EASY_SLIP = 0.008, 0.03
_MOST_LETTERS_FOR_GUESSES = 12
_SPANISH_NICKNAMES = {
    "pepe": ("jose",), "paco": ("francisco",), "pancho": ("francisco",), "lupe": ("guadalupe",), "chuy": ("jesus",),
    "nacho": ("ignacio",), "beto": ("alberto", "roberto", "gilberto", "humberto"), "tono": ("antonio",),
    "memo": ("guillermo",), "kike": ("enrique",), "quique": ("enrique",), "concha": ("concepcion",),
    "chela": ("graciela",),
    "lalo": ("eduardo",), "chava": ("salvador",), "nando": ("fernando",), "mari": ("maria",), "lola": ("dolores",),
    "charo": ("rosario",), "tere": ("teresa",), "lucha": ("luz", "lucia"), "poncho": ("alfonso",), "rafa": ("rafael",),
    "manolo": ("manuel",), "meche": ("mercedes",), "chabela": ("isabel",), "santi": ("santiago",),
    "gabi": ("gabriela",),
    # Names as they are shortened in writing.
    "wm": ("william",), "chas": ("charles",), "jas": ("james",), "thos": ("thomas",), "robt": ("robert",),
    "geo": ("george",), "jos": ("joseph",), "benj": ("benjamin",), "saml": ("samuel",), "edw": ("edward",),
    "ma": ("maria",),
}  # fmt: skip


def closeness(word: str, other: str, edits: int, *, alike: bool) -> float:
    """Closeness of two words: 1 for the same; less for every edit, more so in a short word or at the first letter."""
    if edits == 0:
        return 1.0
    fit = 1 - 0.9 * edits / (max(len(word), len(other)) + 1.5)
    if alike and spoken(word) == spoken(other):
        fit = max(fit + 0.04, 0.92 - 0.02 * edits)
    elif alike:
        fit = max(fit + 0.02, 0.87 - 0.03 * edits)
    return min(fit, 0.97) - (0.01 if word[0] != other[0] else 0)


def near_names(word: str, vocabulary: Vocabulary, *, unfinished: bool) -> dict[str, float]:
    """Names that a typed word may mean or begin, and how well each fits."""
    near = vocabulary.near(NAME, word)
    if len(near) > 3 * MOST_NAMES:
        # Of two names equally near, the commoner one is likelier meant.
        near = heapq.nsmallest(3 * MOST_NAMES, near, key=lambda one: one[1] - 0.3 * math.log10(1 + one[2]))
    scored = {other: (_fit(word, other, edits, count, alike=alike), count) for other, edits, count, alike in near}
    if unfinished and len(word) >= 2:
        for other, count in vocabulary.beginning(NAME, word, MOST_NAMES):
            if other != word:
                fit = 0.86 + 0.1 * len(word) / len(other)
                if fit > scored.get(other, (0.0, 0))[0]:
                    scored[other] = (fit, count)
    if (
        unfinished
        and LETTERS_FOR_GUESSES < len(word) <= _MOST_LETTERS_FOR_GUESSES
        and not any(fit > 0.85 for fit, _ in scored.values())
    ):
        for start in vocabulary.misspelled_starts(NAME, word, 12):
            for other, count in vocabulary.beginning(NAME, start, 6):
                # The first letter is seldom the wrong one.
                fit = 0.72 + 0.1 * len(word) / max(len(other), len(word)) - (0.1 if start[0] != word[0] else 0)
                if fit > scored.get(other, (0.0, 0))[0]:
                    scored[other] = (fit, count)
    ranked = sorted(scored.items(), key=lambda item: -(item[1][0] + _BY_HOW_MANY * math.log10(1 + item[1][1])))
    # A short name has more neighbours within the same few edits.
    return {other: fit for other, (fit, _) in ranked[: MOST_NAMES if len(word) > 4 else 2 * MOST_NAMES]}


def _fit(word: str, other: str, edits: int, count: int, *, alike: bool) -> float:
    """Closeness, more where the slip is an easy one (a letter left out, two swapped) and many are called so."""
    fit = closeness(word, other, edits, alike=alike)
    if edits == 0:
        return fit
    easy = edits == 1 and (len(other) > len(word) or sorted(word) == sorted(other))
    return min(fit + _BY_HOW_MANY * math.log10(1 + count) + _EASY_SLIP * easy, 0.97)


def called_names(word: str, found: dict[str, float]) -> dict[str, float]:
    """The names found, with the nicknames and full names of each."""
    called = dict(found)
    for near, fit in [(word, 1.0), *((other, fit) for other, fit in list(found.items())[:4] if 0.84 < fit < 1)]:
        for other, share in familiar(near).items():
            if fit * share > called.get(other, 0.0):
                called[other] = fit * share
    return called


@lru_cache(4096)
def familiar(name: str) -> dict[str, float]:
    """Nicknames and full names (Bob for Robert, Rob for Bob), each with how likely it stands for `name`."""
    lexicon = _nicknames()
    formal = {*lexicon.canonicals_of(name), *_SPANISH_NICKNAMES.get(name, ())}
    short = {*lexicon.nicknames_of(name), *_spanish_short().get(name, ())}
    aside = {other for canonical in formal for other in lexicon.nicknames_of(canonical)}
    shares = dict.fromkeys(aside, 0.83) | dict.fromkeys(short, 0.92) | dict.fromkeys(formal, 0.94)
    shares.pop(name, None)
    # Some name books give Robert for Bill too; William, which holds it, is likelier.
    return {other: share + 0.04 * LCSseq.normalized_similarity(name, other) for other, share in shares.items()}


@cache
def _nicknames() -> NickNamer:
    return NickNamer()


@cache
def _spanish_short() -> dict[str, set[str]]:
    short: dict[str, set[str]] = {}
    for nickname, names in _SPANISH_NICKNAMES.items():
        for name in names:
            short.setdefault(name, set()).add(nickname)
    return short


def join_names(words: list[str], names: list[dict[str, float]], vocabulary: Vocabulary) -> None:
    """Add names kept as one word and typed as two: Mc Donald, O Brien, Mary Ann."""
    for place in range(len(words) - 1):
        joined = words[place] + words[place + 1]
        if len(words[place]) == 1 and words[place] not in PARTICLES:
            continue
        if not vocabulary.has(NAME, joined) and not all(map(partial(vocabulary.has, NAME), words[place : place + 2])):
            # Written apart and misspelled: Mc Donnald.
            near = vocabulary.near(NAME, joined) if len(joined) > _SHORTEST_JOINED else []
            for other, edits, _, alike in near:
                if edits < 2:
                    names[place + 1][other] = 0.97 * closeness(joined, other, edits, alike=alike)
        elif vocabulary.has(NAME, joined):
            names[place + 1][joined] = 0.97
            if words[place] not in PARTICLES:
                names[place][joined] = max(names[place].get(joined, 0.0), 0.97)


def join_particles(words: list[str], names: list[dict[str, float]], vocabulary: Vocabulary) -> None:
    """Add names kept as one word and typed as three: Van der Berg, de la Cruz."""
    for place in range(len(words) - 2):
        if words[place] in PARTICLES and words[place + 1] in PARTICLES:
            joined = "".join(words[place : place + 3])
            if vocabulary.has(NAME, joined):
                names[place + 2][joined] = 0.97
