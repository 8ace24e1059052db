"""Erasing, and nothing else, may overwrite what is append-only: words become empty, old audit entries go.

A row of `erasure_permit` lives only within the transaction that erases, where no other one sees it; with it words of
answers and mentions may become empty, and audit entries of more than six years (45 CFR 164.316(b)(2)(i)) be deleted.
Downgrade: what was erased stays erased; holds and periods of retention are lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = {"answer": ("verbatim",), "mention": ("detail", "detail_normal")}
OTHERS = {
    "answer": (
        *("id", "submission_id", "ask_id", "visit_id", "caller_id", "turn", "supersedes_id", "outcome"),
        *("answered_at", "recorded_at", "staff_id", "device_id"),
    ),
    "mention": ("id", "answer_id", "rank", "source_id", "role", "match_state", "confidence"),
}
PERMITTED = "EXISTS (SELECT 1 FROM erasure_permit)"
OLD_ENTRY = "strftime('%Y-%m-%d', 'now', '-6 years')"
REFUSAL = "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"

SERVER_PERMITS = """
DECLARE words CONSTANT text[] := ARRAY['verbatim', 'detail', 'detail_normal'];
BEGIN
  IF EXISTS (SELECT 1 FROM erasure_permit) THEN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME IN ('answer', 'mention') THEN
      IF to_jsonb(NEW) - words = to_jsonb(OLD) - words
         AND NOT EXISTS (SELECT 1 FROM jsonb_each_text(to_jsonb(NEW)) AS field
                         WHERE field.key = ANY (words) AND field.value <> '') THEN
        RETURN NEW;
      END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_entry' THEN
      IF OLD.at < now() - interval '6 years' THEN RETURN OLD; END IF;
    ELSIF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_seal' THEN
      IF EXISTS (SELECT 1 FROM audit_entry AS entry
                 WHERE entry.id = OLD.entry_id AND entry.at < now() - interval '6 years') THEN
        RETURN OLD;
      END IF;
    END IF;
  END IF;
"""


def upgrade() -> None:
    op.add_column("patient", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table("erasure_permit", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_table(
        "carrier_erasure",
        sa.Column("message_sid", sa.String(34), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_sid", name=op.f("pk_carrier_erasure")),
    )
    op.create_table(
        "retention_period",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["staff.id"], name=op.f("fk_retention_period_changed_by_id")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_period")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", BIG, nullable=False),
        sa.Column("patient_id", BIG, nullable=True),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by_id", BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_legal_hold_patient_id")),
        sa.ForeignKeyConstraint(["begun_by_id"], ["staff.id"], name=op.f("fk_legal_hold_begun_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["staff.id"], name=op.f("fk_legal_hold_ended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _permit_on_sqlite()
        return
    op.execute(_server_function(permits=True))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, verb in _sqlite_triggers():
            op.execute(f"DROP TRIGGER append_only_{table}_{verb}")
            _refuse(table, verb, "")
    else:
        op.execute(_server_function(permits=False))
    op.drop_table("legal_hold")
    op.drop_table("retention_period")
    op.drop_table("carrier_erasure")
    op.drop_table("erasure_permit")
    op.drop_column("patient", "erased_at")


def _sqlite_triggers() -> tuple[tuple[str, str], ...]:
    return ("answer", "update"), ("mention", "update"), ("audit_entry", "delete"), ("audit_seal", "delete")


def _permit_on_sqlite() -> None:
    entry_of_seal = "(SELECT at FROM audit_entry WHERE id = OLD.entry_id)"
    may = {
        table: " AND ".join(
            [PERMITTED, *(f"NEW.{name} = ''" for name in WORDS[table]), *(f"NEW.{n} IS OLD.{n}" for n in OTHERS[table])]
        )
        for table in WORDS
    }
    may["audit_entry"] = f"{PERMITTED} AND OLD.at < {OLD_ENTRY}"
    may["audit_seal"] = f"{PERMITTED} AND {entry_of_seal} < {OLD_ENTRY}"
    for table, verb in _sqlite_triggers():
        op.execute(f"DROP TRIGGER append_only_{table}_{verb}")
        _refuse(table, verb, f"WHEN NOT ({may[table]})")


def _refuse(table: str, verb: str, unless: str) -> None:
    op.execute(
        f"CREATE TRIGGER append_only_{table}_{verb} BEFORE {verb.upper()} ON {table} {unless} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _server_function(*, permits: bool) -> str:
    """Replacing the function takes no lock on the tables that ask it."""
    begin = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
    if not permits:
        return begin + "BEGIN " + REFUSAL
    return begin + SERVER_PERMITS + REFUSAL
