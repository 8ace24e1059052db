"""The practice's own list of sources, made ready for reading: what each one is called and what it means."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from intake.survey.spotting.concepts import DEFAULT_CODES, PARENTS, chain, top
from intake.survey.spotting.lexicon import (
    FIRST_NAMES,
    ORDINARY,
    ORDINARY_SPANISH,
    REAL_WORDS,
    SMALL_WORDS,
    phrases,
    words,
)
from intake.survey.spotting.phrases import Option, PhraseMeaning, PhraseTree
from intake.survey.spotting.spell_checker import Speller
from intake.survey.spotting.tokens import plain, tokens

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
_SHORT = {"rt": "route", "rte": "route", "hwy": "highway", "ave": "avenue", "st": "street", "blvd": "boulevard"} | {
    "ctr": "center", "centre": "center", "sr": "senior", "mag": "magazine", "dr": "doctor", "hosp": "hospital",
    "rd": "road", "assn": "association", "univ": "university", "ch": "channel", "runner": "run", "runners": "run",
    "running": "run",
}  # fmt: skip
# A label with one of these stands for any event; "Farmers Market" for itself.
_EVENTS = words("event events outreach evento eventos fair fairs")
_GENERAL = ("online", "friend", "family")
_JOINERS = words("on of at the in and or for by a de del la el en y &")


@dataclass(frozen=True, slots=True)
class PracticeSource:
    """An active entry of the practice's list. `labels`: its names, in every language; `parent_code`: if nested."""

    code: str
    kind: str = "non_person"
    labels: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    parent_code: str | None = None

    @property
    def label(self) -> str:
        return self.labels[0] if self.labels else self.code


@dataclass(frozen=True, slots=True)
class Wording:
    """A label's telling words, for answers that give only part of it: word → weight."""

    source: str
    label: str
    weights: tuple[tuple[str, float], ...]
    total: float
    numbers: frozenset[str]


def canonical(word: str) -> str:
    """One word for "rt", "rte" and "route", "nine" and "9", and without plural."""
    word = _SHORT.get(word, word)
    word = _NUMBERS.get(word, word)
    if len(word) > 4 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return _SHORT.get(word, word)


@lru_cache(maxsize=1)
def lexicon() -> PhraseTree:
    """All built-in phrases, compiled once a process."""
    tree = PhraseTree()
    for name in ("english", "spanish", "steering"):
        tree.add_lexicon(phrases(name))
    return tree


@dataclass(eq=False)
class SourceIndex:
    """The list, ready for reading. Not to be changed; one index equals itself only, so that readings can be cached."""

    sources: dict[str, PracticeSource]
    labels: PhraseTree
    speller: Speller
    # Concept or default code → code of the source that stands for it here.
    claims: dict[str, str]
    # Source → the concept its label speaks of, for those that aren't of the default list.
    concepts: dict[str, str]
    wordings: list[Wording]
    initials: dict[str, str]
    # Words that only labels of this list know.
    rare: frozenset[str]

    def source_for(self, concept: str) -> str | None:
        """The practice's most specific source for a meaning, or None when its list has none."""
        return next((self.claims[step] for step in chain(concept) if step in self.claims), None)

    def means(self, word: str) -> bool:
        """Whether a phrase or label holds the word."""
        return word in lexicon().words or word in self.labels.words

    def parent_of(self, code: str) -> str | None:
        source = self.sources.get(code)
        return source.parent_code if source else None


def words_of(label: str) -> tuple[str, ...]:
    return tuple(token.stem for token in tokens(label))


