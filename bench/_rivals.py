"""Other ways to search, set up as their manuals advise, on the same rows and queries."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

Ask = Callable[[str], list[tuple[str, str, str, str]]]


@dataclass(frozen=True)
class Rival:
    """`largest` is the size up to which it ends in useful time; `asked` how many queries it is worth."""

    name: str
    database: str
    largest: int
    asked: int
    ready: Callable[..., AbstractContextManager[Ask]]

    def queries(self, size: int) -> int:
        return self.asked if size > 10_000 else 300


@contextmanager
def _pg_trgm(db: Any) -> Iterator[Ask]:
    connection = db.session.connection()
    run = connection.exec_driver_sql
    run("SET LOCAL statement_timeout = 0")
    run("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    run(
        "CREATE TABLE rival AS SELECT first_name, last_name, city, taxonomy_code,"
        " lower(first_name || ' ' || last_name || ' ' || city) AS words FROM physician"
    )
    run("CREATE INDEX rival_words ON rival USING gist (words gist_trgm_ops(siglen=64))")
    run("ANALYZE rival")

    def ask(text: str) -> list[tuple[str, str, str, str]]:
        rows = run(
            "SELECT first_name, last_name, city, taxonomy_code FROM rival ORDER BY words <-> %s LIMIT 5", (text,)
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]

    yield ask
    db.session.rollback()


@contextmanager
def _fts5_trigram(db: Any) -> Iterator[Ask]:
    connection = db.session.connection()
    run = connection.exec_driver_sql
    run("CREATE VIRTUAL TABLE rival USING fts5(words, tokenize='trigram')")
    run(
        "INSERT INTO rival (rowid, words)"
        " SELECT id, lower(first_name || ' ' || last_name || ' ' || city) FROM physician"
    )

    def ask(text: str) -> list[tuple[str, str, str, str]]:
        trigrams = {text[place : place + 3].replace('"', "") for place in range(max(len(text) - 2, 1))}
        wanted = " OR ".join(f'"{trigram}"' for trigram in sorted(trigrams) if len(trigram) == 3)
        rows = run(
            "SELECT p.first_name, p.last_name, p.city, p.taxonomy_code FROM rival r JOIN physician p ON p.id = r.rowid"
            " WHERE rival MATCH ? ORDER BY rank LIMIT 5",
            (wanted,),
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]

    yield ask
    db.session.rollback()


@contextmanager
def _brute_force(db: Any) -> Iterator[Ask]:
    from rapidfuzz import fuzz, process

    rows = db.session.connection().exec_driver_sql(
        "SELECT first_name, last_name, city, taxonomy_code FROM physician"
    ).all()  # fmt: skip
    words = [f"{row[0]} {row[1]} {row[2]}".lower() for row in rows]

    def ask(text: str) -> list[tuple[str, str, str, str]]:
        found = process.extract(text, words, scorer=fuzz.token_sort_ratio, limit=5)
        return [tuple(rows[place]) for _, _, place in found]  # type: ignore[misc]

    yield ask
    db.session.rollback()


RIVALS = (
    Rival("pg_trgm", "postgresql", 1_000_000, 100, _pg_trgm),
    Rival("SQLite FTS5 trigram", "sqlite", 1_000_000, 100, _fts5_trigram),
    Rival("rapidfuzz brute force", "sqlite", 100_000, 60, _brute_force),
)
