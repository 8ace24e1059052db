"""Registers the room: the reports, their files, saved views and e-mails."""

from flask import Flask

from intake.attribution import commands, start
from intake.attribution.breakdown import views as breakdown
from intake.attribution.calls import views as calls
from intake.attribution.comparison import views as comparison
from intake.attribution.costs import views as costs
from intake.attribution.digests import views as digests
from intake.attribution.exports import views as exports
from intake.attribution.exports.books import SUPPRESSED as SUPPRESSED_EDITIONS
from intake.attribution.page import page_links
from intake.attribution.referrers import views as referrers
from intake.attribution.referrers.commands import referrers as referrers_command
from intake.attribution.reliability import views as reliability
from intake.attribution.rollup import trigger
from intake.attribution.saved import views as saved
from intake.attribution.suppression.view import SUPPRESSED
from intake.attribution.wall import views as wall

PAGES = (breakdown, calls, comparison, costs, reliability, referrers, exports, saved, digests, wall, start)


def register(app: Flask) -> None:
    """Put this room's listeners, pages and commands on `app`."""
    SUPPRESSED.fill(app, SUPPRESSED_EDITIONS)
    for part in (page_links, trigger, exports, digests):
        part.init_app(app)
    # The reports share one blueprint.
    for blueprint in dict.fromkeys(pages.bp for pages in PAGES):
        app.register_blueprint(blueprint)
    commands.register(app)
    app.cli.add_command(referrers_command)
