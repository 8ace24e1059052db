"""The spotter: finds what an answer's words may refer to, before anything is decided about how they belong together."""

from dataclasses import dataclass, field

from intake.survey.spotting.concepts import name as concept_name
from intake.survey.spotting.lexicon import ORDINARY, ORDINARY_SPANISH, SMALL_WORDS, words
from intake.survey.spotting.phrases import Found, Option
from intake.survey.spotting.practice_sources import SourceIndex, canonical, lexicon
from intake.survey.spotting.tokens import Token, plain, shouted, tokens

# What may stand around a phrase that only counts when it is all that was said: "it was work", "por trabajo".
_LEAD_INS = SMALL_WORDS | words(
    "it its was is were through thru from by at in on via just only think maybe probably i we well yeah yes oh so hi "
    "por fue en es con desde solo creo si dear please thanks thank you gracias lol haha omg duh called named one thing"
)
_CONNECTORS = words("and y then also plus or o luego tambien after but pero e besides along")
# How much of a label must be given, by weight; less when what is given occurs in no other name or word.
_SHARE, _SHARE_OF_A_RARE_WORD = 0.6, 0.4
# "the lady next door", "I live next door": not the app, unless it is all that was said.
_NOT_JOINED = words("nextdoor")
_CALL_LETTERS = 0.75
_DIAL = (88, 107)
_STAFF = words("pa np nurse assistant receptionist office partner scheduler ma enfermera asistente secretaria")
# As thumbs write it.
_SAID_AS = {
    "ur": "your", "u": "you", "yr": "year", "r": "are", "dnt": "dont", "cnt": "cant", "thru": "through", "b4": "before",
    "frm": "from", "ppl": "people", "rmbr": "remember", "rember": "remember", "srch": "search", "abt": "about",
    "w": "with", "kno": "know", "wanna": "want", "recd": "received", "q": "que", "k": "que", "xq": "porque",
    "tmb": "tambien", "dr": "doctor", "dra": "doctora", "hosp": "hospital", "ins": "insurance", "frnd": "friend",
    "past": "passed",
}  # fmt: skip
# Both parts may be this short on either side of a slash and still be one word: "ob/gyn", "f/u", "n/a".
_SLASHED = 3


@dataclass(slots=True)
class SpottedTerm:
    """One term found, at tokens `first` to `last`. Concepts in capitals steer and name no source."""

    first: int
    last: int
    concept: str
    confidence: float
    reason: str
    source: str | None = None
    letters_off: int = 0
    weak: bool = False
    # The name given with it: "Linda M", "Dr Patel" and the tokens that it covers.
    person: str | None = None
    person_span: tuple[int, int] | None = None
    titled: bool = False
    phrase: str = ""
    # Never counted before a person has said yes.
    proposed: bool = False
    # One of our own people, who sends nobody here.
    own: bool = False
    # The referring practice named.
    record_id: int | None = None

    def overlaps(self, other: "SpottedTerm") -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(slots=True)
class Marked:
    """A text with everything spotted in it."""

    text: str
    tokens: list[Token]
    segments: list[int]
    options: list[tuple[Option, ...]]
    joints: list[bool]
    flat: bool
    hits: list[SpottedTerm] = field(default_factory=list)
    # What was spotted and then found to be denied, taken back or a detail.
    gone: list[SpottedTerm] = field(default_factory=list)
    # Tokens that anything was spotted at, also what was then denied or found to be a detail.
    understood: set[int] = field(default_factory=set)

    def words(self, first: int, last: int) -> list[str]:
        return [token.word for token in self.tokens[max(first, 0) : last + 1]]

    def piece(self, first: int, last: int) -> str:
        return self.text[self.tokens[first].start : self.tokens[last].end]

    def parts(self) -> list[list[int]]:
        """The places of each segment's tokens."""
        found: dict[int, list[int]] = {}
        for at, segment in enumerate(self.segments):
            found.setdefault(segment, []).append(at)
        return list(found.values())

    def word(self, at: int) -> str:
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""


def mark(text: str, index: SourceIndex) -> Marked:
    """Tokens, their possible readings, and the places where phrases end."""
    found = tokens(text)
    options = [_options(found, at, index) for at in range(len(found))]
    joints = [token.apart and not _slashed(found, at) for at, token in enumerate(found)]
    segments, number = [], 0
    for at, token in enumerate(found):
        if joints[at] or token.word in _CONNECTORS:
            number += 1
        segments.append(number)
    return Marked(text, found, segments, options, joints, shouted(text))


def _slashed(found: list[Token], at: int) -> bool:
    return at > 0 and found[at].gap == "/" and max(len(found[at].word), len(found[at - 1].word)) <= _SLASHED


