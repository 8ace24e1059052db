"""Chores of `flask worker` for the text door: mail emergencies, plan surveys, read replies."""

import time

from flask import Flask

from intake.capture.text.conversation.reply import read_replies
from intake.capture.text.planning.consent_import import import_consents
from intake.capture.text.planning.planner import plan_surveys
from intake.capture.text.staff_pages.emergency_alerts import mail_alerts
from intake.config import Settings
from intake.directory.patients.visits import consents_imported

PLAN_EVERY_SECONDS = 20.0


def init_app(app: Flask) -> None:
    consents_imported.connect(import_consents)
    settings: Settings = app.config["SETTINGS"]
    next_plan = 0.0

    def plan() -> int:
        nonlocal next_plan
        if time.monotonic() < next_plan:
            return 0
        next_plan = time.monotonic() + PLAN_EVERY_SECONDS
        return plan_surveys(settings)

    # Emergencies first: nothing else may keep somebody from being told.
    ours = (lambda: mail_alerts(settings), plan, lambda: read_replies(settings))
    app.extensions["intake_chores"] = (*ours, *app.extensions.get("intake_chores", ()))
