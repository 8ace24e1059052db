"""Money spent on a source in a month, and what a month may cost."""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Numbered


class Spend(Numbered):
    """What was spent on a source in one month, for the whole practice. Entries of a month add up.

    A credit is below nothing; what counts for a source in a month never is. One that replaces takes the place of all
    before it. A change is a new entry, so that every amount that a report ever
    showed can be found again. An amount for several months is an entry a month, all of one moment.
    """

    source_id: Mapped[int] = mapped_column(ForeignKey("referral_source.id"))
    # First day of the month.
    month: Mapped[date] = mapped_column(Date)
    cents: Mapped[int]
    note: Mapped[str] = mapped_column(String(120), default="")
    replaces: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        Index("ix_spend_month", "month", "source_id"),
        CheckConstraint("cents >= 0 OR NOT replaces", name="a_credit_adds_up"),
    )
