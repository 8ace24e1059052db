"""Every page of this room: importing the files below puts their routes on the one blueprint."""

from intake.accounts import account_views, audit_views, people_views, sign_in_views, tablet_views  # noqa: F401
from intake.accounts.blueprint import bp

__all__ = ["bp"]
