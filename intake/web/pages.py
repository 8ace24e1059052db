"""What templates share: dates as people say them, phone numbers, the practice's name, navigation."""

from datetime import date, datetime

from flask import Flask

from intake import clock, phone


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(day=say_day, clock_time=say_time, national_phone=phone.national)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def say_day(value: date, today: date | None = None) -> str:
    """'Mon 3 Mar', with the year when it isn't this one."""
    today = today or clock.now().date()
    text = f"{value:%a} {value.day} {value:%b}"
    return text if value.year == today.year else f"{text} {value.year}"


def say_time(value: datetime, time_zone: str) -> str:
    """'2:05 pm' on the clocks of `time_zone`."""
    moment = clock.local(value, time_zone)
    return f"{moment.hour % 12 or 12}:{moment:%M} {'am' if moment.hour < 12 else 'pm'}"
