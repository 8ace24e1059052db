"""The statements that add ledger rows to the rollups: sums over the rows with `:after` < id ≤ `:upto`.

Written as SQL because they are set work in both dialects, down to the upsert; the few words that differ are filled
in by `dialect`. No value is ever written into them, only names from here.
"""

# ruff: noqa: S608

from collections.abc import Iterable
from typing import Any

from intake.attribution.rollup.co_mentions import JOINT, KINDS, Points
from intake.attribution.rollup.models import (
    ABSENT,
    EVERYWHERE,
    LEDGER_OF,
    REFERRER,
    CoMentionKind,
    CoMentionRollup,
    CoverageRollup,
    PhysicianRollup,
    RollupSpan,
)
from intake.survey.ledger.crediting import UNIT

WINDOW = "id > :after AND id <= :upto"
FIRST_OF_MONTH = {"sqlite": "date(day, 'start of month')", "postgresql": "CAST(date_trunc('month', day) AS date)"}
JOINED = {"sqlite": "group_concat({0}, '{1}' ORDER BY {0})", "postgresql": "string_agg({0}::text, '{1}' ORDER BY {0})"}


def add_window(rollup: Any, dialect: str) -> str:
    """Add what the window's rows sum to, for each day and month, each location and all together."""
    fresh = co_mentions(dialect) if rollup is CoMentionRollup else ledger_sums(rollup, WINDOW)
    added = ", ".join(f"{each} = {rollup.__tablename__}.{each} + excluded.{each}" for each in rollup.amounts())
    return (
        f"{insert_all(rollup, dialect, fresh)}"
        f" ON CONFLICT (location_id, span, day, {', '.join(rollup.own_key())}) DO UPDATE SET {added}"
    )


def insert_all(rollup: Any, dialect: str, fresh: str) -> str:
    """Insert what `fresh`, sums by day and location, comes to."""
    columns = ", ".join(("location_id", "span", "day", *rollup.own_key(), *rollup.amounts()))
    # WHERE true: without it SQLite takes ON CONFLICT for the condition of a join.
    return (
        f"WITH fresh AS ({fresh}), every AS ({spread(rollup, dialect)})"
        f" INSERT INTO {rollup.__tablename__} ({columns}) SELECT {columns} FROM every WHERE true"
    )


def ledger_sums(rollup: Any, window: str) -> str:
    """SQL: (location_id, day, *keys, *amounts) of the ledger's rows within the window."""
    of_referrers = {"physician_id": REFERRER} if rollup is PhysicianRollup else {}
    absent = {key: f"coalesce({key}, {ABSENT[key]!r})" for key in ABSENT} | of_referrers
    own = [absent.get(key, key) for key in rollup.own_key()]
    named = ", ".join(f"{value} AS {key}" for value, key in zip(own, rollup.own_key(), strict=True))
    pointing = f" AND {REFERRER} IS NOT NULL" if rollup is PhysicianRollup else ""
    return (
        f"SELECT location_id, day, {named}, {_sums(rollup.amounts())} FROM {LEDGER_OF[rollup].__tablename__}"
        f" WHERE {window}{pointing} GROUP BY location_id, day, {', '.join(own)}"
    )


def spread(rollup: Any, dialect: str) -> str:
    """SQL: `fresh`, sums by day and location, turned into all that a rollup keeps of them."""
    parts, keys = [], rollup.own_key()
    # Of coverage everywhere only the sum is kept. An empty text is nothing to group by.
    together = ("''", "0") if rollup is CoverageRollup else keys
    for span, day in ((RollupSpan.DAY, "day"), (RollupSpan.MONTH, FIRST_OF_MONTH[dialect])):
        for place, own in (("location_id", keys), (str(EVERYWHERE), together)):
            named = ", ".join(f"{each} AS {key}" for each, key in zip(own, keys, strict=True))
            groups = [each for each in (place, day, *own) if each not in (str(EVERYWHERE), "''")]
            parts.append(
                f"SELECT {place} AS location_id, {span.value} AS span, {day} AS day, {named}, {_sums(rollup.amounts())}"
                f" FROM fresh GROUP BY {', '.join(groups)}"
            )
    return " UNION ALL ".join(parts)


