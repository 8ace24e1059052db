"""Registration of the doors: desk, tablet, personal link, telephone and text."""

from flask import Flask

from intake.capture.desk import training_card
from intake.capture.kiosk import late_answers, offline_pages
from intake.capture.patient_flow import pages
from intake.capture.text import chores, read_command
from intake.capture.text.staff_pages import emergency_alerts, tabs
from intake.capture.text.staff_pages.checks import doctors_checks
from intake.web.http.views import register_views
from intake.web.ops import doctor


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (pages, offline_pages, tabs, emergency_alerts, chores):
        part.init_app(app)
    register_views(app, "intake.capture")
    for pages_of in (training_card, late_answers, offline_pages, emergency_alerts):
        app.register_blueprint(pages_of.bp)
    read_command.register(app)
    doctor.CHECKS.add(app, doctors_checks)
