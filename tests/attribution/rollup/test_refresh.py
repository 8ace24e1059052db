"""The refresh: what it leaves behind is exact, whoever else is at work and whenever it is killed."""

import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.rollup import trigger
from intake.attribution.rollup.models import RollupSpan
from intake.attribution.rollup.parts import parts_of
from intake.attribution.rollup.refresh import backlog, refresh, refresh_all
from intake.attribution.totals.sums import Sums
from intake.attribution.verify.rollups import compare_rollups
from intake.db import db
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CoverageEntry, CreditEntry, View
from tests.clients import Client
from tests.making import Make
from tests.postgres import TOP

pytestmark = pytest.mark.both

DAY = date(2026, 5, 12)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
NOTHING = dict.fromkeys(("eligible", "asked", "answered", "dont_remember", "declined"), 0)


@pytest.mark.parametrize(
    ("first", "last", "parts"),
    [
        ("2026-01-01", "2026-12-31", [(RollupSpan.MONTH, "2026-01-01", "2026-12-01", 1)]),
        ("2026-05-01", "2026-05-10", [(RollupSpan.DAY, "2026-05-01", "2026-05-10", 1)]),
        (
            "2026-05-01",
            "2026-05-22",
            [(RollupSpan.DAY, "2026-05-23", "2026-05-31", -1), (RollupSpan.MONTH, "2026-05-01", "2026-05-01", 1)],
        ),
    ],
)
def test_a_period_is_put_together_from_months_and_days(first: str, last: str, parts: list[Any]) -> None:
    found = parts_of(Period(date.fromisoformat(first), date.fromisoformat(last)))
    assert sorted((part.span, part.first.isoformat(), part.last.isoformat(), part.sign) for part in found) == parts


def test_the_parts_of_every_period_hold_each_day_once() -> None:
    start = date(2027, 12, 20)
    for offset in range(0, 45, 4):
        for length in (1, 2, 9, 17, 31, 40, 75, 430):
            period = Period(start + timedelta(days=offset), start + timedelta(days=offset + length - 1))
            days: dict[date, int] = {}
            for part in parts_of(period):
                day = part.first
                last = (
                    part.last
                    if part.span == RollupSpan.DAY
                    else (part.last + timedelta(days=31)).replace(day=1) - timedelta(days=1)
                )
                while day <= last:
                    days[day] = days.get(day, 0) + part.sign
                    day += timedelta(days=1)
            held = {day for day, times in days.items() if times}
            assert set(days.values()) <= {0, 1}
            assert held == {period.first_day + timedelta(days=each) for each in range(length)}


def _answers(make: Make, count: int) -> Any:
    """An established practice: `count` answers at two places over three months."""
    sources, places = make.sources(), [make.location(), make.location()]
    codes = ["tv", "radio", "facebook", "instagram"]
    for number in range(count):
        visit = make.visit(places[number % 2], day=DAY - timedelta(days=number * 5 % 90))
        make.answer(visit, *[sources[code] for code in codes[: 1 + number % 3]])
    db.session.commit()
    return places


def _says(places: list[Any], view: View = View.ANY) -> dict[Any, int]:
    return Sums({each.id for each in places}, lists_as_of_now()).credit(YEAR, by=SOURCE, view=view)


