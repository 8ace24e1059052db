"""What all pages about texts share: their tabs, and how a plan is said."""

from dataclasses import dataclass

from flask import Flask, current_app, url_for
from flask_login import current_user

from intake.sms.models import TextPlan
from intake.web.navigation import ADMINISTRATOR, MANAGER

PAGES = (("plan", "text_plans.plans", "Plans", "sliders", frozenset({MANAGER, ADMINISTRATOR})),)


@dataclass(frozen=True)
class Tab:
    name: str
    url: str
    label: str
    icon: str
    count: int = 0


def init_app(app: Flask) -> None:
    app.jinja_env.globals["text_pages"] = text_pages
    app.jinja_env.filters["said_plan"] = say_plan


def text_pages() -> list[Tab]:
    """The pages about texts that the signed-in person may open."""
    held = {role.name for role in current_user.roles}
    return [
        Tab(name, url_for(endpoint), label, icon)
        for name, endpoint, label, icon, allowed in PAGES
        if held & allowed and endpoint in current_app.view_functions
    ]


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
