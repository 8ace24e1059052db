"""Tabs of the pages about texts, and sentences about plans and pauses."""

from dataclasses import dataclass

from flask import Flask, g, url_for
from flask_login import current_user

from intake import phone
from intake.accounts.current import current_locations
from intake.capture.text.staff_pages.inbox import MOST_COUNTED, waiting_for_a_person
from intake.directory.patients import queries as directory
from intake.sms.carrier import carrier_errors
from intake.sms.models import TextPlan
from intake.web.ui.navigation import ADMINISTRATOR, FRONT_DESK, MANAGER, count_in_navigation

PAGES = (
    ("overview", "text_overview.texts", "Overview", "bar-chart-line", frozenset({FRONT_DESK, MANAGER, ADMINISTRATOR})),
    ("replies", "text_replies.replies", "Inbox", "chat-square-text", frozenset({FRONT_DESK, MANAGER})),
    (
        "conversations",
        "text_conversations.conversations",
        "Conversations",
        "card-list",
        frozenset({FRONT_DESK, MANAGER}),
    ),
    ("plan", "text_plans.plans", "Plans", "sliders", frozenset({MANAGER, ADMINISTRATOR})),
    ("set-up", "text_set_up.check", "Set-up", "gear", frozenset({ADMINISTRATOR})),
)
# Why a person pauses the line; kept as the word.
PAUSES = {
    "wording": "the wording needs another look",
    "complaint": "a patient complained",
    "closed": "the practice is closed",
    "staff": "another reason",
}
# Why the line paused itself, beside the carrier's errors.
PAUSED = PAUSES | {
    "staff": "somebody paused it.",
    "restored": "this practice was restored from a backup. Look at what was sent since, then resume.",
    "cap": "as many texts as allowed have left today.",
}


@dataclass(frozen=True)
class TextingTab:
    name: str
    url: str
    label: str
    icon: str
    count: int = 0


def init_app(app: Flask) -> None:
    count_in_navigation(app, "text_replies.replies", _in_navigation)
    app.jinja_env.globals["text_pages"] = text_pages
    app.jinja_env.globals["may_switch_line"] = _may_switch_line
    app.jinja_env.globals["may_set_up_line"] = lambda: ADMINISTRATOR in _held()
    app.jinja_env.globals["set_up_address"] = lambda: next(
        (tab.url for tab in text_pages() if tab.name == "set-up"), ""
    )
    app.jinja_env.globals["practice_zone"] = lambda: directory.practice().time_zone
    app.jinja_env.filters["said_plan"] = say_plan
    app.jinja_env.filters["said_pause"] = say_pause
    app.jinja_env.filters["known_phone"] = phone.said


def text_pages() -> list[TextingTab]:
    """Return the pages about texts that the signed-in person may open."""
    held = _held()
    counted = {"replies": waiting_texts()}
    return [
        TextingTab(name, url_for(endpoint), label, icon, counted.get(name, 0))
        for name, endpoint, label, icon, allowed in PAGES
        if held & allowed
    ]


def _in_navigation() -> str:
    """Return how many texts wait for somebody at these locations; nothing for whoever reads no patient's words."""
    waiting = waiting_texts()
    return "" if not waiting else str(waiting) if waiting < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


def waiting_texts() -> int:
    """How many texts wait for somebody at these locations; 0 for whoever reads no patient's words."""
    if not _held() & {FRONT_DESK, MANAGER}:
        return 0
    # The menu and the tab of one page ask it once.
    if "texts_waiting" not in g:
        g.texts_waiting = waiting_for_a_person(within=current_locations())
    return int(g.texts_waiting)


def _held() -> set[str]:
    return {role.name for role in current_user.roles}


def say_pause(because: str) -> str:
    """Return why nothing leaves, and what to do about it."""
    if because in carrier_errors.names():
        return carrier_errors.named(because).sentence
    return PAUSED.get(because, PAUSED["staff"])


def say_plan(plan: TextPlan) -> str:
    """'60 minutes after they arrive, at most 200 a day, one reminder'."""
    when = "as they arrive" if plan.minutes_after == 0 else f"{say_minutes(abs(plan.minutes_after))} "
    if plan.minutes_after:
        when += "after they arrive" if plan.minutes_after > 0 else "before the appointment"
    reminder = ", one reminder" if plan.reminder_hours else ""
    return f"{when[0].upper()}{when[1:]}, at most {plan.daily_cap:,} a day{reminder}"


def say_minutes(minutes: int) -> str:
    """'45 minutes', '2 hours', '1 day'."""
    for size, one in ((1440, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {one}{'' if minutes == size else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def say_spell(minutes: float) -> str:
    """'less than a minute', '12 minutes', '3 hours', '2 days'; rounded as people say it."""
    if minutes < 1:
        return "less than a minute"
    for size, one in ((2880, "day"), (90, "hour")):
        if minutes >= size:
            count = round(minutes / (1440 if one == "day" else 60))
            return f"{count} {one}{'' if count == 1 else 's'}"
    count = round(minutes)
    return f"{count} minute{'' if count == 1 else 's'}"


def _may_switch_line() -> bool:
    return bool(_held() & {MANAGER, ADMINISTRATOR}) and current_user.all_locations
