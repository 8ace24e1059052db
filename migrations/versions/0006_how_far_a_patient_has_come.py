"""How far a patient has come on a tablet or a personal link.

Downgrade: a patient who is answering at that moment starts at the first question again; nothing recorded is lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.add_column(sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("active_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("steps_done", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("survey_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("steps_done", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("survey_link", schema=None) as batch_op:
        batch_op.drop_column("steps_done")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_column("steps_done")
        batch_op.drop_column("active_until")
        batch_op.drop_column("begun_at")
