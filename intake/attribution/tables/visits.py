"""Columns of visits, counted under a view."""

from decimal import Decimal

from intake.attribution.tables.table import Cell, Column
from intake.attribution.totals.messages import VIEW_LABELS
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View


def visits_heading(view: View) -> str:
    return f"Visits ({VIEW_LABELS[view]})"


def visits_column(view: View) -> Column:
    """Return the column of credit under a view, for records with `units`."""
    return Column(visits_heading(view), lambda row: visits_number(row.units), Cell.COUNT)


def visits_number(units: int | None) -> int | Decimal | None:
    """Return visits as a number for a cell; shared ones with six decimals, since a third never ends."""
    if units is None:
        return None
    return units // UNIT if units % UNIT == 0 else (Decimal(units) / UNIT).quantize(Decimal("0.000001"))
