"""Registers the room: the reports, their files, saved views and e-mails."""

from typing import Any

from flask import Flask, url_for

from intake.attribution import commands, set_up
from intake.attribution.costs.invoices import INVOICES
from intake.attribution.digests import views as digests
from intake.attribution.exports import views as exports
from intake.attribution.exports.books import SUPPRESSED as SUPPRESSED_EDITIONS
from intake.attribution.filters.access import reads_reports
from intake.attribution.monthly import arranging, physicians_changed
from intake.attribution.page import tabs
from intake.attribution.referrers import places
from intake.attribution.referrers.commands import referrers as referrers_command
from intake.attribution.rollup import trigger
from intake.attribution.suppression.view import SUPPRESSED
from intake.attribution.totals.coaching import asks_below_others
from intake.capture.desk.training_card import ASKS_BELOW_OTHERS
from intake.directory.brought_files.plan import FILE_KINDS
from intake.directory.record_links import PHYSICIAN_PAGE, PRACTICE_PAGE, SOURCE_PAGE
from intake.web.http.views import register_views


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    FILE_KINDS.add(app, INVOICES)
    SUPPRESSED.fill(app, SUPPRESSED_EDITIONS)
    ASKS_BELOW_OTHERS.fill(app, asks_below_others)
    PHYSICIAN_PAGE.fill(app, lambda physician_id: _for_readers("referring.physician", physician_id=physician_id))
    PRACTICE_PAGE.fill(app, lambda practice_id: _for_readers("referring.practice", practice_id=practice_id))
    SOURCE_PAGE.fill(app, lambda source_id: _for_readers("source_page.source", source_id=source_id))
    for part in (tabs, places, physicians_changed, trigger, exports, arranging, digests):
        part.init_app(app)
    register_views(app, "intake.attribution")
    app.register_blueprint(set_up.bp)
    commands.register(app)
    app.cli.add_command(referrers_command)


def _for_readers(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if reads_reports() else None
