"""Every page of this room: importing the files below puts their routes on the one blueprint."""

from intake.directory import location_views, own_practice_views, physician_views, practice_views  # noqa: F401
from intake.directory.blueprint import bp

__all__ = ["bp"]
