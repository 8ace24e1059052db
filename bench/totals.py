"""What a report costs as the ledger grows: one, ten and fifty million answers over five years, on both databases.

The pages of the reports, this quarter's physicians with their trend and the first page behind a figure. The targets are
95th percentiles.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from bench._databases import migrated
from bench._figures import finish, percentile, waits
from bench._totals_kept import Kept, shelf
from bench._totals_rows import Ids, by_hand, fill, people_and_lists, say
from intake import clock
from intake.accounts.models import Staff
from intake.attribution.filters.dimensions.calendar import WEEK
from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.registry import DIMENSIONS
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.filters.request import PhysiciansRequest
from intake.attribution.referrers.history import records
from intake.attribution.referrers.listing import listing
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.rollup.refresh import ROWS_A_LARGE_STEP, refresh_all
from intake.attribution.totals.sums import Sums
from intake.db import db, reading
from intake.survey.models import View
from intake.web.ops.warm_up import warm_up
from tests.clients import Client, sign_in
from tests.databases import KINDS, settings_for
from tests.making import ZONE

TARGETS = {"overview": 100.0, "physicians": 100.0, "drill-down": 50.0, "first look": 2_000.0}
MOST_GROWTH = 1.5
LOOKS = 3
PHYSICIANS = "physicians of this quarter, the one before, 12 months of the first 100"
PAGES = ("overview page", "overview page, twelve months", PHYSICIANS, "drill-down page, a source this year")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundred thousand answers only")
    parser.add_argument("--answers", type=int, action="append", help="may be repeated; 1 000 000 unless given")
    parser.add_argument("--database", choices=KINDS, help="one of the two only")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the rows there once a day, and leave them")
    options = parser.parse_args()
    sizes = options.answers or [100_000 if options.quick else 1_000_000]
    repeats = 15 if options.quick else 40
    figures: dict[str, Any] = {"bench": "totals", "targets_ms": TARGETS}
    with shelf(options.keep, only=options.database) as found:
        for kind in found.kinds(options.database):
            for answers in sizes:
                print(f"{kind}, {answers:,} answers", flush=True)
                kept = found.take(kind, answers, clock.clinic_today(ZONE))
                for name, value in _measured(kept, answers, repeats):
                    figures[f"{kind} {answers} {name}"] = value
                    print(f"  {name:52} {value:10.1f}", flush=True)
                if options.keep is None:
                    found.drop(kind, answers)
            for name, value in _ratios(figures, kind, sizes):
                figures[name] = value
                print(f"  {name:68} {value:10.3f}", flush=True)
    figures["holds"] = _holds(figures, sizes)
    return finish(figures)


def _ratios(figures: dict[str, Any], kind: str, sizes: list[int]) -> Iterator[tuple[str, float]]:
    """How the pages grow with the rows."""
    least = min(sizes)
    for answers in sizes:
        for page in PAGES if answers != least else ():
            own, small = (figures[f"{kind} {each} {page}, p95 ms"] for each in (answers, least))
            yield f"{kind} {page} at {answers:,} / at {least:,}", own / small


def _holds(figures: dict[str, Any], sizes: list[int]) -> bool:
    holds = True
    for name, value in figures.items():
        for what, target in TARGETS.items():
            if f" {what}" in name and name.endswith("p95 ms"):
                holds = holds and value <= target
    for kind in KINDS:
        own = [figures.get(f"{kind} {size} overview page, p95 ms") for size in (min(sizes), max(sizes))]
        if all(own):
            holds = holds and own[1] <= MOST_GROWTH * own[0]
    return holds


def _measured(kept: Kept, answers: int, repeats: int) -> Iterator[tuple[str, float]]:
    with migrated(settings_for(kept.url)) as app:
        app.test_client_class = Client
        ids = kept.ids
        if ids is None:
            ids = people_and_lists()
            for said in fill(answers, ids):
                print(f"    {said}", flush=True)
            kept.is_full(ids)
        print(f"    {say(answers)}", flush=True)
        warm_up(app)
        began = time.perf_counter()
        was_folded = False
        for number, (folded, whole) in enumerate(refresh_all(rows=ROWS_A_LARGE_STEP)):
            if number % 20 == 0:
                print(f"    folded {folded:,} of {whole:,} rows", flush=True)
            was_folded = True
        if was_folded:
            yield "folding all of it, s", time.perf_counter() - began
            _analyse()
        sums = Sums(_places(ids), lists_as_of_now())
        assert sums.coverage(Period(ids.first_day, ids.today)).answered > 0.99 * answers
        client = app.test_client()
        reader = db.session.get(Staff, ids.reader)
        assert reader is not None
        sign_in(client, reader)
        db.session.close()
        yield from _pages(app, client, ids, repeats)
        with reading():
            yield from _engine(ids, repeats)


def _analyse() -> None:
    with by_hand() as connection:
        connection.execute("VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE")


def _pages(app: Flask, client: Any, ids: Ids, repeats: int) -> Iterator[tuple[str, float]]:
    quarter = _quarter(ids.today)
    days = f"from={quarter.first_day.isoformat()}&to={quarter.last_day.isoformat()}"
    addresses = {
        "overview page": "/reports",
        "overview page, twelve months": "/reports?period=last-12-months",
        "physicians' list page": "/reports/physicians",
        "drill-down page, a source this year": "/reports/rows?period=this-year&by=source&key=bench_5",
        "drill-down page, a rare source this year": "/reports/rows?period=this-year&by=source&key=bench_39",
        "drill-down page, a physician this quarter": f"/reports/rows?{days}&by=physician&key={ids.physician + 77}",
        "drill-down page, answered this year": "/reports/rows?period=this-year&by=coverage&key=answered",
        "a source's page": f"/reports/sources/{ids.source + 5}",
        "a physician's page": f"/reports/physicians/{ids.physician + 77}",
        "the monthly report": "/reports/month",
        "how sure the figures are": "/reports/trust?period=last-12-months",
        "side by side": "/reports/compare?period=last-12-months",
    }
    for view in (View.ANY, View.FRACTIONAL):
        addresses[f"view {view}, twelve months"] = f"/reports?period=last-12-months&view={view}"
    addresses |= {f"by {each}, twelve months": f"/reports?period=last-12-months&by={each}" for each in DIMENSIONS}
    for name, address in addresses.items():

        def ask(address: str = address) -> None:
            found = client.get(address)
            assert found.status_code == 200, (address, found.status_code)

        yield from _timed(name, ask, repeats)


def _engine(ids: Ids, repeats: int) -> Iterator[tuple[str, float]]:
    quarter, places = _quarter(ids.today), _places(ids)
    five_years = Period(ids.first_day, ids.today)

    def sums() -> Sums:
        db.session.rollback()
        return Sums(places, lists_as_of_now())

    def physicians() -> None:
        fresh, before = sums(), quarter.before()
        assert before is not None
        fresh.credit(quarter, by=PHYSICIAN, view=View.PRIMARY)
        fresh.credit(before, by=PHYSICIAN, view=View.PRIMARY)

    def credit(period: Period, by: Dimension, view: View, only: frozenset[int] | None = None) -> Callable[[], None]:
        def ask() -> None:
            db.session.rollback()
            Sums(only or places, lists_as_of_now()).credit(period, by=by, view=view)

        return ask

    def listed_first() -> None:
        # As a process does that has read nothing yet.
        period_cache().clear()
        db.session.rollback()
        assert listing(records(today=ids.today, location_ids=places, lists=lists_as_of_now()), PhysiciansRequest()).rows

    some = frozenset(sorted(places)[:7])
    odd = Period(ids.today - timedelta(days=100), ids.today - timedelta(days=14))
    asked: dict[str, Callable[[], None]] = {
        PHYSICIANS: physicians,
        "sums by source, five years": credit(five_years, SOURCE, View.PRIMARY),
        "sums by source, five years, seven places": credit(five_years, SOURCE, View.PRIMARY, some),
        "sums by source, any mention, this quarter": credit(quarter, SOURCE, View.ANY),
        "sums by physician, 87 days from mid-month": credit(odd, PHYSICIAN, View.PRIMARY),
        "sums by week, five years": credit(five_years, WEEK, View.PRIMARY),
    }
    for name, ask in asked.items():
        yield from _timed(name, ask, repeats)
    yield from _timed("a process's first look at the list of physicians", listed_first, LOOKS)


def _places(ids: Ids) -> frozenset[int]:
    return frozenset(range(ids.place, ids.place + 20))


def _quarter(today: date) -> Period:
    return Period(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), today)


def _timed(name: str, ask: Callable[[], Any], repeats: int) -> Iterator[tuple[str, float]]:
    found = waits(ask, repeats)
    yield f"{name}, p95 ms", percentile(found, 0.95)
    yield f"{name}, median ms", percentile(found, 0.5)


if __name__ == "__main__":
    raise SystemExit(main())
