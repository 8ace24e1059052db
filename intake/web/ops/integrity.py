"""A look through the whole running database for damage, while people work."""

from sqlalchemy import text

from intake.db import db, reading, writing
from intake.web.ops import notes

# Every index that amcheck can look through, if the practice has that extension.
_INDEXES = (
    "SELECT c.oid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.amname = 'btree' AND n.nspname = 'public' AND i.indisvalid"
)


def damage() -> str:
    """Return what is damaged, in words without personal data; empty when nothing is. Notes the outcome.

    On PostgreSQL it reads what checksums have found, and looks through every index where the extension amcheck is
    installed.
    """
    found = _damage_of_file() if db.engine.dialect.name == "sqlite" else _damage_of_server()
    with writing(), db.engine.begin() as connection:
        notes.note(connection, "integrity", "damaged" if found else notes.GOOD)
    return found


def _damage_of_file() -> str:
    with reading(), db.engine.connect() as connection:
        if pages := connection.exec_driver_sql("PRAGMA cipher_integrity_check").all():
            return f"{len(pages)} pages of the file are not as they were written."
        found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
        return "The file's inner order is broken." if found else ""


def _damage_of_server() -> str:
    with reading(), db.engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        query = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
        if failures := connection.scalar(text(query)):
            return f"PostgreSQL counted {failures} pages with a wrong checksum."
        if connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'")):
            for (oid,) in connection.execute(text(_INDEXES)).all():
                connection.execute(text("SELECT bt_index_check(CAST(:oid AS regclass))"), {"oid": oid})
    return ""