def _options(found: list[Token], at: int, index: SourceIndex) -> tuple[Option, ...]:
    """How the word may be read, best first."""
    token = found[at]
    known = index.speller.knows
    options = [Option(token.word)]
    if token.word in _SAID_AS:
        options.append(Option(_SAID_AS[token.word]))
    if token.stem != token.word:
        options.append(Option(token.stem))
    word = token.stem
    if word.endswith("s") and len(word) > 3:
        singular = f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
        if index.means(singular) and not index.means(word):
            options.append(Option(singular))
    if not known(word):
        if (number := canonical(word)) != word and known(number):
            options.append(Option(number))
        elif respelled := index.speller.respell(word):
            options.append(Option(respelled.word, max(respelled.letters_off, 1)))
    if at + 1 < len(found) and not found[at + 1].apart and len(found[at + 1].word) < 12:
        joined = word + found[at + 1].stem
        loose = found[at + 1].gap == "-" or not known(word) or not known(found[at + 1].stem)
        if known(joined) and joined not in _NOT_JOINED and joined not in ORDINARY and len(joined) > (4 if loose else 5):
            options.append(Option(joined, 0, 2))
        elif loose and len(joined) >= 7 and (respelled := index.speller.respell(joined)) and respelled.letters_off <= 1:
            options.append(Option(respelled.word, 1, 2))
    return tuple(options)


def spot(marked: Marked, index: SourceIndex, taken: set[int]) -> list[SpottedTerm]:
    """The phrases that count, longest first where they overlap; `taken` tokens belong to names already."""
    options, joints = marked.options, marked.joints
    found = [(hit, True) for hit in index.labels.find(options, joints)]
    found += [(hit, False) for hit in lexicon().find(options, joints)]
    found = [(hit, own) for hit, own in found if _stands(hit, marked, taken)]
    found.sort(key=lambda pair: _worth(*pair), reverse=True)
    chosen: list[SpottedTerm] = []
    used = set(taken)
    for hit, own in found:
        span = range(hit.first, hit.last + 1)
        if used.isdisjoint(span):
            used.update(span)
            chosen.append(_hit(hit, own, marked, index))
    _with_staff(marked, chosen)
    chosen += _partly_named(marked, index, used, chosen)
    _join_segments(marked, chosen)
    chosen += _call_letters(marked, index, used)
    return sorted(chosen, key=lambda hit: hit.first)


def _with_staff(marked: Marked, hits: list[SpottedTerm]) -> None:
    """ "my cardiologist's PA", "Dr. Kim's nurse": one doctor's people are that doctor."""
    for hit in hits:
        after = hit.last + 1
        owns = hit.concept == "doctor" and marked.word(after) in _STAFF and not marked.joints[after]
        if owns and not any(other.first <= after <= other.last for other in hits):
            hit.last = after


def _call_letters(marked: Marked, index: SourceIndex, used: set[int]) -> list[SpottedTerm]:
    """ "WXRT", "KQED", "104.3": a station by its letters, beginning with K or W, or on the dial."""
    return [
        SpottedTerm(at - 1, at, "radio", _CALL_LETTERS, f"'{marked.piece(at - 1, at)}' reads like a station", weak=True)
        for at, token in enumerate(marked.tokens)
        if token.gap == "."
        and {at - 1, at}.isdisjoint(used)
        and len(token.word) == 1
        and token.word.isdigit()
        and marked.word(at - 1).isdigit()
        and _DIAL[0] <= int(marked.word(at - 1)) <= _DIAL[1]
    ] + [
        SpottedTerm(at, at, "radio", _CALL_LETTERS, f"'{token.text}' reads like a station's call letters", weak=True)
        for at, token in enumerate(marked.tokens)
        if at not in used
        and len(token.text) == 4
        and token.text[0] in "KW"
        and token.text.isalpha()
        and token.text.isupper()
        and (not marked.flat or len(marked.tokens) == 1)
        and not index.speller.knows(token.word)
    ]


def _join_segments(marked: Marked, hits: list[SpottedTerm]) -> None:
    """The "and" of "lunch and learn" divides nothing."""
    inside = {at for hit in hits for at in range(hit.first, hit.last + 1)}
    number = 0
    for at, token in enumerate(marked.tokens):
        if marked.joints[at] or (token.word in _CONNECTORS and at not in inside):
            number += 1
        marked.segments[at] = number


def _worth(hit: Found, own: bool) -> tuple[float, ...]:
    # A respelled word weighs less than one typed right, so that "serch" never beats a longer sure phrase.
    return (hit.words - 0.3 * hit.letters_off, own, hit.meaning.strength, -hit.first)


def _stands(hit: Found, marked: Marked, taken: set[int]) -> bool:
    if any(at in taken for at in range(hit.first, hit.last + 1)):
        return False
    if not hit.meaning.whole:
        return True
    segment = marked.segments[hit.first]
    rest = [
        token.word
        for at, token in enumerate(marked.tokens)
        if (hit.meaning.whole > 1 or marked.segments[at] == segment) and not hit.first <= at <= hit.last
    ]
    return all(word in _LEAD_INS or word in _CONNECTORS or word.isdigit() for word in rest)


