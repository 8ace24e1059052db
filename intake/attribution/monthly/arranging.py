"""The monthly report leaves on the 1st from the start: to whoever set the practice up, until somebody changes that."""

from contextlib import suppress

from flask import Flask
from sqlalchemy import select

from intake.accounts.models import Role, RoleName, Staff
from intake.attribution.digests.sending import DigestRefused, start_digest
from intake.attribution.saved.models import Rhythm, SavedView
from intake.attribution.saved.records import save_view
from intake.chores import CHORES
from intake.db import db
from intake.directory.models import Practice

ADDRESS = "/reports/month?period=last-month"
NAME = "Monthly report"


def init_app(app: Flask) -> None:
    """Arrange it as a chore of the worker, which sends it too."""
    CHORES.add(app, arrange)


def arrange() -> int:
    """Keep the view and its e-mail once; whoever ends or deletes them has the last word. Commits. Return how many."""
    # A deleted view is there as well.
    if db.session.scalar(select(SavedView.id).where(SavedView.address == ADDRESS).limit(1)) is not None:
        return 0
    owner = _who_set_it_up()
    if owner is None or db.session.scalar(select(Practice.set_up_at).limit(1)) is None:
        return 0
    view = save_view(name=NAME, address=ADDRESS, owner=owner, shared=True)
    # Refused, the view is kept all the same, and a person says who gets it.
    with suppress(DigestRefused):
        start_digest(view=view, recipient=owner, rhythm=Rhythm.MONTHLY, by=owner)
    db.session.commit()
    return 1


def _who_set_it_up() -> Staff | None:
    """The first administrator, whom the set-up named, or the first who is still here."""
    query = select(Staff).join(Staff.roles).where(Role.name == RoleName.ADMINISTRATOR, Staff.active.is_(True))
    return db.session.scalars(query.order_by(Staff.id).limit(1)).first()
