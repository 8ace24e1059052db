"""A practice whose reports go by e-mail to a real mail server on this machine."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from intake.attribution.digests import sending
from intake.attribution.saved.models import Rhythm
from intake.db import db
from tests.attribution.digests.mailbox import DAY, MONDAY, Mailbox, open_mailbox
from tests.making import Make


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def practice(committed_app: Flask, make: Make, mailbox: Mailbox) -> Any:
    """A manager with answers in the week before and a shared view; the mail server is set."""
    changes = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.server.port, "smtp_security": "none"}
    changes["mail_from"] = "reports@example.org"
    committed_app.config["SETTINGS"] = committed_app.config["SETTINGS"].model_copy(update=changes)
    with time_machine.travel(MONDAY - timedelta(days=4), tick=False):
        sources, place = make.sources(), make.location("Riverside")
        staff = make.staff("manager", locations=[place], email="ana@example.org", name="Ana Ruiz")
        make.answer(make.visit(place, make.patient("Maria", "Torvald"), day=DAY), sources["tv"])
        make.visit(place, make.patient("Jo", "Quiet"), day=DAY)
        view = make.saved_view(staff, name="Dr. Osei and friends", address="/reports?period=this-month&by=source")
        digest = sending.start_digest(view=view, recipient=staff, rhythm=Rhythm.WEEKLY, by=staff)
        db.session.commit()
    staff.place, staff.digest, staff.view, staff.make = place, digest, view, make
    return staff
