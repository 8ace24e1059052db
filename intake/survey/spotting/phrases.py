"""Phrases as a tree of words: written compactly, found in one pass over a text, small words passed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from intake.survey.spotting.lexicon import SMALL_WORDS, words

SURE, LIKELY, GUESS = 0.97, 0.82, 0.6
_MOST_PASSED = 2
# "the ER, my doctor" is no "ER doctor", comma or not.
_PASSED_OVER = SMALL_WORDS - words("my mi mis our nuestro nuestra")
# Stands for any number in a phrase: "channel 0".
ANY_NUMBER = "0"


@dataclass(frozen=True, slots=True)
class PhraseMeaning:
    """What a phrase stands for. `whole`: only when nothing else is said, 1 between two commas, 2 at all."""

    concept: str
    strength: float
    phrase: str
    whole: int = 0
    source: str | None = None


@dataclass(slots=True)
class Node:
    children: dict[str, "Node"] = field(default_factory=dict)
    meanings: list[PhraseMeaning] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to read the word at a place: as typed, as stem, respelled, or joined with the next one."""

    word: str
    letters_off: int = 0
    width: int = 1


Options = Sequence[tuple[Option, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase at tokens `first` to `last`, both included."""

    first: int
    last: int
    words: int
    letters_off: int
    meaning: PhraseMeaning


def spelled_out(phrase: str) -> Iterator[tuple[str, ...]]:
    """Every wording of "drove by/past bus?"."""
    choices: list[list[tuple[str, ...]]] = []
    for part in phrase.split():
        optional = part.endswith("?")
        words: list[tuple[str, ...]] = [(word,) for word in part.rstrip("?").split("/") if word]
        choices.append([*words, ()] if optional else words)
    for combination in product(*choices):
        wording = tuple(word for words in combination for word in words)
        if wording:
            yield wording


class PhraseTree:
    def __init__(self) -> None:
        self.root = Node()
        self.words: set[str] = set()
        # Words that mean something by themselves.
        self.telling: set[str] = set()

    def add(self, wording: tuple[str, ...], meaning: PhraseMeaning) -> None:
        node = self.root
        for word in wording:
            node = node.children.setdefault(word, Node())
        if meaning not in node.meanings:
            node.meanings.append(meaning)
        self.words.update(wording)
        if len(wording) == 1 and not meaning.whole:
            self.telling.update(wording)
        joined = "".join(wording)
        if len(wording) > 1 and len(joined) >= 7 and joined not in self.root.children:
            # "wordofmouth", "googlemaps": people leave spaces out, above all on a phone.
            self.root.children.setdefault(joined, Node()).meanings.append(meaning)

    def add_lexicon(self, lexicon: dict[str, list[str]]) -> None:
        """Add concept → phrases in the notation of english.txt."""
        for concept, phrases in lexicon.items():
            for marked in phrases:
                phrase = marked.lstrip("~=").strip()
                marks = marked[: len(marked) - len(phrase)]
                strength = {0: SURE, 1: LIKELY}.get(marks.count("~"), GUESS)
                for wording in spelled_out(phrase):
                    self.add(wording, PhraseMeaning(concept, strength, " ".join(wording), whole=marks.count("=")))

    def find(self, options: Options, joints: list[bool]) -> list[Found]:
        """Every phrase there is. `joints[i]` says that no phrase runs from token i-1 into token i."""
        found: list[Found] = []
        for start in range(len(options)):
            walk = [_Step(self.root, start, 0, 0, 0)]
            while walk:
                step = walk.pop()
                if step.at < len(options) and not (step.at > start and joints[step.at]):
                    walk += _onward(step, start, options, joints, found)
        return found


@dataclass(frozen=True, slots=True)
class _Step:
    """How far a walk has come in the tree and the text: words matched, letters off, small words passed over."""

    node: Node
    at: int
    words: int
    off: int
    passed: int


def _onward(step: _Step, start: int, options: Options, joints: list[bool], found: list[Found]) -> Iterator[_Step]:
    for option in options[step.at]:
        child = step.node.children.get(option.word)
        if child is None and option.word.isdigit():
            child = step.node.children.get(ANY_NUMBER)
        if child is None or any(joints[step.at + 1 : step.at + option.width]):
            continue
        end, matched, off = step.at + option.width, step.words + option.width, step.off + option.letters_off
        found.extend(Found(start, end - 1, matched, off, meaning) for meaning in child.meanings)
        if child.children:
            yield _Step(child, end, matched, off, step.passed)
    if step.words and step.passed < _MOST_PASSED and options[step.at][0].word in _PASSED_OVER:
        yield _Step(step.node, step.at + 1, step.words, step.off, step.passed + 1)
