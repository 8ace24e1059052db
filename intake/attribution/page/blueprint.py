"""The one blueprint that the view files of the totals share."""

from intake.web.http.route_guards import Pages

bp = Pages("reports", __name__)
