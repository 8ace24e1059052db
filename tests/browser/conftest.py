"""A tablet in a real browser: what it logs, what it asks, and what it may show."""

from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from intake.capture.patient_flow.handover import hand_over
from intake.db import db
from tests.browser.at_desk import Desk, sit_down
from tests.browser.axe import barriers
from tests.serving import PATIENCE_SECONDS, serve_here

expect.set_options(timeout=PATIENCE_SECONDS * 1_000)


@pytest.fixture
def live_server(committed_app):
    """The service on `committed_app`'s database; see its `url`. Its time to start is that of a page."""
    with serve_here(committed_app) as url:
        yield SimpleNamespace(url=url)


@pytest.fixture
def desk(page, live_server, committed_app, make):
    """Somebody at the front desk of Riverside."""
    place = make.location("Riverside")
    desk = Desk(page, live_server.url, make, place)
    sit_down(page, live_server.url, committed_app, make.staff("front_desk", locations=[place], name="Ana Whitfield"))
    return desk


@pytest.fixture
def watched(page):
    """The page with a list of everything a browser complains about: dialogs, errors, refused scripts and styles."""
    complaints = []

    def dialog(shown):
        complaints.append(f"dialog: {shown.message}")
        shown.dismiss()

    def message(said):
        # A refused form answers 422, which Chromium reports like any failed resource.
        if said.type in ("error", "warning") and "status of 4" not in said.text:
            complaints.append(said.text)

    page.on("dialog", dialog)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", message)
    page.set_default_timeout(PATIENCE_SECONDS * 1_000)
    page.complaints = complaints
    return page


@pytest.fixture
def tablet(committed_app, live_server, make, watched):
    """`tablet.page` is a paired tablet; `tablet.hand_over(visit)` is the desk."""
    sources = make.sources()
    location = make.location("Northgate")
    device = make.device(location, name="Blue")
    staff = make.staff(locations=[location])
    db.session.commit()
    _make_tablet(watched.context, live_server.url, device.token)

    def hand_over_now(visit):
        hand_over(visit, device, staff)
        db.session.commit()

    return SimpleNamespace(
        page=watched,
        url=f"{live_server.url}/kiosk",
        server=live_server,
        location=location,
        device=device,
        sources=sources,
        hand_over=hand_over_now,
        visit=lambda *args, **kwargs: make.visit(location, *args, **kwargs),
    )


@pytest.fixture
def make_tablet(live_server):
    """make_tablet(context, device): the browser context becomes that tablet."""
    return lambda context, device: _make_tablet(context, live_server.url, device.token)


@pytest.fixture
def no_barriers():
    """no_barriers(page): axe finds nothing against WCAG 2.2 AA, nor AAA contrast."""

    def check(page):
        found = barriers(page, color_contrast_enhanced=True, target_size=True)
        assert not found, "\n".join(found)

    return check


def _make_tablet(context, url, token):
    address = urlsplit(url)
    context.add_cookies([{"name": "intake-kiosk", "value": token, "url": f"{address.scheme}://{address.netloc}"}])
