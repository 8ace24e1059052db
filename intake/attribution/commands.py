"""`flask totals`: the figures of the reports page, from the same queries, and their proof against the answers."""

import json

import click
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.accounts import audit
from intake.attribution import queries
from intake.attribution.cuts import Cut, Listing
from intake.attribution.periods import Period, UnreadablePeriod, read_period
from intake.attribution.plain import as_data, as_text
from intake.attribution.proof import Proof, proof, repair
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
    )
    click.echo(json.dumps(as_data(report), ensure_ascii=False, indent=2) if as_json else as_text(report))


@totals_group.command("verify")
@click.option("--repair", "mend", is_flag=True, help="Append what makes the ledger agree again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
def verify(*, mend: bool, as_json: bool) -> None:
    """Fold the ledger anew from the answers and compare every figure; exit status 1 when one is wrong."""
    found = proof()
    appended = 0
    if mend and found.wrong:
        appended = repair(found)
        audit.record("ledger.repaired", visits=len(found.wrong_visits), entries=appended)
        db.session.commit()
    holds = not found.wrong or (mend and not proof().wrong)
    if as_json:
        facts = {"visits": found.visits, "figures": found.figures, "wrong": len(found.wrong), "appended": appended}
        click.echo(json.dumps(facts | {"holds": holds}))
    else:
        for each in found.wrong[:SHOWN]:
            click.echo(
                f"Visit {each.visit_id}: {each.column} is {each.stands} and should be {each.should_stand}"
                f" ({each.book}: {', '.join(str(part) for part in each.key)})"
            )
        if len(found.wrong) > SHOWN:
            click.echo(f"… and {len(found.wrong) - SHOWN} more.")
        click.echo(_verdict(found, appended))
    if not holds:
        raise SystemExit(1)


def _verdict(found: Proof, appended: int) -> str:
    compared = f"Compared {found.figures} figures of {found.visits} visits."
    if not found.wrong:
        return f"{compared} The ledger agrees with the answers."
    verdict = f"{compared} {len(found.wrong)} are wrong, at {len(found.wrong_visits)} visits."
    return f"{verdict} Repaired with {appended} entries." if appended else f"{verdict} Run again with --repair."


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
