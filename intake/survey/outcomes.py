"""Outcomes and doors: which there are, and what people call them.

Pages, files and commands read lists and words from here. The columns of coverage have the outcomes' own names.
"""

from dataclasses import dataclass

from flask import Flask

from intake.survey.models import Channel, Outcome


@dataclass(frozen=True)
class OutcomeWords:
    """`label` heads a column or a figure; `said` stands on the desk's buttons and lines; `told` within a sentence."""

    label: str
    said: str
    told: str
    # What chooses it at the desk without a mouse.
    desk_key: str = ""


@dataclass(frozen=True)
class DoorWords:
    """`label` names it in reports, `short` on one line of the desk; `through` says how an answer came."""

    label: str
    short: str
    through: str


OUTCOMES = {
    Outcome.ANSWERED: OutcomeWords("Answered", "Answered", "answered"),
    Outcome.DONT_REMEMBER: OutcomeWords("Don't remember", "Doesn’t remember", "doesn’t remember", "d"),
    Outcome.DECLINED: OutcomeWords("Declined", "Would rather not say", "would rather not say", "r"),
    Outcome.WITHDRAWN: OutcomeWords("Taken back", "Taken back", "no answer"),
}
DOORS = {
    Channel.DESK: DoorWords("Front desk", "Desk", "at the desk"),
    Channel.KIOSK: DoorWords("Tablet", "Tablet", "on the tablet"),
    Channel.CALL: DoorWords("Phone call", "Call", "on the telephone"),
    Channel.LINK: DoorWords("Personal link", "Link", "through the personal link"),
    Channel.TEXT: DoorWords("Text message", "Text", "by text message"),
}
# These count as a reply; the others among them name no source.
REPLIES = tuple(outcome for outcome in Outcome if outcome != Outcome.WITHDRAWN)
WITHOUT_SOURCE = tuple(outcome for outcome in REPLIES if outcome != Outcome.ANSWERED)


def address_of(outcome: Outcome) -> str:
    """Return the outcome as addresses and class names spell it."""
    return outcome.replace("_", "-")


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        doors=DOORS, outcomes=OUTCOMES, outcomes_without_source=WITHOUT_SOURCE, outcome_address=address_of
    )
