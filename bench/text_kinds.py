"""How often a text is taken for what it is; with --fit, makes the weights of `survey/text_kind/classifier.py`.

    ./dev bench text_kinds [--fit] [--left-out]

`bench/text_kinds_texts/*.tsv` hold texts labelled by people who hadn't seen the code, by language: kind, 1 where
somebody is in danger (2: from themselves), what was asked last (q: the question, w: a name, a: nothing more), text.
Each `stranger_N.tsv` is by somebody else who had seen nothing, and is fitted on as well. With --left-out each of them
is judged by weights that were fitted on all files but that one, which foretells the next stranger best; it takes some
ten minutes. The rules had been mended after 1 to 4, so 5 to 7 tell more. `held_out.tsv`, by one more, is
never fitted on; seven of its texts were looked at.
"""

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bench._figures import finish
from intake.survey.text_kind import classifier
from intake.survey.text_kind.classifier import BUCKETS, KINDS, OUTPUTS, WEIGHTS, features, packed
from intake.survey.text_kind.emergencies import Danger, danger_in
from intake.survey.text_kind.judge import judge
from intake.survey.text_kind.kinds import LastQuestion, TextKind
from tests.capture.text.replying import replies
from tests.survey.text_kind.test_text_kind import Row, rows

TEXTS = Path(__file__).parent / "text_kinds_texts"
STRANGERS = tuple(sorted(path.stem for path in TEXTS.glob("stranger_*.tsv")))
HELD_OUT = "held_out"
# Keeps weights small where few texts speak; chosen on texts left out of a fit.
PENALTY = 2e-6
STEPS = 150
# From weights that were fitted on the other files; so many more change no figure.
STEPS_ON = 40
MISTYPED = 0.35
HELD_FAST = 3
FEWEST = 2
# Steps of a weight either way: the file stays below half a megabyte, and no held-out text is judged otherwise.
LEVELS = 31
_ASKED = {"q": LastQuestion.QUESTION, "w": LastQuestion.WHO, "a": LastQuestion.NOTHING}
Numbers = NDArray[numpy.float32]


@dataclass(frozen=True)
class LabelledText:
    """A text as a careful person would want it taken. `kinds`: the best first, others as defensible after it."""

    kinds: tuple[TextKind, ...]
    danger: int
    asked: LastQuestion
    text: str


def labelled(path: Path) -> list[LabelledText]:
    """Return the texts of a file; a line end inside a text is written \\n."""
    made = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kinds, danger, step, text = line.split("\t")
        named = tuple(TextKind(kind) for kind in kinds.split("|"))
        made.append(LabelledText(named, int(danger), _ASKED[step], text.replace("\\n", "\n")))
    return made


def labelled_texts() -> dict[str, list[LabelledText]]:
    """Return every labelled text by its file: those of the folder, and of the tests."""
    folder = {path.stem: labelled(path) for path in sorted(TEXTS.glob("*.tsv")) if path.stem != HELD_OUT}
    # Each of the tests' texts stands for a fault once found, and must hold beside thousands of others.
    return folder | {"tests": HELD_FAST * [*map(_of_the_tests, rows()), *_of_the_conversation()]}


def _misspelled(text: str, chance: random.Random) -> str:
    return " ".join(
        _mistyped(word, chance) if len(word) > 3 and word.isalpha() and chance.random() < MISTYPED else word
        for word in text.split(" ")
    )


def _mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    wrong = (after[0] + letter + after[1:], after, letter * 2 + after, chance.choice("aeiourstnl") + after)
    return before + chance.choice(wrong)


def _of_the_tests(row: Row) -> LabelledText:
    kind, _, beside = row.kinds[0].partition("+")
    danger = int(bool(beside) or kind == TextKind.EMERGENCY)
    if danger and danger_in(row.text) == Danger.SELF_HARM:
        danger = 2
    return LabelledText((TextKind(kind),), danger, row.asked, row.text)


def _of_the_conversation() -> Iterator[LabelledText]:
    """The replies that name something; what becomes of others there isn't what they are."""
    for reply in replies("development"):
        if not set(reply.becomes) & {"again", "question", "help", "start", "stop", "words", "none"}:
            asked = LastQuestion.QUESTION if reply.step == "asked" else LastQuestion.WHO
            yield LabelledText((TextKind.ANSWER,), 0, asked, reply.text)


@dataclass(frozen=True)
class Sample:
    """Texts as rows of buckets, and what each output should say of them.

    Each text stands there once more with a third of the longer words typed wrong in one letter.
    """

    buckets: csr_matrix
    wanted: Numbers
    files: NDArray[numpy.str_]
    as_written: NDArray[numpy.bool_]

    def without(self, files: tuple[str, ...]) -> "Sample":
        kept = ~numpy.isin(self.files, files)
        return Sample(self.buckets[kept], self.wanted[kept], self.files[kept], self.as_written[kept])


@dataclass(frozen=True)
class Fitted:
    weights: Numbers
    bias: Numbers

    def packed(self) -> bytes:
        scales = numpy.abs(self.weights).max(axis=0) / LEVELS
        steps = numpy.rint(self.weights / scales).astype(numpy.int8)
        return packed([float(scale) for scale in scales], [float(each) for each in self.bias], steps.tobytes())


