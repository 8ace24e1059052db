"""What production servers load: `granian --interface rsgi wsgi:server`; `app` is for commands."""

import os

from intake import create_app, log
from intake.accounts.audit.sealing import seal_in_background
from intake.attribution.referrers.ready import ready_in_background
from intake.web.http.rsgi import buffered
from intake.web.ops.nightly import watch_in_background
from intake.web.ops.warm_up import warm_up

log.own_process()
# Flask's own commands, the worker among them, work as the database's owner.
app = create_app(serving="FLASK_RUN_FROM_CLI" not in os.environ)
seal_in_background(app)
watch_in_background(app)
ready_in_background(app)
warm_up(app)
server = buffered(app)
