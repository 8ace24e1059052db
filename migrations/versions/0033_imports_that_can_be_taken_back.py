"""Readings of schedule files and what taking an import back needs; words for statuses beside those for types.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ADDED = ("reading", "first_day", "last_day", "undo", "undone_at")


def upgrade() -> None:
    kinds = (sa.LargeBinary(), sa.Date(), sa.Date(), sa.LargeBinary(), sa.DateTime(timezone=True))
    for name, kind in zip(ADDED, kinds, strict=True):
        op.add_column("schedule_upload", sa.Column(name, kind))
    # Files that wait for their confirmation have no reading; they are chosen again.
    op.execute(sa.text("UPDATE schedule_upload SET content = NULL WHERE applied_at IS NULL"))
    op.create_table(
        "learned_word",
        sa.Column("about", sa.String(12), nullable=False),
        sa.Column("word", sa.String(60), nullable=False),
        sa.Column("meaning", sa.String(12), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.PrimaryKeyConstraint("about", "word", name=op.f("pk_learned_word")),
        sa.ForeignKeyConstraint(["learned_by_id"], ["staff.id"], name=op.f("fk_learned_word_learned_by_id")),
    )
    op.execute(
        sa.text(
            "INSERT INTO learned_word (about, word, meaning, learned_at, learned_by_id)"
            " SELECT 'visit type', word, visit_type, learned_at, learned_by_id FROM learned_visit_type"
        )
    )
    op.drop_table("learned_visit_type")


def downgrade() -> None:
    """Loses words for statuses, readings of files that wait, and that imports can be taken back."""
    op.create_table(
        "learned_visit_type",
        sa.Column("word", sa.String(60), nullable=False),
        sa.Column("visit_type", sa.String(12), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_learned_visit_type")),
        sa.ForeignKeyConstraint(["learned_by_id"], ["staff.id"], name=op.f("fk_learned_visit_type_learned_by_id")),
        sa.CheckConstraint("visit_type IN ('new', 'established')", name=op.f("ck_learned_visit_type_visit_type")),
    )
    op.execute(
        sa.text(
            "INSERT INTO learned_visit_type (word, visit_type, learned_at, learned_by_id)"
            " SELECT word, meaning, learned_at, learned_by_id FROM learned_word WHERE about = 'visit type'"
        )
    )
    op.drop_table("learned_word")
    for name in reversed(ADDED):
        op.drop_column("schedule_upload", name)
