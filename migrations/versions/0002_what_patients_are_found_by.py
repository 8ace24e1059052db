"""What patients are found by, and whom the practice's own system names as the referring physician.

The index of patients already there is filled by the application the next time each is saved; nothing is lost going
back.

"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(90).with_variant(sa.String(90, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "patient_word",
        sa.Column("word", WORD, nullable=False),
        sa.Column("patient_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_word_patient_id")),
        sa.PrimaryKeyConstraint("word", "patient_id", name=op.f("pk_patient_word")),
    )
    op.create_index(op.f("ix_patient_word_patient_id"), "patient_word", ["patient_id"])
    op.create_table(
        "name_spelling",
        sa.Column("spelling", WORD, nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("spelling", "word", name=op.f("pk_name_spelling")),
    )
    with op.batch_alter_table("visit") as table:
        table.add_column(sa.Column("documented_physician_id", BIG, nullable=True))
        table.add_column(sa.Column("documented_name", sa.String(160), nullable=False, server_default=""))
        table.create_foreign_key(
            op.f("fk_visit_documented_physician_id"), "physician", ["documented_physician_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("visit") as table:
        table.drop_constraint(op.f("fk_visit_documented_physician_id"), type_="foreignkey")
        table.drop_column("documented_name")
        table.drop_column("documented_physician_id")
    op.drop_table("name_spelling")
    op.drop_table("patient_word")
