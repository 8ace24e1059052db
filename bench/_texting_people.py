"""The patients on the other side of the carrier, and when each STOP of theirs was acknowledged."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from intake import clock
from intake.dev.fake_carrier.carrier import Carrier
from intake.dev.fake_carrier.webhooks import Webhooks
from intake.dev.fake_carrier.wire import WireMessage

STOPS = ("STOP", "please stop texting me", "ya no me manden", "Stop.", "remove me from your list", "wrong number")
ANSWERS = ("1", "2", "google", "my sister Ana", "1 and 3", "no me acuerdo", "xqzt", "Dr Patel", "3 please", "why?")


class Disorder(Webhooks):
    """Webhooks that also note when a STOP was acknowledged; from then on nothing may begin to leave."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.acknowledged: dict[str, datetime] = {}

    def post(self, carrier: Carrier, path: str, form: dict[str, str]) -> int:
        status = super().post(carrier, path, form)
        if path == "/sms/inbound" and form["Body"] in STOPS and status == 200:
            self.acknowledged.setdefault(form["From"], clock.now())
        return status


@dataclass
class People:
    """The patients: some answer, some say STOP in the middle of it all, whether or not they have been texted yet."""

    carrier: Carrier
    chance: random.Random
    pending: list[threading.Timer] = field(default_factory=list)
    stopping: set[str] = field(default_factory=set)
    received: Counter[str] = field(default_factory=Counter)

    def receive(self, message: WireMessage) -> None:
        self.received[message.to] += 1
        # They write back twice at most, or two machines would talk for ever.
        draw = self.chance.random() if self.received[message.to] <= 2 else 1.0
        if draw < 0.35:
            self._soon(message.to, self.chance.choice(ANSWERS), 4.0)
        elif draw < 0.40:
            self.stop(message.to, 2.0)

    def stop(self, phone: str, within: float) -> None:
        self.stopping.add(phone)
        self._soon(phone, self.chance.choice(STOPS), within)

    def _soon(self, phone: str, body: str, within: float) -> None:
        timer = threading.Timer(self.chance.random() * within, self.carrier.text_from, (phone, body))
        timer.daemon = True
        self.pending.append(timer)
        timer.start()

    def wait(self) -> None:
        for timer in list(self.pending):
            timer.join(30)

    @property
    def is_typing(self) -> bool:
        return any(timer.is_alive() for timer in list(self.pending))
