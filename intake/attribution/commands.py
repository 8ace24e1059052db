"""`flask totals`: the figures of the reports page, from the same queries, and their proof against the answers."""

import json

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from intake import clock
from intake.attribution.filters import queries
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.registry import BY_KEY
from intake.attribution.filters.lists import ListVersion
from intake.attribution.filters.periods import Period, UnreadablePeriod, read_period
from intake.attribution.rollup.refresh import ROWS_A_LARGE_STEP, backlog, refresh_all
from intake.attribution.totals.plain_text import as_data, as_text
from intake.attribution.totals.report import totals
from intake.attribution.verify.messages import as_facts, as_lines
from intake.attribution.verify.run import verify_all
from intake.db import db, is_unavailable
from intake.directory.models import Location
from intake.survey.models import View

UNAVAILABLE, INTERRUPTED = 3, 130


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(totals_group)


@click.group("totals", invoke_without_command=True)
@click.option("--from", "first", metavar="DAY", help="First day, such as 2026-11-01 (this month's first by default).")
@click.option("--to", "last", metavar="DAY", help="Last day, included (today by default).")
@click.option("--view", type=click.Choice([str(view) for view in View]), default="primary", show_default=True)
@click.option("--by", type=click.Choice(list(BY_KEY)), default="source", show_default=True)
@click.option("--location", "codes", multiple=True, metavar="CODE", help="Only this location; may be repeated.")
@click.option(
    "--list",
    "listing",
    type=click.Choice([str(listing) for listing in ListVersion]),
    default="today",
    show_default=True,
    help="Names, places and merges as they are today, or as they were recorded.",
)
@click.option(
    "--basis",
    # The first visit was a basis of its own while visits were counted.
    type=click.Choice([*map(str, Basis), "first-visit"]),
    default="visit",
    show_default=True,
    help="The day on which a visit counts: its own, which is the patient's first, or the answer's.",
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
        by=BY_KEY[by],
        location_ids=location_ids_of(codes),
        compare=True,
        listing=ListVersion(listing),
        basis=Basis(basis),
    )
    click.echo(json.dumps(as_data(report), ensure_ascii=False, indent=2) if as_json else as_text(report))


@totals_group.command("fold")
def fold() -> None:
    """Fold everything the ledger holds into the daily and monthly rollups, and say how far it is."""
    folded = 0
    for folded, whole in refresh_all(rows=ROWS_A_LARGE_STEP):
        click.echo(f"Folded {folded:,} of {whole:,} ledger rows.", err=True)
    click.echo(f"{folded:,} ledger rows folded; {backlog():,} are left.")


@totals_group.command("verify")
@click.option("--repair", "repairing", is_flag=True, help="Make ledger and rollups agree with the answers again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
def verify(*, repairing: bool, as_json: bool) -> None:
    """Work every total out anew from the answers and compare it, figure for figure.

    May run while people work. Answers are only read; --repair appends to the ledger what makes it agree and makes
    wrong days of the rollups anew. Stopped in the middle, what is repaired stays, and the next run goes on.

    Exit status: 0 all agrees (or does now), 1 something is wrong, 3 the database could not be read.
    """
    try:
        found = verify_all(repairing=repairing, say=lambda words: click.echo(words, err=True))
        lines = [] if as_json else list(as_lines(found, repairing=repairing))
    except KeyboardInterrupt:
        db.session.rollback()
        click.echo("Stopped. What was repaired stays, the rest is as it was; run it again to go on.", err=True)
        raise SystemExit(INTERRUPTED) from None
    except DBAPIError as error:
        if not is_unavailable(error):
            raise
        db.session.rollback()
        click.echo("The database could not be reached, or somebody kept it busy. Run it again.", err=True)
        raise SystemExit(UNAVAILABLE) from None
    click.echo(json.dumps(as_facts(found)) if as_json else "\n".join(lines))
    if not found.holds:
        raise SystemExit(1)


def _period(first: str | None, last: str | None) -> Period:
    try:
        return read_period(first, last, today=clock.clinic_today(queries.practice_time_zone()))
    except UnreadablePeriod as error:
        raise SystemExit(_refuse(str(error))) from None


def location_ids_of(codes: tuple[str, ...]) -> list[int]:
    """Return the locations with these codes, all of them without any; ends the command for a code there isn't."""
    known = {row.code.casefold(): row.id for row in db.session.execute(select(Location.code, Location.id))}
    unknown = [code for code in codes if code.casefold() not in known]
    if unknown:
        there = ", ".join(sorted(known)).upper() or "none yet"
        raise SystemExit(_refuse(f"There is no location {unknown[0]!r}. Locations: {there}."))
    return [known[code.casefold()] for code in codes] or list(known.values())


def _refuse(sentence: str) -> int:
    click.echo(sentence, err=True)
    return 2
