"""Somebody who signs in with a phone in their hand."""

import re
from datetime import timedelta

import time_machine
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from intake import clock
from intake.accounts.models import Staff
from tests.clients import Client

PASSWORD = "seven green herons"
_key = re.compile(r'<strong class="tabular text-break">([^<]+)</strong>')


class Phone:
    """An authenticator app that looked at the page."""

    def __init__(self, page: TestResponse) -> None:
        found = _key.search(page.text)
        assert found, page.text
        self._codes = TOTP(key=found[1], format="base32")

    def code(self, *, seconds: float = 0) -> str:
        """The code that the app shows in so many seconds."""
        return str(self._codes.generate(clock.now() + timedelta(seconds=seconds)).token)


def later(**gap: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(**gap), tick=False)


def password(client: Client, staff: Staff, **values: str) -> TestResponse:
    return client.post("/sign-in", data={"email": staff.email, "password": PASSWORD} | values)


def code(client: Client, typed: str, **values: str) -> TestResponse:
    return client.post("/sign-in/second-step", data={"code": typed} | values)


def set_up(client: Client) -> tuple[Phone, list[str]]:
    """The signed-in person sets an app up; the phone, and the codes they were shown."""
    phone = Phone(client.post("/account/second-step", follow_redirects=True))
    page = client.post("/account/second-step/confirm", data={"code": phone.code()}, follow_redirects=True)
    return phone, codes_on(page)


def codes_on(page: TestResponse) -> list[str]:
    return re.findall(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>", page.text)
