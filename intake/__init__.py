"""Intake asks every patient "How did you hear about us?" once, and turns the answers into totals one can act on."""

from pathlib import Path

from flask import Flask

import intake.accounts.models
import intake.attribution.costs.models
import intake.attribution.rollup.models
import intake.attribution.saved.models
import intake.capture.models
import intake.directory.models
import intake.directory.schedule.models
import intake.sms.models
import intake.survey.models  # noqa: F401 - each registers its tables
from intake import log
from intake.accounts import commands as account_commands
from intake.accounts.auth import sign_in, stale_forms
from intake.accounts.pages import views as account_views
from intake.attribution import commands as attribution_commands
from intake.attribution import start
from intake.attribution.breakdown import views as attribution_views
from intake.attribution.digests import views as digest_views
from intake.attribution.exports import views as taking_views
from intake.attribution.page import page_links as report_rooms
from intake.attribution.referrers import views as referring_views
from intake.attribution.rollup import trigger as refresh_trigger
from intake.attribution.saved import views as saved_views
from intake.attribution.wall import views as wall
from intake.capture.desk import call_views, handover_views, recording_views, search_views, texting_views, walk_in_views
from intake.capture.desk import views as desk
from intake.capture.kiosk import exit_views, late_answers, pairing_views, self_find_views
from intake.capture.kiosk import views as kiosk
from intake.capture.link import views as link
from intake.capture.patient_flow import pages
from intake.capture.patients import views as patient_views
from intake.capture.text import chores, read_command
from intake.capture.text.planning import views as text_plans
from intake.capture.text.staff_pages import emergencies, inbox_views, overview_views, tabs
from intake.capture.text.staff_pages import setup_views as text_set_up
from intake.config import Settings, settings_or_exit
from intake.db import attach, db, engine_settings, keep_prepared_statements, ping_idle_connections
from intake.dev.demo import commands as dev_commands
from intake.directory import commands as directory_commands
from intake.directory import views as directory_views
from intake.directory.physician_search import index
from intake.directory.practice import offered, setup_views
from intake.directory.schedule import views as schedule_views
from intake.sms import commands as sms_commands
from intake.sms.queue import webhooks as sms_views
from intake.survey import commands as survey_commands
from intake.survey import outcomes
from intake.survey.answers import physician_links
from intake.survey.ledger import visit_listeners
from intake.survey.question import wording
from intake.survey.review import counts
from intake.survey.review_pages import (
    conflict_views,
    duplicate_views,
    people_views,
    queue_views,
    rule_views,
    source_views,
)
from intake.web.http import assets, compression, csrf, errors, headers, route_guards, url_converters
from intake.web.http.uploads import RequestInMemory
from intake.web.ops import database_commands, health
from intake.web.ui import template_context, theme

TOP = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """The whole service, ready to serve. Refuses to start when a route has no guard."""
    settings = settings or settings_or_exit()
    log.configure(settings.log_level)
    app = Flask(__name__, template_folder=str(TOP / "templates"))
    app.request_class = RequestInMemory
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key.get_secret_value(),
        SQLALCHEMY_ENGINES={"default": engine_settings(settings)},
        MAX_CONTENT_LENGTH=settings.upload_megabytes * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        PATIENT_LANGUAGES=[(language.code, language.name) for language in wording.languages()],
    )
    attach(app)
    with app.app_context():
        ping_idle_connections(db.engine)
        keep_prepared_statements(db.engine)
    for part in (
        url_converters,
        compression,
        headers,
        errors,
        csrf,
        assets,
        theme,
        template_context,
        sign_in,
        stale_forms,
        setup_views,
        offered,
        index,
        visit_listeners,
        outcomes,
        physician_links,
        counts,
        pages,
        late_answers,
        tabs,
        chores,
        report_rooms,
        refresh_trigger,
        taking_views,
        digest_views,
    ):
        part.init_app(app)
    for views in (
        health,
        account_views,
        directory_views,
        schedule_views,
        source_views,
        queue_views,
        rule_views,
        people_views,
        conflict_views,
        duplicate_views,
        setup_views,
        desk,
        recording_views,
        search_views,
        walk_in_views,
        handover_views,
        texting_views,
        call_views,
        patient_views,
        kiosk,
        self_find_views,
        late_answers,
        exit_views,
        pairing_views,
        link,
        emergencies,
        overview_views,
        text_plans,
        inbox_views,
        text_set_up,
        attribution_views,
        referring_views,
        taking_views,
        saved_views,
        digest_views,
        wall,
        start,
        sms_views,
    ):
        app.register_blueprint(views.bp)
    rooms = (
        account_commands,
        directory_commands,
        survey_commands,
        sms_commands,
        read_command,
        attribution_commands,
        dev_commands,
    )
    for commands in (database_commands, *rooms):
        commands.register(app)
    route_guards.require_everywhere(app)
    return app