def test_a_report_reads_the_same_before_within_and_after_folding(session: Session, make: Make) -> None:
    places = _answers(make, 12)
    before = _says(places)
    assert sum(before.values()) == (4 * 1 + 4 * 2 + 4 * 3) * UNIT
    # Numbers given to rows that other tests rolled back count as well.
    step = max(5, backlog() // 8)
    while refresh(rows=step):
        assert _says(places) == before
        assert compare_rollups().holds
    assert backlog() == 0
    assert _says(places) == before
    assert _says(places[:1]) == DatedSums(Basis.VISIT, [places[0].id], lists_as_of_now()).credit(
        YEAR, by=SOURCE, view=View.ANY
    )


def test_a_report_with_much_left_to_add_up_refreshes_once_it_is_sent(
    session: Session, make: Make, client: Client, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger, "WORTH_REFRESHING", 10)
    places = _answers(make, 12)
    sign_in(client, make.staff("manager", locations=places))
    before, left = _says(places), backlog()
    assert left >= 10
    page = client.get("/reports?from=2026-01-01&to=2026-12-31&by=source", buffered=False)
    page.close()
    assert (page.status_code, backlog()) == (200, 0)
    assert _says(places) == before


def test_a_wrong_rollup_is_found_named_and_repaired(app: Flask, session: Session, make: Make) -> None:
    _answers(make, 6)
    list(refresh_all())
    session.execute(text("UPDATE tally_source SET any_units = any_units + 1 WHERE span = 2 AND location_id = 0"))
    session.execute(text("DELETE FROM tally_together"))
    session.commit()
    found = compare_rollups()
    assert {each.table for each in found.wrong} == {"tally_source", "tally_together"}
    assert all(each.stands == each.should_stand + 1 for each in found.wrong if each.table == "tally_source")
    told = app.test_cli_runner().invoke(args=["totals", "verify"])
    assert told.exit_code == 1
    assert "all locations" in told.output and "any_units is" in told.output
    mended = app.test_cli_runner().invoke(args=["totals", "verify", "--repair"])
    assert mended.exit_code == 0, mended.output
    assert "Wrong: 22. Made 22 anew; the rollups agree with the ledger now." in mended.output
    assert compare_rollups().holds


@pytest.mark.on("postgresql")
def test_a_row_that_is_committed_after_a_later_one_is_not_lost(committed_app: Flask, make: Make) -> None:
    place, visit = make.location(), None
    visit = make.visit(place, day=DAY)
    db.session.commit()
    list(refresh_all())
    row = {"visit_id": visit.id, "day": DAY, "location_id": place.id, **NOTHING, "asked": 1}
    slow, fast = db.engine.connect(), db.engine.connect()
    slow.execute(insert(CoverageEntry).values(row))
    fast.execute(insert(CoverageEntry).values(row))
    fast.commit()
    done: list[int] = []

    def folder() -> None:
        with committed_app.app_context():
            done.append(refresh())
            db.session.commit()

    thread = threading.Thread(target=folder)
    thread.start()
    time.sleep(0.15)
    # A newcomer is neither waited for nor kept waiting.
    newcomer = db.engine.connect()
    newcomer.execute(insert(CoverageEntry).values(row))
    assert not done
    slow.commit()
    thread.join(5)
    newcomer.commit()
    for connection in (slow, fast, newcomer):
        connection.close()
    assert done == [2]
    assert Sums({place.id}, lists_as_of_now()).coverage(YEAR).asked == 3
    assert compare_rollups().holds


FOLDER = """
import sys
from intake import create_app
from intake.attribution.rollup import refresh
from intake.config import Settings
from intake.db import db

app = create_app(Settings(_env_file=None))
with app.app_context():
    print("folding", flush=True)
    while folding.refresh(rows=int(sys.argv[1])):
        db.session.commit()
"""


def test_a_refresh_killed_at_any_moment_leaves_every_figure_exact(
    committed_app: Flask, environment: dict[str, str], make: Make
) -> None:
    place, source = make.location(), make.sources()["tv"]
    visit = make.visit(place, day=DAY)
    units = {"primary_units": UNIT, "any_units": UNIT, "fractional_units": UNIT}
    rows = [
        {"visit_id": visit.id, "day": DAY - timedelta(days=number % 200), "location_id": place.id, "channel": "desk"}
        | {"source_id": source.id, **units}
        for number in range(3_000)
    ]
    db.session.execute(insert(CreditEntry), rows)
    db.session.commit()
    expected = _says([place], View.PRIMARY)
    command = [sys.executable, "-c", FOLDER, "50"]
    process = subprocess.Popen(command, env=environment, cwd=TOP, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "folding\n"
    time.sleep(0.06)
    process.kill()
    process.wait()
    process.stdout.close()
    db.session.rollback()
    assert backlog() > 0
    assert _says([place], View.PRIMARY) == expected
    assert compare_rollups().holds
    db.session.rollback()
    list(refresh_all())
    assert backlog() == 0
    assert _says([place], View.PRIMARY) == expected


def test_refreshes_at_once_share_the_work(committed_app: Flask, make: Make) -> None:
    places = _answers(make, 12)
    expected = _says(places)
    db.session.rollback()

    def folder() -> None:
        with committed_app.app_context():
            for _ in range(30):
                refresh(rows=3)
                db.session.commit()

    threads = [threading.Thread(target=folder) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    list(refresh_all())
    assert (backlog(), _says(places)) == (0, expected)
    assert compare_rollups().holds