def co_mentions(dialect: str) -> str:
    """SQL: (location_id, day, about, members, visits): how the window changed which visits name what together.

    A visit whose rows in the window add up to one whole visit had nothing standing before, since primary credit
    always adds up to one; only for the others, corrections mostly, are their earlier rows looked up.
    """
    fields = "visit_id, day, location_id, source_id, physician_id, practice_id, referring_patient_id"
    own = ", ".join(f"e.{name.strip()}" for name in fields.split(","))
    return (
        f"WITH touched AS (SELECT visit_id, SUM(primary_units) AS gained FROM credit_entry WHERE {WINDOW}"
        " GROUP BY visit_id"
        f" HAVING COUNT(*) > 1 OR SUM(primary_units) <> {UNIT}),"
        f" seen AS (SELECT {own}, e.any_units AS units, 0 AS earlier FROM credit_entry e"
        f" JOIN touched t ON t.visit_id = e.visit_id WHERE e.{WINDOW.replace('AND id', 'AND e.id')}"
        f" UNION ALL SELECT {own}, e.any_units, e.any_units FROM touched t"
        f" JOIN credit_entry e ON e.visit_id = t.visit_id WHERE t.gained <> {UNIT} AND e.id <= :after),"
        f" standing AS (SELECT {fields}, SUM(units) AS now_units, SUM(earlier) AS earlier_units"
        f" FROM seen GROUP BY {fields} HAVING SUM(units) > 0 OR SUM(earlier) > 0),"
        f" each_visit AS ({_members(dialect, 'now_units', 1)} UNION ALL {_members(dialect, 'earlier_units', -1)})"
        " SELECT location_id, day, about, members, SUM(visits) AS visits FROM each_visit"
        " GROUP BY location_id, day, about, members HAVING SUM(visits) <> 0"
    )


def standing_co_mentions(dialect: str, folded: str) -> str:
    """The same from nothing: which visits name what together after all rows for which `folded` is true."""
    fields = "visit_id, day, location_id, source_id, physician_id, practice_id, referring_patient_id"
    return (
        f"WITH standing AS (SELECT {fields}, SUM(any_units) AS now_units FROM credit_entry"
        f" WHERE {folded} GROUP BY {fields} HAVING SUM(any_units) > 0),"
        f" each_visit AS ({_members(dialect, 'now_units', 1)})"
        " SELECT location_id, day, about, members, SUM(visits) AS visits FROM each_visit"
        " GROUP BY location_id, day, about, members"
    )


def _members(dialect: str, units: str, sign: int) -> str:
    points = (
        f"CASE WHEN physician_id IS NOT NULL THEN {Points.PHYSICIAN.value}"
        f" WHEN practice_id IS NOT NULL THEN {Points.PRACTICE.value}"
        f" WHEN referring_patient_id IS NOT NULL THEN {Points.PATIENT.value} ELSE {Points.NOBODY.value} END"
    )
    named = {
        CoMentionKind.SOURCES: f"(coalesce(source_id, 0) * {KINDS} + {points})",
        CoMentionKind.PHYSICIANS: REFERRER,
        CoMentionKind.PATIENTS: "referring_patient_id",
    }
    return " UNION ALL ".join(
        f"SELECT location_id, day, {about.value} AS about, {JOINED[dialect].format(member, JOINT)} AS members,"
        f" {sign} AS visits FROM standing WHERE {units} > 0 AND {member} IS NOT NULL"
        " GROUP BY visit_id, location_id, day HAVING COUNT(*) > 1"
        for about, member in named.items()
    )


def _sums(names: Iterable[str]) -> str:
    return ", ".join(f"SUM({name}) AS {name}" for name in names)
