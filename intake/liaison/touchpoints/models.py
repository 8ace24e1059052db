"""Touchpoints, those who took part, and their earlier versions."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.db import Numbered
from intake.liaison.touchpoints.kinds import TouchpointKind

_GIVEN = text("cost_cents IS NOT NULL")


class Touchpoint(Numbered):
    """One contact with a referring office, in the words of whoever made it. Taken back by `withdrawn_at`, never
    deleted; what it said before a correction stands in `TouchpointBefore`.
    """

    # Of the form that was filled in, so that one sent twice arrives once.
    submission_id: Mapped[str] = mapped_column(String(64), unique=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    need: Mapped[str] = mapped_column(String(300), default="")
    materials: Mapped[str] = mapped_column(String(200), default="")
    # What it cost in all; each participant's own share is in `received_cents`.
    cost_cents: Mapped[int | None]
    shared: Mapped[str | None] = mapped_column(String(8))
    # Why a manager allowed it although it is over the limit of the gift ledger.
    over_limit_reason: Mapped[str] = mapped_column(String(300), default="")
    over_limit_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Physicians for whom counts what others in their office received; NULL: nobody has decided.
    office_gift_for: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    written_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    participants: Mapped[list["Participant"]] = relationship(
        lazy="selectin", order_by="Participant.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        Index("ix_touchpoint_day", "day", "id"),
        Index("ix_touchpoint_author", "author_id", "day"),
        Index("ix_touchpoint_given", "day", sqlite_where=_GIVEN, postgresql_where=_GIVEN),
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in TouchpointKind)})", name="kind"),
        CheckConstraint("cost_cents >= 0", name="cost_not_below_nothing"),
        CheckConstraint("shared IN ('split', 'whole')", name="shared"),
    )

    @property
    def office_cents(self) -> int:
        """What was received by staff, or by a practice as a whole: the law knows limits of physicians alone."""
        return sum(each.received_cents or 0 for each in self.participants if not each.physician_id)

    @property
    def counted(self) -> Counter[int]:
        """Physician → cents that count in their year: what they received, or staff who work for them alone did, and
        what was decided to be for them whoever took it.
        """
        found = Counter[int]()
        for each in self.participants:
            if each.physician_id and each.received_cents:
                found[each.physician_id] += each.received_cents
        for one in self.office_gift_for or () if self.office_cents else ():
            found[one] += self.office_cents
        return found


class Participant(Numbered):
    """Somebody a touchpoint was with: a physician, a contact in their office, or a practice as a whole.

    `practice_id` is also filled in for physicians and contacts of a practice, `physician_id` for contacts of a
    physician on their own, so that a party's touchpoints are found by one column. `day` is the touchpoint's.
    """

    __tablename__ = "touchpoint_participant"

    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    day: Mapped[date] = mapped_column(Date)
    physician_id: Mapped[int | None] = mapped_column(ForeignKey("physician.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("office_contact.id"), index=True)
    practice_id: Mapped[int | None] = mapped_column(ForeignKey("referring_practice.id"))
    # What counts as received by this one; NULL: nothing.
    received_cents: Mapped[int | None]

    __table_args__ = (
        Index("ix_touchpoint_participant_physician", "physician_id", "day"),
        Index("ix_touchpoint_participant_practice", "practice_id", "day"),
        CheckConstraint("physician_id IS NOT NULL OR practice_id IS NOT NULL", name="somebody"),
        CheckConstraint("received_cents >= 0", name="not_below_nothing"),
    )


class TouchpointBefore(Numbered):
    """What a touchpoint said until it was corrected or taken back."""

    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    until: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
