"""What templates share: dates as people say them, phone numbers, the practice's name, navigation, notices."""

from datetime import date, datetime
from typing import Any

from flask import Flask, flash, g, get_flashed_messages
from flask_login import current_user
from sqlalchemy import select

from intake import clock, phone
from intake.db import Base, db
from intake.web.navigation import account_links, navigation, set_up_links, sign_out_url


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=say_day,
        clock_time=say_time,
        moment=say_moment,
        said_when=say_when,
        calendar_date=say_date,
        national_phone=phone.national,
        number=say_number,
        unbroken=keep_percents,
    )
    app.jinja_env.globals.update(
        account_links=account_links,
        set_up_links=set_up_links,
        demo_mode=lambda: app.config["SETTINGS"].demo,
        navigation=navigation,
        notices=notices,
        practice_name=practice_name,
        sign_out_url=sign_out_url,
        signed_in_staff=signed_in_staff,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def say_day(value: date, today: date | None = None) -> str:
    """'Mon 3 Mar', with the year when it isn't this one."""
    today = today or clock.now().date()
    text = f"{value:%a} {value.day} {value:%b}"
    return text if value.year == today.year else f"{text} {value.year}"


def keep_percents(text: str) -> str:
    """The sentence with each figure kept on one line with its percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def say_date(value: date) -> str:
    """'3 Mar 1975', for dates that name no day of anybody's week."""
    return f"{value.day} {value:%b} {value.year}"


def say_time(value: datetime, time_zone: str) -> str:
    """'2:05 pm' on the clocks of `time_zone`."""
    moment = clock.local(value, time_zone)
    return f"{moment.hour % 12 or 12}:{moment:%M} {'am' if moment.hour < 12 else 'pm'}"


def say_moment(value: datetime, time_zone: str) -> str:
    """'Mon 3 Mar, 2:05 pm' on the clocks of `time_zone`, with the year when it isn't this one."""
    return f"{say_day(clock.local(value, time_zone).date())}, {say_time(value, time_zone)}"


def say_when(value: datetime, time_zone: str) -> str:
    """'today 2:05 pm', 'yesterday 2:05 pm', else 'Mon 3 Mar, 2:05 pm', on the clocks of `time_zone`."""
    today, day = clock.clinic_today(time_zone), clock.clinic_day(value, time_zone)
    words = {0: "today", 1: "yesterday", -1: "tomorrow"}.get((today - day).days)
    return f"{words} {say_time(value, time_zone)}" if words else f"{say_day(day, today)}, {say_time(value, time_zone)}"


def say_number(value: float, digits: int = 0) -> str:
    """'12,345', with `digits` decimals."""
    return f"{value:,.{digits}f}"


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
    if "practice_name" not in g:
        practice = Base.metadata.tables["practice"]
        g.practice_name = db.session.scalar(select(practice.c.name)) or "Intake"
    return str(g.practice_name)


def signed_in_staff() -> Any:
    """The signed-in member of staff or None, for chrome only; views ask intake.accounts.current."""
    return current_user if current_user.is_authenticated else None
