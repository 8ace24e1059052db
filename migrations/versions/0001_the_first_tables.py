"""The first tables.

Downgrade: drops every table and all data.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=True),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('staff', 'device', 'link', 'system')", name=op.f("ck_audit_entry_actor_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "location",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("code", name=op.f("uq_location_code")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mrn", sa.String(length=40), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("mobile_e164", sa.String(length=16), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("mrn", name=op.f("uq_patient_mrn")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index("ix_patient_name", ["last_name", "first_name"], unique=False)

    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("set_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
    )
    op.create_table(
        "referral_source",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=True),
        sa.Column("hint", sa.String(length=120), nullable=True),
        sa.Column("icon", sa.String(length=40), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asks_which", sa.Boolean(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=True),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('physician', 'patient', 'non_person')", name=op.f("ck_referral_source_kind")),
        sa.ForeignKeyConstraint(["parent_id"], ["referral_source.id"], name=op.f("fk_referral_source_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_source")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_source_code")),
    )
    with op.batch_alter_table("referral_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_source_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "referring_practice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=True),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referring_practice")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("all_locations", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kiosk_pin_hash", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_staff_fs_uniquifier")),
    )
    op.create_table(
        "taxonomy",
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_taxonomy")),
    )
    op.create_table(
        "audit_seal",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
    )
    op.create_table(
        "kiosk_device",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("pairing_code_hash", sa.String(length=64), nullable=True),
        sa.Column("pairing_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_kiosk_device_created_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_kiosk_device_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_device")),
        sa.UniqueConstraint("pairing_code_hash", name=op.f("uq_kiosk_device_pairing_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kiosk_device_token_hash")),
    )
    with op.batch_alter_table("kiosk_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosk_device_location_id"), ["location_id"], unique=False)

    op.create_table(
        "physician",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=True),
        sa.Column("first_name", sa.String(length=60), nullable=False),
        sa.Column("middle_name", sa.String(length=60), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("suffix", sa.String(length=20), nullable=False),
        sa.Column("credential", sa.String(length=40), nullable=False),
        sa.Column("former_first_name", sa.String(length=60), nullable=False),
        sa.Column("former_last_name", sa.String(length=80), nullable=False),
        sa.Column("taxonomy_code", sa.String(length=10), nullable=False),
        sa.Column("street", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("phone", sa.String(length=24), nullable=False),
        sa.Column("deactivated_on", sa.Date(), nullable=True),
        sa.Column("reactivated_on", sa.Date(), nullable=True),
        sa.Column("registry_updated_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_by_hand", sa.Boolean(), nullable=False),
        sa.Column("referring_practice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referring_practice_id"], ["referring_practice.id"], name=op.f("fk_physician_referring_practice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician")),
        sa.UniqueConstraint("npi", name=op.f("uq_physician_npi")),
    )
    with op.batch_alter_table("physician", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_physician_referring_practice_id"), ["referring_practice_id"], unique=False)

    op.create_table(
        "source_alias",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(length=80), nullable=False),
        sa.Column("normal", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_source_alias_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_alias")),
        sa.UniqueConstraint("normal", name=op.f("uq_source_alias_normal")),
    )
    with op.batch_alter_table("source_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_alias_source_id"), ["source_id"], unique=False)

    op.create_table(
        "source_merge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["into_id"], ["referral_source.id"], name=op.f("fk_source_merge_into_id")),
        sa.ForeignKeyConstraint(["merged_by_id"], ["staff.id"], name=op.f("fk_source_merge_merged_by_id")),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_source_merge_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_merge")),
    )
    with op.batch_alter_table("source_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_merge_source_id"), ["source_id"], unique=False)

    op.create_table(
        "source_translation",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("hint", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_source_translation_source_id")),
        sa.PrimaryKeyConstraint("source_id", "language", name=op.f("pk_source_translation")),
    )
    op.create_table(
        "staff_location",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_staff_location_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_location_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "location_id", name=op.f("pk_staff_location")),
    )
    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_staff_role_role_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "role_id", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("appointment_id", sa.String(length=60), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visit_date", sa.Date(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visit_type", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("provider", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('scheduled', 'arrived', 'completed', 'cancelled', 'no_show')", name=op.f("ck_visit_status")
        ),
        sa.CheckConstraint("visit_type IN ('new', 'established')", name=op.f("ck_visit_visit_type")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_visit_location_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_visit_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("location_id", "appointment_id", name=op.f("uq_visit_location_id_appointment_id")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_day", ["location_id", "visit_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_visit_visit_date", ["visit_date"], unique=False)

    op.create_table(
        "caller",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("matched_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_caller_location_id")),
        sa.ForeignKeyConstraint(["matched_by_id"], ["staff.id"], name=op.f("fk_caller_matched_by_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["staff.id"], name=op.f("fk_caller_noted_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_caller_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller")),
    )
    with op.batch_alter_table("caller", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_caller_location_id"), ["location_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_caller_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "coverage_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("eligible", sa.SmallInteger(), nullable=False),
        sa.Column("asked", sa.SmallInteger(), nullable=False),
        sa.Column("answered", sa.SmallInteger(), nullable=False),
        sa.Column("dont_remember", sa.SmallInteger(), nullable=False),
        sa.Column("declined", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_coverage_entry_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coverage_entry_staff_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_coverage_entry_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_entry")),
    )
    with op.batch_alter_table("coverage_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coverage_entry_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_coverage_entry_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "credit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("physician_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("referring_patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("primary_units", sa.Integer(), nullable=False),
        sa.Column("any_units", sa.Integer(), nullable=False),
        sa.Column("fractional_units", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_credit_entry_location_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_credit_entry_physician_id")),
        sa.ForeignKeyConstraint(
            ["referring_patient_id"], ["patient.id"], name=op.f("fk_credit_entry_referring_patient_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_credit_entry_source_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_credit_entry_staff_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_credit_entry_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry")),
    )
    with op.batch_alter_table("credit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_entry_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_entry_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "physician_merge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("physician_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["into_id"], ["physician.id"], name=op.f("fk_physician_merge_into_id")),
        sa.ForeignKeyConstraint(["merged_by_id"], ["staff.id"], name=op.f("fk_physician_merge_merged_by_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_physician_merge_physician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician_merge")),
    )
    with op.batch_alter_table("physician_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_physician_merge_physician_id"), ["physician_id"], unique=False)

    op.create_table(
        "ask",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("caller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("channel IN ('desk', 'kiosk', 'call', 'link', 'text')", name=op.f("ck_ask_channel")),
        sa.CheckConstraint("(visit_id IS NULL) <> (caller_id IS NULL)", name=op.f("ck_ask_one_subject")),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_ask_caller_id")),
        sa.ForeignKeyConstraint(["device_id"], ["kiosk_device.id"], name=op.f("fk_ask_device_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_ask_staff_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_ask_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
    )
    with op.batch_alter_table("ask", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ask_caller_id"), ["caller_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ask_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_id", sa.String(length=36), nullable=False),
        sa.Column("ask_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("caller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(length=14), nullable=False),
        sa.Column("verbatim", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('answered', 'dont_remember', 'declined', 'withdrawn')", name=op.f("ck_answer_outcome")
        ),
        sa.CheckConstraint("(visit_id IS NULL) <> (caller_id IS NULL)", name=op.f("ck_answer_one_subject")),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_answer_ask_id")),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_answer_caller_id")),
        sa.ForeignKeyConstraint(["device_id"], ["kiosk_device.id"], name=op.f("fk_answer_device_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_answer_staff_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["answer.id"], name=op.f("fk_answer_supersedes_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_answer_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("caller_id", "turn", name=op.f("uq_answer_caller_id_turn")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_answer_submission_id")),
        sa.UniqueConstraint("visit_id", "turn", name=op.f("uq_answer_visit_id_turn")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_ask_id"), ["ask_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ask_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_handover_ask_id")),
        sa.ForeignKeyConstraint(["device_id"], ["kiosk_device.id"], name=op.f("fk_handover_device_id")),
        sa.ForeignKeyConstraint(["handed_by_id"], ["staff.id"], name=op.f("fk_handover_handed_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_handover_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_ask_id"), ["ask_id"], unique=False)
        batch_op.create_index("ix_handover_device", ["device_id", "handed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "survey_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ask_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_survey_link_ask_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_survey_link_created_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_survey_link_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_survey_link_token_hash")),
    )
    with op.batch_alter_table("survey_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_link_ask_id"), ["ask_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_survey_link_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "mention",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("match_state", sa.String(length=10), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "match_state IN ('exact', 'suggested', 'confirmed', 'unmatched')", name=op.f("ck_mention_match_state")
        ),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_mention_answer_id")),
        sa.ForeignKeyConstraint(["source_id"], ["referral_source.id"], name=op.f("fk_mention_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("answer_id", "rank", name=op.f("uq_mention_answer_id_rank")),
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mention_source_id"), ["source_id"], unique=False)

    op.create_table(
        "patient_referral",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("caller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("referring_patient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("referrer_name", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(length=16), nullable=False),
        sa.Column("mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "evidence IN ('documented', 'staff_confirmed', 'patient_stated', 'inferred')",
            name=op.f("ck_patient_referral_evidence"),
        ),
        sa.CheckConstraint("patient_id <> referring_patient_id", name=op.f("ck_patient_referral_no_self_referral")),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_patient_referral_caller_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_patient_referral_mention_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_referral_patient_id")),
        sa.ForeignKeyConstraint(
            ["referring_patient_id"], ["patient.id"], name=op.f("fk_patient_referral_referring_patient_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_patient_referral_staff_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_patient_referral_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_referral")),
    )
    with op.batch_alter_table("patient_referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_referral_mention_id"), ["mention_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_referral_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_patient_referral_referring_patient_id"), ["referring_patient_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_patient_referral_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "physician_referral",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("caller_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("physician_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("evidence", sa.String(length=16), nullable=False),
        sa.Column("mention_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "evidence IN ('documented', 'staff_confirmed', 'patient_stated', 'inferred')",
            name=op.f("ck_physician_referral_evidence"),
        ),
        sa.ForeignKeyConstraint(["caller_id"], ["caller.id"], name=op.f("fk_physician_referral_caller_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_physician_referral_mention_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_physician_referral_physician_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_physician_referral_staff_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_physician_referral_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_physician_referral")),
    )
    with op.batch_alter_table("physician_referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_physician_referral_mention_id"), ["mention_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_physician_referral_physician_id"), ["physician_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_physician_referral_visit_id"), ["visit_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("physician_referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_physician_referral_visit_id"))
        batch_op.drop_index(batch_op.f("ix_physician_referral_physician_id"))
        batch_op.drop_index(batch_op.f("ix_physician_referral_mention_id"))

    op.drop_table("physician_referral")
    with op.batch_alter_table("patient_referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_referral_visit_id"))
        batch_op.drop_index(batch_op.f("ix_patient_referral_referring_patient_id"))
        batch_op.drop_index(batch_op.f("ix_patient_referral_patient_id"))
        batch_op.drop_index(batch_op.f("ix_patient_referral_mention_id"))

    op.drop_table("patient_referral")
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mention_source_id"))

    op.drop_table("mention")
    with op.batch_alter_table("survey_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_link_visit_id"))
        batch_op.drop_index(batch_op.f("ix_survey_link_ask_id"))

    op.drop_table("survey_link")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_visit_id"))
        batch_op.drop_index("ix_handover_device")
        batch_op.drop_index(batch_op.f("ix_handover_ask_id"))

    op.drop_table("handover")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_ask_id"))

    op.drop_table("answer")
    with op.batch_alter_table("ask", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ask_visit_id"))
        batch_op.drop_index(batch_op.f("ix_ask_caller_id"))

    op.drop_table("ask")
    with op.batch_alter_table("physician_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_physician_merge_physician_id"))

    op.drop_table("physician_merge")
    with op.batch_alter_table("credit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_entry_visit_id"))
        batch_op.drop_index(batch_op.f("ix_credit_entry_day"))

    op.drop_table("credit_entry")
    with op.batch_alter_table("coverage_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coverage_entry_visit_id"))
        batch_op.drop_index(batch_op.f("ix_coverage_entry_day"))

    op.drop_table("coverage_entry")
    with op.batch_alter_table("caller", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_caller_visit_id"))
        batch_op.drop_index(batch_op.f("ix_caller_location_id"))

    op.drop_table("caller")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_visit_date")
        batch_op.drop_index(batch_op.f("ix_visit_patient_id"))
        batch_op.drop_index("ix_visit_day")

    op.drop_table("visit")
    op.drop_table("staff_role")
    op.drop_table("staff_location")
    op.drop_table("source_translation")
    with op.batch_alter_table("source_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_merge_source_id"))

    op.drop_table("source_merge")
    with op.batch_alter_table("source_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_alias_source_id"))

    op.drop_table("source_alias")
    with op.batch_alter_table("physician", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_physician_referring_practice_id"))

    op.drop_table("physician")
    with op.batch_alter_table("kiosk_device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kiosk_device_location_id"))

    op.drop_table("kiosk_device")
    op.drop_table("audit_seal")
    op.drop_table("taxonomy")
    op.drop_table("staff")
    op.drop_table("role")
    op.drop_table("referring_practice")
    with op.batch_alter_table("referral_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_source_parent_id"))

    op.drop_table("referral_source")
    op.drop_table("practice")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_name")

    op.drop_table("patient")
    op.drop_table("location")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")

    op.drop_table("audit_entry")
