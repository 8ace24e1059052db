"""Pages of issues, and the keys that close promises."""

from datetime import timedelta

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.db import db
from intake.liaison.issues.forms import IssueForm
from intake.liaison.page.access import PEOPLE
from intake.liaison.page.parties import key_of, names_of, party_of
from intake.liaison.page.referrers import today
from intake.liaison.page.staff_names import colleagues, staff_names
from intake.liaison.promises import messages, queries
from intake.liaison.promises.records import change_issue, close_issue, close_promise, reopen_issue, reopen_promise
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("issues", __name__)

CLOSED_SHOWN_DAYS = 90


@bp.get("/relationships/issues", endpoint="list", guard=roles(*PEOPLE))
def issue_list() -> str:
    """What went wrong for referring offices: what comes back, what is open, what was solved of late."""
    found = queries.open_issues()
    solved = [row for row in queries.issues_since(today() - timedelta(days=CLOSED_SHOWN_DAYS)) if row.told_on]
    return render_template(
        "liaison/issues/list.html",
        rows=found,
        solved=solved,
        recurring=queries.recurring(today()),
        names=names_of([*found, *solved, *queries.issues_since(today() - timedelta(days=queries.RECURS_DAYS))]),
        key_of=key_of,
        staff_names=staff_names(),
        today=today(),
        words=messages,
    )


@bp.get("/relationships/issues/<int:issue_id>", endpoint="issue")
@bp.post("/relationships/issues/<int:issue_id>", guard=roles(*PEOPLE))
def issue(issue_id: int) -> Response | tuple[str, int]:
    found = queries.issue(issue_id)
    owners = dict(colleagues())
    if found.owner_id and found.owner_id not in owners:
        owners[found.owner_id] = staff_names()[found.owner_id]
    form = IssueForm(owners=list(owners.items()), data={"done": found.done, "owner": str(found.owner_id or "")})
    told = request.form.get("told") == "yes"
    if form.validate_on_submit():
        change_issue(found, done=(form.done.data or "").strip(), owner_id=form.owner_id)
        if not told:
            db.session.commit()
            tell("It is saved.")
            return redirect(url_for("issues.issue", issue_id=found.id), 303)
        if found.done:
            close_issue(found, told_on=today(), by_id=current_staff().id)
            db.session.commit()
            tell("It is solved, and they know.", undo=url_for("issues.reopen", issue_id=found.id))
            return redirect(url_for("issues.list"), 303)
        db.session.rollback()
        form.done.errors = ["Write what was done first: it is what the office was told."]
    page = render_template(
        "liaison/issues/issue.html",
        issue=found,
        party=party_of(found),
        form=form,
        staff_names=staff_names(),
        today=today(),
        words=messages,
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/relationships/issues/<int:issue_id>/reopen", endpoint="reopen", guard=roles(*PEOPLE))
def reopen(issue_id: int) -> Response:
    found = queries.issue(issue_id)
    reopen_issue(found)
    db.session.commit()
    tell("It is open again.")
    return redirect(url_for("issues.issue", issue_id=found.id), 303)


@bp.post("/relationships/promises/<int:promise_id>/close", endpoint="close_promise", guard=roles(*PEOPLE))
def close(promise_id: int) -> Response:
    """Kept; or, with `kept=no`, no longer needed."""
    found = queries.promise(promise_id)
    kept = request.form.get("kept") != "no"
    close_promise(found, kept=kept, by_id=current_staff().id)
    db.session.commit()
    tell(
        "The promise is kept." if kept else "The promise is no longer needed.",
        undo=url_for("issues.reopen_promise", promise_id=found.id),
    )
    back = url_for("liaison_day.my_day") if request.form.get("back") == "day" else party_of(found).address
    return redirect(back, 303)


@bp.post("/relationships/promises/<int:promise_id>/reopen", endpoint="reopen_promise", guard=roles(*PEOPLE))
def reopen_the_promise(promise_id: int) -> Response:
    found = queries.promise(promise_id)
    reopen_promise(found)
    db.session.commit()
    tell("The promise is open again.")
    return redirect(url_for("liaison_day.my_day"), 303)
