"""Whom mentions point at now."""

from collections.abc import Collection

from sqlalchemy import select

from intake.db import db
from intake.survey.answers.effective_answer import LinkedReferrer, effective_mentions
from intake.survey.models import Mention


def links_of(mention_ids: Collection[int]) -> dict[int, LinkedReferrer]:
    """Mention id → who is linked, where somebody is."""
    answer_ids = set(db.session.scalars(select(Mention.answer_id).where(Mention.id.in_(mention_ids))))
    every = [mention for several in effective_mentions(answer_ids).values() for mention in several]
    return {each.id: each.link for each in every if each.link and each.id in mention_ids}
