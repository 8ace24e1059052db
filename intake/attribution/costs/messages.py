"""Money and its intervals, written out."""

from intake.attribution.costs.costs import CostRow, Costs
from intake.attribution.filters.periods import Period
from intake.attribution.statistics.money import CostPerPatient
from intake.attribution.totals.messages import during


def dollars(cents: float | None) -> str:
    """An amount as it was entered, or a sum of such: '$1,250', '$1,250.50'; a dash for no amount."""
    if cents is None:
        return "–"
    amount = round(cents) / 100
    return f"${amount:,.0f}" if amount == int(amount) else f"${amount:,.2f}"


def for_each(cents: float | None) -> str:
    """What one patient cost, with cents below a thousand dollars so that a column lines up: '$112.00', '$1,250'."""
    if cents is None:
        return "–"
    amount = round(cents) / 100
    return f"${amount:,.0f}" if amount >= 1_000 else f"${amount:,.2f}"


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
    if first.cost.cost is None:
        return f"{sentence}, most of it on {first.name.label}, which nobody has named yet."
    return (
        f"{sentence}, most of it on {first.name.label}: {for_each(first.cost.cost)} for each new patient"
        f" (95% interval {interval(first.cost)})."
    )


def _months(months: Period) -> str:
    said = during(months)
    return said.removeprefix("in ").removeprefix("from ")
