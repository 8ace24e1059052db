"""Tables of privacy: how long things are kept, what must not go, and the permit to erase."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.db import Base, Numbered


class ErasurePermit(Base):
    """A row that stands only within the transaction that erases; the append-only tables look whether it does."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class RetentionPeriod(Base):
    """For how many days a kind is kept, where the practice says something else than usual. NULL: for ever."""

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    days: Mapped[int | None] = mapped_column(Integer)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class LegalHold(Numbered):
    """Nothing of this patient, or without one of the whole practice, is erased or runs out until it ends."""

    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    # What the practice calls the matter, such as a lawyer's reference; not a name.
    matter: Mapped[str] = mapped_column(String(60))
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
