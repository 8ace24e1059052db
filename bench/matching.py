"""How well free answers are read, on labelled answers of `matching_answers/` and, given its file, on a real survey.

    ./dev bench matching [--quick] [--failures] [--survey FILE]

Prints, for the development half and the half that was held out: the share of answers whose set of mentions is read
exactly, the share that may be counted at once with 99 % of it right, and how often each band of confidence is right.
The survey (a column `answer`, several joined by commas) may also be named by HEARD_ABOUT_US_CSV.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from intake.directory.sources.records import DEFAULT_SOURCES
from intake.survey.name_reader.known_names import (
    KnownNames,
    KnownPatient,
    is_given_name_of,
    name_words,
    own_provider,
)
from intake.survey.name_reader.linking import PhysicianCandidate
from intake.survey.name_reader.practice_names import KnownPractice, KnownPractices
from intake.survey.question import wording
from intake.survey.review.write_ins import WriteIn, group_writeins
from intake.survey.spotting.tokens import plain
from intake.survey.text_reader.reader import (
    NOBODY_KNOWN,
    SURE_ENOUGH,
    AnswerReading,
    PracticeSource,
    ReadOutcome,
    SourceIndex,
    build_index,
    read_answer,
)

ANSWERS = Path(__file__).resolve().parent / "matching_answers"
OUTCOMES = {"DONT_REMEMBER", "DECLINED", "UNMATCHED"}
TARGET_EXACT = 0.93
TARGET_EXACT_OF_OTHERS = 0.80
TARGET_PRECISION = 0.99
# The survey's own choices; everything else in it was typed.
SURVEY_CHOICES = (
    "Reddit", "Haskell Weekly", "Twitter", "Lobsters", "Slack", "Telegram", "Discord", "Discourse", "Mailing lists",
    "IRC", "In person", "Matrix/Riot", "Mastodon", "GitHub", "Facebook",
)  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    text: str
    sources: frozenset[str]
    outcome: ReadOutcome
    person: str | None


def labelled(name: str) -> list[Labelled]:
    return labelled_in(ANSWERS / f"{name}.tsv")


def labelled_by_language() -> dict[str, list[Labelled]]:
    """The answers of the languages that have words alone, by language."""
    found: dict[str, list[Labelled]] = {}
    for line in (ANSWERS / "waiting_room_languages.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, expected, text = line.split("\t")
            found.setdefault(language, []).append(_labelled(expected, text))
    return found


def labelled_in(path: Path) -> list[Labelled]:
    """The answers of a file: what is expected, the answer, who is named."""
    answers = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        expected, text, *person = line.split("\t")
        answers.append(_labelled(expected, text, *person))
    return answers


def _labelled(expected: str, text: str, person: str | None = None) -> Labelled:
    if expected in OUTCOMES:
        return Labelled(text, frozenset(), ReadOutcome(expected.lower()), person)
    return Labelled(text, frozenset(expected.split("+")), ReadOutcome.ANSWERED, person)


def default_sources() -> list[PracticeSource]:
    """The list a new practice starts with, under its built-in names in every language."""
    return [
        PracticeSource(
            default.code,
            default.kind,
            tuple(wording.text(f"source.{default.code}.label", language.code) for language in wording.languages()),
            parent_code=default.parent,
        )
        for default in DEFAULT_SOURCES
    ]


def own_sources() -> list[PracticeSource]:
    rows = [line.split("\t") for line in (ANSWERS / "sources.tsv").read_text(encoding="utf-8").splitlines()]
    return [
        PracticeSource(code, kind, (label,), tuple(alias for alias in aliases.split("|") if alias), parent or None)
        for code, kind, parent, label, aliases in (row for row in rows if not row[0].startswith("#"))
    ]


def known_names() -> KnownNames:
    """Whom the practice of `practice.tsv` knows."""
    rows = [line.split("\t") for line in (ANSWERS / "directory.tsv").read_text(encoding="utf-8").splitlines()]
    listed: dict[str, list[list[str]]] = {}
    for kind, *facts in (row for row in rows if not row[0].startswith("#")):
        listed.setdefault(kind, []).append(facts)
    people = [(number, *facts) for number, facts in enumerate(listed["physician"], start=1)]
    physicians = [
        PhysicianCandidate(number, None, *name.split(" ", 1), "", specialty, town, 0.9)
        for number, name, specialty, town in people
    ]
    patients = {plain(name): KnownPatient(number, name) for number, (name,) in enumerate(listed["patient"], start=1)}

    def find_physicians(text: str) -> list[PhysicianCandidate]:
        """Those with a word of the text in their name, the most words first."""
        words = name_words(text)
        fits = {
            each: sum(any(is_given_name_of(word, part) for part in name_words(each.name)) for word in words)
            for each in physicians
        }
        return sorted((each for each, found in fits.items() if found), key=lambda each: -fits[each])

    return KnownNames(
        own=tuple(own_provider(name) for (name,) in listed["own"]),
        practices=KnownPractices(
            KnownPractice(number, name, tuple(nicknames))
            for number, (name, *nicknames) in enumerate(listed["practice"], start=1)
        ),
        find_physicians=find_physicians,
        find_patients=lambda name: [patients[plain(name)]] if plain(name) in patients else [],
    )


def is_exact(reading: AnswerReading, answer: Labelled) -> bool:
    read = {mention.source_code for mention in reading.mentions}
    if answer.outcome != ReadOutcome.ANSWERED:
        return reading.outcome == answer.outcome
    return reading.outcome == ReadOutcome.ANSWERED and read == answer.sources


def figures(
    answers: list[Labelled], index: SourceIndex, *, show: bool, known: KnownNames = NOBODY_KNOWN
) -> dict[str, float]:
    exact = persons = named = 0
    rated: list[tuple[float, bool]] = []
    seconds = []
    for answer in answers:
        # Processor time, so that other programs on the machine don't count.
        started = time.process_time()
        reading = read_answer(answer.text, sources=index, known=known)
        seconds.append(time.process_time() - started)
        right = is_exact(reading, answer)
        exact += right
        found: dict[str, float] = {}
        for mention in reading.mentions:
            if mention.source_code:
                found[mention.source_code] = max(mention.confidence, found.get(mention.source_code, 0.0))
        rated += [(confidence, code in answer.sources) for code, confidence in found.items()]
        if answer.person:
            named += 1
            persons += names(reading, answer.person)
        if show and not right:
            said = "+".join(str(mention.source_code) for mention in reading.mentions) or reading.outcome.upper()
            print(f"  {answer.text!r}: expected {'+'.join(sorted(answer.sources)) or answer.outcome}, read {said}")
            for mention in reading.mentions:
                print(f"      {mention.confidence:.2f} {mention.reason}")
        elif show and answer.person and not names(reading, answer.person):
            print(f"  {answer.text!r}: person {answer.person!r}, read {reading.mentions}")
        for code, confidence in found.items():
            if show and confidence >= SURE_ENOUGH and code not in answer.sources:
                print(f"  COUNTED {answer.text!r}: {code} {confidence:.2f}")
    mentions = sum(len(answer.sources) for answer in answers)
    seconds.sort()
    at_once = [right for confidence, right in rated if confidence >= SURE_ENOUGH]
    return {
        "answers": len(answers),
        "exact": round(exact / len(answers), 4),
        "persons": round(persons / named, 4) if named else 1.0,
        "coverage_at_99": round(coverage_at(rated, TARGET_PRECISION) / mentions, 4),
        "at_once_share": round(len(at_once) / mentions, 4),
        "at_once_precision": round(sum(at_once) / len(at_once), 4) if at_once else 1.0,
        "p50_ms": round(seconds[len(seconds) // 2] * 1000, 2),
        "p99_ms": round(seconds[int(len(seconds) * 0.99)] * 1000, 2),
    } | {f"band_{band}": share for band, share in reliability(rated)}


def names(reading: AnswerReading, person: str) -> bool:
    """Whether a friend is named so, or a physician or practice of that name is proposed first."""
    return any(
        person in (mention.person, proposed.name if (proposed := mention.proposed) else None)
        for mention in reading.mentions
    )


def coverage_at(rated: list[tuple[float, bool]], precision: float) -> int:
    """How many true mentions lie above the lowest confidence above which `precision` of all are right."""
    best = right = 0
    ordered = sorted(rated, reverse=True)
    for seen, (confidence, true) in enumerate(ordered, start=1):
        right += true
        last_of_its_kind = seen == len(ordered) or ordered[seen][0] < confidence
        if last_of_its_kind and right / seen >= precision:
            best = right
    return best


def reliability(rated: list[tuple[float, bool]]) -> list[tuple[str, str]]:
    table = []
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.0)):
        band = [(confidence, true) for confidence, true in rated if low <= confidence < high]
        if band:
            mean = sum(confidence for confidence, _ in band) / len(band)
            share = sum(true for _, true in band) / len(band)
            table.append((f"{low:.2f}-{high:.2f}", f"{mean:.3f} said, {share:.3f} right, {len(band)}"))
    return table


def report(name: str, measured: dict[str, float]) -> None:
    print(f"{name}: {measured['answers']} answers, {measured['exact']:.1%} exact, persons {measured['persons']:.1%}")
    print(f"  {measured['coverage_at_99']:.1%} of all mentions found at 99 % precision")
    print(f"  at once (from {SURE_ENOUGH}): {measured['at_once_share']:.1%}, {measured['at_once_precision']:.2%} right")
    print(f"  p50 {measured['p50_ms']} ms, p99 {measured['p99_ms']} ms")
    for key, value in measured.items():
        if key.startswith("band_"):
            print(f"  confidence {key[5:]}: {value}")


def survey(path: Path) -> dict[str, int]:
    """Reads a real survey's answers with its choices as the list, and shows how what was typed falls into groups."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row["answer"] for row in csv.DictReader(file) if row["answer"].strip()]
    index = build_index([PracticeSource(code_of(choice), labels=(choice,)) for choice in SURVEY_CHOICES])
    chosen = {code_of(choice): choice for choice in SURVEY_CHOICES}
    whole = 0
    typed: Counter[str] = Counter()
    for row in rows:
        parts = next(csv.reader([row], skipinitialspace=True))
        reading = read_answer(row, sources=index)
        listed = {code_of(part) for part in parts if part in SURVEY_CHOICES}
        whole += listed <= {mention.source_code for mention in reading.mentions}
        typed.update(part.strip() for part in ([row] if row.startswith('"') else parts) if part not in SURVEY_CHOICES)
    print(f"survey: {len(rows)} answers, all choices found again in {whole}; {len(typed)} different write-ins")
    groups = group_writeins([WriteIn(text, count) for text, count in typed.items()], sources=index)
    for group in groups:
        target = chosen.get(group.source_code or "", f"new: {group.label}")
        print(f"  {group.count:3} × {target:24} {' | '.join(group.spellings)}   ({group.reason})")
    return {"survey_answers": len(rows), "survey_choices_found": whole, "survey_groups": len(groups)}


