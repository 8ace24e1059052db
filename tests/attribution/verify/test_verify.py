"""`flask totals verify`: whatever was done to the tables is found, named figure for figure, and made right again."""

import json
import subprocess
import sys
import threading
import time
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from intake import clock
from intake.accounts.models import AuditEntry
from intake.attribution import commands
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period
from intake.attribution.rollup.models import ROLLUPS, CoverageRollup, RollupSpan, SourceRollup
from intake.attribution.rollup.refresh import backlog, refresh, refresh_all
from intake.attribution.totals.sums import Sums
from intake.attribution.verify import comparison
from intake.attribution.verify.ledger import compare_ledger
from intake.attribution.verify.rollups import compare_rollups
from intake.attribution.verify.run import verify_all
from intake.db import db
from intake.directory.models import Visit
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import CoverageEntry, CreditEntry, View
from intake.survey.recording.record_answer import NewMention, withdraw_answer
from tests.making import Make
from tests.postgres import TOP
from tests.serving import PATIENCE_SECONDS

pytestmark = pytest.mark.both

DAY = date(2026, 5, 12)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
CREDIT = {"primary_units": UNIT, "any_units": UNIT, "fractional_units": UNIT}


@pytest.fixture
def run(app: Flask) -> Any:
    return lambda *words: app.test_cli_runner().invoke(args=["totals", "verify", *words])


@pytest.fixture
def clinic(session: Session, make: Make) -> Any:
    """Two answers of two sources each, one withdrawn, one visit that nobody asked; everything folded."""
    clinic = make.location("Riverside", code="RIV")
    sources, physician = make.sources(), make.physician()
    doctor = NewMention(sources["doctor"].id, physician_id=physician.id)
    clinic.answered = [make.visit(clinic, day=DAY) for _ in range(2)]
    for visit in clinic.answered:
        make.answer(visit, doctor, sources["tv"])
    clinic.withdrawn, clinic.unasked = make.visit(clinic, day=DAY), make.visit(clinic, day=DAY)
    make.answer(clinic.withdrawn, sources["tv"])
    withdraw_answer(visit_id=clinic.withdrawn.id, submission_id="w" * 36, staff_id=make.staff(locations=[clinic]).id)
    clinic.sources = sources
    session.commit()
    list(refresh_all())
    return clinic


def unguard(session: Session) -> None:
    """As somebody with the database's own password could."""
    for table in ("credit_entry", "coverage_entry"):
        if session.get_bind().dialect.name == "sqlite":
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER append_only_{table}_{verb}"))
        else:
            session.execute(text(f"DROP TRIGGER append_only_{table} ON {table}"))


def a_row_too_many(session: Session, clinic: Any) -> tuple[Any, str]:
    key = {"visit_id": clinic.unasked.id, "day": DAY, "location_id": clinic.id, "channel": "desk"}
    session.execute(insert(CreditEntry).values(**key, source_id=clinic.sources["radio"].id, **CREDIT))
    return clinic.unasked, "source radio, channel desk: primary_units is 27,720 and should be 0 (27,720 is one visit)"


def a_row_removed(session: Session, clinic: Any) -> tuple[Any, str]:
    visit = clinic.answered[0]
    session.execute(
        delete(CreditEntry).where(CreditEntry.visit_id == visit.id, CreditEntry.source_id == clinic.sources["tv"].id)
    )
    return visit, "source tv, channel desk: fractional_units is 0 and should be 13,860"


def a_row_changed(session: Session, clinic: Any) -> tuple[Any, str]:
    visit = clinic.answered[1]
    here = CreditEntry.visit_id == visit.id, CreditEntry.source_id == clinic.sources["tv"].id
    session.execute(update(CreditEntry).where(*here).values(any_units=5))
    return visit, "source tv, channel desk: any_units is 5 and should be 27,720"


def an_answer_without_its_rows(session: Session, clinic: Any) -> tuple[Any, str]:
    visit = clinic.answered[0]
    for model in (CreditEntry, CoverageEntry):
        session.execute(delete(model).where(model.visit_id == visit.id))
    return visit, "Riverside, channel desk: answered is 0 and should be 1"


def rows_of_a_withdrawn_answer(session: Session, clinic: Any) -> tuple[Any, str]:
    here = CreditEntry.visit_id == clinic.withdrawn.id, CreditEntry.primary_units < 0
    session.execute(delete(CreditEntry).where(*here))
    return clinic.withdrawn, "source tv, channel desk: primary_units is 27,720 and should be 0"


def rows_on_another_day(session: Session, clinic: Any) -> tuple[Any, str]:
    visit = clinic.answered[0]
    session.execute(update(CoverageEntry).where(CoverageEntry.visit_id == visit.id).values(day=date(2026, 6, 1)))
    return visit, "2026-06-01, Riverside: eligible is 1 and should be 0"


