"""What the demo practice spends: search ads and postcards every month, the billboard while it is up."""

from datetime import date

from sqlalchemy import select

from intake.accounts.models import Staff
from intake.attribution.costs.entries import enter_spend
from intake.attribution.costs.models import Spend
from intake.attribution.filters.periods import add_months
from intake.db import db
from intake.dev.demo.people import DOMAIN
from intake.dev.demo.plan import Calendar
from intake.dev.demo.practice import CAMPAIGN
from intake.directory.models import ReferralSource

# Source, dollars a month, and for what.
EVERY_MONTH = (("online_search", 640, "Search ads"), ("mail", 380, "Postcards"))
BILLBOARD = (CAMPAIGN, 1_850, "Rent of the sign")


def add_spending(calendar: Calendar, *, today: date) -> None:
    """Enter what was spent in each month up to this one, where nothing was entered yet. Flushes."""
    source_ids = {row.code: row.id for row in db.session.execute(select(ReferralSource.code, ReferralSource.id))}
    entered = {(row.source_id, row.month) for row in db.session.execute(select(Spend.source_id, Spend.month))}
    manager_id = db.session.scalars(select(Staff.id).filter_by(email=f"manager@{DOMAIN}")).one()
    month = calendar.first_day.replace(day=1)
    while month <= today:
        is_up = calendar.campaign_first.replace(day=1) <= month <= calendar.campaign_last
        for code, dollars, note in (*EVERY_MONTH, *([BILLBOARD] if is_up else [])):
            if (source_ids[code], month) not in entered:
                enter_spend(
                    source_id=source_ids[code], month=month, cents=dollars * 100, note=note, staff_id=manager_id
                )
        month = add_months(month, 1)
