"""How long each page takes on the server: every page of the staff on the demo practice with 10,000 visits.

On both databases, each page's 95th percentile and its first look with nothing remembered, a decision in review, and
what is made for paper, a PDF of 80 rows among it. `--slow` lists only what takes longer than it may.
"""

import argparse
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Flask, current_app
from sqlalchemy import func, select

from bench._databases import each_kind, migrated
from bench._figures import SETTLED_AFTER, finish, milliseconds, percentile, waits
from bench._more_answers import make_more
from intake import create_app
from intake.accounts.models import KioskDevice, Staff
from intake.attribution.costs.models import Spend
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.rollup.refresh import ROWS_A_LARGE_STEP, refresh_all
from intake.attribution.tables import pdf_writer
from intake.db import db
from intake.dev.demo import demo
from intake.directory.models import Caller, Location, Patient, Physician, ReferralSource, ReferringPractice, Visit
from intake.sms.models import InboundText
from intake.survey.models import ReviewRule
from intake.survey.review.page import load_queue
from intake.web import ttl_cache
from intake.web.ops.warm_up import warm_up
from tests.clients import Client, sign_in
from tests.databases import KINDS, settings_for
from tests.house_rules.routes import QUERIES, WORDS, Route, routes
from tests.web import walls

TARGETS = {"page": 150.0, "decision": 200.0, "file": 2_000.0}
# As many days of the demo hold so many visits.
DAYS = 570
# Of each kind of row in an address the one with the most behind it, or any.
ROWS: dict[str, Any] = {
    "visit_id": Visit,
    "patient_id": Patient,
    "caller_id": Caller,
    "device_id": KioskDevice,
    "inbound_id": InboundText,
    "location_id": Location,
    "physician_id": Physician,
    "practice_id": ReferringPractice,
    "rule_id": ReviewRule,
    "spend_id": Spend,
    "staff_id": Staff,
}
FILES = ("taking.", "export", "csv", "static", "accounts.sign_out")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the demo as it is, about 5,000 visits")
    parser.add_argument("--database", choices=KINDS)
    parser.add_argument("--answers", type=int, default=0, help="so many, of more years than the demo's")
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--slow", action="store_true", help="print only what takes longer than it may")
    parser.add_argument("--wall", action="store_true", help="with PostgreSQL keeping the locations apart")
    options = parser.parse_args()
    if not options.quick:
        demo.DAYS = DAYS
    figures: dict[str, Any] = {"bench": "pages", "targets_ms": TARGETS}
    for kind, create in each_kind(only=options.database):
        with migrated(settings_for(create("pages"))) as app:
            app.test_client_class = Client
            visits, answers = _demo(options.answers)
            figures |= {f"{kind} visits": visits, f"{kind} answers": answers}
            print(f"{kind}, {visits:,} visits, {answers:,} answers", flush=True)
            served = _behind_the_wall(app) if options.wall else app
            for name, what, value in _measured(served, options.repeats, wall=options.wall):
                is_slow = value > TARGETS[what]
                if is_slow or not options.slow:
                    print(f"  {name:78} {value:8.1f}{'  slow' if is_slow else ''}", flush=True)
                figures.setdefault(f"{kind} {what}s over target", []).extend([name] if is_slow else [])
                figures[f"{kind} slowest {what}, ms"] = max(value, figures.get(f"{kind} slowest {what}, ms", 0.0))
    figures["holds"] = not any(value for name, value in figures.items() if name.endswith("over target"))
    return finish(figures)


def _behind_the_wall(app: Flask) -> Flask:
    walls.raise_in(app)
    served = create_app(walls.walled_settings(app.config["SETTINGS"]).for_serving())
    served.test_client_class = Client
    return served


def _demo(answers: int) -> tuple[int, int]:
    """How many visits and answers there are."""
    demo.seed()
    db.session.commit()
    made = make_more(answers)
    for _ in refresh_all(rows=ROWS_A_LARGE_STEP):
        pass
    return db.session.scalar(select(func.count(Visit.id))) or 0, made


def _measured(app: Flask, repeats: int, *, wall: bool) -> Iterator[tuple[str, str, float]]:
    """(name, kind of target, milliseconds)"""
    warm_up(app)
    client = app.test_client()
    # Everybody's page at once: the longest navigation, every location.
    reader = db.session.scalars(select(Staff).filter_by(email="manager@larkfield.example")).one()
    reader.roles = list({role.id: role for each in db.session.scalars(select(Staff)) for role in each.roles}.values())
    reader.all_locations, reader.locations = not wall, list(db.session.scalars(select(Location)))
    sign_in(client, reader)
    ttl_cache.forget()
    period_cache().clear()
    client.get("/review")
    time.sleep(SETTLED_AFTER)

    kinds = {}

    def ask(address: str) -> None:
        found = client.get(address)
        assert found.status_code < 400, (address, found.status_code)
        kinds[address] = "page" if found.mimetype == "text/html" else "file"

    addresses = list(_addresses(app))
    for address in addresses:
        took = milliseconds(partial(ask, address))
        yield f"{address}, first look", kinds[address], took
    for address in addresses:
        yield address, kinds[address], percentile(waits(partial(ask, address), repeats), 0.95)
    yield from _decisions(app, client)
    if not pdf_writer.why_off():
        address = "/reports/file.pdf?of=" + "/reports/rows%3Fperiod%3Dthis-year%26by%3Dcoverage%26key%3Dlost"
        assert client.get(address).status_code == 200
        found = waits(lambda: client.get("/reports/file.pdf?of=%2Freports%2Fphysicians"), 3)
        yield "PDF of the list of physicians, 80 rows", "file", found[-1]


def _decisions(app: Flask, client: Any) -> Iterator[tuple[str, str, float]]:
    """Texts of the queue decided one after the other, each with what follows."""
    waited = []
    for _ in range(20):
        everywhere = frozenset(db.session.scalars(select(Location.id)))
        rows = load_queue(within=everywhere).rows
        db.session.rollback()
        if not rows:
            break
        row = rows[0]
        form = {"row": row.key, "at": "0", "target": "none", "spelling": [each.normal for each in row.spellings]}
        waited.append(milliseconds(lambda form=form: client.post("/review/decide", data=form)))
    if waited:
        yield "a decision in review", "decision", percentile(sorted(waited), 0.95)


def _addresses(app: Flask) -> Iterator[str]:
    """Each page that a member of staff opens, with rows of the demo in it; reports by everything they are cut by."""
    for route in routes(app):
        if route.method != "GET" or route.guard.kind != "staff" or any(each in route.endpoint for each in FILES):
            continue
        if (values := _values(route)) is not None:
            path = current_app.url_map.bind("").build(route.endpoint, values)
            yield path + QUERIES.get(route.endpoint, "")
    yield from (f"/reports?period=last-12-months&by={each}" for each in DIMENSIONS)
    yield "/reports?period=last-12-months"
    yield "/reports/rows?period=last-12-months&by=source&key=doctor"


def _values(route: Route) -> dict[str, Any] | None:
    """Rows for the places in its address; None where the demo has none."""
    found: dict[str, Any] = {}
    for name in route.parameters:
        if name in WORDS:
            found[name] = WORDS[name]
        elif name == "source_id":
            found[name] = db.session.scalar(select(ReferralSource.id).where(ReferralSource.code == "online_search"))
        elif name == "physician_id":
            found[name] = demo.referring()["RIV"][1]
        elif name in ROWS:
            found[name] = db.session.scalar(select(func.max(ROWS[name].id)))
        if found.get(name) is None or name == "token":
            return None
    return found


if __name__ == "__main__":
    raise SystemExit(main())
