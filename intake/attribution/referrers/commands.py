"""`flask referrers`: who refers, in which state, and how that is known."""

import json
from datetime import date
from typing import Any

import click

from intake import clock
from intake.attribution.commands import location_ids_of
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.filters.request import PhysiciansRequest
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import ReferrerRow, listing
from intake.attribution.referrers.messages import reason
from intake.attribution.referrers.status import Windows


@click.command("referrers")
@click.option("--as-of", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="As of this day; today if left.")
@click.option("--location", "codes", multiple=True, metavar="CODE", help="Only this location; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, a line each.")
def referrers(*, day: Any, codes: tuple[str, ...], as_json: bool) -> None:
    """List the physicians who ever referred, those of whom most are missed first.

    A referral is a new patient who came and of whom the chart or the answer names the physician. With --json each line
    has npi, name, state (new, back, growing, steady, quieter than usual, lapsed, inactive), last_charted and last_said
    (days, or null), charted_90, said_90 and both_90 (the last 90 days; charted_90 and said_90 each hold both_90),
    before_90 (known either way in the 90 days before) and why.
    """
    today: date = day.date() if day else clock.clinic_today(practice_time_zone())
    found = records(today=today, location_ids=location_ids_of(codes), lists=lists_as_of_now())
    rows = listing(found, PhysiciansRequest.model_validate({})).rows
    for row in rows:
        facts = facts_of(row, found.windows)
        click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _line(facts))
    if not rows and not as_json:
        click.echo("Nobody is known to have referred yet.")


def facts_of(row: ReferrerRow, windows: Windows) -> dict[str, Any]:
    """Return what a line says of a physician."""
    known = row.known_by
    return {
        "npi": row.npi or None,
        "name": row.name,
        "state": str(row.standing.status),
        "last_charted": known.last_charted.isoformat() if known.last_charted else None,
        "last_said": known.last_said.isoformat() if known.last_said else None,
        "charted_90": known.charted,
        "said_90": known.said,
        "both_90": known.both,
        "before_90": row.standing.before,
        "why": reason(row.standing, windows),
    }


def _line(facts: dict[str, Any]) -> str:
    last = f"last by chart {facts['last_charted'] or 'never'}, by patient {facts['last_said'] or 'never'}"
    return f"{facts['state']:<18} {facts['npi'] or '-':<10} {facts['name']}: {facts['why']} ({last})"
