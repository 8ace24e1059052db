"""What a tablet's pages call the visit they are about: nobody can guess it, where a number could be counted up.

Those handed over before have none: they are called by their number until their week is over, since a tablet may hold
an answer that waits for a connection. The old code hands over without one for as long as it still runs.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handover", sa.Column("token", sa.String(32)))
    with op.batch_alter_table("handover") as batch:
        batch.create_unique_constraint("uq_handover_token", ["token"])


def downgrade() -> None:
    with op.batch_alter_table("handover") as batch:
        batch.drop_constraint("uq_handover_token", type_="unique")
        batch.drop_column("token")
