"""What may be said of all contacts, by the lot where enough was drawn and else by lookalikes."""

from dataclasses import dataclass

from intake.liaison.effect.estimation.drawn_order import DrawnOrder
from intake.liaison.effect.estimation.estimates import (
    FEWEST_EXPECTED,
    FEWEST_REFERRERS,
    Estimate,
    JudgedEffect,
    judged,
)
from intake.liaison.effect.estimation.lookalikes import Comparison
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW, WINDOWS

# A kind of contact has a line of its own from so many referrers on.
FEWEST_OF_KIND = 5


@dataclass(frozen=True)
class Conclusion:
    """`by_window` are judged together with `by_kind`: one main look, and the others once it is called an effect."""

    by_lot: bool
    by_window: dict[int, JudgedEffect]
    by_kind: dict[str, JudgedEffect]
    # Referrers drawn so far, enough or not.
    drawn: int
    # Those whose first contact can be looked at; of these without anybody like them; those without a year of records.
    contacted: int
    alone: int
    without_year: int
    before_and_after: tuple[int, int]

    @property
    def main(self) -> JudgedEffect:
        return self.by_window[MAIN_WINDOW]

    @property
    def all(self) -> list[JudgedEffect]:
        return [*self.by_window.values(), *self.by_kind.values()]


def conclude(comparison: Comparison, order: DrawnOrder) -> Conclusion:
    """Work out what may be said."""
    drawn = {window: order.estimate(window) for window in WINDOWS}
    main = drawn[MAIN_WINDOW]
    by_lot = main.referrers >= FEWEST_REFERRERS and main.expected >= FEWEST_EXPECTED
    looks: dict[tuple[int, str], Estimate] = {
        (window, ""): drawn[window] if by_lot else comparison.estimate(window) for window in WINDOWS
    }
    for kind in comparison.kinds:
        if (found := comparison.estimate(MAIN_WINDOW, kind)).referrers >= FEWEST_OF_KIND:
            looks[MAIN_WINDOW, kind] = found
    judgements = judged((MAIN_WINDOW, ""), looks)
    return Conclusion(
        by_lot=by_lot,
        by_window={window: judgements[window, ""] for window in WINDOWS},
        by_kind={kind: judgements[window, kind] for window, kind in looks if kind},
        drawn=main.referrers,
        contacted=len(comparison.contacted),
        alone=len(comparison.contacted) - len(comparison.matched),
        without_year=comparison.without_year,
        before_and_after=comparison.naive(),
    )
