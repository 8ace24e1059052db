"""What physicians are found by, and what the registry says about replaced numbers.

Clues of physicians already there are made by `flask physicians reindex`. Going back loses which physicians staff had
set aside, and nothing else that can't be imported again.

"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(90).with_variant(sa.String(90, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("physician") as table:
        table.add_column(sa.Column("registry_fingerprint", BIG, nullable=True))
        table.add_column(sa.Column("replacement_npi", sa.String(10), nullable=False, server_default=""))
        table.add_column(sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "physician_clue",
        sa.Column("pair_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("physician_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("pair_key", "physician_id", name=op.f("pk_physician_clue")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "physician_search_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vocabulary_stamp", BIG, nullable=False),
        sa.Column("additions_stamp", BIG, nullable=False),
        sa.Column("unindexed_after_id", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician_search_state")),
    )
    op.create_table(
        "physician_search_part",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "part", name=op.f("pk_physician_search_part")),
    )
    op.create_table(
        "physician_search_word",
        sa.Column("kind", sa.String(5), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("kind", "word", name=op.f("pk_physician_search_word")),
    )
    op.bulk_insert(
        sa.table(
            "physician_search_state",
            sa.column("id", sa.Integer()),
            sa.column("vocabulary_stamp", BIG),
            sa.column("additions_stamp", BIG),
            sa.column("unindexed_after_id", BIG),
        ),
        [{"id": 1, "vocabulary_stamp": 0, "additions_stamp": 0, "unindexed_after_id": 0}],
    )


def downgrade() -> None:
    for name in ("physician_search_word", "physician_search_part", "physician_search_state", "physician_clue"):
        op.drop_table(name)
    with op.batch_alter_table("physician") as table:
        for name in ("set_aside_at", "replacement_npi", "registry_fingerprint"):
            table.drop_column(name)
