"""`flask totals`: the figures of the reports page, from the same queries, and their proof against the answers."""

import json

import click
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.accounts import audit
from intake.attribution import queries
from intake.attribution.basis import Basis
from intake.attribution.cuts import Cut, Listing
from intake.attribution.folding import ROWS_A_LARGE_STEP, backlog, fold_all
from intake.attribution.periods import Period, UnreadablePeriod, read_period
from intake.attribution.plain import as_data, as_text
from intake.attribution.proof import Proof, proof, repair
from intake.attribution.refolding import TallyProof, compare_tallies, refold
from intake.attribution.totals import totals
from intake.db import db
from intake.directory.models import Location
from intake.survey.models import View

SHOWN = 20


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(totals_group)


@click.group("totals", invoke_without_command=True)
@click.option("--from", "first", metavar="DAY", help="First day, such as 2026-11-01 (this month's first by default).")
@click.option("--to", "last", metavar="DAY", help="Last day, included (today by default).")
@click.option("--view", type=click.Choice([str(view) for view in View]), default="primary", show_default=True)
@click.option("--by", type=click.Choice([str(cut) for cut in Cut]), default="source", show_default=True)
@click.option("--location", "codes", multiple=True, metavar="CODE", help="Only this location; may be repeated.")
@click.option(
    "--list",
    "listing",
    type=click.Choice([str(listing) for listing in Listing]),
    default="today",
    show_default=True,
    help="Names, places and merges as they are today, or as they were recorded.",
)
@click.option(
    "--basis",
    type=click.Choice([str(basis) for basis in Basis]),
    default="visit",
    show_default=True,
    help="The day on which a visit counts: its own, the patient's first visit's, or the answer's.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def totals_group(
    context: click.Context,
    *,
    first: str | None,
    last: str | None,
    view: str,
    by: str,
    codes: tuple[str, ...],
    listing: str,
    basis: str,
    as_json: bool,
) -> None:
    """Print what each source, physician, … is credited with, and how many of the eligible were asked."""
    if context.invoked_subcommand is not None:
        return
    report = totals(
        period=_period(first, last),
        view=View(view),
        by=Cut(by),
        location_ids=_location_ids(codes),
        compare=True,
        listing=Listing(listing),
        basis=Basis(basis),
    )
    click.echo(json.dumps(as_data(report), ensure_ascii=False, indent=2) if as_json else as_text(report))


@totals_group.command("fold")
def fold() -> None:
    """Fold everything the ledger holds into the daily and monthly tallies, and say how far it is."""
    folded = 0
    for folded, whole in fold_all(rows=ROWS_A_LARGE_STEP):
        click.echo(f"Folded {folded:,} of {whole:,} ledger rows.", err=True)
    click.echo(f"{folded:,} ledger rows folded; {backlog().rows:,} are left.")


@totals_group.command("verify")
@click.option("--repair", "mend", is_flag=True, help="Make the ledger agree with the answers, and the tallies with it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
def verify(*, mend: bool, as_json: bool) -> None:
    """Fold everything anew from the answers and compare every figure; exit status 1 when one is wrong."""
    found, tallies = proof(), compare_tallies()
    appended, refolded = 0, False
    if mend and found.wrong:
        appended = repair(found)
        audit.record("ledger.repaired", visits=len(found.wrong_visits), entries=appended)
    db.session.commit()
    if mend and not tallies.holds:
        refolded = True
        for folded, whole in refold():
            click.echo(f"Folded {folded:,} of {whole:,} ledger rows.", err=True)
    ledger_holds = not found.wrong or (bool(appended) and not proof().wrong)
    tallies_hold = tallies.holds or (refolded and compare_tallies().holds)
    if as_json:
        facts: dict[str, object] = {"visits": found.visits, "figures": found.figures, "wrong": len(found.wrong)}
        facts |= {"appended": appended, "tally_figures": tallies.figures, "tallies_wrong": len(tallies.wrong)}
        click.echo(json.dumps(facts | {"refolded": refolded, "holds": ledger_holds and tallies_hold}))
    else:
        _tell(found, tallies)
        click.echo(_verdict(found, appended))
        click.echo(_verdict_of_tallies(tallies, refolded))
    if not (ledger_holds and tallies_hold):
        raise SystemExit(1)


def _tell(found: Proof, tallies: TallyProof) -> None:
    for each in found.wrong[:SHOWN]:
        click.echo(
            f"Visit {each.visit_id}: {each.column} is {each.stands} and should be {each.should_stand}"
            f" ({each.book}: {', '.join(str(part) for part in each.key)})"
        )
    for ledger in tallies.ahead:
        click.echo(f"The tallies say that more of the {ledger} ledger is folded than it holds.")
    for deviation in tallies.wrong[:SHOWN]:
        click.echo(str(deviation))
    for wrong in (found.wrong, tallies.wrong):
        if len(wrong) > SHOWN:
            click.echo(f"… and {len(wrong) - SHOWN} more.")


def _verdict(found: Proof, appended: int) -> str:
    compared = f"Compared {found.figures} figures of {found.visits} visits."
    if not found.wrong:
        return f"{compared} The ledger agrees with the answers."
    verdict = f"{compared} {len(found.wrong)} are wrong, at {len(found.wrong_visits)} visits."
    return f"{verdict} Repaired with {appended} entries." if appended else f"{verdict} Run again with --repair."


def _verdict_of_tallies(tallies: TallyProof, refolded: bool) -> str:
    compared = f"Compared {tallies.figures} figures of the tallies."
    if tallies.holds:
        return f"{compared} The tallies agree with the ledger."
    verdict = f"{compared} {len(tallies.wrong)} are wrong."
    return f"{verdict} Folded anew from the ledger." if refolded else f"{verdict} Run again with --repair."


def _period(first: str | None, last: str | None) -> Period:
    try:
        return read_period(first, last, today=clock.clinic_today(queries.practice_time_zone()))
    except UnreadablePeriod as error:
        raise SystemExit(_refuse(str(error))) from None


def _location_ids(codes: tuple[str, ...]) -> list[int]:
    known = {row.code.casefold(): row.id for row in db.session.execute(select(Location.code, Location.id))}
    unknown = [code for code in codes if code.casefold() not in known]
    if unknown:
        there = ", ".join(sorted(known)).upper() or "none yet"
        raise SystemExit(_refuse(f"There is no location {unknown[0]!r}. Locations: {there}."))
    return [known[code.casefold()] for code in codes] or list(known.values())


def _refuse(sentence: str) -> int:
    click.echo(sentence, err=True)
    return 2
