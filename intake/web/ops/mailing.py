"""One e-mail over SMTP, step by step, so that it is known whether the server can have taken it."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from intake.config import Settings

ANSWER_SECONDS = 20.0
# Folded lines would break the unsubscribe link into encoded words, which mail programs then don't read.
_POLICY = SMTP.clone(max_line_length=900)
# What a mail server says may pass: try again later.
_LATER = range(400, 500)


@dataclass(frozen=True)
class Refused(Exception):
    """The mail did not leave. `again`: trying later may help. `word` says what went wrong and quotes nobody."""

    word: str
    again: bool


class Uncertain(Exception):
    """The connection broke after the mail was on its way: it may or may not have been taken."""


def send(message: EmailMessage, settings: Settings) -> None:
    """Hands the mail to the practice's mail server. Raises Refused or Uncertain."""
    connection = _step("unreachable", lambda: _connect(settings))
    try:
        if settings.smtp_user:
            password = settings.smtp_password.get_secret_value()
            _step("sign_in_refused", lambda: connection.login(settings.smtp_user, password))
        _expect("sender_refused", connection.mail(settings.mail_from))
        _expect("recipient_refused", connection.rcpt(str(message["To"])))
        # From here on a silence no longer means that nothing was sent.
        try:
            code, _ = connection.data(message.as_bytes(policy=_POLICY))
        except smtplib.SMTPDataError as error:
            raise Refused("mail_refused", error.smtp_code in _LATER) from None
        except (OSError, smtplib.SMTPException):
            raise Uncertain from None
        _expect("mail_refused", (code, b""))
    finally:
        _leave(connection)


def reach(settings: Settings) -> None:
    """Connect and sign in, and send nothing. Raises Refused."""
    connection = _step("unreachable", lambda: _connect(settings))
    try:
        if settings.smtp_user:
            password = settings.smtp_password.get_secret_value()
            _step("sign_in_refused", lambda: connection.login(settings.smtp_user, password))
    finally:
        _leave(connection)


def _connect(settings: Settings) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=ANSWER_SECONDS, context=secure)
    connection = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=ANSWER_SECONDS)
    connection.ehlo_or_helo_if_needed()
    if settings.smtp_security == "starttls":
        connection.starttls(context=secure)
        connection.ehlo()
    return connection


def _step(word: str, act: Callable[[], Any]) -> Any:
    try:
        return act()
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(word, error.smtp_code in _LATER) from None
    except ssl.SSLError:
        raise Refused("not_encrypted", True) from None
    except (OSError, smtplib.SMTPException):
        raise Refused(word, True) from None


def _expect(word: str, answer: tuple[int, bytes]) -> None:
    code, _ = answer
    if not 200 <= code < 300:
        raise Refused(word, code in _LATER)


def _leave(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
