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


@dataclass(frozen=True)
class Parts(Generic[Part]):
    """A question that several later rooms answer, each with a part of its own, in the order of their registration."""

    name: str

    def add(self, app: Flask, part: Part) -> None:
        app.extensions.setdefault(SLOTS, {}).setdefault(self.name, []).append(part)

    @property
    def all(self) -> list[Part]:
        return list(current_app.extensions.get(SLOTS, {}).get(self.name, ()))
