"""Who sees patients here, by the names that schedules give, and what patients call referring practices.

Downgrade: loses names added or set aside by hand, and the nicknames.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "provider",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider")),
        sa.UniqueConstraint("name", name=op.f("uq_provider_name")),
    )
    op.create_table(
        "practice_nickname",
        sa.Column("id", BIG, nullable=False),
        sa.Column("practice_id", BIG, nullable=False),
        sa.Column("text", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["referring_practice.id"], name=op.f("fk_practice_nickname_practice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_nickname")),
    )
    op.create_index("ix_practice_nickname_practice_id", "practice_nickname", ["practice_id"])
    op.execute(
        "INSERT INTO provider (name, ours, added_at)"
        " SELECT DISTINCT provider, TRUE, CURRENT_TIMESTAMP FROM visit WHERE provider <> ''"
    )


def downgrade() -> None:
    op.drop_table("practice_nickname")
    op.drop_table("provider")
