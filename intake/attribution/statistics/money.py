"""What a new patient costs."""

from dataclasses import dataclass

from intake.attribution.statistics.counts import count_interval


@dataclass(frozen=True)
class CostPerPatient:
    """In the currency's units. `cost` and `high` are None while there is no end to them: nobody came yet."""

    cost: float | None
    low: float
    high: float | None


def cost_per_patient(spent: float, patients: int, level: float = 0.95) -> CostPerPatient:
    """Money spent for each new patient it brought, with the interval that the count of patients gives it.

    What was spent is known; how many come for it is a Poisson count with Garwood's exact interval (Biometrika 28
    (1936) 437–442), and dividing turns its ends around.
    """
    fewest, most = count_interval(patients, level)
    return CostPerPatient(
        cost=spent / patients if patients else None, low=spent / most, high=spent / fewest if fewest > 0 else None
    )
