"""In a browser: what came in by text is answered, recorded and handed on from the inbox."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page, expect
from sqlalchemy import select

from intake import create_app
from intake.accounts.auth import sessions
from intake.db import db
from intake.dev.fake_carrier.carrier import Carrier
from intake.sms.consent.consent import record_consent
from intake.sms.models import InboundText, OutboxText, TextPurpose
from intake.survey.answers.effective_answer import current_answers
from tests.making import Make
from tests.serving import serve_here

pytestmark = pytest.mark.on("sqlite")


def signed_in(app: Flask, page: Page, url: str, values: Any) -> None:
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    address = urlsplit(url)
    cookie = {"name": "intake", "value": serializer.dumps(values), "url": f"{address.scheme}://{address.netloc}"}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


def test_a_reply_is_answered_recorded_and_handed_on_from_the_inbox(
    committed_app: Flask, make: Make, watched: Any
) -> None:
    place = make.location("Riverside")
    sources = make.sources()
    staff = make.staff("front_desk", locations=[place], name="Amara Desk")
    make.staff("manager", locations=[place], name="Beth Manager")
    visits = {}
    for number, words in enumerate(("when do you open?", "my neighbor told me", "my card was charged twice")):
        phone = f"+1518555010{number}"
        visits[words] = make.visit(place, make.patient(f"Pat{number}", "Reyes", mobile_e164=phone))
        record_consent(phone_e164=phone, patient_id=visits[words].patient_id, source="desk", wording_version="1")
        make.reply(visits[words], words, outcome="errand")
    values = sessions.cookie_values(staff)
    db.session.commit()
    carrier = Carrier()
    connected = {
        "twilio_account_sid": carrier.account_sid,
        "twilio_auth_token": committed_app.config["SETTINGS"].twilio_auth_token.__class__(carrier.auth_token),
        "twilio_sender": carrier.number,
    }
    page: Page = watched
    with serve_here(create_app(committed_app.config["SETTINGS"].model_copy(update=connected))) as url:
        signed_in(committed_app, page, url, values)

        def opened(words: str) -> None:
            page.goto(f"{url}/texts/replies")
            page.locator(".inbox li", has_text=words).get_by_role("link", name=re.compile("^Answer")).click()

        page.goto(f"{url}/texts/replies")
        expect(page.get_by_role("navigation", name="Main")).to_contain_text("3 waiting")
        opened("when do you open?")
        page.get_by_label("Your text").fill("At nine.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".inbox")).not_to_contain_text("when do you open?")

        opened("my neighbor told me")
        page.get_by_role("link", name="Record it").click()
        expect(page.get_by_role("checkbox", name="Friend or family")).to_be_checked()
        page.get_by_role("button", name=re.compile("^Record$|^Correct it$")).click()
        expect(page.locator("#toasts")).to_contain_text("Recorded as their answer")

        opened("charged twice")
        page.get_by_label("To", exact=True).select_option(label="Beth Manager")
        page.get_by_role("button", name="Hand on").click()
        expect(page.locator(".inbox")).to_contain_text("For Beth Manager")
        expect(page.get_by_role("navigation", name="Main")).to_contain_text("1 waiting")

    db.session.expire_all()
    assert db.session.scalars(select(OutboxText.body).where(OutboxText.purpose == TextPurpose.STAFF)).all() == [
        "At nine."
    ]
    recorded = current_answers([visits["my neighbor told me"].id])[visits["my neighbor told me"].id]
    assert recorded.mentions[0].source_id == sources["friend_family"].id
    assert db.session.scalar(select(InboundText.handed_to_id).where(InboundText.body.contains("charged"))) is not None
    assert watched.complaints == []
