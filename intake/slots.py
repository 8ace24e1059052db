"""What a room asks of a later one, which it can't import: the later one fills the slot when the service starts."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Flask, current_app

Part = TypeVar("Part")
SLOTS = "slots"


@dataclass(frozen=True)
class Slot(Generic[Part]):
    """A question with a name; `filled` is whatever a later room answers it with, of the application at hand."""

    name: str

    def fill(self, app: Flask, part: Part) -> None:
        app.extensions.setdefault(SLOTS, {})[self.name] = part

    @property
    def filled(self) -> Part:
        """Raises KeyError where no room has filled it."""
        slots: dict[str, Any] = current_app.extensions[SLOTS]
        return slots[self.name]
