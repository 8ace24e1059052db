"""Relationships: contacts, preferences, owners and targets; touchpoints, promises, issues; rounds and calendars.

Downgrade: loses them all.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('visit', 'not_seen', 'phone', 'email', 'letter', 'doctor_to_doctor', 'lunch', 'event', 'material',"
    " 'gift', 'thanks', 'complaint')"
)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "office_contact",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("job", sa.String(length=16), nullable=False),
        sa.Column("phone_e164", sa.String(length=16), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", BIG, nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("physician_id", BIG, nullable=True),
        sa.Column("practice_id", BIG, nullable=True),
        sa.CheckConstraint("(physician_id IS NULL) <> (practice_id IS NULL)", name=op.f("ck_office_contact_one_party")),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_office_contact_created_by_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_office_contact_physician_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["referring_practice.id"], name=op.f("fk_office_contact_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_contact")),
    )
    op.create_index("ix_office_contact_physician", "office_contact", ["physician_id"])
    op.create_index("ix_office_contact_practice", "office_contact", ["practice_id"])
    op.create_table(
        "office_preference",
        sa.Column("id", BIG, nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=False),
        sa.Column("referrals_by", sa.String(length=120), nullable=False),
        sa.Column("results_by", sa.String(length=120), nullable=False),
        sa.Column("do_not_visit", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", BIG, nullable=True),
        sa.Column("physician_id", BIG, nullable=True),
        sa.Column("practice_id", BIG, nullable=True),
        sa.CheckConstraint(
            "(physician_id IS NULL) <> (practice_id IS NULL)", name=op.f("ck_office_preference_one_party")
        ),
        sa.ForeignKeyConstraint(["changed_by_id"], ["staff.id"], name=op.f("fk_office_preference_changed_by_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_office_preference_physician_id")),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["referring_practice.id"], name=op.f("fk_office_preference_practice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_preference")),
        sa.UniqueConstraint("physician_id", name=op.f("uq_office_preference_physician_id")),
        sa.UniqueConstraint("practice_id", name=op.f("uq_office_preference_practice_id")),
    )
    op.create_table(
        "relationship",
        sa.Column("id", BIG, nullable=False),
        sa.Column("location_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("tier", sa.String(length=1), nullable=False),
        sa.Column("tier_reason", sa.String(length=200), nullable=False),
        sa.Column("goal", sa.String(length=12), nullable=False),
        sa.Column("every_days", sa.SmallInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("physician_id", BIG, nullable=True),
        sa.Column("practice_id", BIG, nullable=True),
        sa.CheckConstraint(
            "goal IN ('', 'keep', 'win_back', 'grow', 'get_to_know')", name=op.f("ck_relationship_goal")
        ),
        sa.CheckConstraint("tier IN ('', 'A', 'B', 'C')", name=op.f("ck_relationship_tier")),
        sa.CheckConstraint("(physician_id IS NULL) <> (practice_id IS NULL)", name=op.f("ck_relationship_one_party")),
        sa.CheckConstraint("every_days > 0", name=op.f("ck_relationship_every_days")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_relationship_location_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_relationship_owner_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_relationship_physician_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["referring_practice.id"], name=op.f("fk_relationship_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationship")),
        sa.UniqueConstraint("location_id", "physician_id", name=op.f("uq_relationship_location_id_physician_id")),
        sa.UniqueConstraint("location_id", "practice_id", name=op.f("uq_relationship_location_id_practice_id")),
    )
    op.create_index("ix_relationship_owner", "relationship", ["owner_id"])
    op.create_index("ix_relationship_physician", "relationship", ["physician_id"])
    op.create_index("ix_relationship_practice", "relationship", ["practice_id"])
    op.create_table(
        "touchpoint",
        sa.Column("id", BIG, nullable=False),
        sa.Column("submission_id", sa.String(length=64), nullable=False),
        sa.Column("location_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("need", sa.String(length=300), nullable=False),
        sa.Column("materials", sa.String(length=200), nullable=False),
        sa.Column("cost_cents", BIG, nullable=True),
        sa.Column("shared", sa.String(length=8), nullable=True),
        sa.Column("over_limit_reason", sa.String(length=300), nullable=False),
        sa.Column("over_limit_by_id", BIG, nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            KINDS,
            name=op.f("ck_touchpoint_kind"),
        ),
        sa.CheckConstraint("shared IN ('split', 'whole')", name=op.f("ck_touchpoint_shared")),
        sa.CheckConstraint("cost_cents >= 0", name=op.f("ck_touchpoint_cost_not_below_nothing")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_touchpoint_author_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_touchpoint_location_id")),
        sa.ForeignKeyConstraint(["over_limit_by_id"], ["staff.id"], name=op.f("fk_touchpoint_over_limit_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_touchpoint_submission_id")),
    )
    op.create_index("ix_touchpoint_author", "touchpoint", ["author_id", "day"])
    op.create_index("ix_touchpoint_day", "touchpoint", ["day", "id"])
    op.create_table(
        "touchpoint_participant",
        sa.Column("id", BIG, nullable=False),
        sa.Column("touchpoint_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("physician_id", BIG, nullable=True),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("practice_id", BIG, nullable=True),
        sa.Column("received_cents", BIG, nullable=True),
        sa.CheckConstraint(
            "physician_id IS NOT NULL OR practice_id IS NOT NULL", name=op.f("ck_touchpoint_participant_somebody")
        ),
        sa.CheckConstraint("received_cents >= 0", name=op.f("ck_touchpoint_participant_not_below_nothing")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["office_contact.id"], name=op.f("fk_touchpoint_participant_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["physician_id"], ["physician.id"], name=op.f("fk_touchpoint_participant_physician_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["referring_practice.id"], name=op.f("fk_touchpoint_participant_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_touchpoint_participant_touchpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint_participant")),
    )
    op.create_index(op.f("ix_touchpoint_participant_contact_id"), "touchpoint_participant", ["contact_id"])
    op.create_index("ix_touchpoint_participant_physician", "touchpoint_participant", ["physician_id", "day"])
    op.create_index("ix_touchpoint_participant_practice", "touchpoint_participant", ["practice_id", "day"])
    op.create_index(op.f("ix_touchpoint_participant_touchpoint_id"), "touchpoint_participant", ["touchpoint_id"])
    op.create_table(
        "touchpoint_before",
        sa.Column("id", BIG, nullable=False),
        sa.Column("touchpoint_id", BIG, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_touchpoint_before_by_id")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_touchpoint_before_touchpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touchpoint_before")),
    )
    op.create_index(op.f("ix_touchpoint_before_touchpoint_id"), "touchpoint_before", ["touchpoint_id"])
    op.create_table(
        "promise",
        sa.Column("id", BIG, nullable=False),
        sa.Column("location_id", BIG, nullable=False),
        sa.Column("touchpoint_id", BIG, nullable=True),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", BIG, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", BIG, nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=True),
        sa.Column("physician_id", BIG, nullable=True),
        sa.Column("practice_id", BIG, nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (kept IS NULL)", name=op.f("ck_promise_kept_once_closed")),
        sa.CheckConstraint("(physician_id IS NULL) <> (practice_id IS NULL)", name=op.f("ck_promise_one_party")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_promise_closed_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_promise_location_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name=op.f("fk_promise_made_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_promise_owner_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_promise_physician_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["referring_practice.id"], name=op.f("fk_promise_practice_id")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_promise_touchpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_owner", "promise", ["owner_id", "closed_at", "due_on"])
    op.create_index("ix_promise_physician", "promise", ["physician_id"])
    op.create_index("ix_promise_practice", "promise", ["practice_id"])
    op.create_index(op.f("ix_promise_touchpoint_id"), "promise", ["touchpoint_id"])
    op.create_table(
        "office_issue",
        sa.Column("id", BIG, nullable=False),
        sa.Column("location_id", BIG, nullable=False),
        sa.Column("touchpoint_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by_id", BIG, nullable=True),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("told_by_id", BIG, nullable=True),
        sa.Column("physician_id", BIG, nullable=True),
        sa.Column("practice_id", BIG, nullable=True),
        sa.CheckConstraint(
            "kind IN ('access', 'communication', 'results', 'scheduling', 'billing', 'clinical', 'other')",
            name=op.f("ck_office_issue_kind"),
        ),
        sa.CheckConstraint("(physician_id IS NULL) <> (practice_id IS NULL)", name=op.f("ck_office_issue_one_party")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_office_issue_location_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name=op.f("fk_office_issue_opened_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_office_issue_owner_id")),
        sa.ForeignKeyConstraint(["physician_id"], ["physician.id"], name=op.f("fk_office_issue_physician_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["referring_practice.id"], name=op.f("fk_office_issue_practice_id")),
        sa.ForeignKeyConstraint(["told_by_id"], ["staff.id"], name=op.f("fk_office_issue_told_by_id")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_office_issue_touchpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_issue")),
    )
    op.create_index("ix_office_issue_location", "office_issue", ["location_id", "opened_on"])
    op.create_index("ix_office_issue_owner", "office_issue", ["owner_id", "told_on"])
    op.create_index("ix_office_issue_physician", "office_issue", ["physician_id"])
    op.create_index("ix_office_issue_practice", "office_issue", ["practice_id"])
    op.create_index(op.f("ix_office_issue_touchpoint_id"), "office_issue", ["touchpoint_id"])
    op.create_table(
        "round_stop",
        sa.Column("id", BIG, nullable=False),
        sa.Column("relationship_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("area", sa.String(length=90), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stratum", sa.String(length=60), nullable=False),
        sa.Column("drawn_place", sa.SmallInteger(), nullable=True),
        sa.Column("drawn_of", sa.SmallInteger(), nullable=True),
        sa.Column("taken_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["relationship_id"], ["relationship.id"], name=op.f("fk_round_stop_relationship_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_round_stop_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_stop")),
        sa.UniqueConstraint(
            "relationship_id", "staff_id", "day", name=op.f("uq_round_stop_relationship_id_staff_id_day")
        ),
    )
    op.create_index("ix_round_stop_day", "round_stop", ["staff_id", "day"])
    op.create_index(op.f("ix_round_stop_relationship_id"), "round_stop", ["relationship_id"])
    op.create_table(
        "calendar_address",
        sa.Column("staff_id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calendar_address_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_calendar_address")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_address_token_hash")),
    )


def downgrade() -> None:
    for table in (
        "calendar_address",
        "round_stop",
        "office_issue",
        "promise",
        "touchpoint_before",
        "touchpoint_participant",
        "touchpoint",
        "relationship",
        "office_preference",
        "office_contact",
    ):
        op.drop_table(table)
