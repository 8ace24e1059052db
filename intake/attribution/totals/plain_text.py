"""A report as plain data and as plain text: what `flask totals` prints and what files hold."""

from typing import Any

from intake.attribution.filters.lists import ListVersion
from intake.attribution.filters.queries import Coverage
from intake.attribution.totals.messages import (
    BASIS_SENTENCES,
    LISTING_SENTENCES,
    VIEW_SENTENCES,
    change_shown,
    credits_shown,
)
from intake.attribution.totals.report import TotalLine, Totals
from intake.attribution.totals.rounding import exact
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.survey.outcomes import OUTCOMES, REPLIES
from intake.web.ui.formatting import percent


def as_data(report: Totals) -> dict[str, Any]:
    """For --json. `credit` is rounded to what a float holds; `units` are 27,720ths of a visit and add up exactly."""
    data: dict[str, Any] = {
        "from": report.period.first_day.isoformat(),
        "to": report.period.last_day.isoformat(),
        "view": str(report.view),
        "by": str(report.by),
        "basis": str(report.basis),
        "list": str(report.listing),
        "coverage": coverage_data(report.coverage),
        "rows": [_line_data(line) for line in report.lines],
        "total": credit_number(report.total_units),
        "total_units": report.total_units,
        "units_per_visit": UNIT,
    }
    if report.rolled_up:
        data["rolled_up"] = [_line_data(line) for line in report.rolled_up]
    if report.before is not None:
        data["before"] = {
            "from": report.before.first_day.isoformat(),
            "to": report.before.last_day.isoformat(),
            "coverage": coverage_data(report.coverage_before or Coverage()),
        }
    return data


def coverage_data(coverage: Coverage) -> dict[str, Any]:
    """The replies + `awaiting` (asked, no reply yet) + `not_asked` = eligible."""
    return {
        "eligible": coverage.eligible,
        "asked": coverage.asked,
        **{str(outcome): coverage.of(outcome) for outcome in REPLIES},
        "awaiting": coverage.awaiting,
        "not_asked": coverage.never_asked,
        "coverage": _rounded(coverage.share),
    }


def credit_number(units: int) -> int | float:
    """Visits as a whole number where it is one."""
    return units // UNIT if units % UNIT == 0 else units / UNIT


def as_text(report: Totals) -> str:
    """The report as an aligned table for a terminal."""
    coverage = report.coverage
    replies = " + ".join(f"{OUTCOMES[each].label.lower()} {coverage.of(each)}" for each in REPLIES)
    lines = [
        f"{report.period.first_day.isoformat()} to {report.period.last_day.isoformat()}, by {report.by},"
        f" view {report.view}: {VIEW_SENTENCES[report.view]}",
        BASIS_SENTENCES[report.basis],
        *([LISTING_SENTENCES[report.listing]] if report.listing != ListVersion.TODAY else []),
        "",
        f"Eligible {coverage.eligible} = {replies} + no reply yet {coverage.awaiting}"
        f" + not asked {coverage.never_asked}.",
        f"Coverage {percent(coverage.share)}.",
        "",
    ]
    return "\n".join([*lines, *_table(report)])


def _table(report: Totals) -> list[str]:
    if not report.lines:
        return ["Nothing is counted in this period."]
    header = [report.by.heading, "Visits", "Share", "Before", "Change"]
    cells = [header]
    before = credits_shown(report.view, [line.before_units or 0 for line in report.lines])
    for line, credit, earlier in zip(
        report.lines, credits_shown(report.view, [x.units for x in report.lines]), before, strict=True
    ):
        cells.append([_label(line), credit, percent(line.share), *_compared(line, earlier)])
    (total,) = credits_shown(report.view, [report.total_units])
    total_before = report.total_before_units
    answered = report.coverage.answered
    cells.append(
        [
            "Sum of the rows" if report.view == View.ANY else "Answered visits",
            total,
            percent(report.total_units / UNIT / answered if answered else None),
            "" if total_before is None else credits_shown(report.view, [total_before])[0],
            "" if total_before is None else change_shown(report.total_units - total_before),
        ]
    )
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    text = [
        "  ".join(
            value.ljust(width) if column == 0 else value.rjust(width)
            for column, (value, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    rule = "-" * max(len(line) for line in text)
    return [text[0], rule, *text[1:-1], rule, text[-1]]


def _label(line: TotalLine) -> str:
    prefix = f"{line.parent.label}: " if line.parent else ""
    detail = f" ({line.name.detail})" if line.name.detail else ""
    return f"{prefix}{line.name.label}{detail}"


def _compared(line: TotalLine, earlier: str) -> list[str]:
    return ["", ""] if line.change is None else [earlier, change_shown(line.change)]


def _line_data(line: TotalLine) -> dict[str, Any]:
    low, high = line.interval
    data: dict[str, Any] = {"key": line.name.key, "label": line.name.label}
    for name, value in (("code", line.name.code), ("npi", line.name.npi), ("detail", line.name.detail)):
        if value:
            data[name] = value
    if line.parent:
        data["parent"] = line.parent.key
    data |= {
        "credit": credit_number(line.units),
        "credit_exact": str(exact(line.units)),
        "units": line.units,
        "share": _rounded(line.share),
        "share_low": _rounded(low) if line.of else None,
        "share_high": _rounded(high) if line.of else None,
    }
    if line.before_units is not None:
        data |= {"before": credit_number(line.before_units), "change": credit_number(line.units - line.before_units)}
    if line.coverage is not None:
        data["coverage"] = coverage_data(line.coverage)
    return data


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)
