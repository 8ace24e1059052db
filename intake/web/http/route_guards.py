"""Guards of routes: each route declares who may open it; one that doesn't stops the boot."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Flask

Routine = TypeVar("Routine", bound=Callable[..., Any])


class Pages(Blueprint):
    """A blueprint whose routes name their guard: `@bp.get("/desk", guard=roles("front_desk"))`."""

    def route(self, rule: str, *, guard: Callable[[Any], Any] | None = None, **options: Any) -> Callable[[Any], Any]:
        """Put a view at `rule` behind `guard`; without one the guard stands below, as where another comes first."""
        put = super().route(rule, **options)
        return put if guard is None else lambda view: put(guard(view))


class RouteWithoutGuard(Exception):
    """A view was registered without saying who may open it."""


@dataclass(frozen=True)
class Guard:
    """kind: 'public', 'staff', 'device' (a paired tablet), 'link' (a personal token) or 'carrier' (signed webhook)."""

    kind: str
    roles: frozenset[str] = frozenset()
    reason: str = ""
    # What it changes holds for the whole practice, so it asks for every location.
    everywhere: bool = False
    # Asks for the password again when it was typed some while ago.
    fresh: bool = False


def declare(view: Routine, guard: Guard) -> Routine:
    view.__intake_guard__ = guard  # type: ignore[attr-defined]
    return view


def public(reason: str) -> Callable[[Routine], Routine]:
    """Let anybody open this route; the route table shows the reason."""
    return lambda view: declare(view, Guard("public", reason=reason))


def guard_of(view: Callable[..., Any]) -> Guard | None:
    return getattr(view, "__intake_guard__", None)


def require_everywhere(app: Flask) -> None:
    """Raise RouteWithoutGuard, naming the endpoints, unless every route has declared its guard."""
    naked = sorted(name for name, view in app.view_functions.items() if guard_of(view) is None)
    if naked:
        raise RouteWithoutGuard(", ".join(naked))


def reads_only(view: Routine) -> Routine:
    """Mark a POST that only looks something up: what it looks for must not be part of an address."""
    view.__intake_reads_only__ = True  # type: ignore[attr-defined]
    return view


def is_reading(view: Callable[..., Any] | None) -> bool:
    return getattr(view, "__intake_reads_only__", False)
