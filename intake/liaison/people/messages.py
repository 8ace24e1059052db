"""What pages call goals, contacts' jobs and reasons for being due."""

from datetime import date

from intake.attribution.referrers.messages import STATUS_LABELS
from intake.attribution.referrers.status import StatusName
from intake.liaison.page.referrers import DECLINING
from intake.liaison.people.due import EVERY_DAYS, DueDay, Urgency
from intake.liaison.people.models import ContactJob, Goal
from intake.liaison.promises.messages import due_words
from intake.web.ui.formatting import say_date

GOALS = {
    Goal.KEEP: "Keep",
    Goal.WIN_BACK: "Win back",
    Goal.GROW: "Grow",
    Goal.GET_TO_KNOW: "Get to know",
}
# The physicians' list has tiers A to C by what they send; these are said in words, so that no page has two scales.
HOW_OFTEN = {"A": "every month", "B": "every two months", "C": "every four months"}
JOBS = {
    ContactJob.COORDINATOR: "Referral coordinator",
    ContactJob.FRONT_DESK: "Reception",
    ContactJob.OFFICE_MANAGER: "Office manager",
    ContactJob.NURSE: "Nurse",
    ContactJob.OTHER: "Other",
}


def how_often(tier: str, every_days: int | None = None) -> str:
    """'every two months', or 'every 45 days' where the office has its own; empty while nobody has said."""
    return f"every {every_days} days" if every_days else HOW_OFTEN.get(tier, "")


def due_reason(due: DueDay, today: date) -> str:
    """'Declining: due today', 'Not seen yet: due in 3 days', 'due in 12 days'; of somebody overdue who was never seen
    also since when: 'Never visited, wanted every two months since Jul 4, 2026: 149 days overdue'.
    """
    told = due_words(due.day, today)
    if due.urgency == Urgency.NEVER_SEEN and due.day < today:
        often = how_often(due.tier, due.every if due.every != EVERY_DAYS.get(due.tier) or not due.tier else None)
        return f"Never visited, wanted {often} since {say_date(due.day)}: {told}"
    return {Urgency.DECLINING: "Declining: ", Urgency.NEVER_SEEN: "Not seen yet: "}.get(due.urgency, "") + told


def status_words(status: StatusName | None) -> str:
    """'Quieter than usual'; 'Nothing sent yet' for a target without a referral."""
    return STATUS_LABELS[status] if status else "Nothing sent yet"


def status_tone(status: StatusName | None) -> str:
    """The style of its badge."""
    return "is-warn" if status in DECLINING else ""


def handed_over(giver: str, taker: str, relationships: int, promises: int, issues: int) -> str:
    """'Priya now looks after 12 of Theo's relationships, with 1 open promise and 0 open issues.'"""
    return (
        f"{taker} now looks after {relationships:,} of {giver}'s relationships, with {promises:,} open"
        f" {'promise' if promises == 1 else 'promises'} and {issues:,} open {'issue' if issues == 1 else 'issues'}."
    )
