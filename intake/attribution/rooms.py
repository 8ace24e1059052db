"""The pages that the reports consist of, for the line of links on each of them."""

from flask import Flask, current_app, url_for

ROOMS = (
    ("totals", "Totals", "reports.totals"),
    ("physicians", "Physicians", "referring.physicians"),
    ("saved", "Saved views", "saved_views.saved"),
    ("digests", "E-mails", "digests.digests"),
    ("today", "Today", "wall.today"),
)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["report_room_links"] = links


def links() -> list[tuple[str, str, str]]:
    """(key, label, address) of the rooms that this deployment has."""
    return [(key, label, url_for(to)) for key, label, to in ROOMS if to in current_app.view_functions]
