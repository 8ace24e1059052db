"""Five years of a large practice, made inside the database by set work: visits, and the ledger that counts them.

Deterministic: every attribute is a scrambled row number, so both databases and the rivals hold the same rows.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from intake import clock
from intake.db import db
from intake.directory.models import Location, Patient, Physician, ReferralSource
from tests.making import Make, npi

DAYS = 1826
SOURCES = 40
PHYSICIANS = 3_000
PLACES = 20
ASKERS = 5
PATIENTS = 4_000
ELIGIBLE_A_HUNDRED = 118
UNIT = 27_720
STEP = 1_000_000
# What a patient was shown, in this order.
OPTIONS = json.dumps([f"bench_{number}" for number in range(12)])
SAID_IN_FULL, NEWEST_SAID = 1_000_000, 200_000
INDEXES = (
    ("visit", "ix_visit_day", "(location_id, visit_date)"),
    ("visit", "ix_visit_newest", "(visit_date, scheduled_at, id)"),
    ("visit", "ix_visit_patient_id", "(patient_id)"),
    ("visit", "ix_visit_patient_day", "(patient_id, visit_date, status)"),
    ("credit_entry", "ix_credit_entry_visit_id", "(visit_id)"),
    ("credit_entry", "ix_credit_entry_day_source", "(day, source_id)"),
    ("credit_entry", "ix_credit_entry_physician_id", "(physician_id, day) WHERE physician_id IS NOT NULL"),
    (
        "credit_entry",
        "ix_credit_entry_referring_patient_id",
        "(referring_patient_id, day) WHERE referring_patient_id IS NOT NULL",
    ),
    ("coverage_entry", "ix_coverage_entry_visit_id", "(visit_id)"),
    ("coverage_entry", "ix_coverage_entry_day", "(day)"),
)


@dataclass(frozen=True)
class Ids:
    """Where the numbers of each list begin; the lists are without gaps."""

    today: date
    place: int
    source: int
    physician: int
    patient: int
    staff: int
    reader: int

    @property
    def first_day(self) -> date:
        return self.today - timedelta(days=DAYS - 1)


def scrambled(number: str, salt: int, below: int) -> str:
    """SQL: a number from 0 to `below` − 1 that looks random and is the same everywhere."""
    return f"((((({number}) * 2654435761 + {salt} * 40503) % 4294967296) / 4096) * 48271 % 2147483647 % {below})"


def people_and_lists() -> Ids:
    """Commits what the ledger points at, and returns where each begins."""
    make = Make()
    make.practice()
    places = [make.location() for _ in range(PLACES)]
    staff = [make.staff(locations=[place]) for place in places for _ in range(ASKERS)]
    reader = make.staff("manager", locations=places)
    sources = [
        make.source(f"bench_{number}", kind="physician" if number < 2 else "non_person") for number in range(SOURCES)
    ]
    now = clock.now()
    db.session.execute(
        insert(Physician),
        [
            {"npi": npi(50_000_000 + n), "first_name": "Bo", "last_name": f"Bench {n}", "created_at": now}
            for n in range(PHYSICIANS)
        ],
    )
    db.session.execute(
        insert(Patient),
        [{"mrn": f"B{n}", "first_name": "Ada", "last_name": f"Bench {n}", "created_at": now} for n in range(PATIENTS)],
    )
    db.session.commit()
    first = {model: db.session.scalar(select(model.id).order_by(model.id)) or 0 for model in (Physician, Patient)}
    assert [each.id for each in places] == list(range(places[0].id, places[0].id + PLACES))
    assert [each.id for each in sources] == list(range(sources[0].id, sources[0].id + SOURCES))
    assert db.session.scalar(select(ReferralSource.id).where(ReferralSource.id == sources[-1].id))
    assert db.session.scalar(select(Location.id).where(Location.id == places[-1].id))
    today = clock.clinic_today(places[0].time_zone)
    ids = Ids(today, places[0].id, sources[0].id, first[Physician], first[Patient], staff[0].id, reader.id)
    db.session.rollback()
    return ids


def fill(answers: int, ids: Ids) -> Iterator[str]:
    """Fills visits and ledger for that many answers, saying how far it is."""
    embedded = db.engine.dialect.name == "sqlite"
    eligible = answers * ELIGIBLE_A_HUNDRED // 100
    with _unguarded() as connection:
        for _, name, _ in INDEXES:
            connection.execute(f"DROP INDEX IF EXISTS {name}")
        for start in range(0, eligible, STEP):
            end = min(start + STEP, eligible)
            began = time.perf_counter()
            if embedded:
                connection.execute("BEGIN IMMEDIATE")
            for statement in _statements(embedded, start, end, eligible, ids):
                connection.execute(statement)
            if embedded:
                connection.execute("COMMIT")
            yield f"{end:,} of {eligible:,} visits ({time.perf_counter() - began:.0f} s)"
        for table, name, columns in INDEXES:
            connection.execute(f"CREATE INDEX {name} ON {table} {columns}")
        if not embedded:
            for table in ("visit", "credit_entry", "coverage_entry"):
                connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
                connection.execute(f"VACUUM (FREEZE) {table}")
        connection.execute("ANALYZE")
        yield "indexed and analysed"


def say(answers: int) -> str:
    """What was said at the newest visits, as the ledger has it: all of a million, of more what pages show."""
    embedded = db.engine.dialect.name == "sqlite"
    eligible = answers * ELIGIBLE_A_HUNDRED // 100
    after = 0 if answers <= SAID_IN_FULL else eligible - NEWEST_SAID
    moment = "day || ' 15:00:00.000000'" if embedded else "day + TIME '15:00'"
    number = "printf('%036d', visit_id)" if embedded else "lpad(visit_id::text, 36, '0')"
    with _unguarded() as connection:
        if connection.execute("SELECT count(*) FROM (SELECT id FROM answer LIMIT 1) AS one").fetchone()[0]:
            return "answers are there"
        for statement in (
            "INSERT INTO ask (id, visit_id, channel, language, options, asked_at, staff_id)"
            f" SELECT visit_id, visit_id, channel, 'en', '{OPTIONS}', {moment}, staff_id"
            f" FROM coverage_entry WHERE answered = 1 AND visit_id > {after}",
            "INSERT INTO answer (id, submission_id, ask_id, visit_id, turn, outcome, verbatim, answered_at,"
            f" recorded_at, staff_id) SELECT visit_id, {number}, visit_id, visit_id, 1, 'answered', '', {moment},"
            f" {moment}, staff_id FROM coverage_entry WHERE answered = 1 AND visit_id > {after}",
            "INSERT INTO mention (id, answer_id, rank, source_id, match_state, detail) SELECT id, visit_id,"
            " row_number() OVER (PARTITION BY visit_id ORDER BY id), source_id, 'exact', ''"
            f" FROM credit_entry WHERE visit_id > {after}",
            "INSERT INTO physician_referral (visit_id, physician_id, evidence, mention_id, recorded_at)"
            f" SELECT visit_id, physician_id, 'patient_stated', id, {moment}"
            f" FROM credit_entry WHERE visit_id > {after} AND physician_id IS NOT NULL",
        ):
            connection.execute(statement)
        for table in ("ask", "answer", "mention", "physician_referral"):
            if not embedded:
                connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
            connection.execute(f"ANALYZE {table}")
    return f"answers of {eligible - after:,} visits"


@contextmanager
def _unguarded() -> Iterator[Any]:
    """A connection that fills tables without looking each number up, and without waiting for the disk."""
    with by_hand() as connection:
        if db.engine.dialect.name == "sqlite":
            for pragma in ("foreign_keys = OFF", "synchronous = OFF", "cache_size = -800000"):
                connection.execute(f"PRAGMA {pragma}")
        else:
            connection.execute("SET session_replication_role = replica")
            for setting in ("statement_timeout = 0", "maintenance_work_mem = '1GB'", "synchronous_commit = off"):
                connection.execute(f"SET {setting}")
        yield connection


@contextmanager
def by_hand() -> Iterator[Any]:
    """The driver's own connection, each statement for itself: settings can't be changed within a transaction."""
    db.session.rollback()
    pooled = db.engine.raw_connection()
    driver: Any = pooled.driver_connection
    if db.engine.dialect.name == "postgresql":
        driver.autocommit = True
        # What is done by hand (indexes, statistics of fifty million rows) takes longer than any page may.
        driver.execute("SET statement_timeout = 0")
    try:
        yield driver
    finally:
        # It keeps its own settings, so nobody is given it again.
        pooled.invalidate()


def series(embedded: bool, start: int, end: int) -> str:
    if embedded:
        more = f"SELECT {start + 1} UNION ALL SELECT n + 1 FROM s WHERE n < {end}"
        return f"(WITH RECURSIVE s(n) AS ({more}) SELECT n FROM s)"
    return f"(SELECT n::bigint AS n FROM generate_series({start + 1}, {end}) AS n)"


def day_of(embedded: bool, eligible: int, first_day: date) -> str:
    """Day after day, as a practice lives them; a ledger is written in no other order."""
    offset = f"((n - 1) * {DAYS} / {eligible})"
    return f"date('{first_day}', '+' || {offset} || ' days')" if embedded else f"(DATE '{first_day}' + {offset}::int)"


def place_of(ids: Ids) -> str:
    return f"{ids.place} + {scrambled('n', 1, PLACES)}"


def is_answered() -> str:
    return f"{scrambled('n', 2, ELIGIBLE_A_HUNDRED)} < 100"


def _credit_select(embedded: bool, start: int, end: int, eligible: int, ids: Ids) -> str:
    """One answer in ten names three sources, two in ten name two; the first sources are named most."""
    many = f"(CASE WHEN {scrambled('n', 5, 10)} < 7 THEN 1 WHEN {scrambled('n', 5, 10)} < 9 THEN 2 ELSE 3 END)"
    drawn = scrambled("n", 6, 1000)
    source = f"(({drawn} * {drawn} * {SOURCES} / 1000000 + j * 7) % {SOURCES})"
    physician = f"CASE WHEN {source} < 2 THEN {ids.physician} + {scrambled('n * 3 + j', 7, PHYSICIANS)} END"
    staff = f"{ids.staff} + {scrambled('n', 1, PLACES)} * {ASKERS} + {scrambled('n', 3, ASKERS)}"
    return (
        f"SELECT n AS visit_id, {day_of(embedded, eligible, ids.first_day)} AS day, {place_of(ids)} AS location_id,"
        f" {ids.source} + {source} AS source_id, {physician} AS physician_id, {channel()} AS channel,"
        f" {staff} AS staff_id, CASE WHEN j = 0 THEN {UNIT} ELSE 0 END AS primary_units, {UNIT} AS any_units,"
        f" {UNIT} / {many} AS fractional_units"
        f" FROM {series(embedded, start, end)} AS s"
        " CROSS JOIN (SELECT 0 AS j UNION ALL SELECT 1 UNION ALL SELECT 2) AS m"
        f" WHERE {is_answered()} AND j < {many} ORDER BY n, j"
    )


def channel() -> str:
    drawn = scrambled("n", 4, 4)
    return f"CASE {drawn} WHEN 0 THEN 'desk' WHEN 1 THEN 'kiosk' WHEN 2 THEN 'link' ELSE 'text' END"


def _statements(embedded: bool, start: int, end: int, eligible: int, ids: Ids) -> Iterator[str]:
    day, place, rows = day_of(embedded, eligible, ids.first_day), place_of(ids), series(embedded, start, end)
    moment = f"{day} || ' 15:00:00.000000'" if embedded else f"{day} + TIME '15:00'"
    patient = f"{ids.patient} + {scrambled('n', 8, PATIENTS)}"
    yield (
        "INSERT INTO visit (id, location_id, patient_id, appointment_id, scheduled_at, visit_date, arrived_at,"
        f" visit_type, status, provider, documented_name, created_at)"
        f" SELECT n, {place}, {patient}, NULL, {moment}, {day}, {moment}, 'new', 'completed',"
        f" '', '', {moment} FROM {rows} AS s"
    )
    yield (
        "INSERT INTO credit_entry (visit_id, day, location_id, source_id, physician_id, channel, staff_id,"
        f" primary_units, any_units, fractional_units) {_credit_select(embedded, start, end, eligible, ids)}"
    )
    staff = f"{ids.staff} + {scrambled('n', 1, PLACES)} * {ASKERS} + {scrambled('n', 3, ASKERS)}"
    yield (
        "INSERT INTO coverage_entry (visit_id, day, location_id, channel, staff_id, eligible, asked, answered,"
        f" dont_remember, declined) SELECT n, {day}, {place}, CASE WHEN j = 1 THEN {channel()} END,"
        f" CASE WHEN j = 1 THEN {staff} END, 1 - j, j, j, 0, 0 FROM {rows} AS s"
        f" CROSS JOIN (SELECT 0 AS j UNION ALL SELECT 1) AS m WHERE j = 0 OR {is_answered()} ORDER BY n, j"
    )
