"""Commands of this room."""

import sys

import click
from flask import Flask

from intake.accounts import people
from intake.accounts.models import RoleName
from intake.accounts.queries import places
from intake.db import db


def register(app: Flask) -> None:
    """Adds this room's commands to `flask`."""
    app.cli.add_command(create_user)


@click.command("create-user")
@click.option("--email", prompt="E-mail address")
@click.option("--name", prompt="Full name")
@click.option("--role", prompt=True, type=click.Choice([str(role) for role in RoleName]))
@click.option("--location", "locations", multiple=True, metavar="CODE", help="May be given several times.")
@click.option("--all-locations", is_flag=True, help="Also those added later.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def create_user(
    *, email: str, name: str, role: str, locations: tuple[str, ...], all_locations: bool, password_stdin: bool
) -> None:
    """Add somebody who can sign in."""
    known = {place.code: place.id for place in places()}
    if not known:
        raise click.ClickException("Set the practice up first: open the web page and follow the steps there.")
    unknown = [code for code in locations if code not in known]
    if unknown:
        raise click.ClickException(f"No location has the code {unknown[0]}. There are: {', '.join(known)}.")
    if not locations and not all_locations:
        if len(known) > 1:
            raise click.ClickException(f"Say where: --all-locations, or --location with one of {', '.join(known)}.")
        locations = tuple(known)
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        staff = people.create_user(
            email=email,
            name=name,
            password=password,
            role=role,
            location_ids=[known[code] for code in locations],
            all_locations=all_locations,
        )
    except people.EmailTaken:
        raise click.ClickException("Somebody already signs in with this e-mail address.") from None
    except people.EmailUnusable as error:
        raise click.ClickException(str(error)) from None
    db.session.commit()
    click.echo(f"{staff.name} can sign in now with {staff.email}.")
