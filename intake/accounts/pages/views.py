"""Every page of this room: importing the files below puts their routes on the one blueprint."""

from intake.accounts.pages import (
    audit_views,  # noqa: F401
    own_account_views,  # noqa: F401
    people_views,  # noqa: F401
    sign_in_views,  # noqa: F401
    tablet_views,  # noqa: F401
)
from intake.accounts.pages.blueprint import bp

__all__ = ["bp"]
