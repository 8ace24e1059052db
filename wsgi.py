"""The address that production servers load: `granian --interface wsgi wsgi:app`."""

from intake import create_app
from intake.accounts.sealing import seal_in_background

app = create_app()
seal_in_background(app)
