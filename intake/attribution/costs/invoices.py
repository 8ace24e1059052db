"""Invoices and credit notes from a file: a source, a month and an amount a row, as accounting programs export them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial

from flask import abort
from sqlalchemy import select

from intake.attribution.costs.entries import enter_spend, undo_spend
from intake.attribution.costs.forms import read_month, read_signed_cents
from intake.attribution.costs.messages import dollars, more_than_stands
from intake.attribution.costs.models import Spend
from intake.attribution.costs.queries import find_spend, leaves_a_credit, month_cents
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import Lists, lists_as_of_now
from intake.attribution.filters.periods import EARLIEST
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.totals.on_record import records_began
from intake.clock import clinic_today
from intake.db import db
from intake.directory.brought_files.plan import (
    Becomes,
    FileKind,
    FilePlan,
    FileTakenBack,
    NamesToTeach,
    PlannedRow,
    UndoLog,
    WhoEnters,
    Wrong,
)
from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date, told_of_day_number
from intake.directory.models import ReferralSource, SourceAlias
from intake.directory.name_keys import normal
from intake.directory.sources.changes import ImpossibleChange, set_aliases
from intake.directory.titled_rows import Columns, TitledRows, read_titled_rows
from intake.web.ui.formatting import say_month

COLUMNS = Columns(
    {
        "source": ("source", "referral source", "channel", "campaign", "vendor", "payee", "supplier", "name", "fuente"),
        "month": ("month", "invoice date", "date", "billing date", "transaction date", "period", "mes", "fecha"),
        "amount": ("amount", "total", "cost", "spent", "spend", "amount spent", "amount due", "debit", "importe",
                   "monto"),
        "credit": ("credit", "credit amount"),
        "type": ("type", "transaction type", "document type"),
        "status": ("status", "payment status", "transaction status", "state"),
        "note": ("note", "notes", "memo", "description", "nota"),
        "number": ("invoice", "invoice number", "invoice no", "num", "number", "transaction id", "document number",
                   "reference", "ref", "ref no"),
        "currency": ("currency", "currency code", "ccy", "moneda"),
    },
    needed=[("source",), ("month",), ("amount", "credit")],
    called={"source": "Source", "month": "Month", "amount": "Amount", "credit": "Credit"},
    days=("month",),
    amounts=("amount", "credit"),
    single=("amount",),
)  # fmt: skip
_CREDITS = ("credit", "credit note", "credit memo", "vendor credit", "refund")
# Rows that no money stands for, by what their type or status says.
_NO_MONEY = {
    "is a payment": ("payment", "bill payment", "bill payment check", "vendor payment", "customer payment"),
    "was not paid": ("failed", "declined", "void", "voided", "cancelled", "canceled", "rejected", "reversed"),
    "is no invoice yet": ("estimate", "quote", "draft", "purchase order", "pending", "scheduled"),
}
_MIDNIGHT = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(z|[+-]\d\d:?\d\d)?$", re.I)
_DAYS = re.compile(r"(\S.*?)\s+(?:-|–|to)\s+(\S.*)")
LONGEST_NOTE = 120


@dataclass(frozen=True)
class Invoice:
    """An amount of a month; below nothing for a credit. `number` is the row of the file, titles included."""

    number: int
    source_id: int
    month: date
    cents: int
    note: str
    is_cut: bool = False

    @property
    def key(self) -> tuple[int, date, int]:
        return self.source_id, self.month, self.cents


def read_table(content: bytes) -> TitledRows:
    return read_titled_rows(content, COLUMNS)


def plan_invoices(table: TitledRows, who: WhoEnters) -> FilePlan:
    """Amounts to enter that aren't there yet, so that the same file twice changes nothing.

    Lines that only sum up, and payments, are passed over by name; a month to come, or before records began, isn't
    entered from a file. A credit lowers its month after the amounts of the file, and never below nothing.
    """
    lists, began = lists_as_of_now(), records_began()
    latest = clinic_today(practice_time_zone()).replace(day=1)
    reader = _Reader(_by_name(lists), latest, began.replace(day=1) if began else EARLIEST)
    plan, found = FilePlan(wrong=dict(table.broken), notes=list(table.notes)), list[Invoice]()
    for number, cells in table.rows:
        if passed := _passed_over(cells):
            plan.notes.append(f"Row {number}, {passed} and is passed over.")
        elif problems := reader.problems(cells):
            plan.wrong[number] = "; ".join(problems)
            if reader.is_unknown(cells["source"]) and cells["source"] not in plan.unknown:
                plan.unknown.append(cells["source"])
        else:
            found.append(reader.invoice(number, cells))
    there = _Standing()
    left = dict[tuple[int, date], int]()
    for each in sorted(found, key=lambda one: (one.cents < 0, not there.has(one), one.number)):
        label = source_name(lists, each.source_id).label
        shown = (label, say_month(each.month), dollars(each.cents), each.note)
        if (like := there.take(each)) is not None:
            told = f"with the note “{like}”" if like else "without a note"
            note = f"{dollars(each.cents)} in {say_month(each.month)} stands there already {told}; not entered again"
            note += ": if this is another one, enter it by hand"
            plan.rows.append(PlannedRow(each.number, Becomes.KNOWN, shown, notes=() if like == each.note else (note,)))
            continue
        place = each.source_id, each.month
        before = left[place] if place in left else month_cents(*place)
        if before + each.cents < 0:
            plan.wrong[each.number] = more_than_stands(-each.cents, before, label, each.month)
            continue
        left[place] = before + each.cents
        cut = f"the note has more than {LONGEST_NOTE} letters and is cut"
        plan.rows.append(
            PlannedRow(each.number, Becomes.ADDED, shown, partial(_enter, each, who), (cut,) * each.is_cut)
        )
    return plan


def take_invoices_back(log: UndoLog, who: WhoEnters) -> FileTakenBack:
    """Amounts that a file entered count no more, except where a credit stands against them since."""
    done, lists = FileTakenBack(), lists_as_of_now()
    months: dict[tuple[int, date], list[Spend]] = {}
    for spend_id, _ in log.added:
        entry = find_spend(spend_id)
        if entry is not None and entry.undone_at is None:
            months.setdefault((entry.source_id, entry.month), []).append(entry)
    for (source_id, month), entries in months.items():
        if leaves_a_credit(entries):
            label = source_name(lists, source_id).label
            for entry in entries:
                done.keep("as a credit stands against it", f"{dollars(entry.cents)} for {label} in {say_month(month)}")
                done.left.added.append((entry.id, {}))
            continue
        for entry in entries:
            done.removed += undo_spend(entry, staff_id=who.staff_id)
    return done


def _teach(text: str, source_id: int) -> None:
    lists = lists_as_of_now()
    source = db.session.get(ReferralSource, source_id) or abort(422)
    names = {one: source_name(lists, one).label for one in lists.sources}
    own = db.session.scalars(select(SourceAlias.text).where(SourceAlias.source_id == source_id))
    try:
        set_aliases(source, [*own, text], names=names)
    except ImpossibleChange as error:
        raise Wrong(str(error)) from None


INVOICES = FileKind(
    "invoices",
    "invoice",
    ("Source", "Month", "Amount", "Note"),
    "reports.costs",
    "Amounts that it entered are no longer in the costs. One against which a credit was entered since stays.",
    read_table,
    plan_invoices,
    take_invoices_back,
    NamesToTeach("source", lambda: spent_on(lists_as_of_now()), _teach),
)


class _Standing:
    """What is entered already, by source, month and amount, each with its notes; of each a row is like one only."""

    def __init__(self) -> None:
        self._notes: dict[tuple[int, date, int], list[str]] = {}
        query = select(Spend.source_id, Spend.month, Spend.cents, Spend.note).where(Spend.undone_at.is_(None))
        for source_id, month, cents, note in db.session.execute(query):
            self._notes.setdefault((source_id, month, cents), []).append(note)

    def has(self, invoice: Invoice) -> bool:
        return invoice.note in self._notes.get(invoice.key, ())

    def take(self, invoice: Invoice) -> str | None:
        """The note of the one that is like it, the same or where one of the two has none; a second row is another."""
        notes = self._notes.get(invoice.key, [])
        same = next((note for note in notes if note == invoice.note), None)
        like = same if same is not None else next((note for note in notes if not note or not invoice.note), None)
        if like is not None:
            notes.remove(like)
        return like


class _Reader:
    """Reads rows by the names of sources, and the first and last month that a file may be about."""

    def __init__(self, known: dict[str, int], latest: date, earliest: date) -> None:
        self.known, self.latest, self.earliest = known, latest, earliest

    def is_unknown(self, name: str) -> bool:
        return bool(normal(name)) and normal(name) not in self.known

    def problems(self, cells: dict[str, str]) -> list[str]:
        name, currency = (cells[key][:40] for key in ("source", "currency"))
        found = []
        if normal(name) not in self.known:
            near = get_close_matches(normal(name), self.known, n=2, cutoff=0.75)
            told = f"; did you mean {' or '.join(f'“{each}”' for each in near)}" if near else ""
            found.append(f"“{name}” is no source on the list (Set-up, Sources){told}" if name else "it names no source")
        found += self._problems_of_month(cells["month"])
        if normal(currency) not in ("", "usd", "us dollar", "us dollars") and currency not in ("$", "US$"):
            found.append(f"“{currency}” is another currency than dollars")
        debit, credit = (read_signed_cents(cells[key] or "0") for key in ("amount", "credit"))
        if debit and credit:
            found.append("it has both an amount and a credit")
        elif not (cells["amount"] or cells["credit"]):
            found.append("it has no amount")
        elif _cents(cells) is None:
            amount = (cells["amount"] or cells["credit"])[:40]
            found.append(f"“{amount}” is no amount in dollars, such as 1,250.00, or -40.00 for a credit")
        return found

    def _problems_of_month(self, text: str) -> list[str]:
        month = _month(text)
        if month is None:
            return [
                f"“{text[:40]}” is no month, such as 2026-11{told_of_day_number(text)}" if text else "it has no month"
            ]
        if month > self.latest:
            return [f"{say_month(month)} is still to come: enter it by hand"]
        return [f"{say_month(month)} is before records began: enter it by hand"] if month < self.earliest else []

    def invoice(self, number: int, cells: dict[str, str]) -> Invoice:
        """The invoice of a row without problems."""
        month, cents = _month(cells["month"]), _cents(cells)
        assert month is not None and cents is not None
        # The number tells two of one amount apart.
        note = " ".join(" ".join((cells["number"], cells["note"])).split())
        source_id = self.known[normal(cells["source"])]
        return Invoice(number, source_id, month, cents, note[:LONGEST_NOTE], len(note) > LONGEST_NOTE)


def _enter(invoice: Invoice, who: WhoEnters, log: UndoLog) -> None:
    entry = enter_spend(
        source_id=invoice.source_id,
        month=invoice.month,
        cents=invoice.cents,
        note=invoice.note,
        staff_id=who.staff_id,
    )
    log.add(entry.id, {})


def _passed_over(cells: dict[str, str]) -> str:
    """What a row is that is no invoice; empty for one that is."""
    shown = (cells["source"] or cells["amount"] or cells["note"])[:40]
    if not (normal(cells["source"]) or cells["month"]):
        return f"“{shown}”, names neither source nor month"
    said = {normal(cells["type"]), normal(cells["status"])}
    why = next((why for why, words in _NO_MONEY.items() if not said.isdisjoint(words)), "")
    return f"“{shown}”, {why}" if why else ""


def _cents(cells: dict[str, str]) -> int | None:
    """The amount; below nothing where it stands in a column of credits, or its type says that it is one."""
    amount, credit = (read_signed_cents(cells[key]) for key in ("amount", "credit"))
    cents = amount if cells["amount"] and (amount != 0 or not credit) else credit
    is_credit = (credit and not amount) or normal(cells["type"]) in _CREDITS
    return -abs(cents) if is_credit and cents else cents


def _month(text: str) -> date | None:
    """The month of a month, a day or a span of days within one."""
    if span := _DAYS.fullmatch(text):
        first, last = _month(span[1]), _month(span[2])
        return first if first == last else None
    month = read_month(text)
    if month is None:
        try:
            month = read_date(_MIDNIGHT.sub("", text)).replace(day=1)
        except (AmbiguousDate, UnreadableDate, OverflowError):
            return None
    return month if month >= EARLIEST else None


def spent_on(lists: Lists) -> list[tuple[int, str]]:
    """What money may be spent on, by id: sources and campaigns after their channel."""
    standing = [each for each in lists.sources.values() if each.id not in lists.source_counts_as]
    found = []
    for top in standing:
        if lists.parent_of(top.id) is None:
            label = source_name(lists, top.id).label
            below = [each.id for each in standing if lists.parent_of(each.id) == top.id]
            found += [(top.id, label), *((each, f"{label}: {source_name(lists, each).label}") for each in below)]
    return found


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
