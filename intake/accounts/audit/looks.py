"""What a look at a page leaves in the trail: one line for each page, fragment and file that shows personal data.

The one list of them. A test opens every route with a patient's words in the database and fails for one that shows them
and isn't here. A view that knows more (how many rows, which day) records the look itself; where it doesn't, the line
here is recorded for it, so that no branch of a view can forget to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, request

from intake.accounts.audit import audit_trail
from intake.web.http.route_guards import guard_of


@dataclass(frozen=True)
class Look:
    """`action` as the trail names it. `when_told`: only some of these pages name anybody, and the view says which."""

    action: str
    when_told: bool = False


LOOKS: dict[str, Look] = {
    # Desk
    "desk.arrivals": Look("desk.arrivals"),
    "desk.list_part": Look("desk.arrivals"),
    "desk_recording.visit": Look("visit.answers"),
    "desk_recording.answer": Look("visit.opened"),
    "desk_recording.record": Look("visit.opened"),
    "desk_handing.tablet": Look("visit.opened"),
    "desk_handing.hand": Look("visit.opened"),
    "desk_handing.link": Look("visit.opened"),
    "desk_handing.show_link": Look("visit.opened"),
    "desk_texting.conversation": Look("text.conversation"),
    "desk_texting.send": Look("text.conversation"),
    "desk_texting.agree": Look("text.conversation"),
    "desk_late.late": Look("late_answers.listed"),
    "desk_late.decide": Look("late_answers.listed"),
    "desk_walk_in.add": Look("patients.searched", when_told=True),
    "desk_search.patients": Look("patients.searched"),
    "calls.callers": Look("calls.listed"),
    "calls.note": Look("calls.listed"),
    "calls.caller": Look("caller.read"),
    "calls.find_visit": Look("caller.read"),
    "calls.answer": Look("caller.read"),
    "calls.correct": Look("caller.read"),
    "calls.match": Look("caller.read"),
    "calls.outcome": Look("caller.read"),
    "patients.find": Look("patients.searched", when_told=True),
    "patients.patient": Look("patient.read"),
    # Texts and the schedule
    "text_replies.replies": Look("text.replies"),
    "text_replies.reply": Look("text.conversation"),
    "text_replies.answer": Look("text.conversation"),
    "text_replies.hand_on": Look("text.conversation"),
    "text_conversations.conversations": Look("text.conversations"),
    "text_conversations.search": Look("texts.searched"),
    "schedule.show_preview": Look("schedule.preview", when_told=True),
    "schedule.confirm": Look("schedule.preview"),
    # Review
    "review.queue": Look("review.read"),
    "review.preview": Look("review.read"),
    "review.decide": Look("review.read"),
    "review_rules.rule_list": Look("review.read"),
    "review_rules.show_rule": Look("review.read"),
    "review_rules.preview": Look("review.read"),
    "review_rules.change": Look("review.read"),
    "review_people.people": Look("review.read"),
    "review_people.find": Look("review.read"),
    "review_people.match": Look("review.read"),
    "review_conflicts.conflict_list": Look("review.read"),
    "review_conflicts.find": Look("review.read"),
    "review_conflicts.decide": Look("review.read"),
    "duplicates.of_kind": Look("patients.compared", when_told=True),
    "duplicates.choose": Look("patients.compared", when_told=True),
    "duplicates.search": Look("patients.compared", when_told=True),
    "duplicates.preview": Look("patients.compared", when_told=True),
    "duplicates.merge": Look("patients.compared", when_told=True),
    # Reports; their files record what the page would
    "reports.totals": Look("report.patients", when_told=True),
    "reports.export_totals": Look("report.patients_exported", when_told=True),
    "reports.compare": Look("report.patients", when_told=True),
    "reports.rows": Look("report.rows"),
    "reports.export_rows": Look("report.rows_exported"),
    "referring.sent": Look("report.sent"),
    "referring.practice_sent": Look("report.sent"),
    "source_page.source": Look("report.rows", when_told=True),
    "taking.pdf": Look("report.patients_exported", when_told=True),
    "taking.xlsx": Look("report.patients_exported", when_told=True),
    "taking.csv": Look("report.patients_exported", when_told=True),
    # Referrals and those who made them
    "loops.owed": Look("referrals.owed"),
    "loops.one": Look("referral.read"),
    "loops.move": Look("referral.read"),
    "loops.told": Look("referral.read"),
    "loops.reference": Look("referral.read"),
    "loops.letter": Look("referral.letter"),
    "loops.fax": Look("referral.letter"),
    "thanks.thanks": Look("thanks.listed"),
    "thanks.letter": Look("thanks.printed", when_told=True),
    "thanks.letters": Look("thanks.printed", when_told=True),
    "thanks.labels": Look("thanks.printed", when_told=True),
    # What is held of a person, and who saw whom
    "privacy_person.held": Look("patient.held_read"),
    "privacy_person.file": Look("patient.file_made"),
    "privacy_person.ask_to_erase": Look("patient.erasure_read"),
    "privacy_person.erase": Look("patient.erasure_read"),
    "privacy_person.hold": Look("patient.held_read"),
    "privacy.seen": Look("account.looks", when_told=True),
    "privacy.seen_csv": Look("account.looks_exported"),
    "privacy.overview": Look("patient.held_read", when_told=True),
    # Tablets and personal links: what a patient said stands on their own pages until they are done
    "kiosk.here": Look("question.shown", when_told=True),
    "kiosk.answer": Look("question.shown", when_told=True),
    "finding.find": Look("tablet.searched", when_told=True),
    "link.open_link": Look("question.shown", when_told=True),
    "link.answer": Look("question.shown", when_told=True),
    # The trail and who works here
    "accounts.audit_trail": Look("audit.read"),
    "accounts.audit_csv": Look("audit.exported"),
}
# The row that an address names, by the argument's name.
SUBJECTS = {
    "visit_id": "visit",
    "patient_id": "patient",
    "caller_id": "caller",
    "mention_id": "mention",
    "physician_id": "physician",
    "rule_id": "review_rule",
    "upload_id": "schedule_upload",
    "referral_id": "physician_referral",
    "inbound_id": "inbound_text",
}
ACTIONS = frozenset(look.action for look in LOOKS.values())
# Forms that are shown again name the same person, and an answer that came first is shown with 409.
SHOWN = (409, 422, 429)


def record_everywhere(app: Flask) -> None:
    """Record every look at a page of the list, and every refusal, whatever views do. Called after all are there."""
    for endpoint in LOOKS.keys() & app.view_functions.keys():
        app.view_functions[endpoint] = _recorded(LOOKS[endpoint], app.view_functions[endpoint])
    app.after_request(_record_refusal)


def _recorded(look: Look, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def looked_at(**arguments: Any) -> Any:
        with audit_trail.looks_of_view() as noted:
            answer = view(**arguments)
        if not _is_shown(answer):
            return answer
        waiting = noted.waiting
        if not (waiting or noted.recorded or look.when_told):
            waiting = [(look.action, _subject(arguments))]
        if waiting:
            audit_trail.record_after(waiting)
        return answer

    return looked_at


def _subject(arguments: dict[str, Any]) -> dict[str, Any]:
    named = next((name for name in arguments if name in SUBJECTS), None)
    return {"subject_kind": SUBJECTS[named], "subject_id": arguments[named]} if named else {}


def _is_shown(answer: Any) -> bool:
    """Whether the view's answer is a page, not a way to another one or a refusal."""
    if isinstance(answer, tuple):
        status = next((part for part in answer[1:] if isinstance(part, int)), 200)
    else:
        status = getattr(answer, "status_code", 200)
    return status < 300 or status in SHOWN


def _record_refusal(response: Response) -> Response:
    """Record that somebody known was refused a page. Forged webhooks are refused before the database is asked."""
    if response.status_code != 403 or request.endpoint is None:
        return response
    guard = guard_of(current_app.view_functions[request.endpoint])
    if guard is not None and guard.kind in ("staff", "device"):
        audit_trail.record_refusal("page.refused", page=request.endpoint)
    return response
