"""Pages of the inbox: what waits for a person, one text with its conversation, and what is done with it."""

import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.text.conversation.threads import thread_with
from intake.capture.text.messages import READ, not_sent_sentence
from intake.capture.text.staff_pages import handling, inbox
from intake.config import current_settings
from intake.db import db
from intake.id_filters import read_id
from intake.sms.models import InboundText
from intake.sms.queue.resolving import decide_uncertain
from intake.survey.question.wording import DEFAULT_LANGUAGE
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("text_replies", __name__)

LONGEST_TYPED = 1600


@bp.get("/texts/replies", guard=roles("front_desk", "manager"))
def replies() -> str:
    """Show replies that need a person, emergencies first, then the newest, and our texts that may not have arrived.

    With `mine` only those that were handed to whoever looks.
    """
    within, staff_id = current_locations(), current_staff().id
    older_than, mine = request.args.get("older", ""), bool(request.args.get("mine"))
    found = inbox.inbox(within=within, older_than=older_than, handed_to=staff_id if mine else None)
    alone = bool(older_than or mine)
    uncertain = [] if alone else inbox.undecided(within=within)
    unarrived = [] if alone else inbox.unarrived(within=within)
    audit_trail.record_reading(
        "text.replies", replies=len(found.replies), uncertain=len(uncertain), unarrived=len(unarrived)
    )
    return render_template(
        "capture/text/replies.html",
        inbox=found,
        uncertain=uncertain,
        unarrived=[(text, not_sent_sentence(text.reason, text.error_code)) for text in unarrived],
        read=READ,
        later=bool(older_than),
        mine=mine,
        own_id=staff_id,
        own=inbox.handed_to(staff_id, within=within),
    )


@bp.get("/texts/replies/<int:inbound_id>", guard=roles("front_desk", "manager"))
def reply(inbound_id: int) -> str:
    """Show one text, the conversation that it belongs to, and what can be done with it."""
    text = inbox.reply(inbound_id, within=current_locations())
    audit_trail.record_reading("text.conversation", subject_kind="inbound_text", subject_id=inbound_id)
    return _page(text)


@bp.post("/texts/replies/<int:inbound_id>/answer", guard=roles("front_desk", "manager"))
def answer(inbound_id: int) -> Response | tuple[str, int]:
    """Text back; the reply is then done."""
    text = inbox.reply(inbound_id, within=current_locations())
    typed = request.form.get("body", "")[:LONGEST_TYPED]
    settings = current_settings()
    try:
        handling.reply_by_text(
            text,
            typed,
            submission_id=request.form.get("submission_id", ""),
            last_seen=read_id(request.form.get("last_seen", "")) or 0,
            staff_id=current_staff().id,
            settings=settings,
        )
    except handling.NotSendable as error:
        db.session.rollback()
        return _page(inbox.reply(inbound_id, within=current_locations()), problem=str(error), typed=typed), 422
    waits = handling.waits_for(text, settings)
    db.session.commit()
    tell(f"{waits or 'Your text is on its way.'} The reply is done.", undo=_undo(inbound_id))
    return redirect(url_for("text_replies.replies"), 303)


@bp.post("/texts/replies/<int:inbound_id>/hand-on", guard=roles("front_desk", "manager"))
def hand_on(inbound_id: int) -> Response | tuple[str, int]:
    """Hand it to a colleague, or with an empty `to` back to everybody."""
    within = current_locations()
    text = inbox.reply(inbound_id, within=within)
    wanted = read_id(request.form.get("to", ""))
    colleague = next((each for each in handling.colleagues(text, within=within) if each.id == wanted), None)
    if wanted is not None and colleague is None:
        return _page(text, problem="That colleague can’t see this location’s texts. Choose another."), 422
    handling.hand_on(text, colleague, staff_id=current_staff().id)
    db.session.commit()
    tell(f"Handed to {colleague.name}." if colleague else "It is everybody’s again.")
    return redirect(url_for("text_replies.replies"), 303)


@bp.post("/texts/replies/<int:inbound_id>/seen", guard=roles("front_desk", "manager"))
def seen(inbound_id: int) -> Response:
    """Mark a reply as done."""
    text = inbox.reply(inbound_id, within=current_locations())
    handling.mark_done(text, staff_id=current_staff().id)
    db.session.commit()
    tell("Done. It stays in the conversation.", undo=_undo(inbound_id))
    return redirect(url_for("text_replies.replies"), 303)


@bp.post("/texts/replies/<int:inbound_id>/put-back", guard=roles("front_desk", "manager"))
def put_back(inbound_id: int) -> Response:
    """Let it wait again, after it was done too early."""
    handling.put_back(inbox.reply(inbound_id, within=current_locations()))
    db.session.commit()
    tell("It waits again.", kind="info")
    return redirect(url_for("text_replies.replies"), 303)


@bp.post("/texts/uncertain/<int:outbox_id>", guard=roles("front_desk", "manager"))
def decide(outbox_id: int) -> Response:
    """Decide whether an uncertain text arrived. Either way nothing is sent twice."""
    inbox.undecided_text(outbox_id, within=current_locations())
    arrived = request.form.get("arrived")
    if arrived in ("yes", "no"):
        decide_uncertain(outbox_id, left=arrived == "yes")
        db.session.commit()
        tell("Counted as sent." if arrived == "yes" else "Counted as lost. Ask the patient at the desk instead.")
    return redirect(url_for("text_replies.replies"), 303)


@bp.post("/texts/unarrived/<int:outbox_id>/seen", guard=roles("front_desk", "manager"))
def unarrived_seen(outbox_id: int) -> Response:
    """Note that a text of ours which did not arrive has been seen."""
    inbox.undecided_text(outbox_id, within=current_locations()).seen_at = clock.now()
    db.session.commit()
    tell("Done. It stays in the conversation.")
    return redirect(url_for("text_replies.replies"), 303)


def _page(text: InboundText, *, problem: str = "", typed: str = "") -> str:
    within, settings = current_locations(), current_settings()
    shown, refusal = inbox.reply_shown(text.id), handling.why_no_reply(text, settings)
    return render_template(
        "capture/text/reply.html",
        text=text,
        shown=shown,
        says=READ.get(text.outcome or "", "Kept."),
        messages=thread_with(text.from_e164, within=within, language=DEFAULT_LANGUAGE, time_zone=shown.time_zone),
        refusal=refusal,
        waits="" if refusal else handling.waits_for(text, settings),
        visits=handling.visits_of_phone(text, within=within),
        colleagues=handling.colleagues(text, within=within),
        problem=problem,
        typed=typed,
        submission_id=str(uuid.uuid4()),
        last_seen=handling.last_staff_text(text),
        most_segments=handling.MOST_SEGMENTS,
    )


def _undo(inbound_id: int) -> str:
    return url_for("text_replies.put_back", inbound_id=inbound_id)
