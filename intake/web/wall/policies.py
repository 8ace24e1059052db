"""Raising the second wall in PostgreSQL: a role for web processes, policies by location, and whether they stand."""

from urllib.parse import unquote, urlsplit

import click
from sqlalchemy import Connection, Table, text

from intake.config import Settings
from intake.web.wall.location_wall import EVERYWHERE, SETTING, WALLED, walled_tables

# One value a query, not one a row.
_SEEN = f"(SELECT current_setting('{SETTING}', true))"
_PLACES = f"(SELECT string_to_array(NULLIF(current_setting('{SETTING}', true), '{EVERYWHERE}'), ','))::bigint[]"
# What web processes add to and never change. Their role can't take the triggers away that say so either.
_ADDED_TO = ("audit_entry", "audit_seal")


class NoWall(click.ClickException):
    """The wall can't be raised; the message says why and what to do."""


def web_role(settings: Settings) -> str:
    """Return the name of the role that web processes sign in with."""
    return unquote(urlsplit(settings.web_database_url).username or "")


def raise_wall(connection: Connection, settings: Settings) -> list[str]:
    """Give the web role its rights and put the policies in place, as often as wanted. Raises NoWall.

    Returns the names of walled tables. `connection` is that of the owner, who sees everything by a policy of its own.
    """
    role = web_role(settings)
    problem = _what_is_wrong_with(connection, role)
    if problem:
        raise NoWall(problem)
    quote = connection.dialect.identifier_preparer.quote
    owner, web = quote(str(connection.scalar(text("SELECT current_user")))), quote(role)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {web}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {web}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {web}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {web}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {web}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {web}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {web}" for table in _ADDED_TO),
    ]
    for table in walled_tables():
        rule = _rule(table)
        statements += [
            f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS by_location ON {table.name}",
            f"CREATE POLICY by_location ON {table.name} TO {web} USING ({rule}) WITH CHECK ({rule})",
            f"DROP POLICY IF EXISTS whole_practice ON {table.name}",
            f"CREATE POLICY whole_practice ON {table.name} TO {owner} USING (true) WITH CHECK (true)",
        ]
    for statement in statements:
        connection.exec_driver_sql(statement)
    return [table.name for table in walled_tables()]


def _rule(table: Table) -> str:
    """Return when a row is there: all is seen, or its location is, or a row it belongs to is there by its own rule."""
    rules = [f"{_SEEN} = '{EVERYWHERE}'"]
    for name in WALLED[table.name]:
        (key,) = table.c[name].foreign_keys
        parent = key.column.table.name
        inside = f"SELECT 1 FROM {parent} WHERE {parent}.{key.column.name} = {table.name}.{name}"  # noqa: S608
        rules.append(f"{name} = ANY ({_PLACES})" if parent == "location" else f"EXISTS ({inside})")
    return " OR ".join(rules)


def take_down(connection: Connection) -> None:
    """Let one role see everything again. Rights that were given stay."""
    for table in walled_tables():
        connection.exec_driver_sql(f"ALTER TABLE {table.name} NO FORCE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY")


def gap(connection: Connection, settings: Settings) -> str | None:
    """Return why the wall doesn't stand although it is wanted; None when it does."""
    role = web_role(settings)
    problem = _what_is_wrong_with(connection, role)
    if problem:
        return problem
    rows = connection.execute(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_policies p ON p.tablename = c.relname"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity"
            " AND p.policyname = 'by_location' AND :role = ANY (p.roles)"
        ),
        {"role": role},
    )
    missing = sorted({table.name for table in walled_tables()} - {row.relname for row in rows})
    return f"{', '.join(missing)} can be read past it. Run: flask db wall" if missing else None


def _what_is_wrong_with(connection: Connection, role: str) -> str | None:
    if connection.dialect.name != "postgresql":
        return "The embedded database has no roles. Leave WEB_DATABASE_URL empty."
    query = "SELECT rolsuper OR rolbypassrls AS passes, rolname = current_user AS same, rolcanlogin"
    found = connection.execute(text(f"{query} FROM pg_roles WHERE rolname = :role"), {"role": role}).one_or_none()
    if found is None:
        return f"There is no role {role}. As the database's administrator: CREATE ROLE {role} LOGIN PASSWORD '…'"
    if found.passes or found.same:
        return (
            f"The role {role} would see past it. WEB_DATABASE_URL must name one that owns nothing and is no superuser."
        )
    return None
