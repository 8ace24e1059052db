"""What `flask worker` does for the text door beside sending: plans surveys, reads replies."""

import time

from flask import Flask

from intake.capture.text_planning import plan_surveys
from intake.capture.text_reply import read_replies
from intake.config import Settings

PLAN_EVERY_SECONDS = 20.0


def init_app(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    next_plan = 0.0

    def plan() -> int:
        nonlocal next_plan
        if time.monotonic() < next_plan:
            return 0
        next_plan = time.monotonic() + PLAN_EVERY_SECONDS
        return plan_surveys(settings)

    app.extensions["intake_chores"] = (plan, lambda: read_replies(settings))
