"""Registers the room: sign-in, staff, tablets and the audit trail."""

from flask import Flask

from intake.accounts import commands
from intake.accounts.auth import sessions, sign_in, stale_forms
from intake.accounts.pages import (
    audit_views,
    own_account_views,
    people_views,
    second_step_views,
    sign_in_views,
    single_sign_on_views,
    tablet_views,
)
from intake.accounts.second_step import upkeep
from intake.web.ops import database_commands, doctor, nightly, restore

PAGES = (
    sign_in_views,
    second_step_views,
    single_sign_on_views,
    own_account_views,
    people_views,
    tablet_views,
    audit_views,
)


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (sign_in, stale_forms):
        part.init_app(app)
    # Its files of pages share one blueprint.
    for blueprint in dict.fromkeys(pages.bp for pages in PAGES):
        app.register_blueprint(blueprint)
    commands.register(app)
    restore.after_restore(app, sessions.end_after_restore)
    restore.after_restore(app, upkeep.after_restore)
    database_commands.sealed_with_secret_key(app, upkeep.seal_anew)
    doctor.add_check(app, upkeep.doctor_check)
    nightly.add_alarm(app, upkeep.emergency_alarm)
