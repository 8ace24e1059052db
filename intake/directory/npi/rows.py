"""Rows of a registry file, checked and put into our columns."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from intake.directory.npi.file import FIELDS
from intake.directory.npi.number import is_npi
from intake.directory.us_states import US_STATES

# Our columns in the order of `Registered.values`, with the longest text each holds.
WIDTHS = {
    "last_name": 80,
    "first_name": 60,
    "middle_name": 60,
    "suffix": 20,
    "credential": 40,
    "former_last_name": 80,
    "former_first_name": 60,
    "taxonomy_code": 10,
    "street": 120,
    "city": 80,
    "state": 40,
    "postal_code": 20,
    "phone": 24,
    "replacement_npi": 10,
}
COLUMNS = tuple(WIDTHS)
_WIDTHS = tuple(WIDTHS.values())
# Nearly every value is this short, and then no width needs to be compared.
_USUAL = 20
_BETWEEN = "¦"
_NO_NAMES = frozenset({"NONE", "N/A", "NA", "NULL", "X", ".", "-", "UNKNOWN", "SAME"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# As the registry writes them.
STATES = {code: name.upper() for code, name in US_STATES.items()} | {
    "VI": "VIRGIN ISLANDS",
    "AA": "ARMED FORCES AMERICAS",
    "AE": "ARMED FORCES EUROPE",
    "AP": "ARMED FORCES PACIFIC",
}
STATE_CODES = {name: code for code, name in STATES.items()}


class RowInvalid(Exception):
    """The row can't be imported; the message tells the person who imports why."""


@dataclass(slots=True)
class Registered:
    """An individual of the registry. `values` follow COLUMNS."""

    npi: str
    values: tuple[str, ...]
    updated_on: date | None
    deactivated_on: date | None
    reactivated_on: date | None
    fingerprint: int

    @property
    def active(self) -> bool:
        return is_active(self.deactivated_on, self.reactivated_on)

    @property
    def state(self) -> str:
        return self.values[10]


@dataclass(slots=True)
class Deactivated:
    """The registry's bare note that a number is no longer in use: no name, no address, at most a new number."""

    npi: str
    deactivated_on: date
    replacement_npi: str = ""


def is_active(deactivated_on: date | None, reactivated_on: date | None) -> bool:
    return deactivated_on is None or (reactivated_on is not None and reactivated_on >= deactivated_on)


def read_row(row: tuple[str, ...]) -> Registered | Deactivated | None:
    """Read one row; None for an organisation. Raises RowInvalid."""
    (npi, entity, replacement, last, first, middle, suffix, credential, former_last, former_first,
     street, street_second, city, state, postal_code, phone, updated, deactivated, reactivated, code) = row  # fmt: skip
    if entity == "2":
        return None
    npi = npi.strip()
    if not is_npi(npi):
        raise RowInvalid(
            "the NPI's check digit is wrong" if len(npi) == 10 and npi.isdigit() else "no NPI of ten digits"
        )
    if entity != "1":
        off = _day(deactivated)
        if entity.strip() or off is None:
            raise RowInvalid("neither an individual, an organisation nor a deactivated number")
        replacement = replacement.strip()
        return Deactivated(npi, off, replacement if is_npi(replacement) else "")
    if former_last or former_first:
        former_last = "" if former_last.strip().upper() in _NO_NAMES else former_last
        former_first = "" if former_first.strip().upper() in _NO_NAMES or not former_last else former_first
        if former_last == last:
            former_last, former_first = "", "" if former_first == first else former_first
    if street_second:
        street = f"{street.strip()}, {street_second}" if street.strip() else street_second
    values: tuple[str, ...] = (last, first, middle, suffix, credential, former_last, former_first, code, street, city,
              state_code(state), postal_code, phone, replacement)  # fmt: skip
    joined = _BETWEEN.join(values)
    if " ¦" in joined or "¦ " in joined or joined[-1:] == " " or joined[:1] == " ":
        values = tuple(value.strip() for value in values)
        joined = _BETWEEN.join(values)
    if not joined.isprintable() or len(joined) > 200 or _too_long(values):
        values = _fitting(values)
        joined = _BETWEEN.join(values)
    if not values[0] and not values[1]:
        raise RowInvalid("an individual without a name")
    off, on = (_day(deactivated), _day(reactivated)) if deactivated or reactivated else (None, None)
    digest = blake2b(f"{joined}¦{deactivated}¦{reactivated}".encode(), digest_size=8).digest()
    return Registered(npi, values, _day(updated), off, on, int.from_bytes(digest, "big", signed=True))


@lru_cache(256)
def state_code(state: str) -> str:
    """Return the postal code of a state, given as code or name; any other text unchanged."""
    state = " ".join(state.split())
    plain = state.upper().replace(".", "")
    return plain if plain in STATES else STATE_CODES.get(plain, state)


def _too_long(values: tuple[str, ...]) -> bool:
    last, first, middle, suffix, credential, former_last, former_first, code, street, *place, replacement = values
    names = max(len(last), len(first), len(middle), len(former_last), len(former_first), len(suffix), len(credential))
    return (
        names > _USUAL or len(code) > 10 or len(replacement) > 10 or len(street) > 120 or max(map(len, place)) > _USUAL
    )


def _fitting(values: tuple[str, ...]) -> tuple[str, ...]:
    fitting = []
    for name, width, value in zip(COLUMNS, _WIDTHS, values, strict=True):
        clean = " ".join(_CONTROL.sub(" ", value).split())
        if len(clean) > width:
            if name in ("street", "credential", "suffix"):
                clean = clean[:width].rstrip()
            else:
                raise RowInvalid(f"{name.replace('_', ' ')} is longer than {width} letters")
        fitting.append(clean)
    return tuple(fitting)


@lru_cache(1 << 14)
def _day(written: str) -> date | None:
    """Read a date: the registry writes 07/08/2007; a few mirrors of its files write 2007-07-08."""
    written = written.strip()
    if not written:
        return None
    try:
        if written[2:3] == "/":
            return date(int(written[6:]), int(written[:2]), int(written[3:5]))
        return date.fromisoformat(written)
    except ValueError:
        raise RowInvalid("a date that isn't one") from None


assert len(FIELDS) + 1 == 20, "read_row names the registry's fields in their order"
