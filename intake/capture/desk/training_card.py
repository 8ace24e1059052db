"""The short card on how to ask, in the practice's own words, for somebody whose patients answer less often."""

from collections.abc import Callable

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.directory.practice.own_words import OwnWords
from intake.slots import Slot
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import practice_facts

bp = Pages("training_card", __name__)

HOW_TO_ASK = OwnWords(
    "how_to_ask",
    "The desk’s card on how to ask",
    "“How did you hear about us?” Then wait: a little silence helps people remember.\n"
    "Ask while they hand you their papers, not when they leave.\n"
    "A doctor or a friend? “Who can we thank?” brings the name.\n"
    "“I don’t remember” is an answer, too.",
)
# Whether this member of staff gets fewer answers than everybody at these locations; the reports know.
ASKS_BELOW_OTHERS: Slot[Callable[[int, frozenset[int]], bool]] = Slot("asks below others")
PUT_AWAY = "card_put_away"


def card_lines() -> list[str]:
    """The lines of the card; empty when it needn't be shown, or was put away today."""
    if session.get(PUT_AWAY) == _today():
        return []
    if not ASKS_BELOW_OTHERS.filled(current_staff().id, current_locations()):
        return []
    return [line.strip() for line in HOW_TO_ASK.body.splitlines() if line.strip()]


@bp.post("/desk/card/put-away", guard=roles("front_desk", "manager"))
def put_away() -> Response:
    """Put the card away for today."""
    session[PUT_AWAY] = _today()
    return redirect(url_for("desk.arrivals"), 303)


def _today() -> str:
    return clock.clinic_today(practice_facts()[1]).isoformat()
