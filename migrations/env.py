"""Runs migrations on the application's own engine, inside `flask db …`."""

from alembic import context
from sqlalchemy import text

from intake.db import Base, UtcDateTime, db

config = context.config
LOCK_TIMEOUT = "5s"


def leave_out(_object: object, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:
    """Database-only objects (search tables built outside the models) are not drift."""
    return not (kind == "table" and reflected and (name or "").startswith(("search_", "sqlite_")))


def plain_type(kind: str, item: object, _autogen: object) -> str | bool:
    """Migrations name database types, never the application's own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    engine = config.attributes.get("engine")
    with (db.engine if engine is None else engine).connect() as connection:
        embedded = connection.dialect.name == "sqlite"
        if embedded:
            # Tables are rebuilt to alter them; foreign keys would cascade. Must be set outside a transaction.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        else:
            # Give up rather than make a busy clinic queue behind a schema change.
            connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
            connection.execute(text("SET statement_timeout = 0"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=embedded,
            compare_type=True,
            include_object=leave_out,
            render_item=plain_type,
            # One holds locks on its own tables alone; several at once would stop a writer that they wait for.
            transaction_per_migration=not embedded,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if embedded:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


run()
