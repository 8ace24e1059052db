"""The carrier's errors: what each is about, what is done, and its words. The table is carrier_errors.toml."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

OPTED_OUT = 21610
UNREGISTERED = 30034


class ErrorSubject(StrEnum):
    """What an error is about; only those about the number end a text."""

    NUMBER = "number"
    ACCOUNT = "account"
    CONTENT = "content"
    CARRIER = "carrier"


class ErrorAction(StrEnum):
    """What is done about an error; the head of the table explains each."""

    END = "end"
    ONCE = "once"
    LATER = "later"
    TOMORROW = "tomorrow"
    PAUSE = "pause"
    ASK = "ask"


@dataclass(frozen=True)
class CarrierError:
    """One kind of error. `name` is kept with texts and counts, `says` is a sentence, `do` what a person does."""

    name: str
    about: ErrorSubject
    next: ErrorAction
    says: str
    do: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.says} {self.do}".strip()


# A number that isn't in the table yet. Nobody's survey is lost over it: refused, it is tried again for most of a day.
UNLISTED = CarrierError(
    "unlisted", ErrorSubject.CARRIER, ErrorAction.LATER, "The carrier gave an error that Intake doesn’t know."
)


def carrier_error(code: int | None) -> CarrierError:
    """Return the kind of an error number; `UNLISTED` for one that isn't in the table."""
    if code is None:
        return named("carrier_error")
    by_code, ranges = _table()
    if code in by_code:
        return by_code[code]
    return next((kind for first, last, kind in ranges if first <= code <= last), UNLISTED)


def named(name: str) -> CarrierError:
    """Return the kind of that name; 'carrier_error' for an unknown name."""
    kinds = _kinds()
    return kinds.get(name) or kinds["carrier_error"]


def names() -> frozenset[str]:
    return frozenset(_kinds())


@cache
def _kinds() -> dict[str, CarrierError]:
    found = {
        name: CarrierError(name, ErrorSubject(row["about"]), ErrorAction(row["next"]), row["says"], row.get("do", ""))
        for name, row in _rows().items()
    }
    return {**found, UNLISTED.name: UNLISTED}


@cache
def _table() -> tuple[dict[int, CarrierError], list[tuple[int, int, CarrierError]]]:
    by_code = {code: named(name) for name, row in _rows().items() for code in row["codes"]}
    ranges = [(first, last, named(name)) for name, row in _rows().items() for first, last in row.get("ranges", ())]
    return by_code, ranges


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
