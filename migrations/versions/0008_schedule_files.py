"""Schedule files between preview and confirmation, and the practice's own words for types of visit.

Going back loses both; visits that were imported stay.

"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "schedule_upload",
        sa.Column("id", BIG, nullable=False),
        sa.Column("location_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_schedule_upload_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_schedule_upload_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_upload")),
    )
    op.create_index("ix_schedule_upload_location", "schedule_upload", ["location_id", "uploaded_at"])
    op.create_table(
        "learned_visit_type",
        sa.Column("word", sa.String(60), nullable=False),
        sa.Column("visit_type", sa.String(12), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_by_id", BIG, nullable=True),
        sa.CheckConstraint("visit_type IN ('new', 'established')", name=op.f("ck_learned_visit_type_visit_type")),
        sa.ForeignKeyConstraint(["learned_by_id"], ["staff.id"], name=op.f("fk_learned_visit_type_learned_by_id")),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_learned_visit_type")),
    )


def downgrade() -> None:
    op.drop_table("learned_visit_type")
    op.drop_index("ix_schedule_upload_location", table_name="schedule_upload")
    op.drop_table("schedule_upload")
