"""What a new patient costs by source: money by the month beside the patients of the same months."""

from collections.abc import Collection
from dataclasses import dataclass

from intake.attribution.costs.queries import budget_cents, current_spend, every_location_id
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.dimension import RowName
from intake.attribution.filters.dimensions.sources import SOURCE, source_name
from intake.attribution.filters.lists import Level, Lists, ListVersion
from intake.attribution.filters.periods import Period, month_end
from intake.attribution.filters.queries import Coverage, lists_under
from intake.attribution.statistics.money import CostPerPatient, cost_per_patient
from intake.attribution.totals.channels import credit_at_top, credited_to
from intake.attribution.totals.sums import sums_on
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View


@dataclass(frozen=True)
class CostRow:
    """A source with what was spent on it. `level` rolled-up holds a channel and everything below it."""

    name: RowName
    cents: int
    units: int
    level: Level
    below: tuple["CostRow", ...] = ()
    # Of a channel: credit of its entries on which nothing was spent, which is not in `units`.
    unpaid_units: int = 0
    # What credit notes take off, below nothing; `cents` is without it.
    credit_cents: int = 0

    @property
    def cost(self) -> CostPerPatient:
        """In cents. The interval counts whole visits: shared credit as the ones it comes closest to."""
        whole = cost_per_patient(float(self.cents), round(self.units / UNIT))
        return CostPerPatient(self.cents * UNIT / self.units if self.units else None, whole.low, whole.high)


@dataclass(frozen=True)
class Costs:
    """`months` are the whole months that the rows are of."""

    months: Period
    view: View
    coverage: Coverage
    rows: tuple[CostRow, ...]
    # What may be spent in these months; None: nobody has said.
    budget_cents: int | None = None

    @property
    def cents(self) -> int:
        return sum(row.cents for row in self.rows)


def is_whole(location_ids: Collection[int]) -> bool:
    """Tell whether these are all locations: set against patients of some, the practice's money would look dear."""
    return set(location_ids) >= every_location_id()


def whole_months(period: Period) -> Period:
    """Return the months that a period touches: money is entered by the month."""
    return Period(period.first_day.replace(day=1), month_end(period.last_day))


def costs(
    *,
    period: Period,
    view: View,
    location_ids: Collection[int],
    listing: ListVersion = ListVersion.TODAY,
    basis: Basis = Basis.VISIT,
) -> Costs:
    """Return sources on which money was spent in these months, the dearest first, campaigns under their channel."""
    months = whole_months(period)
    lists = lists_under(listing, months)
    sums = sums_on(basis, location_ids=location_ids, lists=lists)
    credit = sums.credit(months, by=SOURCE, view=view)
    tops = credit_at_top(sums, months, view=view, lists=lists)
    spent, credited = _spent(months, lists), _spent(months, lists, credits_only=True)
    rows = []
    for top in {lists.top_of(source_id) for source_id in spent}:
        below = tuple(
            CostRow(
                name,
                spent[source_id],
                credit.get(source_id, 0),
                Level.EACH,
                credit_cents=credited.get(source_id, 0),
            )
            for source_id, name in SOURCE.names([each for each in spent if lists.top_of(each) == top], lists).items()
        )
        if len(below) == 1 and below[0].name.key != lists.sources[top].code:
            # One campaign alone: what the rest of its channel brought was not bought with this money.
            rows.append(below[0])
            continue
        if len(below) == 1:
            # Money for the channel itself brings those who name anything of it.
            below = ()
        paid = [source_id for source_id in spent if lists.top_of(source_id) == top]
        # Money for the channel itself is for all of it; money for campaigns for those who name one of them.
        units = tops.get(top, 0) if top in spent else credited_to(paid, months, view=view, sums=sums, lists=lists)
        in_all, name = sum(spent[source_id] for source_id in paid), source_name(lists, top)
        unpaid = tops.get(top, 0) - units
        off = sum(credited.get(source_id, 0) for source_id in paid)
        rows.append(CostRow(name, in_all, units, Level.ROLLED_UP, tuple(sorted(below, key=_order)), unpaid, off))
    budget = budget_cents()
    return Costs(
        months,
        view,
        sums.coverage(months),
        tuple(sorted(rows, key=_order)),
        None if budget is None else budget * months.whole_months,
    )


def _spent(months: Period, lists: Lists, *, credits_only: bool = False) -> dict[int, int]:
    """Source → cents; money for a source that was merged counts as for what it was merged into."""
    found: dict[int, int] = {}
    for source_id, by_month in current_spend(months, credits_only=credits_only).items():
        counts_as = lists.source_counts_as.get(source_id, source_id)
        found[counts_as] = found.get(counts_as, 0) + sum(by_month.values())
    return found


def _order(row: CostRow) -> tuple[int, str]:
    return -row.cents, row.name.label
