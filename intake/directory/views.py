"""Pages of this room: importing these files puts their routes on the one blueprint."""

from intake.directory.blueprint import bp
from intake.directory.physicians import practice_views  # noqa: F401
from intake.directory.physicians import views as physician_views  # noqa: F401
from intake.directory.practice import (
    location_views,  # noqa: F401
    views,  # noqa: F401
)

__all__ = ["bp"]
