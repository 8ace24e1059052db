"""Until when the carrier takes no more texts, the day a survey is about, and all replies but a few for a person.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

FOR_A_PERSON = sa.text(
    "seen_at IS NULL AND outcome NOT IN"
    " ('answer', 'auto_reply', 'correction', 'courtesy', 'help', 'late', 'reaction', 'start', 'stop')"
)
EMERGENCY = sa.text("seen_at IS NULL AND outcome = 'emergency'")
BEFORE = sa.text(
    "seen_at IS NULL AND outcome IN"
    " ('unknown_sender', 'left_to_a_person', 'afterwards', 'stopped', 'unreadable', 'asked_for_words', 'question',"
    " 'failed')"
)


def upgrade() -> None:
    op.add_column("line_state", sa.Column("held_because", sa.String(20)))
    op.add_column("line_state", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.add_column("text_survey", sa.Column("visit_date", sa.Date()))
    op.create_index("ix_patient_mobile_e164", "patient", ["mobile_e164"])
    _for_a_person(FOR_A_PERSON)
    op.create_index(
        "ix_inbound_text_emergency", "inbound_text", ["id"], sqlite_where=EMERGENCY, postgresql_where=EMERGENCY
    )


def downgrade() -> None:
    """Loses why and until when the carrier takes no more texts, and on which day a survey's visit was."""
    op.drop_index("ix_inbound_text_emergency", "inbound_text")
    _for_a_person(BEFORE)
    op.drop_index("ix_patient_mobile_e164", "patient")
    op.drop_column("text_survey", "visit_date")
    op.drop_column("line_state", "held_until")
    op.drop_column("line_state", "held_because")


def _for_a_person(which: sa.TextClause) -> None:
    op.drop_index("ix_inbound_text_for_a_person", "inbound_text")
    op.create_index("ix_inbound_text_for_a_person", "inbound_text", ["id"], sqlite_where=which, postgresql_where=which)
