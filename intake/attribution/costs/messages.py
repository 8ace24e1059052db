"""Money and its intervals, written out."""

from collections.abc import Sequence
from datetime import date

from intake.attribution.costs.costs import CostRow, Costs
from intake.attribution.costs.models import Spend
from intake.attribution.filters.periods import Period
from intake.attribution.statistics.money import CostPerPatient
from intake.attribution.totals.messages import credits_shown, during, names_listed
from intake.survey.models import View
from intake.web.ui.formatting import say_month


def dollars(cents: float | None) -> str:
    """An amount as it was entered, or a sum of such: '$1,250', '$1,250.50', '−$40' a credit; a dash for no amount."""
    if cents is None:
        return "–"
    amount = abs(round(cents) / 100)
    sign = "\N{MINUS SIGN}" if cents < 0 else ""
    return f"{sign}${amount:,.0f}" if amount == int(amount) else f"{sign}${amount:,.2f}"


def more_than_stands(credit: int, stands: int, label: str, month: date) -> str:
    """Why a credit waits, and what to do."""
    said = f"a credit of {dollars(credit)} is more than the {dollars(stands)} that stand for {label}"
    return f"{said} in {say_month(month)}: enter the invoice that it belongs to first, or write that invoice’s month"


def entered(entries: Sequence[Spend]) -> str:
    """'$40 in May 2026', or of several months '$40 a month from May 2026 to July 2026'."""
    amount = dollars(entries[0].cents)
    return f"{amount} {'in' if len(entries) == 1 else 'a month from'} {months_of(entries)}"


def months_of(entries: Sequence[Spend]) -> str:
    """'May 2026', or of several months 'May 2026 to July 2026'."""
    return " to ".join(dict.fromkeys(say_month(entry.month) for entry in (entries[0], entries[-1])))


def after_credits(row: CostRow) -> str:
    """How much of credits is taken off what was spent; empty where none is."""
    return f"after credits of {dollars(-row.credit_cents)}" if row.credit_cents else ""


def for_each(cents: float | None) -> str:
    """What one patient cost, with cents below a thousand dollars so that a column lines up: '$112.00', '$1,250'."""
    if cents is None:
        return "–"
    amount = round(cents) / 100
    return f"${amount:,.0f}" if amount >= 1_000 else f"${amount:,.2f}"


def for_each_of(row: CostRow) -> str:
    """What one patient cost, and of whom where it isn't everybody of the source: '$130.00 for each of the 92 who …'."""
    if not row.units:
        return "nobody named it first"
    said = f"{for_each(row.cost.cost)} for each"
    if row.unpaid_units <= 0:
        return f"{said} new patient"
    (count,) = credits_shown(View.PRIMARY, [row.units])
    return f"{said} of the {count} who named what was paid for"


def interval(cost: CostPerPatient) -> str:
    """'$41.20–$98.00', or 'at least $120.00' while the few who came allow any price above."""
    if cost.high is None:
        return f"at least {for_each(cost.low)}"
    return f"{for_each(cost.low)}–{for_each(cost.high)}"


def headline(report: Costs) -> str:
    """What was spent, and what a new patient cost where most was spent."""
    if not report.rows:
        return f"No spending is entered for {_months(report.months)}."
    first: CostRow = report.rows[0]
    sentence = f"{dollars(report.cents)} was spent {during(report.months)}"
    tied = [row.name.label for row in report.rows if row.cents == first.cents]
    if len(tied) > 1:
        return f"{sentence}, {dollars(first.cents)} each on {names_listed(tied)}."
    part = "most of it" if 2 * first.cents > report.cents else f"the largest part, {dollars(first.cents)},"
    named = "named it first" if report.view == View.PRIMARY else "named it"
    if first.unpaid_units > 0:
        # Of a channel only those count whom the entries with money brought.
        named = named.replace(" it", " what was paid for")
    if first.cost.cost is None:
        return f"{sentence}, {part} on {first.name.label}: nobody {named}."
    return f"{sentence}, {part} on {first.name.label}: {for_each(first.cost.cost)} for each new patient who {named}."


def unpaid(row: CostRow, view: View) -> str:
    """How many of a channel came through entries on which nothing was spent; empty when none did."""
    if row.unpaid_units <= 0:
        return ""
    (count,) = credits_shown(view, [row.unpaid_units])
    return f"{count} more through entries without money"


def budget(report: Costs) -> str:
    """What was spent of what may be; empty when nobody has said what may."""
    if report.budget_cents is None:
        return ""
    left = report.budget_cents - report.cents
    told = f"{dollars(left)} of it is left" if left >= 0 else f"{dollars(-left)} more than that was spent"
    return f"The budget {during(report.months)} is {dollars(report.budget_cents)}; {told}."


def _months(months: Period) -> str:
    said = during(months)
    return said.removeprefix("in ").removeprefix("from ")
