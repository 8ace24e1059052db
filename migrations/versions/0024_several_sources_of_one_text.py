"""One text may be decided to name several sources, and a rule remembers whether it made its source.

Downgrade: loses the further sources of such texts; the first of each stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name, owner in (("decided_also", "mention_decision"), ("rule_also", "review_rule")):
        op.create_table(
            name,
            sa.Column("id", BIG, nullable=False),
            sa.Column("owner_id", BIG, nullable=False),
            sa.Column("source_id", BIG, nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.ForeignKeyConstraint(["owner_id"], [f"{owner}.id"], name=op.f(f"fk_{name}_owner_id_{owner}")),
            sa.ForeignKeyConstraint(
                ["source_id"], ["referral_source.id"], name=op.f(f"fk_{name}_source_id_referral_source")
            ),
        )
        op.create_index(op.f(f"ix_{name}_owner_id"), name, ["owner_id"])
    op.add_column("review_rule", sa.Column("made_source", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("review_rule") as table:
        table.drop_column("made_source")
    op.drop_table("rule_also")
    op.drop_table("decided_also")
