"""Invoices from a CSV file: a source, a month and an amount a row, as an accounting program exports them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from intake.attribution.costs.entries import enter_spend
from intake.attribution.costs.forms import read_cents, read_month
from intake.attribution.costs.models import Spend
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import EARLIEST, LATEST
from intake.db import db
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date
from intake.directory.models import SourceAlias
from intake.directory.name_keys import normal

MOST_ROWS = 5_000
MOST_WRONG = 20
# What the columns are called, in plain form; the first title that fits is taken.
SOURCES = ("source", "referral source", "channel", "campaign", "vendor", "payee", "name")
MONTHS = ("month", "invoice date", "date", "billing date")
AMOUNTS = ("amount", "total", "cost", "spent", "amount due", "debit")
NOTES = ("note", "memo", "description", "invoice", "invoice number")


@dataclass(frozen=True)
class Invoice:
    """An amount of a month; `number` is the row of the file, titles included."""

    number: int
    source_id: int
    month: date
    cents: int
    note: str


@dataclass
class ReadInvoices:
    """What a file says, or in `wrong` what can't be read of it, in sentences."""

    invoices: list[Invoice] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read_invoices(content: bytes, lists: Lists) -> ReadInvoices:
    """Read a CSV file. Rows without anything in them, and a last row that only sums up, are passed over."""
    read = ReadInvoices()
    text = _decoded(content)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        rows = []
    while rows and not any(cell.strip() for cell in rows[0]):
        rows.pop(0)
    titles = [normal(title) for title in rows[0]] if rows else []
    places = [_place(titles, names) for names in (SOURCES, MONTHS, AMOUNTS)]
    if None in places or len(rows) > MOST_ROWS:
        read.wrong.append(
            "The file needs columns Source, Month and Amount, in the first row with anything in it, and at most"
            f" {MOST_ROWS:,} rows."
        )
        return read
    known, note_at = _by_name(lists), _place(titles, NOTES)
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = ["" if place is None or place >= len(row) else row[place].strip() for place in (*places, note_at)]
        if normal(cells[0]) in ("total", "sum", "grand total") and not cells[1]:
            continue
        _read_row(read, number, cells, known)
    return read


def _read_row(read: ReadInvoices, number: int, cells: Sequence[str], known: dict[str, int]) -> None:
    name, when, amount, note = cells
    source_id, month, cents = known.get(normal(name)), _month(when), read_cents(amount)
    problems = []
    if source_id is None:
        problems.append(f"“{name[:40]}” is no source on the list")
    if month is None or not EARLIEST <= month <= LATEST:
        problems.append(f"“{when[:40]}” is no month, such as 2026-11")
    if cents is None:
        problems.append(f"“{amount[:40]}” is no amount in dollars, such as 1,250.00")
    if problems:
        if len(read.wrong) < MOST_WRONG:
            read.wrong.append(f"Row {number}: {'; '.join(problems)}.")
        return
    assert source_id is not None and month is not None and cents is not None
    read.invoices.append(Invoice(number, source_id, month, cents, " ".join(note.split())[:120]))


def import_invoices(invoices: Sequence[Invoice], *, staff_id: int | None) -> int:
    """Enter those that aren't there yet, so that the same file twice changes nothing; return how many. Flushes."""
    standing = select(Spend.source_id, Spend.month, Spend.cents, Spend.note).where(Spend.undone_at.is_(None))
    there: dict[tuple[object, ...], int] = {}
    for row in db.session.execute(standing):
        there[tuple(row)] = there.get(tuple(row), 0) + 1
    entered = 0
    for each in invoices:
        key = (each.source_id, each.month, each.cents, each.note)
        if there.get(key, 0):
            # A second equal row of the file is another invoice.
            there[key] -= 1
            continue
        enter_spend(source_id=each.source_id, month=each.month, cents=each.cents, note=each.note, staff_id=staff_id)
        entered += 1
    return entered


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    titles = text.lstrip().split("\n", 1)[0]
    return max((",", ";", "\t"), key=titles.count)


def _place(titles: Sequence[str], names: Sequence[str]) -> int | None:
    return next((titles.index(name) for name in names if name in titles), None)


def _month(text: str) -> date | None:
    month = read_month(text)
    if month is not None:
        return month
    try:
        return read_date(text).replace(day=1)
    except (AmbiguousDate, UnreadableDate, OverflowError):
        return None


def _by_name(lists: Lists) -> dict[str, int]:
    """What a source may be called in a file: another word for it, its code, its name; names come first."""
    found = {row[0]: row[1] for row in db.session.execute(select(SourceAlias.normal, SourceAlias.source_id))}
    for source in lists.sources.values():
        found[normal(source.code.replace("_", " "))] = source.id
    for source in lists.sources.values():
        if source.id not in lists.source_counts_as:
            found[normal(source_name(lists, source.id).label)] = source.id
    return {name: lists.source_counts_as.get(source_id, source_id) for name, source_id in found.items()}
