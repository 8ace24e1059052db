"""The practice's own logo and colour on patients' pages. Downgrade: loses them."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_look",
        sa.Column("practice_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("accent", sa.String(7), server_default="", nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(20), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_practice_look_practice_id")),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_practice_look")),
    )


def downgrade() -> None:
    op.drop_table("practice_look")
