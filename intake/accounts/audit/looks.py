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


# The endpoints that show personal data, by the action as the trail names it.
SHOWN_ALWAYS = {
    "desk.arrivals": "desk.arrivals desk.list_part",
    "visit.answers": "desk_recording.visit",
    "visit.opened": (
        "desk_recording.answer desk_recording.record desk_handing.tablet desk_handing.hand desk_handing.link "
        "desk_handing.show_link"
    ),
    "text.conversation": (
        "desk_texting.conversation desk_texting.send desk_texting.agree text_replies.reply text_replies.answer "
        "text_replies.hand_on"
    ),
    "late_answers.listed": "desk_late.late desk_late.decide",
    "patients.searched": "desk_search.patients",
    "calls.listed": "calls.callers calls.note",
    "caller.read": "calls.caller calls.find_visit calls.answer calls.correct calls.match calls.outcome",
    "patient.read": "patients.patient patients.correction patients.correct",
    "text.replies": "text_replies.replies",
    "text.conversations": "text_conversations.conversations",
    "texts.searched": "text_conversations.search",
    "schedule.preview": "schedule.confirm",
    "review.read": (
        "review.queue review.preview review.decide review_rules.rule_list review_rules.show_rule "
        "review_rules.preview review_rules.change review_people.people review_people.find review_people.match "
        "review_conflicts.conflict_list review_conflicts.find review_conflicts.decide"
    ),
    "report.rows": "reports.rows",
    "report.rows_exported": "reports.export_rows",
    "report.sent": "referring.sent referring.practice_sent",
    "referrals.owed": "loops.owed",
    "referral.read": "loops.one loops.move loops.told loops.reference",
    "referral.letter": "loops.letter loops.fax",
    "thanks.listed": "thanks.thanks",
    "tokens.listed": "tokens.tokens tokens.find",
    "tokens.exported": "tokens.csv",
    "patient.held_read": "privacy_person.held privacy_person.hold",
    "patient.file_made": "privacy_person.file",
    "patient.erasure_read": "privacy_person.ask_to_erase privacy_person.erase",
    "account.looks_exported": "privacy.seen_csv",
    "audit.read": "accounts.audit_trail",
    "audit.exported": "accounts.audit_csv",
}
# Only some of these pages name anybody, and the view says which.
SHOWN_AT_TIMES = {
    "patients.searched": "desk_walk_in.add patients.find",
    "schedule.preview": "schedule.show_preview",
    "patients.compared": "duplicates.of_kind duplicates.choose duplicates.search duplicates.preview duplicates.merge",
    "report.patients": "reports.totals reports.compare",
    "report.patients_exported": "reports.export_totals taking.pdf taking.xlsx taking.csv",
    "report.rows": "source_page.source",
    "thanks.printed": "thanks.letter thanks.letters thanks.labels",
    "account.looks": "privacy.seen",
    "patient.held_read": "privacy.overview",
    "question.shown": "kiosk.here kiosk.answer link.open_link link.answer",
    "tablet.searched": "finding.find",
}
LOOKS = {
    endpoint: Look(action, when_told)
    for when_told, pages in ((False, SHOWN_ALWAYS), (True, SHOWN_AT_TIMES))
    for action, endpoints in pages.items()
    for endpoint in endpoints.split()
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
            rendered = isinstance(answer, str | tuple)
            (audit_trail.record_shown if rendered else audit_trail.record_after)(waiting)
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