LEDGER = [
    a_row_too_many,
    a_row_removed,
    a_row_changed,
    an_answer_without_its_rows,
    rows_of_a_withdrawn_answer,
    rows_on_another_day,
]


@pytest.mark.parametrize("spoil", LEDGER, ids=lambda each: each.__name__)
def test_a_spoilt_ledger_is_named_figure_for_figure_and_repaired(
    session: Session, clinic: Any, run: Any, spoil: Any
) -> None:
    before = Sums({clinic.id}, lists_as_of_now()).credit(YEAR, by=SOURCE, view=View.FRACTIONAL)
    unguard(session)
    visit, sentence = spoil(session, clinic)
    session.commit()

    told = run()

    assert told.exit_code == 1
    assert f"visit {visit.id}, " in told.output and sentence in told.output
    assert "flask totals verify --repair" in told.output
    assert compare_ledger().wrong_visits == [visit.id]
    mended = run("--repair")
    assert mended.exit_code == 0, mended.output
    assert "the ledger agrees with the answers now" in mended.output
    again = run("--json")
    facts = json.loads(again.output)
    assert (again.exit_code, facts["wrong"], facts["tallies_wrong"], facts["holds"]) == (0, 0, 0, True)
    list(refresh_all())
    assert compare_rollups().holds
    assert Sums({clinic.id}, lists_as_of_now()).credit(YEAR, by=SOURCE, view=View.FRACTIONAL) == before
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "ledger.repaired")).all()
    assert [each.details["visits"] for each in noted] == [1]


TALLIES = {
    "a figure changed": (
        update(SourceRollup).where(SourceRollup.span == 2, SourceRollup.location_id == 0).values(any_units=7),
        "tally_source, 2026-05, all locations, source",
    ),
    "a row removed": (
        delete(CoverageRollup).where(CoverageRollup.span == int(RollupSpan.DAY)),
        "answered is 0 and should be 2",
    ),
    "a day without answers": (
        insert(SourceRollup).values(location_id=0, span=1, day=date(1999, 2, 3), source_id=0, **CREDIT),
        "tally_source, 1999-02-03, all locations, source 0: primary_units is 27,720 and should be 0",
    ),
    "a place that isn't": (
        insert(SourceRollup).values(location_id=999_999, span=1, day=DAY, source_id=0, **CREDIT),
        "tally_source, 2026-05-12, location 999999, source 0: any_units is 27,720 and should be 0",
    ),
    "a span that isn't": (
        insert(SourceRollup).values(location_id=0, span=9, day=DAY, source_id=0, **CREDIT),
        "any_units is 27,720 and should be 0",
    ),
    "all of one": (text("DELETE FROM tally_physician"), "tally_physician, 2026-05-12, all locations, physician"),
}


@pytest.mark.parametrize("what", list(TALLIES))
def test_a_spoilt_rollup_is_named_figure_for_figure_and_repaired(
    session: Session, clinic: Any, run: Any, what: str
) -> None:
    before = dump()
    statement, sentence = TALLIES[what]
    session.execute(statement)
    session.commit()

    told = run()

    assert (told.exit_code, sentence in told.output) == (1, True), told.output
    assert dump() != before
    mended = run("--repair")
    assert mended.exit_code == 0, mended.output
    assert "anew; the rollups agree with the ledger now." in mended.output
    assert dump() == before
    assert run().exit_code == 0


def dump() -> dict[str, Any]:
    """Every row of every tally that adds up to something."""
    found = {}
    for rollup in ROLLUPS:
        rows = db.session.execute(select(rollup.__table__)).all()
        found[rollup.__tablename__] = sorted(
            repr(row) for row in rows if any(getattr(row, each) for each in rollup.amounts())
        )
    return found


