"""What lines over groups of rows say of the rows below: provider, location, day, status."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from intake.directory.dates import UnreadableDate, read_date
from intake.directory.models import VisitStatus
from intake.directory.schedule.file.import_errors import quoted
from intake.directory.schedule.file.not_visits import CREDENTIAL, DATE, LABEL
from intake.directory.schedule.file.visit_words import status_of_section

CELLS_OF_A_HEADING = 4
MOST_TOLD = 12
_NOT_THE_DAY = re.compile(r"print|generat|created|run |as of|through|since|dob|birth", re.I)


@dataclass(frozen=True)
class Heading:
    """What a line over a group of rows says of them; empty where it doesn't."""

    provider: str = ""
    location: str = ""
    day: date | None = None
    status: VisitStatus | None = None
    line: str = ""


class Headings:
    """What holds for the rows that come next, as the lines over them are read one after the other."""

    def __init__(self, locations: Collection[str]) -> None:
        self.locations, self.heading = locations, Heading()
        # Lines of which nothing is understood, with their rows.
        self.unread: list[tuple[int, str]] = []
        # Kinds of lines whose groups hold groups of statuses: a new one begins without a status.
        self.outer: set[str] = set()

    def take(self, row: int, texts: Sequence[str], *, is_below: bool = False) -> None:
        """Read a line; of one above the column titles nobody is told that it says nothing."""
        if not 0 < sum(map(bool, texts)) <= CELLS_OF_A_HEADING:
            return
        found, before = read_heading(texts, self.locations), self.heading
        if found is None:
            self.unread += [(row, ", ".join(filter(None, texts)))] if is_below else []
            return
        said = {name for name in ("provider", "location", "day") if getattr(found, name)}
        if before.status is None:
            self.outer |= said
        self.heading = replace(
            before,
            provider=found.provider or before.provider,
            location=found.location or before.location,
            day=found.day or before.day,
            status=found.status or (None if said & self.outer else before.status),
            line=found.line or before.line,
        )

    def notes(self, last: int) -> list[str]:
        """Name the lines that aren't understood; those below the last visit stand over nothing."""
        unread = [f"row {row} {quoted(line)}" for row, line in self.unread if row < last]
        if not unread:
            return []
        more = f" and {len(unread) - MOST_TOLD:,} more" if len(unread) > MOST_TOLD else ""
        told = ", ".join(unread[:MOST_TOLD])
        return [f"Lines over rows that aren’t understood, so that nothing of them is kept: {told}{more}."]


def read_heading(texts: Sequence[str], locations: Collection[str] = ()) -> Heading | None:
    """What a line says of the rows below it; None when it says nothing of them.

    `locations` are names and codes, casefolded, that say where even when they stand alone.
    """
    filled = [text for text in texts if text]
    line = ", ".join(filled)[:200]
    if line.casefold() in locations:
        return Heading(location=line)
    if len(filled) == 1 and (status := status_of_section(line)):
        return Heading(status=status, line=line)
    day = None if _NOT_THE_DAY.search(line) else _only_day(line)
    match = LABEL.match(line)
    if match is None:
        provider = line if CREDENTIAL.search(line) and not day else ""
        return Heading(provider=provider, day=day) if provider or day else None
    what, said = match["what"].casefold(), match["said"].strip()
    if "date" in what or "day" in what:
        return Heading(day=day) if day else None
    if what in ("location", "facility", "office", "site", "department", "clinic"):
        return Heading(location=said, day=day)
    return Heading(provider="" if day and DATE.fullmatch(said) else said, day=day)


def _only_day(line: str) -> date | None:
    days = set()
    for match in DATE.finditer(line):
        try:
            days.add(read_date(match[0]))
        except UnreadableDate:
            return None
    return days.pop() if len(days) == 1 else None
