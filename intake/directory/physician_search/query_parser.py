"""Parser of typed words: which of them can be names, a city, a specialty, a street.

Nothing is decided here. A word keeps every meaning it can have (Jackson is a surname, a first name and a city), each
with how well it fits, and the physicians found decide which meanings hold together.
"""

import re
from dataclasses import dataclass, field
from functools import partial

from intake.directory.name_keys import normal
from intake.directory.npi.doctors_in_languages import title_places, titles_apart
from intake.directory.npi.specialties import lay_words
from intake.directory.physician_search.keys import LONGEST_WORD, PARTICLES
from intake.directory.physician_search.name_terms import (
    MOST_NAMES,
    called_names,
    join_names,
    join_particles,
    near_names,
)
from intake.directory.physician_search.place_terms import city_spans, state_spans, street_spans
from intake.directory.physician_search.practice_terms import PracticeTerms
from intake.directory.physician_search.specialty_terms import specialty_spans
from intake.directory.physician_search.stop_words import FILLERS, TITLES, WordSpan
from intake.directory.physician_search.vocabulary import CITY, NAME, Vocabulary

LONGEST_TEXT = 200
MOST_WORDS = 14
_SHORTEST_PART = 3
# Kinds whose words, when they fit, aren't names as well.
_FIRM = frozenset({"specialty", "street", "practice"})
# In several words they are what they are, though misspelled: los angelas is no Angela.
_SAID_IN_WORDS = frozenset({"specialty", "city"})
_MARKS_APART = re.compile(r"(?<=\b[^\W\d_])\.\s?(?=[^\W\d_]\b)")


@dataclass
class ParsedQuery:
    """`names[place]` holds the names that the word at `place` may be; `given_names` also what a nickname stands for."""

    words: list[str]
    names: list[dict[str, float]]
    given_names: list[dict[str, float]]
    spans: list[WordSpan]
    noise: list[bool]
    npi: str = ""
    weights: list[float] = field(default_factory=list)

    @property
    def name_places(self) -> list[int]:
        """Places of the words that can be names, initials included."""
        return [place for place, word in enumerate(self.words) if self.names[place] or self.is_initial(place)]

    def is_initial(self, place: int) -> bool:
        return len(self.words[place]) == 1 and not self.noise[place]

    def spans_of(self, *kinds: str) -> list[WordSpan]:
        return [span for span in self.spans if span.kind in kinds]


def parse_query(text: str, vocabulary: Vocabulary, practices: PracticeTerms | None = None) -> ParsedQuery:
    """Parse every meaning of `text`. The last word may be unfinished, as when each keystroke searches."""
    unfinished = not text[:LONGEST_TEXT].endswith((" ", ",")) or len(text.split()) <= 1
    plain = titles_apart(normal(_MARKS_APART.sub("", text[:LONGEST_TEXT])))
    typed = [word[:LONGEST_WORD] for word in plain.split()[:MOST_WORDS]]
    words = [
        part for word in typed for part in vocabulary.remembered((word, "parts"), partial(_parted, word, vocabulary))
    ]
    npi = next((word for word in words if len(word) == 10 and word.isdigit()), "")
    titled = title_places(words)
    noise = [place in titled or word in TITLES or word in FILLERS or word.isdigit() for place, word in enumerate(words)]
    # A word that is itself a name isn't taken for a misspelled city or specialty.
    settled = [noise[place] or vocabulary.has(NAME, word) for place, word in enumerate(words)]
    spans = specialty_spans(words, settled, unfinished) + city_spans(words, vocabulary, noise, settled, unfinished)
    spans += state_spans(words, spans) + street_spans(words)
    if practices is not None:
        spans += practices.spans(words)
    if all(noise) and not spans:
        if len(words) > 1 and title_places(words[-1:]) and vocabulary.has(NAME, words[-1]):
            # Arzt is a title, and Dr. Arzt's name.
            titled.discard(len(words) - 1)
        # Do, An and Ma are titles and little words, and surnames.
        noise = [
            place in titled or word in ("dr", "doctor", "the") or word.isdigit() for place, word in enumerate(words)
        ]
    if (
        len(words) == 2
        and not titled
        and words[0] not in TITLES
        and noise[1]
        and not words[1].isdigit()
        and words[1] not in TITLES
    ):
        # A little word in a surname's place is a surname cut short or misspelled.
        noise[1] = False
    firmly = {
        place
        for span in spans
        if (span.quality > 0.95 and span.kind in _FIRM) or (span.kind in _SAID_IN_WORDS and len(span.places) > 1)
        for place in span.places
    }
    names: list[dict[str, float]] = []
    given_names: list[dict[str, float]] = []
    for place, word in enumerate(words):
        last = unfinished and place == len(words) - 1
        if place in titled:
            names.append({})
            continue
        if word.isdigit() or len(word) == 1:
            begun = vocabulary.beginning(NAME, word, MOST_NAMES) if last and not noise[place] else []
            names.append({other: 0.86 for other, _ in begun} if word.isalpha() else {})
            continue
        exactly = noise[place] or place in firmly
        found = {word: 1.0} if vocabulary.has(NAME, word) else {}
        if not exactly:
            found |= vocabulary.remembered((NAME, word, last), partial(near_names, word, vocabulary, unfinished=last))
        names.append(found)
    join_names(words, names, vocabulary)
    join_particles(words, names, vocabulary)
    for place, word in enumerate(words):
        given_names.append(called_names(word, names[place]) if len(word) > 1 and not noise[place] else names[place])
    query = ParsedQuery(words, names, given_names, spans, noise, npi)
    query.weights = [_weight(query, place) for place in range(len(words))]
    for place in range(len(words) - 1):
        if words[place] in PARTICLES and words[place] + words[place + 1] in names[place + 1]:
            # The Mc of a McDonald says nothing by itself.
            query.weights[place] = 0.0
    return query


def _parted(word: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The two names of a word that is none itself and near none: mariagonzalez."""
    if len(word) < 2 * _SHORTEST_PART or not word.isalpha() or word in lay_words():
        return (word,)
    if vocabulary.has(NAME, word) or vocabulary.has(CITY, word) or vocabulary.beginning(NAME, word, 1):
        return (word,)
    parts = [(word[:at], word[at:]) for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)]
    known = [(min(vocabulary.count(NAME, part) for part in pair), pair) for pair in parts]
    count, pair = max(known)
    near = any(edits < 2 or alike for _, edits, _, alike in vocabulary.near(NAME, word))
    return pair if count and not near else (word,)


def _weight(query: ParsedQuery, place: int) -> float:
    """How much it matters whether this word is explained."""
    if query.noise[place]:
        return 0.0
    covering = [span for span in query.spans if place in span.places]
    # A specialty in three words states one thing, not three.
    shared = max((len([one for one in span.places if not query.noise[one]]) for span in covering), default=1)
    if not query.names[place] and not query.is_initial(place):
        if not covering:
            return 0.25
        return 0.1 if all(span.unclear for span in covering) else 0.7 / shared
    if query.is_initial(place):
        return 0.5
    if any(span.kind == "specialty" and span.quality > 0.9 for span in covering):
        return 0.7 / shared
    return 0.9 / shared if any(span.kind == "city" and len(span.places) > 1 for span in covering) else 1.0
