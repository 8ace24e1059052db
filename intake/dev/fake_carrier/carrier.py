"""A carrier to try Intake on: Twilio's wire format on loopback, with faults at will and a log of what it accepted.

Form-encoded in, JSON out, HTTP basic authentication, signed webhooks, the same status words and error numbers:
https://www.twilio.com/docs/messaging/api/message-resource
"""

import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from intake import clock
from intake.dev.fake_carrier.webhooks import Webhooks
from intake.dev.fake_carrier.wire import WireMessage
from intake.sms.consent.keywords import is_carrier_help, is_carrier_start, is_carrier_stop

LONGEST_BODY = 1600
# What it answers by itself; https://help.twilio.com/articles/223134027.
OWN_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


TRIAL_PREFIX = "Sent from your Twilio trial account - "


class Fault(StrEnum):
    """What may go wrong with a request; the last three of a request to send only, which is followed all the same."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOO_MANY = "429"
    FAILS_BEFORE = "500 before accepting"
    RUBBISH = "rubbish instead of an answer"
    MALFORMED = "an answer of another shape"
    HANGS = "hang"
    DROPS = "connection dropped"
    FAILS_AFTER = "500 after accepting"
    HANGS_AFTER = "hang after accepting"
    RUBBISH_AFTER = "rubbish after accepting"


@dataclass
class Carrier:
    """The carrier's whole state.

    `faults` maps a fault to its probability per request to send, `read_faults` per list, fetch, change or deletion of
    any resource; the latter only from page `read_faults_from` of a list on.
    """

    account_sid: str = "AC" + "0" * 32
    auth_token: str = "f" * 32
    # API keys by their SID, accepted beside the account's own token.
    api_keys: dict[str, str] = field(default_factory=dict)
    service_sid: str = "MG" + "0" * 32
    number: str = "+15185550100"
    faults: dict[Fault, float] = field(default_factory=dict)
    read_faults: dict[Fault, float] = field(default_factory=dict)
    read_faults_from: int = 0
    hang_seconds: float = 30.0
    # Numbers that a text can't be sent to, with the error the carrier gives or calls back with.
    refused: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    # A trial account puts a sentence before every text, and texts verified phones only; None: all phones are.
    trial: bool = False
    verified: set[str] | None = None
    # Message redaction: lists and fetches show no words, or no whole numbers of people.
    hides_bodies: bool = False
    hides_numbers: bool = False
    # Whether it answers STOP, START and HELP by itself, and says in its webhooks that it took a text for one.
    replies_itself: bool = False
    advanced_opt_out: bool = False
    messages: list[WireMessage] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    chance: Random = field(default_factory=Random)
    on_accepted: Callable[[WireMessage], None] | None = None
    webhooks: Webhooks | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def accept(self, form: dict[str, str]) -> WireMessage:
        """Take a message: from here on it is on its way, even if the sender gets no answer."""
        message = WireMessage(
            sid="SM" + secrets.token_hex(16),
            to=form["To"],
            sender=form.get("From") or self.number,
            body=(TRIAL_PREFIX if self.trial else "") + form["Body"],
            direction="outbound-api",
            created_at=clock.now(),
            status="accepted" if form.get("MessagingServiceSid") else "queued",
            status_callback=form.get("StatusCallback", ""),
            service_sid=form.get("MessagingServiceSid"),
        )
        with self.lock:
            self.messages.append(message)
        if self.on_accepted is not None:
            self.on_accepted(message)
        if self.webhooks is not None:
            self.webhooks.report(self, message)
        return message

    def text_from(self, phone: str, body: str, *, media: tuple[str, ...] = ()) -> WireMessage:
        """A person texts the practice: kept, and delivered to its webhook. STOP and START act on the carrier too."""
        keyword = keyword_of(body)
        if keyword == "STOP":
            self.stopped.add(phone)
        elif keyword == "START":
            self.stopped.discard(phone)
        message = WireMessage(
            sid=("MM" if media else "SM") + secrets.token_hex(16),
            to=self.number,
            sender=phone,
            body=body,
            direction="inbound",
            created_at=clock.now(),
            status="received",
            sent_at=clock.now(),
            media=media,
            opt_out_type=keyword if self.advanced_opt_out else "",
        )
        with self.lock:
            sent = [other.service_sid for other in self.messages if other.to == phone]
            message.service_sid = sent[-1] if sent else None
            self.messages.append(message)
            if keyword and self.replies_itself:
                self.messages.append(self._own_reply(message, keyword))
        if self.webhooks is not None:
            self.webhooks.deliver(self, message)
        return message

    def _own_reply(self, message: WireMessage, keyword: str) -> WireMessage:
        return WireMessage(
            sid="SM" + secrets.token_hex(16),
            to=message.sender,
            sender=self.number,
            body=OWN_REPLIES[keyword],
            direction="outbound-reply",
            created_at=clock.now(),
            status="delivered",
            sent_at=clock.now(),
            service_sid=message.service_sid,
        )

    def shown(self, message: WireMessage) -> WireMessage:
        """The message as lists and fetches show it."""
        changes: dict[str, str] = {"body": ""} if self.hides_bodies else {}
        if self.hides_numbers:
            name = "sender" if message.direction == "inbound" else "to"
            changes[name] = getattr(message, name)[:-4] + "XXXX"
        return replace(message, **changes) if changes else message  # type: ignore[arg-type]

    def message(self, sid: str) -> WireMessage | None:
        with self.lock:
            return next((message for message in self.messages if message.sid == sid), None)

    def sent_to(self, phone: str) -> list[WireMessage]:
        with self.lock:
            return [message for message in self.messages if message.to == phone and message.direction != "inbound"]

    def refusal(self, form: dict[str, str]) -> int | None:
        """The error number with which this request is refused, or None."""
        to, body = form.get("To", ""), form.get("Body", "")
        checks = (
            (not to, 21604),
            (not (form.get("From") or form.get("MessagingServiceSid")), 21603),
            (not body, 21602),
            (len(body) > LONGEST_BODY, 21617),
            (not (to.startswith("+") and to[1:].isdigit()), 21211),
            (bool(form.get("From")) and form.get("From") != self.number, 21606),
            (form.get("MessagingServiceSid", self.service_sid) != self.service_sid, 21701),
            (self.trial and self.verified is not None and to not in self.verified, 21608),
            (to in self.stopped, 21610),
        )
        for wrong, code in checks:
            if wrong:
                return code
        return self.refused.get(to)

    def knows(self, username: str, password: str) -> bool:
        """Whether these credentials open the account: its SID and token, or one of its API keys."""
        secret = self.auth_token if username == self.account_sid else self.api_keys.get(username)
        return secret is not None and hmac.compare_digest(secret.encode(), password.encode())

    def drawn_fault(self, faults: dict[Fault, float]) -> Fault | None:
        with self.lock:
            draw = self.chance.random()
        for fault, share in faults.items():
            if draw < share:
                return fault
            draw -= share
        return None


def keyword_of(body: str) -> str:
    """'STOP', 'START' or 'HELP' when the carrier takes this text for one, else nothing."""
    if is_carrier_stop(body):
        return "STOP"
    if is_carrier_start(body):
        return "START"
    return "HELP" if is_carrier_help(body) else ""
