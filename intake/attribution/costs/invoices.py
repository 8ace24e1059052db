"""Invoices from a file: a source, a month and an amount a row, as an accounting program exports them.

Of each row that can't be entered it is told why; the others are entered, once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from sqlalchemy import select

from intake.attribution.costs.entries import enter_spend
from intake.attribution.costs.forms import read_cents, read_month
from intake.attribution.costs.models import Spend
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import EARLIEST
from intake.db import db
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date
from intake.directory.models import SourceAlias
from intake.directory.name_keys import normal
from intake.directory.titled_rows import read_titled_rows
from intake.web.ui.formatting import say_month

# What the columns are called, in plain form; the first title that fits is taken.
TITLES = {
    "source": ("source", "referral source", "channel", "campaign", "vendor", "payee", "name"),
    "month": ("month", "invoice date", "date", "billing date"),
    "amount": ("amount", "total", "cost", "spent", "amount due", "debit"),
    "note": ("note", "memo", "description", "invoice", "invoice number"),
    "currency": ("currency", "ccy"),
}
_CALLED = {"source": "Source", "month": "Month", "amount": "Amount"}
_TOTALS = ("total", "sum", "grand total", "subtotal", "totals")
_CREDIT = re.compile(r"^-|-$|^\(.*\)$|\bCR\b", re.I)
_DOLLARS = re.compile(r"^(US[D$]|US)\s*|\s*USD$", re.I)
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")


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
    """What a file says; in sentences, what can't be entered of it (`wrong`) and what was passed over or known."""

    invoices: list[Invoice] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_invoices(content: bytes, lists: Lists, *, today: date, began: date | None) -> ReadInvoices:
    """Read a file. Lines that only sum up are passed over by name; a month to come, or before records `began`, isn't
    entered from a file.
    """
    table = read_titled_rows(
        content,
        TITLES,
        says_needed="The first row with anything in it must name the columns.",
        needed=[(key,) for key in _CALLED],
        called=_CALLED,
    )
    read = ReadInvoices(wrong=[table.wrong] if table.wrong else [])
    reader = _Reader(_by_name(lists), today.replace(day=1), began.replace(day=1) if began else EARLIEST)
    for number, cells in table.rows:
        name = normal(cells["source"])
        if name in _TOTALS or (not name and not cells["month"]):
            shown = cells["source"] or cells["amount"]
            read.notes.append(f"Row {number}, “{shown[:40]}”, only sums up and is passed over.")
        elif problems := reader.problems(cells):
            read.wrong.append(f"Row {number}: {'; '.join(problems)}.")
        else:
            read.invoices.append(reader.invoice(number, cells))
    read.wrong += [f"Row {number}: {why}." for number, why in sorted(table.broken.items())]
    return read


class _Reader:
    """Reads rows by the names of sources, and the first and last month that a file may be about."""

    def __init__(self, known: dict[str, int], latest: date, earliest: date) -> None:
        self.known, self.latest, self.earliest = known, latest, earliest

    def problems(self, cells: dict[str, str]) -> list[str]:
        name, when, amount, currency = (cells[key][:40] for key in ("source", "month", "amount", "currency"))
        month, found = _month(when), []
        if normal(name) not in self.known:
            near = get_close_matches(normal(name), self.known, n=2, cutoff=0.75)
            told = f"; did you mean {' or '.join(f'“{each}”' for each in near)}" if near else ""
            found.append(f"“{name}” is no source on the list (Set-up, Sources){told}")
        if month is None:
            found.append(f"“{when}” is no month, such as 2026-11")
        elif month > self.latest:
            found.append(f"{say_month(month)} is still to come: enter it by hand")
        elif month < self.earliest:
            found.append(f"{say_month(month)} is before records began: enter it by hand")
        if normal(currency) not in ("", "usd", "us dollar", "us dollars") and currency not in ("$", "US$"):
            found.append(f"“{currency}” is another currency than dollars")
        if _CREDIT.search(amount) and any(map(str.isdigit, amount)):
            remains = "enter by hand what remains for the month, as an amount that takes its place"
            found.append(f"“{amount}” is a credit, which a file can’t enter: {remains}")
        elif _cents(amount) is None:
            found.append(f"“{amount}” is no amount in dollars, such as 1,250.00")
        return found

    def invoice(self, number: int, cells: dict[str, str]) -> Invoice:
        """The invoice of a row without problems."""
        month, cents = _month(cells["month"]), _cents(cells["amount"])
        assert month is not None and cents is not None
        note = " ".join(cells["note"].split())[:120]
        return Invoice(number, self.known[normal(cells["source"])], month, cents, note)


def import_invoices(read: ReadInvoices, *, staff_id: int | None) -> int:
    """Enter those that aren't there yet, so that the same file twice changes nothing; return how many. Flushes.

    One is there when source, month, amount and note agree; where one of the two has no note, that is named.
    """
    standing = select(Spend.source_id, Spend.month, Spend.cents, Spend.note).where(Spend.undone_at.is_(None))
    there: dict[tuple[int, date, int], list[str]] = {}
    for source_id, month, cents, note in db.session.execute(standing):
        there.setdefault((source_id, month, cents), []).append(note)
    entered = 0
    for each in sorted(read.invoices, key=lambda each: each.note not in there.get(_key(each), ())):
        notes = there.get(_key(each), [])
        same = next((note for note in notes if note == each.note), None)
        like = same if same is not None else next((note for note in notes if not note or not each.note), None)
        if like is None:
            enter_spend(source_id=each.source_id, month=each.month, cents=each.cents, note=each.note, staff_id=staff_id)
            entered += 1
            continue
        # A second equal row of the file is another invoice.
        notes.remove(like)
        if same is None:
            shown = f"with the note “{like}”" if like else "without a note"
            told = (
                f"${each.cents / 100:,.2f} in {say_month(each.month)} stands there already {shown}; not entered again"
            )
            read.notes.append(f"Row {each.number}: {told}.")
    return entered


def _key(invoice: Invoice) -> tuple[int, date, int]:
    return invoice.source_id, invoice.month, invoice.cents


def _cents(amount: str) -> int | None:
    return read_cents(_DOLLARS.sub("", amount.strip()))


def _month(text: str) -> date | None:
    month = read_month(text)
    if month is None:
        try:
            month = read_date(_MIDNIGHT.sub("", text)).replace(day=1)
        except (AmbiguousDate, UnreadableDate, OverflowError):
            return None
    return month if month >= EARLIEST else None


def _by_name(lists: Lists) -> dict[str, int]:
    """What a source may be called in a file: another word for it, its code, its name; names come first."""
    found = {row[0]: row[1] for row in db.session.execute(select(SourceAlias.normal, SourceAlias.source_id))}
    for source in lists.sources.values():
        found[normal(source.code.replace("_", " "))] = source.id
    standing: Sequence[int] = [each for each in lists.sources if each not in lists.source_counts_as]
    for source_id in standing:
        label = source_name(lists, source_id).label
        parent = lists.parent_of(source_id)
        if parent is not None:
            # As the page's own menu has it.
            found[normal(f"{source_name(lists, parent).label}: {label}")] = source_id
        found[normal(label)] = source_id
    return {name: lists.source_counts_as.get(source_id, source_id) for name, source_id in found.items()}
