"""How likely each kind is for a text: a linear model over its words and their parts.

Word lists know what somebody thought of; the model generalises from some 25,000 labelled texts in nineteen
languages (`bench/text_kinds_texts/`). It isn't told what the rules say: they were written beside the same texts and
seem surer there than they are of a stranger's. `./dev bench text_kinds --fit` makes the weights anew. It is
multinomial logistic regression on hashed features (Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask
Learning"), with two more outputs of their own for danger.
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

from intake.survey.text_kind.kinds import LastQuestion, TextKind
from intake.survey.text_kind.reply_words import sentences

WEIGHTS = Path(__file__).with_name("weights.bin")
BUCKETS = 1 << 18
KINDS = tuple(TextKind)
# Beside the kinds: whether anybody is in danger, and whether from themselves.
OUTPUTS = len(KINDS) + 2
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


def likelihood(text: str, asked: LastQuestion) -> Likelihood:
    """Return how likely each kind is for `text`. Linear in its length."""
    fitted = _weights(WEIGHTS)
    scores, weights, scales = list(fitted.bias), fitted.rows, fitted.scales
    for bucket, value in features(text, asked).items():
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


def features(text: str, asked: LastQuestion) -> dict[int, float]:
    """Return the buckets that a text fills, each with its value; together they have length 1."""
    named = dict.fromkeys(_features_of(text, STEPS[asked]))
    share = 1 / math.sqrt(len(named))
    return {zlib.crc32(name.encode()) % BUCKETS: share for name in named}


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
    if len(words) <= _SHORT or step != "q":
        # A name answers "which doctor?", and "de nada" our thanks.
        yield from (f"s:{step}:{word}" for word in words)
    if len(words) <= _SHORT:
        yield f"whole:{step}:{' '.join(words)}"
    yield from _ends(words, step)
    yield from _beginnings([_TOKEN.findall(_folded(sentence)) for sentence in sentences(text)])


def _ends(words: list[str], step: str) -> Iterator[str]:
    if words:
        yield f"first:{step}:{words[0]}"
        yield f"begins:{step}:{' '.join(words[:2])}"
        yield f"last:{words[-1]}"


def _beginnings(said: list[list[str]]) -> Iterator[str]:
    """How each sentence begins where there are several, as "Google. Stop texting me"; a short one as a whole."""
    for words in said if len(said) > 1 else ():
        yield f"S:{' '.join(words[:1])}"
        yield f"S:{' '.join(words[:2])}"
        if len(words) < _SHORT:
            yield f"sentence:{' '.join(words)}"


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
def _weights(path: Path) -> _Weights:
    head, rows = lzma.decompress(path.read_bytes()).split(b"\n", 1)
    values = json.loads(head)
    return _Weights(values["scales"], values["bias"], memoryview(rows).cast("b"))


def packed(scales: list[float], bias: list[float], rows: bytes) -> bytes:
    """Return the file of weights that `likelihood` reads."""
    head = json.dumps({"scales": scales, "bias": bias})
    return lzma.compress(head.encode() + b"\n" + rows, preset=9)
