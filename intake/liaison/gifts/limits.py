"""Which limit holds on a day, and entering another."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from intake import clock
from intake.accounts.audit import audit_trail
from intake.db import db
from intake.liaison.gifts.models import GiftLimit, LimitKind


@dataclass(frozen=True)
class Limits:
    """All limits as they are now, oldest first."""

    rows: tuple[GiftLimit, ...]

    def on(self, kind: LimitKind, day: date) -> GiftLimit | None:
        """The limit of a day; None before the first one."""
        held = [each for each in self.rows if each.kind == kind and each.valid_from <= day]
        return held[-1] if held else None

    def of_year(self, year: int) -> int | None:
        """Cents that a physician may get in this calendar year. A limit never falls within a year it began in, so the
        one of 1 January holds; a year that nobody has entered keeps the one before.
        """
        found = self.on(LimitKind.PHYSICIAN_YEAR, date(year, 1, 1))
        return found.cents if found else None

    def entered_for(self, year: int) -> bool:
        """Whether somebody has entered the limit of this very year."""
        return any(each.kind == LimitKind.PHYSICIAN_YEAR and each.valid_from.year == year for each in self.rows)


def limits() -> Limits:
    query = select(GiftLimit).order_by(GiftLimit.valid_from, GiftLimit.id)
    return Limits(tuple(db.session.scalars(query)))


def enter_limit(kind: LimitKind, *, valid_from: date, cents: int, source: str, staff_id: int) -> GiftLimit:
    """A limit from a day on, in place of one that began on the same day."""
    made = GiftLimit(
        kind=kind, valid_from=valid_from, cents=cents, source=source, entered_at=clock.now(), entered_by_id=staff_id
    )
    db.session.add(made)
    db.session.flush()
    audit_trail.record("gift_limit.entered", subject_kind="gift_limit", subject_id=made.id, cents=cents)
    return made
