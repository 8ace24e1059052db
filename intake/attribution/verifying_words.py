"""What `flask totals verify` says, so that whoever looks after the computer knows what it means and what to do."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from intake.attribution.proof import Difference
from intake.attribution.refolding import TallyProof
from intake.attribution.verifying import MOST_TOLD, Verified
from intake.db import db
from intake.directory.models import Location, ReferralSource
from intake.survey.crediting import UNIT
from intake.survey.outcomes import OUTCOMES

COLUMN_WORDS = {
    "primary_units": "credit (primary)",
    "any_units": "credit (any mention)",
    "fractional_units": "credit (fractional)",
    **{str(outcome): words.label.lower() for outcome, words in OUTCOMES.items()},
}
KEY_WORDS = {
    "physician_id": "physician",
    "referring_patient_id": "referring patient",
    "channel": "asked by",
    "staff_id": "asked by person",
}
REPAIR = "Run `flask totals verify --repair`; it may run while people work."


def as_lines(found: Verified, *, repairing: bool) -> Iterator[str]:
    """Each wrong figure, up to twenty of either kind, then what it comes to."""
    names = _Names()
    for each in found.ledger.wrong[:MOST_TOLD]:
        yield names.sentence(each)
    yield from _more(found.ledger.wrong_figures, len(found.ledger.wrong[:MOST_TOLD]))
    for ledger in found.tallies.ahead:
        yield f"The tallies say that more of the {ledger} ledger is folded than it holds."
    for deviation in found.tallies.wrong[:MOST_TOLD]:
        yield str(deviation)
    yield from _more(found.tallies.wrong_figures, len(found.tallies.wrong[:MOST_TOLD]))
    yield _of_ledger(found, repairing=repairing)
    yield _of_tallies(found, found.tallies, repairing=repairing)
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
        "tally_figures": found.tallies.figures,
        "tallies_wrong": found.tallies.wrong_figures,
        "mended": found.mended,
        "refolded": found.refolded,
        "unfolded": found.unfolded,
        "holds": found.holds,
    }


def _more(wrong: int, told: int) -> Iterator[str]:
    if wrong > told:
        yield f"… and {wrong - told:,} more."


def _of_ledger(found: Verified, *, repairing: bool) -> str:
    proof = found.ledger
    compared = f"Compared {proof.figures:,} figures of {proof.visits:,} visits."
    if not proof.wrong_figures:
        return f"{compared} The ledger agrees with the answers."
    verdict = f"{compared} {_are(proof.wrong_figures)} wrong, at {_visits(found.wrong_visits)}."
    if not repairing:
        return f"{verdict} The answers themselves are safe; reports count them wrongly. {REPAIR}"
    if found.ledger_left:
        return f"{verdict} Repaired with {found.appended:,} entries, and {found.ledger_left:,} are wrong still."
    return f"{verdict} Repaired with {found.appended:,} entries; the ledger agrees with the answers now."


def _of_tallies(found: Verified, tallies: TallyProof, *, repairing: bool) -> str:
    compared = f"Compared {tallies.figures:,} figures of the tallies."
    if tallies.holds:
        return f"{compared} The tallies agree with the ledger."
    verdict = f"{compared} {_are(tallies.wrong_figures)} wrong."
    if not repairing:
        return f"{verdict} {REPAIR}"
    done = "Folded anew from the ledger" if found.refolded else f"Mended {found.mended:,} in place"
    if found.tallies_left:
        return f"{verdict} {done}, and {found.tallies_left:,} are wrong still."
    return f"{verdict} {done}; the tallies agree with the ledger now."


def _are(number: int) -> str:
    return f"{number:,} is" if number == 1 else f"{number:,} are"


def _visits(number: int) -> str:
    return f"{number:,} visit" if number == 1 else f"{number:,} visits"


class _Names:
    """Names of places and sources, looked up when there is something to tell. People stay numbers."""

    def __init__(self) -> None:
        self._places: dict[int, str] | None = None
        self._sources: dict[int, str] = {}

    def sentence(self, each: Difference) -> str:
        if self._places is None:
            self._places = {row[0]: row[1] for row in db.session.execute(select(Location.id, Location.name))}
            self._sources = {
                row[0]: row[1] for row in db.session.execute(select(ReferralSource.id, ReferralSource.code))
            }
        words = ", ".join(self._word(name, value) for name, value in each.named_key.items())
        column = COLUMN_WORDS.get(each.column, each.column)
        unit = f" ({UNIT:,} is one visit)" if each.column.endswith("_units") else ""
        return (
            f"Visit {each.visit_id}, {words}: {column} is {each.stands:,} and should be {each.should_stand:,}{unit}"
            f" [{each.book}.{each.column}]"
        )

    def _word(self, name: str, value: Any) -> str:
        assert self._places is not None
        if name == "day":
            return str(value.isoformat())
        if name == "location_id":
            return self._places.get(value, f"location {value}")
        if name == "source_id":
            return f"source {self._sources.get(value, value)}"
        return f"{KEY_WORDS[name]} {value}"
