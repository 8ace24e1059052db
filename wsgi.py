"""What production servers load: `granian --interface rsgi wsgi:server`; `app` is for commands."""

from intake import create_app, log
from intake.accounts.audit.sealing import seal_in_background
from intake.web.http.rsgi import buffered
from intake.web.ops.nightly import watch_in_background
from intake.web.ops.warm_up import warm_up

log.own_process()
app = create_app()
seal_in_background(app)
watch_in_background(app)
warm_up(app)
server = buffered(app)
