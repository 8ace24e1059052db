"""The one blueprint that the view files of this room share."""

from intake.web.http.route_guards import Pages

bp = Pages("directory", __name__)
