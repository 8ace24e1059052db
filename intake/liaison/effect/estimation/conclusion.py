"""What may be said of all contacts, by the lot where enough was drawn and else by lookalikes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from intake.liaison.effect.estimation.drawn_order import Draw, DrawnOrder
from intake.liaison.effect.estimation.estimates import (
    FEWEST_EXPECTED,
    FEWEST_REFERRERS,
    Estimate,
    Judged,
    judged,
)
from intake.liaison.effect.estimation.lookalikes import Comparison
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW, WINDOWS, Observed, Referrer

# A kind of contact has a line of its own from so many referrers on.
FEWEST_OF_KIND = 5


@dataclass(frozen=True)
class Conclusion:
    """`by_window` are judged together with `by_kind`: one main look, and the others once it is called an effect."""

    by_lot: bool
    by_window: dict[int, Judged]
    by_kind: dict[str, Judged]
    comparison: Comparison
    # Referrers drawn so far, enough or not.
    drawn: int = 0
    before_and_after: tuple[int, int] = field(default=(0, 0))

    @property
    def main(self) -> Judged:
        return self.by_window[MAIN_WINDOW]

    @property
    def all(self) -> list[Judged]:
        return [*self.by_window.values(), *self.by_kind.values()]


def conclude(
    referrers: Sequence[Referrer], draws: Sequence[Draw], observed: Observed, targets: Sequence[Referrer] = ()
) -> Conclusion:
    """Work out everything the page says.

    `targets` are those whom `draws` name, where these are not the referrers themselves but their offices.
    """
    comparison = Comparison(referrers, observed)
    order = DrawnOrder({each.id: each for each in targets or referrers}, draws, observed)
    by_lot = {window: order.estimate(window) for window in WINDOWS}
    main = by_lot[MAIN_WINDOW]
    enough = main.referrers >= FEWEST_REFERRERS and main.expected >= FEWEST_EXPECTED
    windows: dict[int, Estimate] = dict(by_lot) if enough else {each: comparison.estimate(each) for each in WINDOWS}
    kinds: dict[str, Estimate] = {}
    for kind in comparison.kinds:
        if (found := comparison.estimate(MAIN_WINDOW, kind)).referrers >= FEWEST_OF_KIND:
            kinds[kind] = found
    found = judged((MAIN_WINDOW, ""), {(window, ""): of for window, of in windows.items()} | {
        (MAIN_WINDOW, kind): of for kind, of in kinds.items()
    })
    return Conclusion(
        by_lot=enough,
        by_window={window: found[window, ""] for window in WINDOWS},
        by_kind={kind: found[MAIN_WINDOW, kind] for kind in kinds},
        comparison=comparison,
        drawn=main.referrers,
        before_and_after=comparison.naive(),
    )
