"""The carrier's webhooks: status reports and inbound texts, signed, and as disorderly as asked for."""

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from intake import clock
from intake.dev.fake_carrier.wire import NEVER_LEFT

if TYPE_CHECKING:
    from intake.dev.fake_carrier.carrier import Carrier
    from intake.dev.fake_carrier.wire import WireMessage

JOURNEY = ("queued", "sent", "delivered")
FINAL = ("delivered", "undelivered", "failed")
# The carrier gives up on a webhook after fifteen seconds.
GIVE_UP_SECONDS = 15


@dataclass
class Webhooks:
    """Where to deliver, and with which disorder: shares between 0 and 1, delays in seconds."""

    base_url: str
    duplicated: float = 0.0
    shuffled: float = 0.0
    withheld: float = 0.0
    longest_delay: float = 0.2
    threads: int = 8
    refused: list[int] = field(default_factory=list)
    pool: ThreadPoolExecutor = field(init=False)
    pending: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.threads)

    def report(self, carrier: "Carrier", message: "WireMessage") -> None:
        """Call back with the message's journey, in the background."""
        if message.status_callback:
            self._later(self._journey, carrier, message)

    def deliver(self, carrier: "Carrier", message: "WireMessage") -> None:
        """Bring an inbound text, in the background."""
        self._later(self._inbound, carrier, message)

    def wait(self, seconds: float = 30.0) -> None:
        """Until everything on its way has been delivered or given up."""
        deadline = time.monotonic() + seconds
        while self.pending and time.monotonic() < deadline:
            time.sleep(0.02)

    def _later(self, task: Any, *arguments: Any) -> None:
        with self.lock:
            self.pending += 1
        self.pool.submit(self._run, task, *arguments)

    def _run(self, task: Any, *arguments: Any) -> None:
        try:
            task(*arguments)
        finally:
            with self.lock:
                self.pending -= 1

    def _journey(self, carrier: "Carrier", message: "WireMessage") -> None:
        lost = carrier.lost.get(message.to)
        steps = list(JOURNEY)
        if lost:
            steps = ["queued", "failed"] if lost in NEVER_LEFT else [*JOURNEY[:-1], "undelivered"]
        if carrier.chance.random() < self.shuffled:
            carrier.chance.shuffle(steps)
        for step in steps:
            time.sleep(carrier.chance.random() * self.longest_delay)
            final = step in FINAL
            if final or message.status not in FINAL:
                message.move_on(step, clock.now(), lost if final else None)
            if carrier.chance.random() < self.withheld:
                continue
            form = {
                "SmsSid": message.sid,
                "SmsStatus": step,
                "MessageStatus": step,
                "To": message.to,
                "MessageSid": message.sid,
                "AccountSid": carrier.account_sid,
                "From": message.sender,
                "ApiVersion": "2010-04-01",
            }
            if message.service_sid:
                form["MessagingServiceSid"] = message.service_sid
            if final and lost:
                form["ErrorCode"] = str(lost)
            for _ in range(2 if carrier.chance.random() < self.duplicated else 1):
                self.post(carrier, urllib.parse.urlsplit(message.status_callback).path, form)

    def _inbound(self, carrier: "Carrier", message: "WireMessage") -> None:
        form = {
            "ToCountry": "US",
            "ToState": "NY",
            "SmsMessageSid": message.sid,
            "NumMedia": str(len(message.media)),
            "ToCity": "ALBANY",
            "FromZip": "12207",
            "SmsSid": message.sid,
            "FromState": "NY",
            "SmsStatus": "received",
            "FromCity": "ALBANY",
            "Body": message.body,
            "FromCountry": "US",
            "To": message.to,
            "ToZip": "12207",
            "NumSegments": "1",
            "MessageSid": message.sid,
            "AccountSid": carrier.account_sid,
            "From": message.sender,
            "ApiVersion": "2010-04-01",
        }
        if message.service_sid:
            form["MessagingServiceSid"] = message.service_sid
        if message.opt_out_type:
            form["OptOutType"] = message.opt_out_type
        for place, media_sid in enumerate(message.media):
            address = f"https://api.twilio.com/2010-04-01/Accounts/{carrier.account_sid}/Messages/{message.sid}/Media/"
            form |= {f"MediaUrl{place}": f"{address}{media_sid}", f"MediaContentType{place}": "image/jpeg"}
        for _ in range(2 if carrier.chance.random() < self.duplicated else 1):
            self.post(carrier, "/sms/inbound", form)

    def post(self, carrier: "Carrier", path: str, form: dict[str, str]) -> int:
        """Deliver one webhook, trying for as long as the carrier would; returns the last status, 0 for none."""
        from twilio.request_validator import RequestValidator

        url = f"{self.base_url}{path}"
        signature = RequestValidator(carrier.auth_token).compute_signature(url, form)
        body = urllib.parse.urlencode(form).encode()
        headers = {"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": form["MessageSid"]}
        deadline = time.monotonic() + GIVE_UP_SECONDS
        status = 0
        while time.monotonic() < deadline:
            try:
                # An address of our own on loopback.
                asked = urllib.request.Request(url, body, headers)  # noqa: S310
                with urllib.request.urlopen(asked, timeout=GIVE_UP_SECONDS) as answer:  # noqa: S310
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                status = error.code
                if status < 500:
                    self.refused.append(status)
                    return status
            except OSError:
                status = 0
            time.sleep(0.3)
        return status
