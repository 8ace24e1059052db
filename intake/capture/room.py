"""Registration of the doors: desk, tablet, personal link, telephone and text."""

from flask import Flask

from intake.capture.desk import (
    call_views,
    handover_views,
    recording_views,
    return_views,
    search_views,
    texting_views,
    training_card,
    walk_in_views,
)
from intake.capture.desk import views as desk
from intake.capture.kiosk import care_views, exit_views, late_answers, offline_pages, pairing_views, self_find_views
from intake.capture.kiosk import views as kiosk
from intake.capture.link import here_views
from intake.capture.link import views as link
from intake.capture.patient_flow import pages
from intake.capture.patients import views as patients
from intake.capture.text import chores, read_command
from intake.capture.text.planning import views as text_plans
from intake.capture.text.staff_pages import (
    conversation_views,
    emergency_alerts,
    inbox_views,
    overview_views,
    tabs,
)
from intake.capture.text.staff_pages import setup_views as text_setup
from intake.capture.text.staff_pages.checks import doctors_checks
from intake.capture.waiting_room import late_views, room_views
from intake.web.ops import doctor


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    for part in (pages, offline_pages, tabs, chores):
        part.init_app(app)
    for pages_of in (
        desk,
        recording_views,
        return_views,
        training_card,
        search_views,
        walk_in_views,
        handover_views,
        texting_views,
        call_views,
        late_views,
        room_views,
        patients,
        kiosk,
        self_find_views,
        late_answers,
        offline_pages,
        care_views,
        exit_views,
        pairing_views,
        link,
        here_views,
        emergency_alerts,
        overview_views,
        text_plans,
        inbox_views,
        conversation_views,
        text_setup,
    ):
        app.register_blueprint(pages_of.bp)
    read_command.register(app)
    doctor.add_check(app, doctors_checks)
