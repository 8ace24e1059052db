"""Registers the room: the question, its answers, the ledger and the review pages."""

from flask import Flask

from intake.survey import commands, outcomes
from intake.survey.answers import physician_links
from intake.survey.ledger import visit_listeners
from intake.survey.question import wording
from intake.survey.review import counts
from intake.web.http.views import register_views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    # The directory stands below this room and offers these to choose from.
    app.config["PATIENT_LANGUAGES"] = [(language.code, language.name) for language in wording.languages()]
    for part in (visit_listeners, outcomes, physician_links, counts):
        part.init_app(app)
    register_views(app, "intake.survey")
    commands.register(app)