def sampled(texts: dict[str, list[LabelledText]]) -> Sample:
    """Return all these texts, ready to be fitted on; always the same."""
    chance = random.Random(1)
    rows_of: list[tuple[str, bool, LabelledText]] = []
    for file, each in ((file, each) for file, group in texts.items() for each in group):
        rows_of.append((file, True, each))
        typed = _misspelled(each.text, chance)
        if typed != each.text:
            rows_of.append((file, False, replace(each, text=typed)))
    filled = [features(each.text, each.asked) for _, _, each in rows_of]
    buckets = csr_matrix(
        (
            numpy.concatenate([numpy.fromiter(row.values(), numpy.float32) for row in filled]),
            numpy.concatenate([numpy.fromiter(row, numpy.int32) for row in filled]),
            numpy.cumsum([0, *map(len, filled)]),
        ),
        shape=(len(filled), BUCKETS),
    )
    wanted = numpy.array([_wanted(each) for _, _, each in rows_of], numpy.float32)
    return Sample(
        buckets, wanted, numpy.array([file for file, _, _ in rows_of]), numpy.array([ours for _, ours, _ in rows_of])
    )


def _wanted(each: LabelledText) -> list[bool]:
    return [*(kind == each.kinds[0] for kind in KINDS), each.danger >= 1, each.danger >= 2]


def fit(sample: Sample, start: Fitted | None = None, steps: int = STEPS) -> Fitted:
    """Return weights for these texts: one regression over the kinds, and one for each of the two outputs of danger."""
    # What one text alone has says little of others, and would fill most of the file.
    occurring = numpy.bincount(sample.buckets[sample.as_written].indices, minlength=BUCKETS)
    used = numpy.flatnonzero(occurring >= FEWEST)
    seen, count = sample.buckets[:, used], len(KINDS)
    back, wanted = seen.T.tocsr(), sample.wanted
    penalty = numpy.full(OUTPUTS, PENALTY, numpy.float32)
    penalty[count:] /= 2

    def loss(flat: NDArray[numpy.float64]) -> tuple[float, NDArray[numpy.float64]]:
        weights, bias = _apart(flat.astype(numpy.float32))
        scores = seen @ weights + bias
        powers = numpy.exp(scores[:, :count] - scores[:, :count].max(axis=1, keepdims=True))
        kinds = powers / powers.sum(axis=1, keepdims=True)
        dangers = 1 / (1 + numpy.exp(-scores[:, count:].clip(-60, 60)))
        likely = (kinds * wanted[:, :count]).sum(axis=1)
        told = numpy.where(wanted[:, count:] > 0, dangers, 1 - dangers)
        value = -numpy.log(likely + 1e-12).mean() - numpy.log(told + 1e-12).sum(axis=1).mean()
        value += (penalty * (weights**2).sum(axis=0)).sum() / 2
        wrong = (numpy.concatenate([kinds, dangers], axis=1) - wanted) / len(wanted)
        slope = numpy.concatenate([(back @ wrong + penalty * weights).ravel(), wrong.sum(axis=0)])
        return float(value), slope.astype(numpy.float64)

    first = numpy.zeros((len(used) + 1) * OUTPUTS)
    if start is not None:
        first = numpy.concatenate([start.weights[used].ravel(), start.bias]).astype(numpy.float64)
    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    weights = numpy.zeros((BUCKETS, OUTPUTS), numpy.float32)
    weights[used], bias = _apart(found.astype(numpy.float32))
    return Fitted(weights, bias)


def _apart(flat: Numbers) -> tuple[Numbers, Numbers]:
    return flat[:-OUTPUTS].reshape(-1, OUTPUTS), flat[-OUTPUTS:]


def left_out(texts: dict[str, list[LabelledText]], sample: Sample) -> Iterator[tuple[str, dict[str, object]]]:
    """Each stranger's texts, judged by weights that were fitted on all files but theirs."""
    first = fit(sample.without(STRANGERS))
    for name in STRANGERS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(fit(sample.without((name,)), first, STEPS_ON).packed())
            with mock.patch.object(classifier, "WEIGHTS", path):
                yield f"{name} left out", measured(texts[name])


def measured(texts: list[LabelledText]) -> dict[str, object]:
    """Return how these texts are judged: the share that is right, and what must never happen, as counts."""
    counts: Counter[str] = Counter()
    for each in texts:
        judged = judge(each.text, asked=each.asked)
        # Without a practice's list nobody knows whether an answer can be read.
        likely = {TextKind.ANSWER, *each.kinds} if TextKind.UNCLEAR in each.kinds else set(each.kinds)
        counts["right"] += judged.kind in likely
        counts["missed stops"] += each.kinds[0] == TextKind.STOP and judged.kind not in each.kinds
        counts["false stops"] += judged.kind == TextKind.STOP and TextKind.STOP not in each.kinds
        counts["missed emergencies"] += each.danger > 0 and judged.danger is None
        counts["false emergencies"] += each.danger == 0 and judged.danger is not None
    right = counts.pop("right")
    return {"texts": len(texts), "right": round(right / max(1, len(texts)), 3), **counts}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fit", action="store_true", help="make the weights anew")
    parser.add_argument("--left-out", action="store_true", help="judge each stranger by the others' texts")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    texts = labelled_texts()
    sample = sampled(texts) if options.fit or options.left_out else None
    if options.fit and sample:
        WEIGHTS.write_bytes(fit(sample).packed())
    figures = {name: measured(texts[name]) for name in STRANGERS}
    figures[HELD_OUT] = measured(labelled(TEXTS / f"{HELD_OUT}.tsv"))
    if options.left_out and sample:
        figures |= dict(left_out(texts, sample))
    return finish({"bench": "text_kinds", "labelled": sum(map(len, texts.values())), **figures, "holds": True})


if __name__ == "__main__":
    raise SystemExit(main())
