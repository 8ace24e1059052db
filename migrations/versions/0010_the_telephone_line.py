"""The telephone line.

Downgrade: loses texts, consent and stops; pause texting for good first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "line_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused_because", sa.String(length=20), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker_name", sa.String(length=60), nullable=True),
        sa.Column("polled_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_send_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_state")),
    )
    op.create_table(
        "text_consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("wording_version", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_text_consent_patient_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_text_consent_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_consent")),
    )
    with op.batch_alter_table("text_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_consent_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_text_consent_phone_e164"), ["phone_e164"], unique=False)

    op.create_table(
        "text_plan",
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("minutes_after", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("reminder_hours", sa.Integer(), nullable=True),
        sa.Column("includes_link", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_text_plan_location_id")),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_text_plan")),
    )
    op.create_table(
        "text_wording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_text_wording_created_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_text_wording_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_wording")),
    )
    op.create_table(
        "inbound_text",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_sid", sa.String(length=34), nullable=False),
        sa.Column("from_e164", sa.String(length=20), nullable=False),
        sa.Column("to_number", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("media_count", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_by", sa.String(length=8), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_inbound_text_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_text")),
        sa.UniqueConstraint("message_sid", name=op.f("uq_inbound_text_message_sid")),
    )
    with op.batch_alter_table("inbound_text", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbound_text_from_e164"), ["from_e164"], unique=False)
        batch_op.create_index(
            "ix_inbound_text_unhandled",
            ["id"],
            unique=False,
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_inbound_text_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "outbox_text",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("once_key", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("claim_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'sent', 'delivered', 'failed', 'uncertain', 'cancelled')",
            name=op.f("ck_outbox_text_state"),
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_outbox_text_location_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_outbox_text_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_text")),
        sa.UniqueConstraint("once_key", name=op.f("uq_outbox_text_once_key")),
    )
    with op.batch_alter_table("outbox_text", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_text_open",
            ["state", "not_before"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
            postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
        )
        batch_op.create_index(batch_op.f("ix_outbox_text_phone_e164"), ["phone_e164"], unique=False)
        batch_op.create_index("ix_outbox_text_sent_at", ["sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_text_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "send_attempt",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_sid", sa.String(length=34), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("status_rank", sa.SmallInteger(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("segments", sa.SmallInteger(), nullable=True),
        sa.Column("known_by", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox_text.id"], name=op.f("fk_send_attempt_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempt")),
        sa.UniqueConstraint("message_sid", name=op.f("uq_send_attempt_message_sid")),
    )
    with op.batch_alter_table("send_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_send_attempt_outbox_id"), ["outbox_id"], unique=False)

    op.create_table(
        "text_stop",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound_text.id"], name=op.f("fk_text_stop_inbound_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_stop")),
    )
    with op.batch_alter_table("text_stop", schema=None) as batch_op:
        batch_op.create_index(
            "uq_text_stop_standing",
            ["phone_e164"],
            unique=True,
            sqlite_where=sa.text("resumed_at IS NULL"),
            postgresql_where=sa.text("resumed_at IS NULL"),
        )

    op.create_table(
        "text_survey",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ask_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("misread", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_text_survey_ask_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_text_survey_location_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_text_survey_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_survey")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_text_survey_visit_id")),
    )
    with op.batch_alter_table("text_survey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_survey_phone_e164"), ["phone_e164"], unique=False)
        batch_op.create_index(
            "uq_text_survey_open",
            ["phone_e164"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("text_survey", schema=None) as batch_op:
        batch_op.drop_index("uq_text_survey_open")
        batch_op.drop_index(batch_op.f("ix_text_survey_phone_e164"))

    op.drop_table("text_survey")
    with op.batch_alter_table("text_stop", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_text_stop_standing",
            sqlite_where=sa.text("resumed_at IS NULL"),
            postgresql_where=sa.text("resumed_at IS NULL"),
        )

    op.drop_table("text_stop")
    with op.batch_alter_table("send_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_send_attempt_outbox_id"))

    op.drop_table("send_attempt")
    with op.batch_alter_table("outbox_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_text_visit_id"))
        batch_op.drop_index("ix_outbox_text_sent_at")
        batch_op.drop_index(batch_op.f("ix_outbox_text_phone_e164"))
        batch_op.drop_index(
            "ix_outbox_text_open",
            sqlite_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
            postgresql_where=sa.text("state IN ('queued', 'claimed', 'sending', 'uncertain')"),
        )

    op.drop_table("outbox_text")
    with op.batch_alter_table("inbound_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbound_text_visit_id"))
        batch_op.drop_index(
            "ix_inbound_text_unhandled",
            sqlite_where=sa.text("handled_at IS NULL"),
            postgresql_where=sa.text("handled_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_inbound_text_from_e164"))

    op.drop_table("inbound_text")
    op.drop_table("text_wording")
    op.drop_table("text_plan")
    with op.batch_alter_table("text_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_consent_phone_e164"))
        batch_op.drop_index(batch_op.f("ix_text_consent_patient_id"))

    op.drop_table("text_consent")
    op.drop_table("line_state")
