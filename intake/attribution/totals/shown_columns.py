"""The figures of a table as they are shown, so that what a reader adds up by hand comes out right."""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.attribution.totals.messages import hundredths_changed, hundredths_shown, in_hundredths, needs_decimals
from intake.attribution.totals.report import TotalLine, Totals
from intake.survey.models import View


@dataclass(frozen=True)
class ShownCredit:
    """Credit now and before in hundredths of a visit, and how they are written."""

    now: int
    before: int | None
    with_decimals: bool

    @property
    def credit(self) -> str:
        return hundredths_shown(self.now, with_decimals=self.with_decimals)

    @property
    def credit_before(self) -> str:
        return "" if self.before is None else hundredths_shown(self.before, with_decimals=self.with_decimals)

    @property
    def change(self) -> str:
        if self.before is None:
            return ""
        return hundredths_changed(self.now - self.before, with_decimals=self.with_decimals)


@dataclass(frozen=True)
class ShownLine(ShownCredit):
    """One row of a table; `below` are a channel's own rows."""

    line: TotalLine
    below: tuple["ShownLine", ...] = ()


@dataclass(frozen=True)
class ShownSum(ShownCredit):
    """`count` rows added up as shown."""

    count: int


def rows_shown(report: Totals) -> list[ShownLine]:
    """The rows of a report's table, sources under their channels.

    A channel shows what its rows add up to, except under "any mention", where a visit that names two of them counts
    once for the channel.
    """
    leaves = {line.name.key: line for line in report.lines}
    now = dict(zip(leaves, in_hundredths(report.view, [line.units for line in leaves.values()]), strict=True))
    earlier = dict(
        zip(leaves, in_hundredths(report.view, [line.before_units or 0 for line in leaves.values()]), strict=True)
    )

    with_decimals = needs_decimals([*now.values(), *earlier.values()])

    def leaf(line: TotalLine) -> ShownLine:
        key = line.name.key
        return ShownLine(now[key], None if line.before_units is None else earlier[key], with_decimals, line)

    def top(line: TotalLine) -> ShownLine:
        if not line.children:
            return leaf(line)
        below = tuple(leaf(child) for child in line.children)
        if report.view == View.ANY:
            own, before = in_hundredths(report.view, [line.units, line.before_units or 0])
        else:
            own, before = sum(each.now for each in below), sum(each.before or 0 for each in below)
        return ShownLine(own, None if line.before_units is None else before, with_decimals, line, below)

    return [top(line) for line in report.rolled_up or report.lines]


def shown_sum(report: Totals, rows: Sequence[ShownLine]) -> ShownSum:
    """What these rows come to, counting the finest ones."""
    finest = [each for row in rows for each in (row.below or (row,))]
    compared = report.total_before_units is not None
    before = sum(each.before or 0 for each in finest) if compared else None
    with_decimals = any(each.with_decimals for each in rows)
    return ShownSum(sum(each.now for each in finest), before, with_decimals, len(rows))
