"""The address that production servers load: `granian --interface wsgi wsgi:app`."""

from intake import create_app

app = create_app()