def pairs_together(groups: list[tuple[str, ...]], truth: dict[str, str]) -> tuple[float, float]:
    """Of the pairs put together, the share that belongs together; of those that do, the share put together."""
    together = {pair for group in groups for pair in combinations(sorted(group), 2)}
    belong = {pair for pair in combinations(sorted(truth), 2) if truth[pair[0]] == truth[pair[1]]}
    right = len(together & belong)
    return right / max(len(together), 1), right / max(len(belong), 1)


def write_ins() -> dict[str, str]:
    """Invented write-ins that the list doesn't know, each with the group that a careful person puts it in."""
    lines = (ANSWERS / "write_ins.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {text: group for group, text in rows}


def grouping() -> dict[str, float]:
    """How well write-ins are grouped by spelling, on a list that knows none of them."""
    truth = write_ins()
    index = build_index([PracticeSource("other", labels=("Something else",))])
    groups = group_writeins([WriteIn(text) for text in truth], sources=index)
    precision, recall = pairs_together([group.spellings for group in groups], truth)
    print(f"write-ins: {len(truth)} texts in {len(groups)} groups, pairs {precision:.1%} right, {recall:.1%} found")
    return {"pairs_right": round(precision, 4), "pairs_found": round(recall, 4)}


def code_of(label: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in label.lower())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the same; it takes seconds")
    parser.add_argument("--failures", action="store_true", help="show what the development half gets wrong")
    parser.add_argument(
        "--held-out-failures", action="store_true", help="show the held-out half's too; it is spent then"
    )
    parser.add_argument("--practice-failures", action="store_true", help="show those that need to know the practice")
    parser.add_argument("--everyday-failures", action="store_true", help="show those that are easily taken wrongly")
    parser.add_argument("--language-failures", action="store_true", help="show those in further languages")
    parser.add_argument(
        "--survey", type=Path, default=os.environ.get("HEARD_ABOUT_US_CSV"), help="the survey's CSV file"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    index = build_index([*default_sources(), *own_sources()])
    print(f"list of {len(index.sources)} sources made ready in {(time.perf_counter() - started) * 1000:.0f} ms")
    result: dict[str, Any] = {}
    halves = {
        "development": options.failures,
        "held_out": options.held_out_failures,
        "practice": options.practice_failures,
        "everyday": options.everyday_failures,
        "other_languages": options.language_failures,
        "waiting_room": False,
    }
    known = known_names()
    for name, show in halves.items():
        measured = figures(labelled(name), index, show=show, known=known if name == "practice" else NOBODY_KNOWN)
        report(name.replace("_", " "), measured)
        result[name] = {key: value for key, value in measured.items() if not key.startswith("band_")}
    by_language = {
        language: figures(answers, index, show=False)["exact"] for language, answers in labelled_by_language().items()
    }
    print("waiting room, exact by language:", *(f"{each} {exact:.2f}" for each, exact in by_language.items()))
    result["waiting_room_languages"] = by_language
    result["write_ins"] = grouping()
    path = Path(options.survey) if options.survey else None
    if path and path.is_file():
        result |= survey(path)
    else:
        print(f"survey: {path or 'no file given'}; not read (--survey FILE or HEARD_ABOUT_US_CSV)")
    result["holds"] = (
        all(
            (
                measured["at_once_precision"] >= TARGET_PRECISION
                if name == "everyday"
                else measured["exact"] >= TARGET_EXACT
            )
            and measured["p99_ms"] < 10
            for name, measured in ((name, result[name]) for name in halves)
        )
        and min(by_language.values()) >= TARGET_EXACT_OF_OTHERS
    )
    print(json.dumps(result))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
