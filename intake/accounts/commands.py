"""`flask create-user`, `flask password-link`, `flask emergency-access` and `flask audit`."""

import json
import sys

import click
from flask import Flask
from flask.cli import AppGroup

from intake.accounts.audit import chain
from intake.accounts.auth import password_rules
from intake.accounts.models import RoleName
from intake.accounts.places import places
from intake.accounts.second_step import upkeep
from intake.accounts.staff import password_links, records
from intake.config import current_settings
from intake.db import db
from intake.web.ui.template_context import practice_facts


def register(app: Flask) -> None:
    """Add this room's commands to `flask`."""
    app.cli.add_command(create_user)
    app.cli.add_command(password_link)
    app.cli.add_command(emergency_access)
    app.cli.add_command(audit_group)


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
    problem = password_rules.weakness(password, personal=[name, email, practice_facts()[0]])
    if problem:
        raise click.ClickException(problem)
    try:
        staff = records.create_user(
            email=email,
            name=name,
            password=password,
            role=role,
            location_ids=[known[code] for code in locations],
            all_locations=all_locations,
        )
    except records.EmailTaken:
        raise click.ClickException("Somebody already signs in with this e-mail address.") from None
    except records.EmailUnusable as error:
        raise click.ClickException(str(error)) from None
    db.session.commit()
    click.echo(f"{staff.name} can sign in now with {staff.email}.")


@click.command("password-link")
@click.option("--email", prompt="E-mail address")
def password_link(email: str) -> None:
    """Print an address where somebody who forgot their password chooses a new one. Works once."""
    staff = records.find_by_email(email)
    if staff is None or not staff.active:
        raise click.ClickException("Nobody who may sign in has this e-mail address.")
    token = password_links.issue(staff, by=None)
    db.session.commit()
    click.echo(f"{current_settings().public_url}/set-password/{token}")


@click.command("emergency-access")
@click.option("--email", prompt="E-mail address of the person to let in")
@click.option("--reason", prompt=True, type=click.Choice(upkeep.REASONS))
def emergency_access(email: str, reason: str) -> None:
    """Let somebody in when nothing else does: takes their second step away and prints a link to a new password.

    It stands in the audit trail and is mailed to ALARM_MAIL_TO. See docs/security.md.
    """
    staff = records.find_by_email(email)
    if staff is None or not staff.active:
        raise click.ClickException("Nobody who may sign in has this e-mail address. flask create-user adds somebody.")
    upkeep.open_emergency_access(staff, reason=reason)
    token = password_links.issue(staff, by=None)
    db.session.commit()
    click.echo(f"{current_settings().public_url}/set-password/{token}")
    click.echo("The link works once. What they do stands in the audit trail under their own name.", err=True)


audit_group = AppGroup("audit", help="The audit trail: seal it, verify it, print its head.")


@audit_group.command("seal")
def seal() -> None:
    """Seal everything that waits, also what the web processes have not come to yet."""
    count = chain.seal_everything()
    click.echo(f"{count} entries sealed, head {chain.head()}")


@audit_group.command("head")
def head() -> None:
    """Print POSITION:HASH of the last sealed entry; keep it where nobody who can reach the database can."""
    click.echo(str(chain.head()))


@audit_group.command("verify")
@click.option("--head", "heads", multiple=True, metavar="POSITION:HASH", help="A head published earlier.")
@click.option("--json", "as_json", is_flag=True)
def verify(heads: tuple[str, ...], as_json: bool) -> None:
    """Walk the whole trail; name the first row that was changed, or say that none was."""
    verdict = chain.verify(published=[_parsed_head(text) for text in heads])
    unprotected = chain.unprotected_tables()
    holds = verdict.broken is None and not unprotected
    if as_json:
        facts = {"holds": holds, "position": verdict.head.position, "hash": verdict.head.hash}
        facts |= {"unsealed": verdict.unsealed, "broken": verdict.broken, "unprotected": unprotected}
        click.echo(json.dumps(facts))
    elif verdict.broken:
        click.echo(f"BROKEN: {verdict.broken}. Entries up to position {verdict.head.position} are as they were sealed.")
    else:
        click.echo(f"{verdict.head.position} entries are as they were sealed, head {verdict.head}")
        if verdict.unsealed:
            click.echo(f"{verdict.unsealed} entries wait to be sealed; flask audit seal does it now.")
    if unprotected and not as_json:
        click.echo(f"NOT PROTECTED: the database would let these be changed: {', '.join(unprotected)}")
    if not holds:
        raise SystemExit(1)


def _parsed_head(text: str) -> chain.Head:
    position, _, digest = text.partition(":")
    if not position.isascii() or not position.isdigit() or len(digest) != 64:
        raise click.BadParameter("a head looks like 1234:9f86d0… with 64 hexadecimal digits", param_hint="--head")
    return chain.Head(int(position), digest.lower())
