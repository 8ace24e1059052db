"""Page of the conversations by phone. What is searched for comes by POST and stands in no address."""

from flask import render_template, request

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.capture.text.staff_pages.conversations import FEWEST_DIGITS, Conversation, found, latest
from intake.db import db
from intake.web.http.route_guards import Pages

bp = Pages("text_conversations", __name__)

LONGEST_SEARCH = 100


@bp.get("/texts/conversations", guard=roles("front_desk", "manager"))
def conversations() -> str:
    """Show the latest conversations."""
    shown = latest(within=current_locations())
    audit_trail.record_reading("text.conversations", found=len(shown))
    return _page(shown)


@bp.post("/texts/conversations", guard=roles("front_desk", "manager"))
def search() -> str:
    """Show the conversations that a number or a name finds."""
    typed = " ".join(request.form.get("find", "").split())[:LONGEST_SEARCH]
    shown = found(typed, within=current_locations()) if typed else latest(within=current_locations())
    audit_trail.record("texts.searched", found=len(shown))
    db.session.commit()
    return _page(shown, typed=typed)


def _page(shown: list[Conversation], *, typed: str = "") -> str:
    return render_template(
        "capture/text/conversations.html", conversations=shown, typed=typed, fewest_digits=FEWEST_DIGITS
    )
