"""What pages call kinds of issues, and how long something has waited."""

from datetime import date

from intake.liaison.promises.models import IssueKind

ISSUE_LABELS = {
    IssueKind.ACCESS: "Access: no appointment soon enough",
    IssueKind.COMMUNICATION: "Communication: we could not be reached",
    IssueKind.RESULTS: "Results not sent",
    IssueKind.SCHEDULING: "Scheduling",
    IssueKind.BILLING: "Billing",
    IssueKind.CLINICAL: "Clinical",
    IssueKind.OTHER: "Something else",
}


def issue_title(kind: str) -> str:
    """The kind in a word or two: 'Results not sent', 'Access'."""
    return ISSUE_LABELS[IssueKind(kind)].split(":", maxsplit=1)[0]


def days_open(opened_on: date, today: date) -> str:
    """'open since today', 'open for 12 days'."""
    days = (today - opened_on).days
    return "open since today" if days < 1 else f"open for {days:,} {'day' if days == 1 else 'days'}"


def due_words(due_on: date, today: date) -> str:
    """'due today', '3 days overdue', 'due in 5 days'."""
    days = (due_on - today).days
    if days == 0:
        return "due today"
    count = f"{abs(days):,} {'day' if abs(days) == 1 else 'days'}"
    return f"due in {count}" if days > 0 else f"{count} overdue"
