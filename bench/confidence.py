"""Fits the weights of `survey/text_reader/confidence.toml` on labelled answers; shows how well they do.

    ./dev bench confidence [--seed N] [--answers FILE ...] [--write]

Every labelled answer of the development half, the everyday and the practice's is read three times, each time without
another third of the phrases: answers that nobody has seen fail where a phrase is missing, and read so about as many are
wrong.
The held-out half is never fitted on, only shown. `--answers` adds files of the same form, such as a practice's own
decisions; `--write` keeps the weights. What is counted already stays as it was recorded.
"""

import argparse
import random
from dataclasses import astuple, fields
from pathlib import Path

import numpy
from numpy.typing import NDArray

from bench._figures import finish
from bench.matching import (
    TARGET_PRECISION,
    Labelled,
    coverage_at,
    default_sources,
    known_names,
    labelled,
    labelled_in,
    own_sources,
    reliability,
)
from intake.survey.spotting import lexicon, practice_sources
from intake.survey.spotting.phrases import GUESS
from intake.survey.spotting.spotter import Marked, SpottedTerm
from intake.survey.text_reader import confidence, reader
from intake.survey.text_reader.confidence import ReadingFacts
from intake.survey.text_reader.reader import NOBODY_KNOWN, SURE_ENOUGH, KnownNames, build_index, read_answer

FOLDS = 3
HEADING = "# Fitted and written by `./dev bench confidence --write`; what each fact is, confidence.py says."
# Keeps the weights small where the answers say little, and away from certainty.
PENALTY = 3.0
Row = tuple[ReadingFacts, bool]


def rows(
    answers: list[Labelled], index: practice_sources.SourceIndex, known_names: KnownNames = NOBODY_KNOWN
) -> list[Row]:
    """The facts of everything read in these answers that may count at once, and whether it was right."""
    seen: list[tuple[ReadingFacts, str | None]] = []
    true_facts = confidence.facts

    def noting(hit: SpottedTerm, hits: list[SpottedTerm], marked: Marked) -> ReadingFacts:
        known = true_facts(hit, hits, marked)
        if not hit.proposed and hit.confidence > GUESS:
            seen.append((known, hit.source or index.source_for(hit.concept)))
        return known

    made: list[Row] = []
    setattr(reader, "facts", noting)  # noqa: B010
    for answer in answers:
        seen.clear()
        read_answer(answer.text, sources=index, known=known_names)
        made += [(known, source in answer.sources) for known, source in seen if source]
    setattr(reader, "facts", true_facts)  # noqa: B010
    return made


def without(fold: int, seed: int) -> None:
    """Take a part of the phrases away, all spellings of a phrase at once."""

    def some(name: str) -> dict[str, list[str]]:
        chance = random.Random(f"{seed} {name}")
        full = lexicon.phrases(name)
        if name == "steering":
            return full
        return {
            concept: [phrase for phrase in phrases if chance.randrange(FOLDS) != fold]
            for concept, phrases in full.items()
        }

    setattr(practice_sources, "phrases", some)  # noqa: B010
    practice_sources.lexicon.cache_clear()


def whole() -> None:
    setattr(practice_sources, "phrases", lexicon.phrases)  # noqa: B010
    practice_sources.lexicon.cache_clear()


def fit(made: list[Row]) -> NDArray[numpy.float64]:
    """Penalised logistic regression by Newton's method; the last weight is the intercept."""
    x = numpy.array([[*astuple(known), 1.0] for known, _ in made])
    y = numpy.array([float(right) for _, right in made])
    weights = numpy.zeros(x.shape[1])
    penalty = numpy.full(x.shape[1], PENALTY)
    penalty[-1] = 0.0
    for _ in range(50):
        p = 1 / (1 + numpy.exp(-(x @ weights)))
        gradient = x.T @ (y - p) - penalty * weights
        curve = (x * (p * (1 - p))[:, None]).T @ x + numpy.diag(penalty)
        step = numpy.linalg.solve(curve, gradient)
        weights += step
        if abs(step).max() < 1e-8:
            break
    return weights


def judged(made: list[Row], weights: NDArray[numpy.float64]) -> list[tuple[float, bool]]:
    x = numpy.array([[*astuple(known), 1.0] for known, _ in made])
    return [(float(p), right) for p, (_, right) in zip(1 / (1 + numpy.exp(-(x @ weights))), made, strict=True)]


def show(name: str, rated: list[tuple[float, bool]]) -> dict[str, float]:
    """Print how sure and how right the readings are; return what counts at once and how much of it is right."""
    right = sum(true for _, true in rated)
    print(f"{name}: {len(rated)} read, {right / len(rated):.1%} right")
    for precision in (0.99, 0.98):
        print(f"  {coverage_at(rated, precision) / right:.1%} of what is right lies above the point of {precision:.0%}")
    for band, line in reliability(rated):
        print(f"  {band}: {line}")
    at_once = [true for confidence, true in rated if confidence >= SURE_ENOUGH]
    return {
        "read": len(rated),
        "at_once": round(len(at_once) / len(rated), 4),
        "at_once_right": round(sum(at_once) / max(len(at_once), 1), 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the same; it takes seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--answers", type=Path, action="append", default=[], help="a further labelled file to fit on")
    parser.add_argument("--write", action="store_true", help="keep the weights that are found")
    options = parser.parse_args()
    development = labelled("development") + labelled("everyday")
    for path in options.answers:
        development += labelled_in(path)
    practice, names = labelled("practice"), known_names()
    parts: list[list[Row]] = []
    for fold in range(FOLDS):
        without(fold, options.seed)
        index = build_index([*default_sources(), *own_sources()])
        parts.append(rows(development, index) + rows(practice, index, names))
    whole()
    index = build_index([*default_sources(), *own_sources()])
    made = [row for part in parts for row in part]
    across: list[tuple[float, bool]] = []
    for fold, part in enumerate(parts):
        rest = [row for other, rows_ in enumerate(parts) if other != fold for row in rows_]
        across += judged(part, fit(rest))
    weights = fit(made)
    shown = {
        "across": show("each third by the other two", across),
        "development": show("development, all phrases", judged(rows(development, index), weights)),
        "practice": show("the practice's, all phrases", judged(rows(practice, index, names), weights)),
        "held_out": show("held out, all phrases", judged(rows(labelled("held_out"), index), weights)),
    }
    lines = [f"intercept = {weights[-1]:.3f}", "", "[weights]"]
    lines += [f"{field.name} = {weight:.3f}" for field, weight in zip(fields(ReadingFacts), weights, strict=False)]
    print("\n".join(lines))
    if options.write:
        confidence.FITTED.write_text("\n".join([HEADING, *lines, ""]), encoding="utf-8")
    holds = all(shown[part]["at_once_right"] >= TARGET_PRECISION for part in ("development", "practice"))
    return finish({"bench": "confidence", **shown, "holds": holds})


if __name__ == "__main__":
    raise SystemExit(main())
