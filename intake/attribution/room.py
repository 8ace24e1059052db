"""Registers the room: the reports, their files, saved views and e-mails."""

from typing import Any

from flask import Flask, url_for

from intake.attribution import commands, set_up
from intake.attribution.breakdown import views as breakdown
from intake.attribution.calls import views as calls
from intake.attribution.comparison import views as comparison
from intake.attribution.costs import views as costs
from intake.attribution.digests import views as digests
from intake.attribution.exports import views as exports
from intake.attribution.exports.books import SUPPRESSED as SUPPRESSED_EDITIONS
from intake.attribution.filters.access import reads_reports
from intake.attribution.monthly import arranging
from intake.attribution.monthly import views as monthly
from intake.attribution.page import tabs
from intake.attribution.referrers import practice_views
from intake.attribution.referrers import views as referrers
from intake.attribution.referrers.commands import referrers as referrers_command
from intake.attribution.reliability import views as reliability
from intake.attribution.returns import views as returns
from intake.attribution.rollup import trigger
from intake.attribution.saved import views as saved
from intake.attribution.source_page import views as source_page
from intake.attribution.suppression.view import SUPPRESSED
from intake.attribution.totals.coaching import asks_below_others
from intake.attribution.wall import views as wall
from intake.capture.desk.training_card import ASKS_BELOW_OTHERS
from intake.directory.record_links import PHYSICIAN_PAGE, PRACTICE_PAGE, SOURCE_PAGE

PAGES = (
    monthly,
    breakdown,
    calls,
    returns,
    comparison,
    costs,
    reliability,
    referrers,
    practice_views,
    source_page,
    exports,
    saved,
    digests,
    wall,
    set_up,
)


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    SUPPRESSED.fill(app, SUPPRESSED_EDITIONS)
    ASKS_BELOW_OTHERS.fill(app, asks_below_others)
    PHYSICIAN_PAGE.fill(app, lambda physician_id: _for_readers("referring.physician", physician_id=physician_id))
    PRACTICE_PAGE.fill(app, lambda practice_id: _for_readers("referring.practice", practice_id=practice_id))
    SOURCE_PAGE.fill(app, lambda source_id: _for_readers("source_page.source", source_id=source_id))
    for part in (tabs, trigger, exports, arranging, digests):
        part.init_app(app)
    # The reports share one blueprint.
    for blueprint in dict.fromkeys(pages.bp for pages in PAGES):
        app.register_blueprint(blueprint)
    commands.register(app)
    app.cli.add_command(referrers_command)


def _for_readers(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if reads_reports() else None
