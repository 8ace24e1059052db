"""Registers the room: sign-in, staff, tablets and the audit trail."""

from flask import Flask

from intake.accounts import commands
from intake.accounts.auth import sessions, sign_in, stale_forms
from intake.accounts.auth.guards import may_open
from intake.accounts.second_step import upkeep
from intake.accounts.single_sign_on import provider
from intake.web.http.views import register_views
from intake.web.ops import database_commands, doctor, nightly, restore


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (sign_in, stale_forms):
        part.init_app(app)
    app.jinja_env.globals["may_open"] = may_open
    register_views(app, "intake.accounts")
    commands.register(app)
    restore.AFTER_RESTORE.add(app, sessions.end_after_restore)
    restore.AFTER_RESTORE.add(app, upkeep.after_restore)
    database_commands.SEALED.add(app, upkeep.seal_anew)
    doctor.CHECKS.add(app, upkeep.doctor_check)
    doctor.CHECKS.add(app, provider.doctor_check)
    nightly.ALARMS.add(app, upkeep.emergency_alarm)
