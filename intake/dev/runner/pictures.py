"""`./dev pictures`: the pictures of the README, taken from the running demo in a browser.

Makes a demo of its own in a folder that is thrown away, so nothing that somebody tried out appears.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from intake import create_app
from intake.accounts.devices import tablets
from intake.accounts.models import KioskDevice, Staff
from intake.capture.patient_flow.handover import hand_over
from intake.config import read_settings
from intake.db import db
from intake.dev.demo import demo
from intake.dev.demo.people import DOMAIN, PASSWORD, TABLET_NAME, tablet_code
from intake.dev.runner.practices import TOP
from intake.directory.models import Visit
from intake.survey.answers.counted_reply import answered_visits
from intake.web.ops import migrations

FOLDER = TOP / "docs" / "pictures"
PORT = 8091
URL = f"http://127.0.0.1:{PORT}"


def main() -> int:
    from tests.serving import serve

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(
            DATABASE_URL=f"sqlite:///{scratch}/intake.db",
            DATABASE_KEY="ab" * 32,
            SECRET_KEY="cd" * 32,
            PUBLIC_URL=URL,
            # Without the ribbon that says so on every page: the README says it.
            DEMO="false",
            LOG_LEVEL="ERROR",
        )
        print("Making a demo practice", flush=True)
        app = create_app(read_settings())
        with app.app_context():
            migrations.upgrade()
        with app.app_context():
            demo.seed()
            code = tablet_code()
            db.session.commit()
        assert code is not None
        with serve(app.config["SETTINGS"]), _browser() as browser:
            for name, take in (("desk", _desk), ("report", _report)):
                _save(name, take(browser))
            with app.app_context():
                _save("kiosk", _kiosk(browser, code))
                db.engine.dispose()
    return 0


def _desk(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1180, "height": 760}, device_scale_factor=1)
    _sign_in(page, "desk")
    page.goto(f"{URL}/desk")
    return page


def _report(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1180, "height": 1180}, device_scale_factor=1)
    _sign_in(page, "manager")
    page.goto(f"{URL}/reports?period=last-month")
    return page


def _kiosk(browser: Browser, code: str) -> Page:
    page = browser.new_page(viewport={"width": 1024, "height": 768}, device_scale_factor=1)
    page.goto(f"{URL}/kiosk/pair")
    page.fill("#code", code)
    page.click("button.go")
    number = page.locator("#number").text_content() or ""
    tablets.confirm(_tablet(), number)
    db.session.commit()
    page.wait_for_url(f"{URL}/kiosk")
    _hand_over_somebody()
    page.goto(f"{URL}/kiosk")
    page.click("button.go")
    page.wait_for_load_state()
    return page


def _tablet() -> KioskDevice:
    return db.session.scalars(select(KioskDevice).filter_by(name=TABLET_NAME)).one()


def _hand_over_somebody() -> None:
    tablet = _tablet()
    asker = db.session.scalars(select(Staff).filter_by(email=f"desk@{DOMAIN}")).one()
    arrived = db.session.scalars(
        select(Visit)
        .where(Visit.location_id == tablet.location_id, Visit.status == "arrived", Visit.visit_type == "new")
        .order_by(Visit.visit_date.desc(), Visit.id)
    )
    visit = next(each for each in arrived if not answered_visits([each.id]))
    hand_over(visit, tablet, asker, language="en")
    db.session.commit()


def _sign_in(page: Page, who: str) -> None:
    page.goto(f"{URL}/sign-in")
    page.fill("input[name=email]", f"{who}@{DOMAIN}")
    page.fill("input[type=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def _save(name: str, page: Page) -> None:
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    page.context.close()
    print(f"{path.relative_to(TOP)}  {path.stat().st_size // 1024} KB", flush=True)


@contextmanager
def _browser() -> Iterator[Browser]:
    from tests.browsers import find_chromium

    program = find_chromium()
    given: dict[str, Any] = {"executable_path": program} if program else {}
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; the only pages it opens are our own.
        browser = playwright.chromium.launch(args=["--no-sandbox"] if os.geteuid() == 0 else [], **given)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    raise SystemExit(main())
