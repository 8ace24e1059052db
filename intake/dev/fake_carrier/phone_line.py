"""The demo's carrier with its switches: what may go wrong, for all texts or for one phone."""

from dataclasses import dataclass, field

from intake.dev.fake_carrier.carrier import Carrier, Fault
from intake.dev.fake_carrier.webhooks import Webhooks

SHARES = {"always": 1.0, "sometimes": 1 / 3}
QUICK, SLOW = 0.4, 12.0
SENDING = {
    "": "The carrier takes it",
    Fault.TOO_MANY: "Too many at once (429): tried again later",
    Fault.FAILS_BEFORE: "Server error (500), not taken",
    Fault.FAILS_AFTER: "Server error (500), but taken",
    Fault.HANGS_AFTER: "Taken, but no answer comes (time-out)",
    Fault.DROPS: "The connection breaks",
    Fault.RUBBISH_AFTER: "Rubbish comes back, but taken",
}
READING = {
    "": "It can be asked",
    Fault.TOO_MANY: "Too many questions (429)",
    Fault.FORBIDDEN: "Forbidden to ask (403)",
    Fault.FAILS_BEFORE: "Server error (500)",
    Fault.RUBBISH: "Rubbish comes back",
    Fault.HANGS: "No answer comes (time-out)",
    Fault.DROPS: "The connection breaks",
}
# What one phone does: refused at once, or reported as lost afterwards.
PHONE_FAULTS = {
    "": "Takes texts",
    "21610": "Has said STOP to the carrier (21610)",
    "21614": "Is no mobile phone (21614)",
    "21611": "Our queue is full (21611)",
    "21608": "Isn’t verified for our trial account (21608)",
    "30001": "Lost in a full queue (30001)",
    "30003": "Is switched off (30003)",
    "30006": "Is a landline (30006)",
    "30007": "Takes us for spam (30007)",
    "30034": "Our number isn’t registered (30034)",
    "63038": "Too many texts today (63038)",
}
REFUSED_AT_ONCE = frozenset({21608, 21611, 21614})


@dataclass
class DemoCarrier(Carrier):
    """A carrier whose credentials can be made bad without touching the token that signs its webhooks."""

    locked: bool = False
    phone_faults: dict[str, str] = field(default_factory=dict)

    def knows(self, username: str, password: str) -> bool:
        return not self.locked and super().knows(username, password)

    @property
    def orderly(self) -> Webhooks:
        assert self.webhooks is not None
        return self.webhooks

    @property
    def sending_fault(self) -> str:
        return next((str(fault) for fault, share in self.faults.items() if share), "")

    @property
    def reading_fault(self) -> str:
        return next((str(fault) for fault, share in self.read_faults.items() if share), "")

    @property
    def how_often(self) -> str:
        return "sometimes" if any(0 < share < 1 for share in self.faults.values()) else "always"

    @property
    def anything_wrong(self) -> bool:
        hooks = self.orderly
        disorder = hooks.duplicated or hooks.shuffled or hooks.withheld or hooks.longest_delay > QUICK
        return bool(
            self.locked or self.sending_fault or self.reading_fault or self.trial or self.hides_bodies or disorder
        )

    def set_faults(self, form: dict[str, str]) -> None:
        """From the switches of the page; what isn't ticked is orderly."""
        chosen = form.get("sending", "")
        share = SHARES.get(form.get("how_often", ""), 1.0)
        self.faults = {fault: share for fault in Fault if str(fault) == chosen}
        self.read_faults = {fault: share for fault in Fault if str(fault) == form.get("reading", "")}
        self.locked = "locked" in form
        self.hides_bodies = "hides_bodies" in form
        self.trial = "trial" in form
        hooks = self.orderly
        hooks.longest_delay = SLOW if "late" in form else QUICK
        hooks.duplicated = 1.0 if "duplicated" in form else 0.0
        hooks.shuffled = 1.0 if "shuffled" in form else 0.0
        hooks.withheld = 1.0 if "withheld" in form else 0.0

    def set_phone_fault(self, phone: str, code: str) -> None:
        """What this one phone does from now on."""
        if code not in PHONE_FAULTS:
            return
        self.phone_faults[phone] = code
        number = int(code or 0)
        self.stopped.discard(phone)
        self.refused.pop(phone, None)
        self.lost.pop(phone, None)
        if number == 21610:
            self.stopped.add(phone)
        elif number in REFUSED_AT_ONCE:
            self.refused[phone] = number
        elif number:
            self.lost[phone] = number
