"""What earlier rooms ask of the directory: what the practice is called, its time zone, its locations."""

from flask import Flask
from sqlalchemy import select

from intake.accounts.places import LOCATIONS, LocationChoice
from intake.db import db
from intake.directory.models import Location, Practice
from intake.web.ui.template_context import PRACTICE


def init_app(app: Flask) -> None:
    PRACTICE.fill(app, _practice)
    LOCATIONS.fill(app, _places)


def _practice() -> tuple[str, str] | None:
    row = db.session.execute(select(Practice.name, Practice.time_zone)).first()
    return (row.name, row.time_zone) if row else None


def _places() -> list[LocationChoice]:
    columns = Location.id, Location.code, Location.name, Location.active
    rows = db.session.execute(select(*columns).order_by(Location.active.desc(), Location.name, Location.id))
    return [LocationChoice(*row) for row in rows]
