"""Rows that may only be added: the database itself refuses to change or delete them.

Downgrade: takes the refusal away; no data is lost.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = ("audit_entry", "audit_seal", "ask", "answer", "mention", "credit_entry", "coverage_entry")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER append_only_{table}_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_{table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER append_only_{table}_{verb}")
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER append_only_{table} ON {table}")
        op.execute(f"DROP TRIGGER append_only_{table}_truncate ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
