"""Limits of what may be given, by the day from which each holds."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Numbered


class LimitKind(StrEnum):
    # To a referring physician and their family within a calendar year.
    PHYSICIAN_YEAR = "physician_year"
    # To a patient: a piece, and within a calendar year.
    TOKEN_PIECE = "token_piece"  # noqa: S105
    TOKEN_YEAR = "token_year"  # noqa: S105


class GiftLimit(Numbered):
    """A limit from a day on. Never changed: of several for one day the one entered last holds."""

    kind: Mapped[str] = mapped_column(String(16))
    valid_from: Mapped[date] = mapped_column(Date)
    cents: Mapped[int]
    # Where it is written.
    source: Mapped[str] = mapped_column(String(200))
    # NULL: it came with the service.
    entered_at: Mapped[datetime | None]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in LimitKind)})", name="kind"),
        CheckConstraint("cents >= 0", name="not_below_nothing"),
    )
