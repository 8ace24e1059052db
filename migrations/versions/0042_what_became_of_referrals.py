"""What people note about referrals, links for referring offices, and words that the practice writes itself.

Downgrade: loses all three.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = "referral_event"
LASTING = ("id", "visit_id", "caller_id", "physician_id", "kind", "value", "day", "recorded_at", "recorded_by_id")


def upgrade() -> None:
    op.create_table(
        "referral_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("visit_id", BIG, nullable=True),
        sa.Column("caller_id", BIG, nullable=True),
        sa.Column("physician_id", BIG, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", BIG, nullable=True),
        sa.CheckConstraint("(visit_id IS NULL) <> (caller_id IS NULL)", name=op.f("ck_referral_event_one_subject")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_referral_event_visit_id")),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_referral_event_caller_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_referral_event_physician_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff.id"], name=op.f("fk_referral_event_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_event")),
    )
    op.create_index(op.f("ix_referral_event_visit_id"), "referral_event", ["visit_id"])
    op.create_index(op.f("ix_referral_event_caller_id"), "referral_event", ["caller_id"])
    op.create_table(
        "office_link",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("physician_id", BIG, nullable=False),
        sa.Column("location_ids", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_office_link_physician_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_office_link_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_office_link_token_hash")),
    )
    op.create_index(op.f("ix_office_link_physician_id"), "office_link", ["physician_id"])
    op.create_table(
        "practice_text",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("saved_by_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["saved_by_id"], ["staff.id"], name=op.f("fk_practice_text_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_text")),
    )
    op.create_index(op.f("ix_practice_text_kind"), "practice_text", ["kind"])
    # Words may be erased, nothing else may change.
    changed = f"UPDATE OF {', '.join(LASTING)}"
    if op.get_bind().dialect.name == "sqlite":
        for name, verb in (("update", changed), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER append_only_{APPEND_ONLY}_{name} BEFORE {verb} ON {APPEND_ONLY} "
                f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER append_only_{APPEND_ONLY} BEFORE {changed} OR DELETE ON {APPEND_ONLY} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("practice_text")
    op.drop_table("office_link")
    op.drop_table("referral_event")
