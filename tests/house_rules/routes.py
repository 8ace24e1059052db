"""The URL map as a table of things to try, and a small world with a row for whatever an address may name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app
from werkzeug.routing import Rule

from intake.accounts.models import KioskDevice, RoleName, Staff
from intake.db import db
from intake.directory.models import Location
from intake.web.http.route_guards import Guard, guard_of
from tests.liaison import relationships
from tests.making import Make

# Rows of a location: everybody whose locations don't include it gets the page of a row that isn't there.
LOCATED: dict[str, Callable[[Make, Location], int]] = {
    "visit_id": lambda make, location: make.visit(location).id,
    "patient_id": lambda make, location: make.visit(location).patient_id,
    "caller_id": lambda make, location: make.caller(location).id,
    "device_id": lambda make, location: make.device(location).id,
    "inbound_id": lambda make, location: make.reply(make.visit(location)).id,
    "emergency_id": lambda make, location: make.reply(make.visit(location), outcome="emergency").id,
    "outbox_id": lambda make, location: make.text(make.visit(location), state="uncertain", sent_at=None).id,
    "location_id": lambda _make, location: location.id,
    "mention_id": lambda make, location: make.named_friend(location),
    "decision_id": lambda make, location: make.matched_friend(location),
    "chart_decision_id": lambda make, location: make.chart_decision(location).id,
    "late_id": lambda make, location: make.late_answer(location).id,
    "referral_id": lambda make, location: make.physician_link(location),
    "upload_id": lambda make, location: make.schedule_upload(location).id,
    "relationship_id": lambda make, location: relationships.target(make, location).id,
    "touchpoint_id": lambda make, location: relationships.touchpoint(make, location).id,
    "promise_id": lambda make, location: relationships.promise(make, location).id,
    "issue_id": lambda make, location: relationships.issue(make, location).id,
    "stop_id": lambda make, location: relationships.stop(make, location).id,
}
# Rows of the whole practice: the role alone decides.
SHARED: dict[str, Callable[[Make, Location], int]] = {
    "physician_id": lambda make, location: make.physician().id,
    "practice_id": lambda make, location: make.referring_practice().id,
    "rule_id": lambda make, location: make.review_rule().id,
    "source_id": lambda make, location: make.source().id,
    "source_merge_id": lambda make, location: make.source_merge().id,
    "spend_id": lambda make, location: make.spend().id,
    "saved_view_id": lambda make, location: make.saved_view().id,
    "staff_id": lambda make, location: make.staff(locations=[location]).id,
    "contact_id": lambda make, location: relationships.contact(make).id,
    "file_id": lambda make, location: make.brought_file().id,
    "hold_id": lambda make, location: make.hold().id,
}
# Words in an address that name no row by its number.
WORDS = {
    "kind": "physicians",
    "token": "no-such-token",
    "filename": "no-such-file",
    "language": "en",
    "place": "no-such-place",
    "danger": "medical",
    "attempt_id": "6f1c8f0e-0000-4000-8000-000000000000",
}
# What an address needs beside its path to name something.
QUERIES = {
    "reports.rows": "?by=coverage&key=eligible",
    "reports.export_rows": "?by=coverage&key=eligible",
    "saved_views.new": "?of=%2Freports%2Fphysicians",
    "taking.csv": "?of=%2Freports%3Fby%3Dsource",
    "taking.pdf": "?of=%2Freports%2Fphysicians",
    "taking.xlsx": "?of=%2Freports",
}
NO_SUCH_ID = 987_654_321


@dataclass(frozen=True)
class Route:
    rule: Rule
    method: str
    guard: Guard

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset(self.rule.arguments)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def routes(app: Flask) -> list[Route]:
    """Every address and method that the service answers to, by address."""
    found = []
    for rule in app.url_map.iter_rules():
        guard = guard_of(app.view_functions[rule.endpoint])
        assert guard is not None
        found += [Route(rule, method, guard) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return sorted(found, key=str)


@dataclass
class World:
    """A location with one person of each role, and another location that none of them works at."""

    make: Make
    here: Location
    elsewhere: Location
    staff: dict[str, Staff]
    device: KioskDevice
    _rows: dict[tuple[str, int], int] = field(default_factory=dict)

    def address(self, route: Route, *, location: Location | None = None, missing: bool = False) -> str:
        """The route's address with rows of `location` (here unless told) in it, or with ids that no row has."""
        values = {name: self._value(name, location or self.here, missing) for name in route.parameters}
        return current_app.url_map.bind("").build(route.endpoint, values) + QUERIES.get(route.endpoint, "")

    def _value(self, name: str, location: Location, missing: bool) -> Any:
        if name in WORDS:
            return WORDS[name]
        if missing:
            return NO_SUCH_ID
        make_row = LOCATED.get(name) or SHARED[name]
        if (name, location.id) not in self._rows:
            self._rows[name, location.id] = make_row(self.make, location)
            db.session.commit()
        return self._rows[name, location.id]

    def place_rows(self, **ids: int) -> None:
        """Let addresses of `here` name these rows."""
        self._rows |= {(name, self.here.id): row_id for name, row_id in ids.items()}

    def forget_rows(self) -> None:
        """Let the next address name fresh rows: the last request may have changed these."""
        self._rows.clear()


def build_world(make: Make) -> World:
    here, elsewhere = make.location("Uptown"), make.location("Harbour")
    make.sources()
    staff = {str(role): make.staff(str(role), locations=[here]) for role in RoleName}
    world = World(make, here, elsewhere, staff, make.device(here))
    db.session.commit()
    return world


def unknown_parameters(found: list[Route]) -> Iterator[str]:
    for route in found:
        for name in sorted(route.parameters - LOCATED.keys() - SHARED.keys() - WORDS.keys()):
            yield f"{route}: <{name}>"
