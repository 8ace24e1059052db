"""What `flask totals verify` says: what is wrong, and what to do."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from intake.attribution.rollup.models import EVERYWHERE, RollupSpan
from intake.attribution.verify.comparison import TableComparison, WrongFigure
from intake.attribution.verify.run import Verified
from intake.cached_property import cached_property
from intake.db import db
from intake.directory.models import Location, ReferralSource
from intake.survey.ledger.crediting import UNIT

MOST_TOLD = 20
REPAIR = "Run `flask totals verify --repair`; it may run while people work."


def as_lines(found: Verified, *, repairing: bool) -> Iterator[str]:
    """Each wrong figure, up to twenty of either kind, then what it comes to."""
    names = _Names()
    for compared in (found.ledger, found.rollups):
        yield from map(names.sentence, compared.wrong[:MOST_TOLD])
        if compared.wrong_figures > MOST_TOLD:
            yield f"… and {compared.wrong_figures - MOST_TOLD:,} more."
    for ledger in found.rollups.ahead:
        yield f"The rollups say that more of the {ledger} ledger is folded than it holds."
    yield _verdict(
        found.ledger,
        f" of {found.ledger.visits:,} visits",
        "The ledger agrees with the answers",
        f"Repaired with {found.appended:,} entries" if repairing else REPAIR,
        left=found.ledger_left,
    )
    yield _verdict(
        found.rollups,
        " of the rollups",
        "The rollups agree with the ledger",
        f"Made {found.mended:,} anew" if repairing else REPAIR,
        left=found.rollups_left,
    )
    if found.unfolded:
        yield f"{found.unfolded:,} ledger rows are not folded yet; reports add them up by themselves."


def as_facts(found: Verified) -> dict[str, object]:
    """The same for programs."""
    return {
        "visits": found.ledger.visits,
        "figures": found.ledger.figures,
        "wrong": found.ledger.wrong_figures,
        "wrong_visits": found.wrong_visits,
        "appended": found.appended,
        "tally_figures": found.rollups.figures,
        "tallies_wrong": found.rollups.wrong_figures,
        "mended": found.mended,
        "unfolded": found.unfolded,
        "holds": found.holds,
    }


def _verdict(compared: TableComparison, of_what: str, agrees: str, done: str, *, left: int) -> str:
    verdict = f"Compared {compared.figures:,} figures{of_what}. "
    if not compared.wrong_figures and not left:
        return f"{verdict}{agrees}."
    verdict += f"Wrong: {compared.wrong_figures:,}. "
    if done == REPAIR:
        return f"{verdict}The answers themselves are safe; reports count them wrongly. {REPAIR}"
    return f"{verdict}{done}; " + (f"still wrong: {left:,}." if left else f"{agrees[0].lower()}{agrees[1:]} now.")


class _Names:
    """Names of places and sources, looked up when there is something to tell. People stay numbers."""

    @cached_property
    def _places(self) -> dict[int, str]:
        found = {row[0]: row[1] for row in db.session.execute(select(Location.id, Location.name))}
        return {EVERYWHERE: "all locations", **found}

    @cached_property
    def _sources(self) -> dict[int, str]:
        return {row[0]: row[1] for row in db.session.execute(select(ReferralSource.id, ReferralSource.code))}

    def sentence(self, each: WrongFigure) -> str:
        """What one figure is and should be."""
        key = dict(each.key)
        if key.pop("span", None) == RollupSpan.MONTH:
            key["day"] = f"{key['day']:%Y-%m}"
        words = ", ".join(self._word(name, value) for name, value in key.items())
        unit = f" ({UNIT:,} is one visit)" if each.column.endswith("_units") else ""
        return f"{each.table}, {words}: {each.column} is {each.stands:,} and should be {each.should_stand:,}{unit}"

    def _word(self, name: str, value: Any) -> str:
        if name == "day":
            return str(value)
        if name == "location_id":
            return self._places.get(value, f"location {value}")
        if name == "source_id":
            return f"source {self._sources.get(value, value)}"
        return f"{name.removesuffix('_id').replace('_', ' ')} {value}"
