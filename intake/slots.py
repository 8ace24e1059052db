"""What a room asks of a later one, which it can't import: the later one fills the slot when the service starts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import Flask, current_app
from markupsafe import Markup

Part = TypeVar("Part")
Subject = TypeVar("Subject")
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

    def add(self, app: Flask, part: Part, *, order: int = 50) -> None:
        """Parts with a lower order stand before it."""
        parts = app.extensions.setdefault(SLOTS, {}).setdefault(self.name, [])
        parts.append((order, part))
        parts.sort(key=lambda each: each[0])

    @property
    def all(self) -> list[Part]:
        return [part for _, part in current_app.extensions.get(SLOTS, {}).get(self.name, ())]


class PagePlace(Parts[Callable[[Subject], Markup | None]], Generic[Subject]):
    """A place on a page where later rooms put their parts, several of them, in order.

    A part is a function of what the page is about: it returns the markup that its room's template makes of it, or None
    for nothing to show. It is asked once for each look at the page, so it reads little and commits nothing.
    """

    def shown(self, subject: Subject) -> list[Markup]:
        """The parts that have something to show."""
        return [markup for part in self.all if (markup := part(subject)) is not None]
