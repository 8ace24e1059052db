"""People who work here, the tablets that capture, and the trail of what both did."""

import zlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.db import Base, BigId, Numbered


class RoleName(StrEnum):
    FRONT_DESK = "front_desk"
    MANAGER = "manager"
    LIAISON = "liaison"
    ADMINISTRATOR = "administrator"


staff_role = Table(
    "staff_role",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)
staff_location = Table(
    "staff_location",
    Base.metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("location_id", ForeignKey("location.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    description: Mapped[str] = mapped_column(String(200), default="")
    # Whoever holds it signs in with a second step too.
    second_step: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class Staff(Numbered, UserMixin):
    """Somebody who signs in. Sees rows of their own locations only, unless `all_locations`."""

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    # Names every session of this person; a new value signs all of them out.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    all_locations: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]
    kiosk_pin_hash: Mapped[str | None] = mapped_column(String(255))

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=staff_role, lazy="selectin"
    )
    locations: Mapped[list[Any]] = relationship(
        "Location", secondary=staff_location, lazy="selectin", order_by="Location.id"
    )


class StaffSession(Numbered):
    """One signed-in browser. Its cookie carries the token, this row the SHA-256; ending the row signs it out."""

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # Where it was begun and with what, for whoever looks whether all of them are theirs.
    address: Mapped[str | None] = mapped_column(String(45))
    browser: Mapped[str | None] = mapped_column(String(60))
    method: Mapped[str | None] = mapped_column(String(40))


class SecondStep(Base):
    """The authenticator app of one person. Secrets are sealed with a key from SECRET_KEY."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str | None] = mapped_column(Text)
    # Shown to be set up; takes the other's place once a code of it was typed.
    new_secret: Mapped[str | None] = mapped_column(Text)
    # The half minute of the last code that was taken; no code of it or of an earlier one is taken again.
    last_counter: Mapped[int | None] = mapped_column(BigId)
    set_up_at: Mapped[datetime | None]


class RecoveryCode(Numbered):
    """A code on paper for who lost their phone, hashed like a password. Works once."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(255))
    used_at: Mapped[datetime | None]


class Passkey(Numbered):
    """A passkey (WebAuthn) that somebody uses as their second step."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    # Base64url, at most 1023 bytes (WebAuthn, "Credential ID").
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigId)
    name: Mapped[str] = mapped_column(String(60))
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ProviderIdentity(Base):
    """Who somebody is at the provider of single sign-on, kept when they first came from there."""

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class PasswordLink(Numbered):
    """A personal address where somebody chooses their password; only the token's SHA-256 is kept. Used once."""

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    # Also set when a newer link, or the person's own new password, made this one worthless.
    used_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])


class SignInAttempt(Numbered):
    """A wrong password (or one still being checked), counted per account, per address and per known browser."""

    # Keyed hash: people mistype their password into the name field, and addresses are personal too.
    bucket: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

    __table_args__ = (Index("ix_sign_in_attempt_bucket", "bucket", "at"), Index("ix_sign_in_attempt_at", "at"))


class DevicePurpose(StrEnum):
    """What a paired device may do: ask patients, or show the day's counts on a wall. Never both."""

    ASKING = "asking"
    WALL = "wall"


class KioskDevice(Numbered):
    """A paired tablet or wall display, bound to a location.

    The token of a tablet may capture answers and may read nothing; that of a wall display may read today's counts of
    its location and may do nothing.
    """

    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(10), default=DevicePurpose.ASKING, server_default="asking")
    # SHA-256 of the pairing code while it waits, of the token once paired; the clear text is shown once.
    pairing_code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    pairing_expires_at: Mapped[datetime | None]
    # Of the browser that gave the code; it opens nothing until an administrator has typed the number that it shows.
    claim_hash: Mapped[str | None] = mapped_column(String(64))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    paired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    # What it told of itself then: battery, version, how many answers wait on it; see intake/accounts/devices/health.py.
    health: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    # Shown on its welcome page.
    message: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # Locked from afar: it asks nobody until it is unlocked.
    locked_at: Mapped[datetime | None]
    # A patient pressed for help; NULL once somebody went there.
    called_at: Mapped[datetime | None]

    location: Mapped[Any] = relationship("Location")

    @property
    def look(self) -> str:
        """Return a checksum of what its welcome page shows, which loads itself again when that changes."""
        return f"{zlib.crc32(repr((self.message, self.locked_at)).encode()):08x}"


class AuditEntry(Numbered):
    """One write, or one reading of personal data. Append-only: the database refuses update and delete."""

    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    location_id: Mapped[int | None]
    # Ids, codes and counts; never a name, a number or a verbatim.
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (
        CheckConstraint("actor_kind IN ('staff', 'device', 'link', 'system')", name="actor_kind"),
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
    )


class AuditSeal(Base):
    """An audit entry's place in the hash chain, added in batches soon after the entry was committed."""

    position: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("entry_id"),)
