"""Pages of the inbox."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.text.messages import READ
from intake.capture.text.staff_pages import inbox
from intake.db import db
from intake.sms.queue.resolving import decide_uncertain
from intake.web.ui.template_context import tell

bp = Blueprint("text_replies", __name__)


@bp.get("/texts/replies")
@roles("front_desk", "manager")
def replies() -> str:
    """Show replies that need a person, emergencies first, then the newest, and texts that may have left."""
    within = current_locations()
    older_than = request.args.get("older", "")
    found = inbox.inbox(within=within, older_than=older_than)
    uncertain = [] if older_than else inbox.undecided(within=within)
    audit_trail.record_reading("text.replies", replies=len(found.replies), uncertain=len(uncertain))
    return render_template(
        "capture/text/replies.html", inbox=found, uncertain=uncertain, read=READ, later=bool(older_than)
    )


@bp.post("/texts/replies/<int:inbound_id>/seen")
@roles("front_desk", "manager")
def seen(inbound_id: int) -> Response:
    """Mark a reply as done."""
    inbox.mark_seen(inbound_id, within=current_locations(), staff_id=current_staff().id)
    db.session.commit()
    tell("Done. It stays in the conversation.")
    return redirect(url_for("text_replies.replies"), 303)


@bp.post("/texts/uncertain/<int:outbox_id>")
@roles("front_desk", "manager")
def decide(outbox_id: int) -> Response:
    """Decide whether an uncertain text arrived. Either way nothing is sent twice."""
    inbox.undecided_text(outbox_id, within=current_locations())
    arrived = request.form.get("arrived")
    if arrived in ("yes", "no"):
        decide_uncertain(outbox_id, left=arrived == "yes")
        db.session.commit()
        tell("Counted as sent." if arrived == "yes" else "Counted as lost. Ask the patient at the desk instead.")
    return redirect(url_for("text_replies.replies"), 303)
