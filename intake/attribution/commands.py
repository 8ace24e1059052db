"""`flask totals`: the figures of the reports page, from the same queries, and their proof against the answers."""

import json

import click
from flask import Flask
from sqlalchemy import select

from intake import clock
from intake.attribution import queries
from intake.attribution.cuts import Cut
from intake.attribution.periods import Period, UnreadablePeriod, read_period
from intake.attribution.plain import as_data, as_text
from intake.attribution.totals import totals
from intake.db import db
from intake.directory.models import Location
from intake.survey.models import View


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(totals_group)


@click.group("totals", invoke_without_command=True)
@click.option("--from", "first", metavar="DAY", help="First day, such as 2026-11-01 (this month's first by default).")
@click.option("--to", "last", metavar="DAY", help="Last day, included (today by default).")
@click.option("--view", type=click.Choice([str(view) for view in View]), default="primary", show_default=True)
@click.option("--by", type=click.Choice([str(cut) for cut in Cut]), default="source", show_default=True)
@click.option("--location", "codes", multiple=True, metavar="CODE", help="Only this location; may be repeated.")
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
    as_json: bool,
) -> None:
    """Print what each source, physician, … is credited with, and how many of the eligible were asked."""
    if context.invoked_subcommand is not None:
        return
    report = totals(
        period=_period(first, last), view=View(view), by=Cut(by), location_ids=_location_ids(codes), compare=True
    )
    click.echo(json.dumps(as_data(report), ensure_ascii=False, indent=2) if as_json else as_text(report))


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
