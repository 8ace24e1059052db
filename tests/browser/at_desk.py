"""One person's desk: their browser, their location, and what they can be asked about it."""

from datetime import time

from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page, expect

from intake.accounts.auth import sessions
from intake.capture.answer_form.readable_answers import current_answers
from intake.db import db
from tests.serving import PATIENCE_SECONDS

# Longer than the pause that ends a stream of keys; see intake/static/js/desk/bursts.js.
NEXT_PERSON_MS = 400


class Desk:
    def __init__(self, page: Page, url: str, make, place) -> None:
        self.page, self.url, self.make, self.place = page, url, make, place
        self.sources = {code: source.id for code, source in make.sources().items()}
        self.keys = self.minute = 0
        page.set_default_timeout(PATIENCE_SECONDS * 1_000)
        self.complaints: list[str] = []
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, message) -> None:
        # A refused form, which Chromium reports like any failed resource, is no complaint.
        if message.type == "error" and "server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def arrival(self, first: str, last: str, **values):
        """Somebody on today's list; each comes a minute after the one before."""
        self.minute += 1
        return self.make.visit(self.place, self.make.patient(first, last), at=time(8, self.minute), **values)

    def open(self, path: str = "/desk") -> None:
        db.session.commit()
        self.page.goto(self.url + path)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def next_person(self) -> None:
        """Waits as long as it takes to look up at the next one in the queue."""
        self.page.wait_for_timeout(NEXT_PERSON_MS)

    def press_until(self, key: str, condition: str) -> None:
        """Presses `key` until the focused element `it` meets the condition."""
        for _ in range(80):
            if self.page.evaluate(f"((it) => {condition})(document.activeElement)"):
                return
            self.press(key)
        raise AssertionError(f"{key} never led to {condition}")

    def row(self, visit):
        return self.page.locator(f"#visit-{visit.id}")

    def wait_until_recorded(self, *visits) -> None:
        for visit in visits:
            expect(self.row(visit)).to_have_attribute("data-group", "done")
            expect(self.row(visit)).not_to_have_attribute("data-sending", "yes")

    def said(self, visit) -> list[tuple[str, str]]:
        # On the embedded database a transaction that the test leaves open would keep the server from writing.
        db.session.commit()
        given = current_answers([visit.id], language="en").get(visit.id)
        db.session.commit()
        return [(source.label, source.who) for source in given.sources] if given else []


def sit_down(page: Page, url: str, app, staff) -> None:
    """Sign this browser in without the sign-in page."""
    values = sessions.cookie_values(staff)
    db.session.commit()
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    page.context.add_cookies([{"name": "intake", "value": serializer.dumps(values), "url": url}])
