"""What templates share: dates and numbers as people say them, the practice's name, navigation, notices."""

from collections.abc import Callable
from typing import Any

from flask import Flask, flash, g, get_flashed_messages
from flask_login import current_user

from intake import phone
from intake.slots import Slot
from intake.web.navigation import account_links, navigation, set_up_links
from intake.web.saying import (
    percent,
    percents,
    say_date,
    say_day,
    say_long_date,
    say_moment,
    say_month,
    say_number,
    say_time,
    say_when,
)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=say_day,
        clock_time=say_time,
        moment=say_moment,
        said_when=say_when,
        calendar_date=say_date,
        national_phone=phone.national,
        number=say_number,
        long_date=say_long_date,
        month=say_month,
        percent=percent,
        percents=percents,
    )
    app.jinja_env.globals.update(
        account_links=account_links,
        set_up_links=set_up_links,
        demo_mode=lambda: app.config["SETTINGS"].demo,
        navigation=navigation,
        notices=notices,
        practice_name=practice_name,
        signed_in_staff=signed_in_staff,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


# (name, time zone) of the practice, or None before there is one; the directory knows.
PRACTICE: Slot[Callable[[], tuple[str, str] | None]] = Slot("practice")


def tell(text: str, *, undo: str | None = None, kind: str = "done") -> None:
    """Shows `text` on the next page; `undo` is an address that takes it back by POST. kind: done, info or problem."""
    flash({"text": text, "undo": undo}, kind)  # type: ignore[arg-type]


def notices() -> list[dict[str, Any]]:
    """What the page has to tell: text, kind, and the address that undoes it or None. Takes plain flashes too."""
    found = []
    flashed: Any = get_flashed_messages(with_categories=True)
    for kind, told in flashed:
        facts = told if isinstance(told, dict) else {"text": told, "undo": None}
        found.append({"kind": kind if kind in ("done", "info", "problem") else "info", **facts})
    return found


def practice_name() -> str:
    """The practice's own name, or the product's before there is a practice."""
    return practice_facts()[0]


def practice_facts() -> tuple[str, str]:
    """(name, time zone) of the practice, read once a request."""
    if "practice_facts" not in g:
        name, time_zone = PRACTICE.filled() or ("", "")
        g.practice_facts = name or "Intake", time_zone or "UTC"
    name, time_zone = g.practice_facts
    return name, time_zone


def signed_in_staff() -> Any:
    """The signed-in member of staff or None, for chrome only; views ask intake.accounts.current."""
    return current_user if current_user.is_authenticated else None
