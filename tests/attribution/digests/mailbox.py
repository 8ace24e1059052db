"""A mail server's inbox for the tests of reports by e-mail, and the worker at a moment."""

import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import time_machine
from aiosmtpd.controller import Controller
from sqlalchemy import select

from intake.attribution.digests import sending
from intake.attribution.saved.models import DigestSend
from intake.db import db

# A Monday, eight in the morning in New York.
MONDAY = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
DAY = date(2026, 6, 10)


class Mailbox:
    """A mail server's inbox that can be told to misbehave."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.raw: list[bytes] = []
        self.refuse_recipient = self.refuse_data = ""
        self.drop = False
        self.server: Any = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse_data:
            return self.refuse_data
        self.raw.append(envelope.content)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.drop:
            server.transport.abort()
        return "250 kept"


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """A mail server on this machine that keeps what comes."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.server = controller
    try:
        yield box
    finally:
        controller.stop()


def work_at(moment: datetime) -> int:
    with time_machine.travel(moment, tick=False):
        done = sending.work()
    db.session.rollback()
    db.session.expire_all()
    return done


def sends() -> list[DigestSend]:
    return list(db.session.scalars(select(DigestSend).order_by(DigestSend.id)))
