"""The address that production servers load: `granian --interface wsgi wsgi:app`."""

from intake import create_app
from intake.accounts.sealing import seal_in_background
from intake.web.settling import settle

app = create_app()
seal_in_background(app)
settle(app)
