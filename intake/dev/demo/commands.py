"""`flask seed-demo`."""

import json

import click
from flask import Flask

from intake.db import db
from intake.dev.demo import demo
from intake.dev.demo.people import PASSWORD, PEOPLE, TABLET_NAME, tablet_code


def register(app: Flask) -> None:
    """Add this room's commands to `flask`."""
    app.cli.add_command(seed_demo)


@click.command("seed-demo")
@click.option("--json", "as_json", is_flag=True, help="Say how each person signs in as one JSON object.")
def seed_demo(as_json: bool) -> None:
    """Fill an empty database with the demo practice, or bring the one that is there up to today."""
    try:
        made = demo.seed()
    except demo.RealPractice:
        click.echo("This database holds a real practice, so the demo is not put into it. Use an empty one.", err=True)
        raise SystemExit(2) from None
    code = tablet_code()
    db.session.commit()
    if as_json:
        facts = {"made": made, "people": _people(), "tablet": {"name": TABLET_NAME, "pairing_code": code}}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    click.echo("The demo practice is ready." if made else "The demo practice is there, and today is filled in.")
    click.echo(f"Everybody's password is: {PASSWORD}")
    for each in _people():
        pin = f" (tablet PIN {each['pin']})" if each["pin"] else ""
        click.echo(f"  {each['role']:<14} {each['email']:<26} {each['name']}, {each['where']}{pin}")
    if code:
        click.echo(f"{TABLET_NAME}: open /kiosk, give it the code {code}, good for a quarter of an hour, and type the")
        click.echo("  number that it then shows on its page under Set-up, Tablets, as the administrator.")


def _people() -> list[dict[str, str]]:
    return [
        {
            "role": str(each.role).replace("_", " "),
            "name": each.name,
            "email": each.email,
            "password": PASSWORD,
            "pin": each.pin,
            "where": ", ".join(each.locations) or "all locations",
        }
        for each in PEOPLE
    ]
