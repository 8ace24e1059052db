"""How a tablet is, as it tells of itself once a minute while it waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from intake import clock
from intake.accounts.models import DevicePurpose, KioskDevice
from intake.slots import Slot

# A tablet that waits is heard of every minute.
SILENT_AFTER = timedelta(minutes=5)
LOW_BATTERY = 20
# The room whose scripts run on tablets names their version.
TABLET_VERSION: Slot[Callable[[], str]] = Slot("tablet version")
NUMBERS = ("battery", "charging", "waiting", "refused", "stores", "ready", "lasting")


@dataclass(frozen=True)
class DeviceHealth:
    """What to show of a tablet. `concerns`: what somebody should look after, in sentences."""

    battery: int | None
    charging: bool
    waiting: int
    refused: int
    is_current: bool
    asks_offline: bool
    concerns: tuple[str, ...]


def read_health(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a tablet told, as `KioskDevice.health` keeps it; what makes no sense is left out."""
    told: dict[str, Any] = {name: int(form[name]) for name in NUMBERS if _is_number(form.get(name, ""))}
    version = form.get("version", "")
    return told | ({"version": version} if version.isalnum() and len(version) <= 16 else {})


def current_version(device: KioskDevice) -> str:
    """Return the scripts' version that the tablet should run; empty where no room has said."""
    return TABLET_VERSION.filled() if device.purpose == DevicePurpose.ASKING else ""


def health_of(device: KioskDevice, *, version: str) -> DeviceHealth | None:
    """Return how the tablet is; None before it has told. `version`: of the scripts that it should run."""
    told = device.health
    if not told or device.revoked_at is not None:
        return None
    battery, charging = told.get("battery"), bool(told.get("charging"))
    waiting, refused = told.get("waiting", 0), told.get("refused", 0)
    silent = device.last_seen_at is None or device.last_seen_at < clock.now() - SILENT_AFTER
    concerns = [
        (silent, "Not heard of for more than five minutes: is it switched on and connected?"),
        (battery is not None and battery < LOW_BATTERY and not charging, "The battery is nearly empty."),
        (refused > 0, f"It keeps {refused} that the server can’t read: see docs/tablets.md."),
        (not told.get("stores"), "Its browser keeps nothing, so it can’t ask without a connection."),
        (bool(told.get("stores")) and not told.get("ready"), "It is not ready yet to ask without a connection."),
    ]
    return DeviceHealth(
        battery=battery,
        charging=charging,
        waiting=waiting,
        refused=refused,
        is_current=told.get("version") == version,
        asks_offline=bool(told.get("ready") and told.get("stores")),
        concerns=tuple(sentence for holds, sentence in concerns if holds),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
