"""Whether a figure differs from an earlier one by more than luck, and how that is said."""

from dataclasses import dataclass

from intake.attribution.statistics.counts import Change, ChangeVerdict, change
from intake.attribution.totals.messages import change_shown, credits_shown
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View

SAID = {
    ChangeVerdict.MORE: "more than luck",
    ChangeVerdict.FEWER: "fewer than luck",
    ChangeVerdict.NO_CLEAR_CHANGE: "may be luck",
    ChangeVerdict.TOO_FEW: "too few to compare",
}


@dataclass(frozen=True)
class PeriodChange:
    """A credit beside an earlier one. `test` counts whole visits; days are those on which the practice was open."""

    before: str
    change: str
    test: Change

    @property
    def verdict(self) -> str:
        return str(self.test.verdict)

    @property
    def is_clear(self) -> bool:
        """Whether luck alone would seldom make such a difference."""
        return self.test.verdict in (ChangeVerdict.MORE, ChangeVerdict.FEWER)

    @property
    def said(self) -> str:
        """'may be luck', 'too few to compare', for readers who see no arrow."""
        return SAID[self.test.verdict]


def period_change(
    units: int, before_units: int | None, *, view: View, days: int, days_before: int
) -> PeriodChange | None:
    """None when there is nothing to compare with. Shared credit is tested as the whole visits it comes closest to."""
    if before_units is None:
        return None
    (before,) = credits_shown(view, [before_units])
    # Without a day on either side nothing can be told apart; the test says so.
    test = change(
        round(units / UNIT), round(before_units / UNIT), exposure_now=float(days), exposure_before=float(days_before)
    )
    return PeriodChange(before, change_shown(units - before_units), test)
