"""Texts are handed to a colleague and answered by staff; the carrier is told what to forget; a short name for texts.

Downgrade: loses to whom texts were handed, who wrote the staff's texts, what the carrier was told to forget (it is told
again) and the short name.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = (
    ("ix_inbound_text_handed", "inbound_text", "handed_to_id", "seen_at IS NULL AND handed_to_id IS NOT NULL"),
    ("ix_inbound_text_unwiped", "inbound_text", "received_at", "wiped_at IS NULL"),
    ("ix_inbound_text_pictures", "inbound_text", "id", "media_count > 0 AND pictures_gone_at IS NULL"),
    ("ix_send_attempt_unwiped", "send_attempt", "started_at", "wiped_at IS NULL AND message_sid IS NOT NULL"),
    (
        "ix_outbox_text_unarrived",
        "outbox_text",
        "id",
        "purpose = 'staff' AND state IN ('failed', 'cancelled') AND seen_at IS NULL",
    ),
)
MOMENTS = (
    ("inbound_text", "handed_at"),
    ("inbound_text", "wiped_at"),
    ("inbound_text", "pictures_gone_at"),
    ("send_attempt", "wiped_at"),
    ("outbox_text", "seen_at"),
)
STAFF = (("inbound_text", "handed_to_id"), ("outbox_text", "staff_id"))


def upgrade() -> None:
    for table, column in MOMENTS:
        op.add_column(table, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column("inbound_text", sa.Column("handed_by_id", BIG, nullable=True))
    op.add_column("practice", sa.Column("text_name", sa.String(60), nullable=True))
    for table, column in STAFF:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, BIG, nullable=True))
            batch.create_foreign_key(f"fk_{table}_{column}", "staff", [column], ["id"])
    for name, table, column, where in INDEXES:
        which = sa.text(where)
        op.create_index(name, table, [column], sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    for table, column in STAFF:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_{column}", type_="foreignkey")
            batch.drop_column(column)
    op.drop_column("practice", "text_name")
    op.drop_column("inbound_text", "handed_by_id")
    for table, column in MOMENTS:
        op.drop_column(table, column)
