"""A practice of more years: the visits, answers and ledger of one over again, as those of other people, some time ago.

By set work within the database, so that a hundred thousand answers are there within a minute.
"""

from typing import Any

from sqlalchemy import Date, DateTime, func, select, text

from intake.db import db
from intake.directory.models import Patient, Visit
from intake.directory.search_models import PatientWord
from intake.survey import models as survey

# Each before those whose rows point at it.
TABLES: tuple[Any, ...] = (
    Patient,
    PatientWord,
    Visit,
    survey.Ask,
    survey.Answer,
    survey.Mention,
    survey.PhysicianReferral,
    survey.PatientReferral,
    survey.MentionDecision,
    survey.DecidedAlso,
    survey.ChartDecision,
    survey.CreditEntry,
    survey.CoverageEntry,
    survey.ReplyElsewhere,
)
DAYS_APART = 120
UNIQUE = frozenset({"mrn", "submission_id", "appointment_id"})
EARLIER = {
    "sqlite": ("date({}, '-{} days')", "strftime('%Y-%m-%d %H:%M:%f', {}, '-{} days')"),
    "postgresql": ("{} - {}", "{} - interval '{} days'"),
}


def make_more(answers: int) -> int:
    """Repeat what is there until there are so many answers; commits. Return how many there are."""
    tables, dialect = [model.__table__ for model in TABLES], db.engine.dialect.name
    count = select(func.count(survey.Answer.id))
    last = {each.name: db.session.scalar(select(func.max(each.c.id))) or 0 for each in tables if "id" in each.c}
    for copy in range(1, -(-answers // (db.session.scalar(count) or answers))):
        for table in tables:
            db.session.execute(text(_repeated(table, last, copy, dialect)))
        db.session.commit()
    if dialect == "postgresql":
        for name in last:
            db.session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    return db.session.scalar(count) or 0


def _repeated(table: Any, last: dict[str, int], copy: int, dialect: str) -> str:
    day, moment = EARLIER[dialect]
    values, only = [], []
    for column in table.columns:
        name, value = column.name, column.name
        points_at = next((key.column.table.name for key in column.foreign_keys), "")
        if name == "id":
            value = f"id + {copy * last[table.name]}"
            only.append(f"id <= {last[table.name]}")
        elif points_at in last:
            value = f"{name} + {copy * last[points_at]}"
            only.append(f"({name} IS NULL OR {name} <= {last[points_at]})")
            if points_at != table.name:
                # What callers said is not repeated, nor what hangs on it.
                only.append(f"({name} IS NULL OR {value} IN (SELECT id FROM {points_at}))")
        elif name == "caller_id":
            only.append("caller_id IS NULL AND visit_id IS NOT NULL")
        elif name in UNIQUE:
            value = f"CASE WHEN {name} IS NULL THEN NULL ELSE '{copy}~' || id END"
        elif isinstance(column.type, Date):
            value = day.format(name, DAYS_APART * copy)
        elif isinstance(getattr(column.type, "impl", None), DateTime):
            value = moment.format(name, DAYS_APART * copy)
        values.append(value)
    names = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {table.name} WHERE {' AND '.join(only)}"