def build_index(sources: Iterable[PracticeSource]) -> SourceIndex:
    """What `read_answer` needs to know of the list. Takes tens of milliseconds; make it once per version."""
    listed = {source.code: source for source in sources}
    claims = {code: code for code in listed if code in DEFAULT_CODES or code in PARENTS}
    for code, kind in (("doctor", "physician"), ("friend_family", "patient")):
        of_kind = [source.code for source in listed.values() if source.kind == kind and source.parent_code is None]
        if code not in claims and len(of_kind) == 1:
            claims[code] = of_kind[0]
    concepts: dict[str, str] = {}
    narrower: dict[str, list[str]] = {}
    labels = PhraseTree()
    for source in listed.values():
        for text, what in [(label, "label") for label in source.labels] + [
            (alias, "alias") for alias in source.aliases
        ]:
            _add_label(labels, source, text, what)
        if source.code in DEFAULT_CODES or source.code in PARENTS:
            concepts[source.code] = source.code
            continue
        meant, whole = _label_meaning(source)
        one_event = top(meant or "") == "event" and _EVENTS.isdisjoint(words_of(source.label))
        if meant and whole and meant not in claims and not one_event:
            claims[meant] = source.code
        elif meant:
            narrower.setdefault(meant, []).append(source.code)
        concept = meant or (source.parent_code if source.parent_code in DEFAULT_CODES else None)
        if concept:
            concepts[source.code] = concept
    for concept, codes in narrower.items():
        # "Billboard on Route 9" stands for any billboard in a practice whose list knows no other and no advertising.
        # One event stands for no other: people name many, each by its name.
        if len(codes) == 1 and top(concept) != "event" and not any(step in claims for step in chain(concept)):
            claims[concept] = codes[0]
    for concept in _GENERAL:
        # "Internet search", "Friend": the plain word for a whole kind stands for all of it, if nothing else does.
        if concept in claims:
            claims.setdefault(top(concept), claims[concept])
    wordings = _wordings(listed.values())
    targets = lexicon().words | labels.words | {word for wording in wordings for word, _ in wording.weights}
    targets |= {word for word in labels.root.children if len(word) >= 7}
    known = ORDINARY | ORDINARY_SPANISH | FIRST_NAMES | SMALL_WORDS
    speller = Speller(targets=targets, known=known | targets, likely=lexicon().telling, other=REAL_WORDS - targets)
    rare = frozenset(labels.words - lexicon().words - ORDINARY - ORDINARY_SPANISH - FIRST_NAMES)
    return SourceIndex(listed, labels, speller, claims, concepts, wordings, _initials(listed.values()), rare)


def _add_label(tree: PhraseTree, source: PracticeSource, text: str, what: str) -> None:
    wording = words_of(text)
    if not wording:
        return
    plain_words = len(wording) == 1 and (wording[0] in ORDINARY or wording[0] in ORDINARY_SPANISH)
    meaning = PhraseMeaning(source.code, 0.99, f"{what}:{text}", whole=int(plain_words), source=source.code)
    tree.add(wording, meaning)
    content = tuple(word for word in wording if word not in _JOINERS)
    if content and content != wording:
        tree.add(content, meaning)


def _label_meaning(source: PracticeSource) -> tuple[str | None, bool]:
    """The concept that a label speaks of, and whether that is all it says."""
    for label in (*source.labels, *source.aliases):
        words = [word for word in words_of(label) if word not in _JOINERS]
        options: list[tuple[Option, ...]] = [(Option(word),) for word in words]
        found = [
            hit
            for hit in lexicon().find(options, [False] * len(options))
            if not hit.meaning.concept.isupper() and (not hit.meaning.whole or hit.words == len(words))
        ]
        if not found:
            continue
        longest = max(found, key=lambda hit: (hit.words, hit.last))
        concepts = {hit.meaning.concept for hit in found if hit.words == longest.words}
        covered = {place for hit in found for place in range(hit.first, hit.last + 1)}
        whole = len(covered) == len(words) and all(
            concept in chain(longest.meaning.concept) or longest.meaning.concept in chain(concept)
            for concept in concepts
        )
        head = next((hit.meaning.concept for hit in found if hit.meaning.concept in PARENTS), longest.meaning.concept)
        return (longest.meaning.concept if whole else head), whole
    return None, False


def _wordings(sources: Iterable[PracticeSource]) -> list[Wording]:
    owners: dict[str, set[str]] = {}
    texts = [(source, text) for source in sources for text in (*source.labels, *source.aliases)]
    for source, text in texts:
        for word in words_of(text):
            owners.setdefault(canonical(word), set()).add(source.code)
    known = lexicon().words | ORDINARY | ORDINARY_SPANISH
    made = []
    for source, text in texts:
        words = [canonical(word) for word in words_of(text) if word not in _JOINERS]
        if source.code in DEFAULT_CODES or source.code in PARENTS or len(words) < 2:
            continue
        weights = {}
        for word in words:
            telling = not word.isdigit() and word not in known and word not in FIRST_NAMES
            weights[word] = (1.0 if telling else 0.5) / len(owners[word])
        numbers = frozenset(word for word in words if word.isdigit())
        made.append(Wording(source.code, text, tuple(weights.items()), sum(weights.values()), numbers))
    return made


def _initials(sources: Iterable[PracticeSource]) -> dict[str, str]:
    """Initials of labels of two words and more ("HN"), unless two sources share them or they are a word."""
    found: dict[str, set[str]] = {}
    for source in sources:
        if source.code in DEFAULT_CODES or source.code in PARENTS:
            continue
        for label in source.labels:
            words = words_of(label)
            for chosen in (words, tuple(word for word in words if word not in _JOINERS)):
                letters = "".join(word[0] for word in chosen if word and not word[0].isdigit())
                if 2 <= len(letters) <= 6 and len(letters) == len(chosen):
                    found.setdefault(plain(letters), set()).add(source.code)
    return {
        letters: next(iter(codes))
        for letters, codes in found.items()
        if len(codes) == 1 and letters not in ORDINARY and letters not in lexicon().words
    }
