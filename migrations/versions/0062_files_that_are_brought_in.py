"""Files of contacts, touchpoints, invoices and physicians between preview and entering, and what undoing them needs.

Downgrade: loses these; what the files brought in stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "brought_file",
        sa.Column("id", BIG, nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("staff_id", BIG),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("reading", sa.LargeBinary()),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("counts", sa.JSON()),
        sa.Column("undo", sa.LargeBinary()),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_brought_file_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brought_file")),
    )
    op.create_index("ix_brought_file_what", "brought_file", ["what", "uploaded_at"])


def downgrade() -> None:
    op.drop_table("brought_file")
