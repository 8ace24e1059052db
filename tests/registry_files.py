"""Files as the NPI registry publishes them, with the rows that a test wants."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from intake.directory.npi.file import COLUMNS
from tests.making import npi

HEADER = [
    *COLUMNS.values(),
    *(
        f"{name}_{slot}"
        for slot in (1, 2, 3)
        for name in ("Healthcare Provider Taxonomy Code", "Healthcare Provider Primary Taxonomy Switch")
    ),
    "Certification Date",
]


def individual(number: int, last_name: str = "SANTANGELO", first_name: str = "ODALYS", **values: Any) -> dict[str, str]:
    """A registered person; `number` makes the NPI. `taxonomies` are codes, the primary one ending in `*`."""
    taxonomies = values.pop("taxonomies", ["207R00000X*"])
    row = {
        "npi": npi(number),
        "entity_type": "1",
        "last_name": last_name,
        "first_name": first_name,
        "credential": "M.D.",
        "street": "12 ORCHARD ST",
        "city": "ALBANY",
        "state": "NY",
        "postal_code": "012081234",
        "phone": "5185550100",
        "updated_on": "07/08/2020",
    } | values
    line = {COLUMNS[field]: value for field, value in row.items()}
    for slot, code in enumerate(taxonomies, start=1):
        line[f"Healthcare Provider Taxonomy Code_{slot}"] = code.rstrip("*")
        line[f"Healthcare Provider Primary Taxonomy Switch_{slot}"] = "Y" if code.endswith("*") else "N"
    return line


def deactivated(number: int, day: str = "03/04/2022", replacement: str = "") -> dict[str, str]:
    """The bare note: a number, a date, and the new number where there is one."""
    return {
        COLUMNS["npi"]: npi(number),
        COLUMNS["deactivated_on"]: day,
        COLUMNS["replacement_npi"]: replacement,
    }


def organisation(number: int) -> dict[str, str]:
    return {COLUMNS["npi"]: npi(number), COLUMNS["entity_type"]: "2", COLUMNS["updated_on"]: "07/08/2020"}


def write(
    path: Path, rows: Iterable[dict[str, str]], *, header: list[str] | None = None, quoting: int = csv.QUOTE_ALL
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, header or HEADER, quoting=quoting, restval="", extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return path