def _hit(hit: Found, own: bool, marked: Marked, index: SourceIndex) -> SpottedTerm:
    quoted = marked.piece(hit.first, hit.last)
    meaning = hit.meaning
    confidence = meaning.strength - 0.04 * hit.letters_off
    off = hit.letters_off
    spelled = f" ({off} letter{'s' if off > 1 else ''} off)" if off else ""
    if own and meaning.source:
        what, _, label = meaning.phrase.partition(":")
        source = index.sources[meaning.source]
        named = f"alias '{label}' of {source.label}" if what == "alias" else f"'{label}' is on the list"
        reason = f"'{quoted}' is spelled like {named}{spelled}" if off else named
        concept = index.concepts.get(meaning.source, "")
        return SpottedTerm(hit.first, hit.last, concept, confidence, reason, meaning.source, off, phrase=plain(label))
    reason = f"'{quoted}' is spelled like '{meaning.phrase}'{spelled}: " if off else f"'{quoted}' means "
    reason += concept_name(meaning.concept)
    return SpottedTerm(
        hit.first,
        hit.last,
        meaning.concept,
        confidence,
        reason,
        letters_off=off,
        weak=meaning.strength < 0.9,
        phrase=meaning.phrase,
    )


def _partly_named(marked: Marked, index: SourceIndex, used: set[int], chosen: list[SpottedTerm]) -> list[SpottedTerm]:
    """Sources of which the answer gives the telling part: "rt 9 billboard", "Lakeside mag", "HN"."""
    made: list[SpottedTerm] = []
    for places in marked.parts():
        hit = _best_wording(marked, index, places)
        if hit is not None:
            # What it swallows ("billboard", "magazine") was only a part of the name.
            inside = [old for old in chosen if hit.overlaps(old)]
            others = [old for old in chosen if old not in inside and old.first in places and not old.concept.isupper()]
            if any(old.source and not old.letters_off for old in inside) or (others and hit.weak):
                continue
            for old in inside:
                chosen.remove(old)
            used.update(range(hit.first, hit.last + 1))
            made.append(hit)
        made += _by_initials(marked, index, [at for at in places if at not in used])
    return made


def _best_wording(marked: Marked, index: SourceIndex, places: list[int]) -> SpottedTerm | None:
    if not index.wordings or len(places) > 40:
        return None
    readings: dict[str, tuple[int, int]] = {}
    for at in places:
        for option in marked.options[at]:
            if option.width == 1:
                readings.setdefault(canonical(option.word), (at, option.letters_off))
    numbers = {word for word in readings if word.isdigit()}
    scored = []
    for wording in index.wordings:
        given = [(word, weight, readings[word]) for word, weight in wording.weights if word in readings]
        share = sum(weight for _, weight, _ in given) / wording.total
        enough = _SHARE_OF_A_RARE_WORD if any(word in index.rare for word, _, _ in given) else _SHARE
        if share < enough or (wording.numbers and numbers and not wording.numbers & numbers):
            continue
        if len(given) < len(wording.weights) and _names_otherwise(marked, places, {at for _, _, (at, _) in given}):
            continue
        scored.append((share, wording, given))
    if not scored:
        return None
    scored.sort(key=lambda entry: -entry[0])
    share, wording, given = scored[0]
    if any(other.source != wording.source and rest > share - 0.1 for rest, other, _ in scored[1:]):
        return None
    placed = sorted(place for _, _, (place, _) in given)
    off = sum(letters for _, _, (_, letters) in given)
    label = index.sources[wording.source].label
    missing = [word for word, _ in wording.weights if word not in readings]
    left_out = f", without '{' '.join(missing)}'" if missing else ""
    return SpottedTerm(
        placed[0],
        placed[-1],
        index.concepts.get(wording.source, ""),
        (0.97 if share > 0.95 else 0.65 + 0.35 * (share - _SHARE_OF_A_RARE_WORD)) - 0.03 * off,
        f"'{marked.piece(placed[0], placed[-1])}' names {label}{left_out}",
        wording.source,
        off,
        weak=share < 0.75,
    )


def _names_otherwise(marked: Marked, places: list[int], given: set[int]) -> bool:
    """Whether a word of its own is right beside what a label shares: "Alder bakery" isn't "Alder choir"."""
    known = (SMALL_WORDS, ORDINARY, ORDINARY_SPANISH, lexicon().words)
    for at in places:
        word = marked.word(at)
        if at in given or not {at - 1, at + 1} & given or word.isdigit() or len(word) < 3:
            continue
        misspelled = any(option.letters_off for option in marked.options[at])
        if not misspelled and not any(word in words for words in known):
            return True
    return False


def _by_initials(marked: Marked, index: SourceIndex, places: list[int]) -> list[SpottedTerm]:
    made = []
    for at in places:
        token = marked.tokens[at]
        code = index.initials.get(token.word)
        alone = all(marked.word(other) in _LEAD_INS for other in places if other != at)
        if code and (alone or (token.text.isupper() and not marked.flat)) and token.word not in ORDINARY_SPANISH:
            reason = f"'{token.text}' are the initials of {index.sources[code].label}"
            made.append(SpottedTerm(at, at, index.concepts.get(code, ""), 0.88, reason, code))
    return made
