"""How often a text is taken for what it is; with --fit, makes the weights of `survey/text_kind/classifier.py`.

    ./dev bench text_kinds [--fit]

`bench/text_kinds_texts/*.tsv` hold texts labelled by people who hadn't seen the code, by language: kind, 1 where
somebody is in danger (2: from themselves), what was asked last (q: the question, w: a name, a: nothing more), text.
`held_out.tsv` to `held_out_4.tsv`, by four strangers, are never fitted on; all but the last were looked at meanwhile.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bench._figures import finish
from intake.survey.text_kind.classifier import BUCKETS, KINDS, OUTPUTS, WEIGHTS, features, packed
from intake.survey.text_kind.emergencies import Danger, danger_in
from intake.survey.text_kind.judge import judge
from intake.survey.text_kind.kinds import LastQuestion, TextKind
from intake.survey.text_kind.rules import judge_by_rules
from tests.capture.text.replying import replies
from tests.survey.text_kind.test_text_kind import Row, rows

TEXTS = Path(__file__).parent / "text_kinds_texts"
HELD_OUT = ("held_out", "held_out_2", "held_out_3", "held_out_4")
# Keeps weights small where few texts speak; chosen on texts left out of a fit.
PENALTY = 2e-6
STEPS = 150
MISTYPED = 0.35
HELD_FAST = 3
FEWEST = 2
# Steps of a weight either way: the file stays below half a megabyte, and no held-out text is judged otherwise.
LEVELS = 31
_ASKED = {"q": LastQuestion.QUESTION, "w": LastQuestion.WHO, "a": LastQuestion.NOTHING}
Numbers = NDArray[numpy.float64]


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


def fitted_on() -> list[LabelledText]:
    """Return every labelled text but the held-out ones: those of the folder, and of the tests."""
    folder = [each for path in sorted(TEXTS.glob("*.tsv")) if path.stem not in HELD_OUT for each in labelled(path)]
    # Each of the tests' texts stands for a fault once found, and must hold beside thousands of others.
    return folder + HELD_FAST * [*map(_of_the_tests, rows()), *_of_the_conversation()]


def with_misspelled(texts: list[LabelledText]) -> list[LabelledText]:
    """Return `texts`, and after them those in which a third of the longer words are typed wrong in one letter."""
    chance = random.Random(1)
    typed = ((each, _misspelled(each.text, chance)) for each in texts)
    return [*texts, *(replace(each, text=text) for each, text in typed if text != each.text)]


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


def fit(originals: list[LabelledText]) -> bytes:
    """Return the file of weights for these texts, each fitted on once more with words mistyped."""
    texts = with_misspelled(originals)
    filled = [features(each.text, each.asked, judge_by_rules(each.text, asked=each.asked)) for each in texts]
    matrix = csr_matrix(
        (
            numpy.concatenate([list(row.values()) for row in filled]),
            numpy.concatenate([list(row) for row in filled]),
            numpy.cumsum([0, *map(len, filled)]),
        ),
        shape=(len(texts), BUCKETS),
    )
    # What one text alone has says little of others, and would fill most of the file.
    occurring = numpy.bincount(matrix[: len(originals)].indices, minlength=BUCKETS)
    used = numpy.flatnonzero(occurring >= FEWEST)
    seen = matrix[:, used]
    kinds = numpy.array([KINDS.index(each.kinds[0]) for each in texts])
    weights = numpy.zeros((BUCKETS, OUTPUTS))
    bias = numpy.zeros(OUTPUTS)
    weights[used, :-2], bias[:-2] = _regression(seen, kinds, len(KINDS))
    for output, least in ((-2, 1), (-1, 2)):
        of_two, bias_of_two = _regression(seen, numpy.array([int(each.danger >= least) for each in texts]), 2)
        weights[used, output] = of_two[:, 1] - of_two[:, 0]
        bias[output] = bias_of_two[1] - bias_of_two[0]
    scales = numpy.abs(weights).max(axis=0) / LEVELS
    rows = numpy.rint(weights / scales).astype(numpy.int8)
    return packed([float(scale) for scale in scales], [float(each) for each in bias], rows.tobytes())


def _regression(seen: csr_matrix, wanted: NDArray[numpy.int64], count: int) -> tuple[Numbers, Numbers]:
    truth = numpy.eye(count)[wanted]
    columns = seen.shape[1]

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights, bias = flat[:-count].reshape(columns, count), flat[-count:]
        scores = seen @ weights + bias
        powers = numpy.exp(scores - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        wrong = (shares - truth) / len(truth)
        value = -numpy.log((shares * truth).sum(axis=1) + 1e-12).mean() + PENALTY / 2 * (weights**2).sum()
        return float(value), numpy.concatenate([(seen.T @ wrong + PENALTY * weights).ravel(), wrong.sum(axis=0)])

    start = numpy.zeros(columns * count + count)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return found[:-count].reshape(columns, count), found[-count:]


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
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.fit:
        WEIGHTS.write_bytes(fit(fitted_on()))
    held_out = {name: measured(labelled(TEXTS / f"{name}.tsv")) for name in HELD_OUT}
    return finish({"bench": "text_kinds", "labelled": len(fitted_on()), **held_out, "holds": True})


if __name__ == "__main__":
    raise SystemExit(main())
