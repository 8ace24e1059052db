"""Filters and functions of all templates: formats, the practice's name, navigation, notices."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, flash, g, get_flashed_messages, request
from flask.sansio.app import App
from flask_login import current_user
from sqlalchemy.exc import NoResultFound
from werkzeug.exceptions import NotFound

from intake import clock, phone
from intake.slots import PagePlace, Slot
from intake.web.ui.formatting import (
    percent,
    percents,
    say_date,
    say_day,
    say_moment,
    say_month,
    say_number,
    say_time,
    say_when,
)
from intake.web.ui.navigation import beside_navigation, has_set_up, navigation

NAMES_OF_ROWS = "intake_names_of_rows"
# What stands above every page of the staff until somebody has dealt with it. A part is asked with the page's endpoint.
ALERTS: PagePlace[str] = PagePlace("alerts above every page")


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=_of_practice(say_day),
        clock_time=say_time,
        moment=say_moment,
        said_when=say_when,
        calendar_date=_of_practice(say_date),
        national_phone=phone.national,
        number=say_number,
        month=say_month,
        percent=percent,
        percents=percents,
    )
    app.jinja_env.globals.update(
        alerts=lambda: ALERTS.shown(request.endpoint or "") if signed_in_staff() else [],
        beside_navigation=beside_navigation,
        day_of_printing=lambda: clock.clinic_today(practice_facts()[1]),
        has_set_up=has_set_up,
        demo_mode=lambda: app.config["SETTINGS"].demo,
        navigation=navigation,
        notices=notices,
        practice_name=practice_name,
        signed_in_staff=signed_in_staff,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _of_practice(say: Callable[..., str]) -> Callable[..., str]:
    """The filter that says a day; of a moment, the one on the practice's calendar, where UTC may be a day ahead."""

    def said(value: date, *more: Any) -> str:
        return say(clock.clinic_day(value, practice_facts()[1]) if isinstance(value, datetime) else value, *more)

    return said


# (name, time zone) of the practice, or None before there is one; the directory knows.
PRACTICE: Slot[Callable[[], tuple[str, str] | None]] = Slot("practice")


def tell(
    text: str,
    *,
    undo: str | None = None,
    kind: str = "done",
    names: Mapping[str, tuple[str, int]] | None = None,
    shown_at: str | None = None,
) -> None:
    """Shows `text` on the next page; `undo` is an address that takes it back by POST, `shown_at` that of what was made.

    kind: done, info or problem.

    Until then it waits in a cookie that whoever holds the browser can read. So names and words of patients are places
    in `text`, such as `{patient}`, and `names` says which row fills each: `{"patient": ("patients", 7)}`.
    """
    flash({"text": text, "undo": undo, "names": names, "shown_at": shown_at}, kind)  # type: ignore[arg-type]


def name_rows(app: App, kind: str, name_of: Callable[[int], str]) -> None:
    """Lets notes name rows of this kind by their ids."""
    app.extensions.setdefault(NAMES_OF_ROWS, {})[kind] = name_of


def notices() -> list[dict[str, Any]]:
    """Notices of the page: text, kind, and the addresses of `tell` or None. Takes plain flashes too."""
    found = []
    flashed: Any = get_flashed_messages(with_categories=True)
    for kind, notice in flashed:
        facts = {"undo": None, "shown_at": None, **(notice if isinstance(notice, dict) else {"text": notice})}
        if rows := facts.pop("names", None):
            facts["text"] = facts["text"].format(**{place: _name_of(*row) for place, row in rows.items()})
        found.append({"kind": kind if kind in ("done", "info", "problem") else "info", **facts})
    return found


def _name_of(kind: str, row_id: int) -> str:
    try:
        return str(current_app.extensions[NAMES_OF_ROWS][kind](row_id))
    except (NotFound, NoResultFound):
        # Gone between the two pages.
        return "…"


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
