"""Moves on the tablet's pages, and what they led to."""

import re
import time

from playwright.sync_api import expect
from sqlalchemy import select

from intake.db import db
from intake.survey.models import Answer
from tests.serving import PATIENCE_SECONDS


def step_is(page, name):
    expect(page.locator("input[name=step]").first).to_have_value(re.compile(f"^{name}"))


def tile(page, words):
    return page.locator("label.tile", has_text=words)


def go_on(page):
    page.locator("form#ask .go").click()


def begin(tablet, visit):
    tablet.hand_over(visit)
    tablet.page.goto(tablet.url)
    go_on(tablet.page)
    step_is(tablet.page, "sources")


def wait_until(claim):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        db.session.rollback()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers():
    db.session.rollback()
    return list(db.session.scalars(select(Answer).order_by(Answer.id)))
