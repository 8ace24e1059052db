"""Where the migrations are, for everything that runs or asks about them, and the one way to a new database."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from intake.config import current_settings
from intake.db import make_embedded

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def alembic_config(engine: Engine | None = None) -> Config:
    """Return Alembic's configuration; they run on `engine` where it isn't the service's own database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(revision: str = "head") -> None:
    """Bring the service's own database to `revision`; makes the embedded file where there is none."""
    make_embedded(current_settings())
    command.upgrade(alembic_config(), revision)
