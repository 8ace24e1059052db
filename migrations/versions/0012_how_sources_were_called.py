"""How sources were called and where they stood before they were changed, for reports as they were recorded.

Changes made before this migration aren't known: reports of those days show the names of the day it ran. Going back
loses the earlier names.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "source_before",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("label", sa.String(80), nullable=True),
        sa.Column("hint", sa.String(120), nullable=True),
        sa.Column("parent_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["referral_source.id"], name=op.f("fk_source_before_source_id_referral_source")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["referral_source.id"], name=op.f("fk_source_before_parent_id_referral_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_before")),
    )
    op.create_index(op.f("ix_source_before_source_id"), "source_before", ["source_id"])
    op.create_index(op.f("ix_source_before_parent_id"), "source_before", ["parent_id"])


def downgrade() -> None:
    op.drop_table("source_before")
