"""Texts that are emergencies, errands or wrong numbers wait for a person; a phone may be stopped for one patient.

Downgrade: loses who opened an emergency and when, how a text came, and the stops of single patients.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "'answer', 'auto_reply', 'correction', 'courtesy', 'help', 'late', 'reaction', 'start', 'stop'"
NEEDS_NOBODY = (
    "'answer', 'auto_reply', 'correction', 'courtesy', 'help', 'joined',"
    " 'late', 'reaction', 'short_code', 'start', 'stop'"
)
UNOPENED = sa.text("outcome = 'emergency' AND opened_at IS NULL")
FOREIGN_KEY = "fk_text_stop_patient_id"


def upgrade() -> None:
    op.add_column("inbound_text", sa.Column("channel", sa.String(10), nullable=False, server_default="sms"))
    for column in ("mailed_at", "opened_at", "alerted_at"):
        op.add_column("inbound_text", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_inbound_text_unopened", "inbound_text", ["id"], sqlite_where=UNOPENED, postgresql_where=UNOPENED
    )
    _waiting(NEEDS_NOBODY)
    op.drop_index("uq_text_stop_standing", "text_stop")
    with op.batch_alter_table("text_stop") as table:
        table.add_column(sa.Column("patient_id", BIG, nullable=True))
        table.create_foreign_key(FOREIGN_KEY, "patient", ["patient_id"], ["id"])
    _standing("uq_text_stop_standing", ["phone_e164"], "resumed_at IS NULL AND patient_id IS NULL")
    _standing("uq_text_stop_of_patient", ["patient_id", "phone_e164"], "resumed_at IS NULL AND patient_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("uq_text_stop_of_patient", "text_stop")
    op.drop_index("uq_text_stop_standing", "text_stop")
    op.execute(sa.text("DELETE FROM text_stop WHERE patient_id IS NOT NULL"))
    with op.batch_alter_table("text_stop") as table:
        table.drop_constraint(FOREIGN_KEY, type_="foreignkey")
        table.drop_column("patient_id")
    _standing("uq_text_stop_standing", ["phone_e164"], "resumed_at IS NULL")
    _waiting(BEFORE)
    op.drop_index("ix_inbound_text_unopened", "inbound_text")
    for column in ("alerted_at", "opened_at", "mailed_at", "channel"):
        op.drop_column("inbound_text", column)


def _waiting(outcomes: str) -> None:
    waits = sa.text(f"seen_at IS NULL AND outcome NOT IN ({outcomes})")
    op.drop_index("ix_inbound_text_for_a_person", "inbound_text")
    op.create_index("ix_inbound_text_for_a_person", "inbound_text", ["id"], sqlite_where=waits, postgresql_where=waits)


def _standing(name: str, columns: list[str], where: str) -> None:
    stands = sa.text(where)
    op.create_index(name, "text_stop", columns, unique=True, sqlite_where=stands, postgresql_where=stands)
