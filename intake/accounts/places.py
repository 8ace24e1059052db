"""The locations that people, tablets and audit entries belong to, as the directory knows them."""

from collections.abc import Callable
from dataclasses import dataclass

from intake.slots import Slot


@dataclass(frozen=True)
class LocationChoice:
    """A location as this room needs it; the full row belongs to the directory."""

    id: int
    code: str
    name: str
    active: bool


LOCATIONS: Slot[Callable[[], list[LocationChoice]]] = Slot("locations")


def places() -> list[LocationChoice]:
    """Return every location, the active ones first, then by name."""
    return LOCATIONS.filled()
