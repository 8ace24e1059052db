"""Second steps of signing in, single sign-on, and where each session was begun.

Downgrade: loses apps, passkeys, recovery codes and links to accounts at the provider; people sign in by password alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{table}_staff_id"))


def upgrade() -> None:
    op.add_column("role", sa.Column("second_step", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("staff_session", sa.Column("address", sa.String(45), nullable=True))
    op.add_column("staff_session", sa.Column("browser", sa.String(60), nullable=True))
    op.add_column("staff_session", sa.Column("method", sa.String(40), nullable=True))
    op.create_table(
        "second_step",
        sa.Column("staff_id", BIG, autoincrement=False, nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("new_secret", sa.Text(), nullable=True),
        sa.Column("last_counter", BIG, nullable=True),
        sa.Column("set_up_at", MOMENT, nullable=True),
        _of_staff("second_step"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_second_step")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("code_hash", sa.String(255), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        _of_staff("recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"])
    op.create_table(
        "passkey",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BIG, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        _of_staff("passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_staff_id"), "passkey", ["staff_id"])
    op.create_table(
        "provider_identity",
        sa.Column("staff_id", BIG, autoincrement=False, nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("linked_at", MOMENT, nullable=False),
        _of_staff("provider_identity"),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_provider_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_identity_issuer_subject")),
    )


def downgrade() -> None:
    for table in ("provider_identity", "passkey", "recovery_code", "second_step"):
        op.drop_table(table)
    for column in ("method", "browser", "address"):
        op.drop_column("staff_session", column)
    op.drop_column("role", "second_step")