def test_more_that_is_wrong_than_can_be_told_is_repaired_too(
    session: Session, clinic: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump()
    session.execute(text("DELETE FROM tally_source"))
    session.commit()
    monkeypatch.setattr(comparison, "MOST_KEPT", 3)

    mended = run("--repair")

    assert mended.exit_code == 0, mended.output
    assert "more." not in mended.output
    assert dump() == before


def test_what_comes_after_the_watermark_is_kept_by_a_repair(
    session: Session, clinic: Any, run: Any, make: Make
) -> None:
    session.execute(update(SourceRollup).values(any_units=SourceRollup.any_units + 1))
    make.answer(clinic.unasked, clinic.sources["tv"])
    session.commit()

    assert run("--repair").exit_code == 0

    assert backlog() > 0
    assert compare_rollups().holds
    list(refresh_all())
    assert compare_rollups().holds
    assert Sums({clinic.id}, lists_as_of_now()).coverage(YEAR).answered == 3


def test_rollups_that_claim_more_than_the_ledger_holds_are_set_back(session: Session, clinic: Any, run: Any) -> None:
    before = dump()
    session.execute(text("UPDATE tally_state SET credit_folded_to = 1000000"))
    session.commit()

    told = run()

    assert told.exit_code == 1
    assert "more of the credit ledger is folded than it holds" in told.output
    assert run("--repair").exit_code == 0
    assert dump() == before
    assert compare_rollups().holds


def test_looking_waits_for_nobody_and_keeps_nobody_waiting(committed_app: Flask, make: Make) -> None:
    place, sources = make.location(), make.sources()
    make.answer(make.visit(place, day=DAY), sources["tv"])
    db.session.commit()
    list(refresh_all())
    writer = db.engine.connect()
    writer.execute(insert(CoverageEntry).values(visit_id=1, day=DAY, location_id=place.id, eligible=7))
    # The writer holds on until this has ended; waiting for it would end in a lock's time-out, which is an error.
    assert verify_all(repairing=False, say=print).holds
    writer.rollback()
    writer.close()


def test_answers_given_while_it_looks_and_repairs_are_never_wrong(committed_app: Flask, make: Make) -> None:
    place, sources = make.location(), make.sources()
    visits = [make.visit(place, day=DAY) for _ in range(40)]
    ids = [each.id for each in visits]
    db.session.commit()
    done = threading.Event()

    def answer() -> None:
        try:
            with committed_app.app_context():
                other = Make()
                for number, visit_id in enumerate(ids):
                    visit = db.session.get_one(Visit, visit_id)
                    other.answer(visit, sources["tv"], sources["radio"])
                    if number % 5 == 0:
                        other.answer(visit, sources["radio"], corrects=True)
                    db.session.commit()
                    if number % 7 == 0:
                        refresh(rows=20)
                        db.session.commit()
        finally:
            done.set()

    thread = threading.Thread(target=answer)
    thread.start()
    looks = 0
    while not done.is_set():
        found = verify_all(repairing=True, say=print)
        assert (found.ledger.wrong, found.rollups.wrong, found.rollups.ahead) == ([], [], [])
        looks += 1
    thread.join()
    assert looks > 1
    assert verify_all(repairing=False, say=print).ledger.figures == 40 * 3 + 32 * 5 + 8 * 3


REPAIR = [sys.executable, "-m", "flask", "--app", "wsgi", "totals", "verify", "--repair"]


def test_a_repair_killed_in_the_middle_has_repaired_whole_visits_and_goes_on(
    committed_app: Flask, environment: dict[str, str], make: Make
) -> None:
    """Two thousand visits that came in behind the doors' back, so that no ledger row is there."""
    place, patients = make.location(), [make.patient() for _ in range(2_000)]
    moment = clock.from_wall_clock(DAY, clock.now().time().replace(hour=12), place.time_zone)
    common = {"location_id": place.id, "scheduled_at": moment, "visit_date": DAY}
    common |= {"visit_type": "new", "status": "completed", "created_at": moment}
    db.session.execute(insert(Visit), [{**common, "patient_id": each.id} for each in patients])
    db.session.commit()
    process = subprocess.Popen(REPAIR, env=environment, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while rows_there() < 200 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    repaired = rows_there()
    assert repaired >= 200
    # Every step is whole: its rows, and the line about it in the audit trail.
    noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "ledger.repaired")).all()
    assert sum(each.details["entries"] for each in noted) == repaired
    assert repaired % 200 == 0
    assert len(compare_ledger().wrong_visits) == 2_000 - repaired
    db.session.commit()
    done = subprocess.run(REPAIR, env=environment, cwd=TOP, capture_output=True, text=True, check=False)
    assert (done.returncode, rows_there()) == (0, 2_000), done.stdout + done.stderr
    again = verify_all(repairing=True, say=print)
    assert (again.holds, again.ledger.wrong_figures, again.appended) == (True, 0, 0)


def rows_there() -> int:
    found = db.session.scalar(select(func.count()).select_from(CoverageEntry)) or 0
    db.session.rollback()
    return found


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), 130, "What was repaired stays"),
        (OperationalError("SELECT 1", None, Exception("gone"), connection_invalidated=True), 3, "could not be reached"),
    ],
)
def test_an_end_before_the_end_is_said_in_a_sentence(
    session: Session, run: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, words: str
) -> None:
    def interrupted(**_: Any) -> None:
        raise error

    monkeypatch.setattr(commands, "verify_all", interrupted)
    told = run()
    assert (told.exit_code, words in told.output) == (status, True)
    assert "Traceback" not in told.output
