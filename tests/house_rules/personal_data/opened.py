"""What a role finds at each address: the words of a patient that stand there, and whether the trail says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import func, select

from intake.accounts.audit.looks import ACTIONS, LOOKS
from intake.accounts.models import AuditEntry, RoleName
from intake.db import db
from tests.clients import Client, sign_in
from tests.house_rules.personal_data.canaries import FINDING, addresses, seen_in, words_of
from tests.house_rules.routes import World, routes


@dataclass(frozen=True)
class Opened:
    """An address as a role found it. `only_reads`: it changes nothing; `in_trail`: a look was added to the trail."""

    method: str
    address: str
    endpoint: str
    only_reads: bool
    refused: bool
    words: frozenset[str]
    in_trail: bool


def open_all(app: Flask, world: World, client: Client, role: RoleName) -> Iterator[Opened]:
    reader = world.staff[role]
    sign_in(client, reader)
    found = [(True, "GET", address) for address in addresses(world, app, role)]
    for route in routes(app):
        if route.method == "POST" and route.guard.kind == "staff" and role in route.guard.roles:
            only_reads = getattr(app.view_functions[route.endpoint], "__intake_reads_only__", False)
            found.append((only_reads, "POST", world.address(route)))
    for only_reads, method, address in sorted(found, key=lambda each: not each[0]):
        before = newest()
        db.session.commit()
        response = client.open(address, method=method, data=FINDING if method == "POST" else None)
        endpoint = app.url_map.bind("").match(address.partition("?")[0], method=method)[0]
        looks = [entry for entry in added(before) if entry.action in ACTIONS and entry.actor_id == reader.id]
        yield Opened(
            method,
            address,
            endpoint,
            only_reads,
            refused=response.status_code >= 300 and response.status_code not in (409, 422),
            words=frozenset(seen_in(words_of(response))),
            in_trail=endpoint in LOOKS and bool(looks),
        )


def newest() -> int:
    return db.session.scalar(select(func.max(AuditEntry.id))) or 0


def added(after: int) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id)))
