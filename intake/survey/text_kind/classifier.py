"""How likely each kind is for a text: a linear model over its words, their parts, and what the rules say.

Word lists know what somebody thought of; the model generalises from some twenty thousand labelled texts in nineteen
languages (`bench/text_kinds_texts/`), and weighs the rules as one witness among others. `./dev bench text_kinds --fit`
makes the weights anew. It is multinomial logistic regression on hashed features (Weinberger et al. 2009, "Feature
Hashing for Large Scale Multitask Learning"), with two more outputs of their own for danger.
"""

import json
import lzma
import math
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from intake.survey.text_kind.kinds import Judged, LastQuestion, TextKind

WEIGHTS = Path(__file__).with_name("weights.bin")
BUCKETS = 1 << 18
KINDS = tuple(TextKind)
# Beside the kinds: whether anybody is in danger, and whether from themselves.
OUTPUTS = len(KINDS) + 2
# What the rules say weighs as much as a quarter of all the words.
RULE_WEIGHT = 0.5
_MOST_WORDS = 60
_SHORT = 4
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_LONG_NUMBER = re.compile(r"\d{3,}")
_APOSTROPHE = re.compile(r"['\u2019](?=\w)")


# As the labelled texts name what was asked.
STEPS = {LastQuestion.QUESTION: "q", LastQuestion.WHO: "w", LastQuestion.CONFIRM: "w", LastQuestion.NOTHING: "a"}


@dataclass(frozen=True)
class Likelihood:
    """Probabilities. `kinds` add up to 1; `danger` and `self_harm` stand for themselves, beside any kind."""

    kinds: Mapping[TextKind, float]
    danger: float
    self_harm: float


def likelihood(text: str, asked: LastQuestion, by_rules: Judged) -> Likelihood:
    """Return how likely each kind is for `text`, given what the rules take it for. Linear in the text's length."""
    scores = list(_weights().bias)
    weights, scales = _weights().rows, _weights().scales
    for bucket, value in features(text, asked, by_rules).items():
        row = weights[bucket * OUTPUTS : (bucket + 1) * OUTPUTS]
        for output, weight in enumerate(row):
            if weight:
                scores[output] += weight * scales[output] * value
    highest = max(scores[: len(KINDS)])
    powers = [math.exp(score - highest) for score in scores[: len(KINDS)]]
    total = sum(powers)
    return Likelihood(
        {kind: power / total for kind, power in zip(KINDS, powers, strict=True)},
        _logistic(scores[-2]),
        _logistic(scores[-1]),
    )


def features(text: str, asked: LastQuestion, by_rules: Judged) -> dict[int, float]:
    """Return the buckets that a text fills, each with its value; the words' share has length 1."""
    step = STEPS[asked]
    named = dict.fromkeys(_features_of(text, step))
    share = 1 / math.sqrt(len(named))
    filled = {zlib.crc32(name.encode()) % BUCKETS: share for name in named}
    rules = [f"rule:{by_rules.kind}", f"rule:{by_rules.kind}:{step}", f"rule:{by_rules.opt_out}"]
    rules += [f"rule:{name}" for name in ("danger", "wrong_phone", "death") if getattr(by_rules, name)]
    return filled | {zlib.crc32(name.encode()) % BUCKETS: RULE_WEIGHT for name in rules}


def _features_of(text: str, step: str) -> Iterator[str]:
    words = _TOKEN.findall(_folded(text))[:_MOST_WORDS]
    framed = ["<", *words, ">"]
    yield from (f"w:{word}" for word in words)
    yield from (f"b:{first} {second}" for first, second in pairwise(framed))
    for first, second, third in zip(framed, framed[1:], framed[2:], strict=False):
        yield f"t:{first} {second} {third}"
        yield f"k:{first} {third}"
    for word in words:
        yield from _parts(word)
    yield f"step:{step}"
    yield f"length:{min(len(words), 12)}"
    yield "asks" if any(mark in text for mark in "?؟？") else "tells"
    yield "loud" if text.isupper() else "quiet"
    if len(words) == 1:
        yield f"alone:{words[0]}"
    if len(words) <= _SHORT:
        # A name answers "which doctor?", and "de nada" our thanks.
        yield from (f"s:{step}:{word}" for word in words)
        yield f"whole:{step}:{' '.join(words)}"


def _parts(word: str) -> Iterator[str]:
    """Three to five letters in a row, which misspellings and endings leave standing; fewer of a denser script."""
    framed = f"<{word}>"
    for length in (3, 4, 5):
        if len(framed) > length:
            yield from (f"c:{framed[at : at + length]}" for at in range(len(framed) - length + 1))
    if not word.isascii():
        yield from (f"j:{letter}" for letter in word)
        yield from (f"j:{first}{second}" for first, second in pairwise(word))


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(character for character in folded if not unicodedata.combining(character))
    return _APOSTROPHE.sub("", _LONG_NUMBER.sub(" 000 ", letters))


def _logistic(score: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, score))))


@dataclass(frozen=True)
class _Weights:
    """One signed byte for each bucket and output, to be multiplied with the output's scale."""

    scales: list[float]
    bias: list[float]
    rows: memoryview


@cache
def _weights() -> _Weights:
    head, rows = lzma.decompress(WEIGHTS.read_bytes()).split(b"\n", 1)
    values = json.loads(head)
    return _Weights(values["scales"], values["bias"], memoryview(rows).cast("b"))


def packed(scales: list[float], bias: list[float], rows: bytes) -> bytes:
    """Return the file of weights that `likelihood` reads."""
    head = json.dumps({"scales": scales, "bias": bias})
    return lzma.compress(head.encode() + b"\n" + rows, preset=9)
