"""Tokens of thanks that patients were given.

Downgrade: loses them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "patient_token",
        sa.Column("id", BIG, nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("cents", BIG, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_token_patient_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["staff.id"], name=op.f("fk_patient_token_given_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_token")),
    )
    op.create_index(op.f("ix_patient_token_patient_id"), "patient_token", ["patient_id"])


def downgrade() -> None:
    op.drop_table("patient_token")
