"""The statements that fold ledger rows into tallies: sums over the rows with `:after` < id ≤ `:upto`.

Written as SQL because they are set work in both dialects, down to the upsert; the few words that differ are filled
in by `dialect`. No value is ever written into them, only names from here.
"""

# ruff: noqa: S608

from dataclasses import dataclass

from intake.attribution.models import EVERYWHERE, About, Span
from intake.attribution.together import JOINT, KINDS, Points
from intake.survey import ledger
from intake.survey.crediting import UNIT

CREDIT = ("primary_units", "any_units", "fractional_units")
COVERAGE = ledger.COVERAGE.amounts
WINDOW = "id > :after AND id <= :upto"
FIRST_OF_MONTH = {"sqlite": "date(day, 'start of month')", "postgresql": "CAST(date_trunc('month', day) AS date)"}
JOINED = {"sqlite": "group_concat({0}, '{1}' ORDER BY {0})", "postgresql": "string_agg({0}::text, '{1}' ORDER BY {0})"}


@dataclass(frozen=True)
class Tally:
    """One table of tallies: the columns of its key beside place, span and day, and what it adds up.

    `read` gives (location_id, day, *keys, *amounts) from the ledger, with `{window}` for which rows; keys for every
    location together are `everywhere`.
    """

    name: str
    ledger: str
    keys: tuple[str, ...]
    amounts: tuple[str, ...]
    read: str
    everywhere: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, ...]:
        return ("location_id", "span", "day", *self.keys)


def _sums(names: tuple[str, ...]) -> str:
    return ", ".join(f"SUM({name}) AS {name}" for name in names)


SOURCE = Tally(
    "tally_source",
    "credit",
    ("source_id",),
    CREDIT,
    f"SELECT location_id, day, coalesce(source_id, 0) AS source_id, {_sums(CREDIT)}"
    " FROM credit_entry WHERE {window} GROUP BY location_id, day, coalesce(source_id, 0)",
)
PHYSICIAN = Tally(
    "tally_physician",
    "credit",
    ("physician_id", "source_id"),
    CREDIT,
    f"SELECT location_id, day, physician_id, coalesce(source_id, 0) AS source_id, {_sums(CREDIT)}"
    " FROM credit_entry WHERE {window} AND physician_id IS NOT NULL"
    " GROUP BY location_id, day, physician_id, coalesce(source_id, 0)",
)
COVERED = Tally(
    "tally_coverage",
    "coverage",
    ("channel", "staff_id"),
    COVERAGE,
    "SELECT location_id, day, coalesce(channel, '') AS channel, coalesce(staff_id, 0) AS staff_id,"
    f" {_sums(COVERAGE)} FROM coverage_entry WHERE {{window}}"
    " GROUP BY location_id, day, coalesce(channel, ''), coalesce(staff_id, 0)",
    everywhere=("''", "0"),
)
# Reads a standing state that `together` makes, not ledger rows.
TOGETHER = Tally("tally_together", "credit", ("about", "members"), ("visits",), "")
TALLIES = (SOURCE, PHYSICIAN, TOGETHER, COVERED)


def fold(tally: Tally, dialect: str) -> str:
    """Adds what the window's rows sum to, for each day and month, each location and all together."""
    read = together(dialect) if tally is TOGETHER else tally.read.format(window=WINDOW)
    columns = ", ".join((*tally.identity, *tally.amounts))
    added = ", ".join(f"{name} = {tally.name}.{name} + excluded.{name}" for name in tally.amounts)
    # WHERE true: without it SQLite takes ON CONFLICT for the condition of a join.
    return (
        f"WITH fresh AS ({read}), every AS ({spread(tally, dialect, 'fresh')})"
        f" INSERT INTO {tally.name} ({columns}) SELECT {columns} FROM every WHERE true"
        f" ON CONFLICT ({', '.join(tally.identity)}) DO UPDATE SET {added}"
    )


def spread(tally: Tally, dialect: str, rows: str) -> str:
    """SQL: sums by day and location turned into all that a tally keeps of them."""
    parts = []
    for span, day in ((Span.DAY, "day"), (Span.MONTH, FIRST_OF_MONTH[dialect])):
        for place, keys in (("location_id", tally.keys), (str(EVERYWHERE), tally.everywhere or tally.keys)):
            named = ", ".join(f"{each} AS {key}" for each, key in zip(keys, tally.keys, strict=True))
            groups = [each for each in (place, day, *keys) if each not in (str(EVERYWHERE), "''")]
            # A bare NULL of a date column and an empty text would leave their types open.
            parts.append(
                f"SELECT {place} AS location_id, {span.value} AS span, {day} AS day, {named}, {_sums(tally.amounts)}"
                f" FROM {rows} GROUP BY {', '.join(groups)}"
            )
    return " UNION ALL ".join(parts)


def together(dialect: str) -> str:
    """SQL: (location_id, day, about, members, visits): how the window changed which visits name what together.

    A visit whose rows in the window add up to one whole visit had nothing standing before, since primary credit
    always adds up to one; only for the others, corrections mostly, are their earlier rows looked up.
    """
    fields = "visit_id, day, location_id, source_id, physician_id, referring_patient_id"
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


def standing_together(dialect: str, folded: str) -> str:
    """The same from nothing: which visits name what together after all rows for which `folded` is true."""
    fields = "visit_id, day, location_id, source_id, physician_id, referring_patient_id"
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
        f" WHEN referring_patient_id IS NOT NULL THEN {Points.PATIENT.value} ELSE {Points.NOBODY.value} END"
    )
    named = {
        About.SOURCES: f"(coalesce(source_id, 0) * {KINDS} + {points})",
        About.PHYSICIANS: "physician_id",
        About.PATIENTS: "referring_patient_id",
    }
    return " UNION ALL ".join(
        f"SELECT location_id, day, {about.value} AS about, {JOINED[dialect].format(member, JOINT)} AS members,"
        f" {sign} AS visits FROM standing WHERE {units} > 0 AND {member} IS NOT NULL"
        " GROUP BY visit_id, location_id, day HAVING COUNT(*) > 1"
        for about, member in named.items()
    )
