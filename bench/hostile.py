"""Hostile text: a hundred kilobytes cost a reader little, and no regular expression runs away.

Prints what each reader takes for the worst of the texts, in milliseconds of processor time, and how much longer four
times the text takes. Tests hold the same in steps of Python; what a regular expression does within one step is timed
here alone.
"""

import argparse
import time
from collections.abc import Callable

from bench._figures import finish
from intake.accounts.auth.password_rules import weakness
from intake.survey.text_kind.judge import judge
from intake.survey.text_reader.reader import PracticeSource, build_index, read_answer
from tests.directory.schedule.schedules import read
from tests.directory.schedule.sheets import a_file, a_row

LONGEST_MILLISECONDS = 100
# Four times the text takes four times as long when each letter is looked at once, sixteen when each pair is.
MOST_GROWTH = 8
# Below this a ratio says more about the clock than about the reader.
LEAST_MILLISECONDS = 5
PIECES = (
    "a",
    " ",
    ",",
    "a.",
    "a'",
    "e\u0301",
    "the my a ",
    "dr ",
    "not google ",
    "?",
    "r/",
    "(",
    "1",
    "1/",
    "9:",
    "stop ",
    "dont want ",
    "no ",
    "remove a ",
    "take me report mark a b c ",
    "-",
    "\u0301",
    "ﬀ",
    "@a.",
    "0 ",
)
INDEX = build_index(
    [PracticeSource("doctor", "physician", ("Doctor",)), PracticeSource("online_search", labels=("Google",))]
)
READERS: dict[str, Callable[[str], object]] = {
    "an answer": lambda text: read_answer(text, sources=INDEX),
    "a text to the line": judge,
    "a birth date of a schedule": lambda text: read(a_file(a_row(dob=text))),
    "a time of a schedule": lambda text: read(a_file(a_row(start=text))),
    "a phone of a schedule": lambda text: read(a_file(a_row(cell_phone=text))),
    "a password": lambda text: weakness(text, personal=["Nora Vale"]),
}


def milliseconds(reader: Callable[[str], object], text: str) -> float:
    """The best of three: a busy machine slows single runs down."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        reader(text)
        taken.append((time.process_time() - started) * 1000)
    return min(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a quarter of the length")
    size = 25_000 if parser.parse_args().quick else 100_000
    figures: dict[str, object] = {}
    holds = True
    for name, reader in READERS.items():
        reader("warm")
        worst, growth, by = 0.0, 0.0, ""
        for piece in PIECES:
            long = milliseconds(reader, piece * (size // len(piece)))
            short = milliseconds(reader, piece * (size // 4 // len(piece)))
            if long > worst:
                worst, by = long, piece
            if long >= LEAST_MILLISECONDS:
                growth = max(growth, long / max(short, 0.1))
        holds &= worst <= LONGEST_MILLISECONDS and growth <= MOST_GROWTH
        print(f"{name:28} {worst:7.1f} ms at most, for {by!r}; × {growth:.1f} for four times the text")
        figures[name] = {"milliseconds": round(worst, 1), "growth": round(growth, 1)}
    return finish({**figures, "holds": holds})


if __name__ == "__main__":
    raise SystemExit(main())
