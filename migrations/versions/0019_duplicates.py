"""Merges of referring practices and of patients, and pairs that somebody said aren't one.

Going back loses these: practices and patients that counted as one count apart again, and pairs are proposed anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MERGES = {"referring_practice_merge": ("practice_id", "referring_practice"), "patient_merge": ("patient_id", "patient")}


def upgrade() -> None:
    for name, (column, of) in MERGES.items():
        op.create_table(
            name,
            sa.Column("id", BIG, nullable=False),
            sa.Column(column, BIG, nullable=False),
            sa.Column("into_id", BIG, nullable=False),
            sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("merged_by_id", BIG, nullable=True),
            sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
            sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{name}_{column}_{of}")),
            sa.ForeignKeyConstraint(["into_id"], [f"{of}.id"], name=op.f(f"fk_{name}_into_id_{of}")),
            sa.ForeignKeyConstraint(["merged_by_id"], ["staff.id"], name=op.f(f"fk_{name}_merged_by_id_staff")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    op.create_table(
        "known_apart",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("lower_id", sa.BigInteger(), nullable=False),
        sa.Column("higher_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_known_apart_decided_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_apart")),
    )
    op.create_index("ix_known_apart_kind", "known_apart", ["kind"])


def downgrade() -> None:
    for name in ("known_apart", *MERGES):
        op.drop_table(name)
