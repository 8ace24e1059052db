"""What the pages about texts show, found in a fixed number of queries."""

from collections.abc import Collection

from sqlalchemy import select

from intake.db import db
from intake.sms.models import TextPlan, TextWording

LATEST_WORDINGS = 10


def plans_by_location(location_ids: Collection[int]) -> dict[int, TextPlan]:
    """Location id → how it texts; locations that never texted are absent."""
    query = select(TextPlan).where(TextPlan.location_id.in_(location_ids))
    return {plan.location_id: plan for plan in db.session.scalars(query)}


def latest_wordings(location_id: int, language: str) -> list[TextWording]:
    """The last versions of a location's own words in a language, the newest first."""
    query = (
        select(TextWording)
        .where(TextWording.location_id == location_id, TextWording.language == language)
        .order_by(TextWording.version.desc())
        .limit(LATEST_WORDINGS)
    )
    return list(db.session.scalars(query))
