"""Pages of issues, and the keys that close promises."""

from datetime import timedelta
from typing import Any

from flask import render_template, request, url_for

from intake.accounts.auth.guards import roles
from intake.accounts.current import current_staff
from intake.db import db
from intake.id_filters import read_id
from intake.liaison.issues.forms import IssueForm
from intake.liaison.page.access import PEOPLE, colleagues, staff_names
from intake.liaison.page.edges import BOTH, commit_and_go, overtaken, page_of
from intake.liaison.page.parties import key_of, names_of, party_of
from intake.liaison.page.referrers import today
from intake.liaison.promises import messages, queries
from intake.liaison.promises.records import change_issue, close_issue, close_promise, reopen_promise
from intake.web.http.route_guards import Pages

bp = Pages("issues", __name__)

CLOSED_SHOWN_DAYS = 90


@bp.get("/relationships/issues", endpoint="list", guard=roles(*PEOPLE))
def issue_list() -> str:
    """What went wrong for referring offices: what comes back, what is open, what was solved of late."""
    found = queries.open_issues()
    of_a_year = queries.issues_since(today() - timedelta(days=queries.RECURS_DAYS))
    lately = today() - timedelta(days=CLOSED_SHOWN_DAYS)
    return render_template(
        "liaison/issues/list.html",
        rows=found,
        solved=[row for row in of_a_year if row.told_on and max(row.opened_on, row.told_on) >= lately],
        recurring=queries.recurring(of_a_year, today()),
        names=names_of([*found, *of_a_year]),
        key_of=key_of,
        staff_names=staff_names(),
        today=today(),
        words=messages,
    )


@bp.route("/relationships/issues/<int:issue_id>", endpoint="issue", methods=BOTH, guard=roles(*PEOPLE))
def issue(issue_id: int) -> Any:
    found = queries.issue(issue_id)
    typed = {"done": found.done, "owner": str(found.owner_id or "")}
    owners = colleagues(found.owner_id)
    form = IssueForm(owners=owners, data=typed)
    problem = overtaken(form, IssueForm(owners=owners, data=typed, formdata=None))
    told = request.form.get("told") == "yes"
    if not problem and form.validate_on_submit():
        change_issue(found, done=(form.done.data or "").strip(), owner_id=read_id(form.owner.data or ""))
        noted = {"noted": found.done, "about": party_of(found).name}
        if not told:
            return commit_and_go(url_for("issues.issue", issue_id=found.id), "It is saved.", **noted)
        if found.done:
            close_issue(found, told_on=today(), by_id=current_staff().id)
            undo = url_for("issues.reopen", issue_id=found.id)
            return commit_and_go(url_for("issues.list"), "It is solved, and they know.", undo, **noted)
        db.session.rollback()
        form.done.errors = ["Write what was done first: it is what the office was told."]
    page = render_template(
        "liaison/issues/issue.html",
        issue=found,
        party=party_of(found),
        form=form,
        problem=problem,
        staff_names=staff_names(),
        today=today(),
        words=messages,
    )
    return page_of(form, page, problem)


@bp.post("/relationships/issues/<int:issue_id>/reopen", endpoint="reopen", guard=roles(*PEOPLE))
def reopen(issue_id: int) -> Any:
    close_issue(queries.issue(issue_id), told_on=None, by_id=None)
    return commit_and_go(url_for("issues.issue", issue_id=issue_id), "It is open again.")


@bp.post("/relationships/promises/<int:promise_id>/close", endpoint="close_promise", guard=roles(*PEOPLE))
def close(promise_id: int) -> Any:
    """Kept; or, with `kept=no`, no longer needed."""
    found, kept = queries.promise(promise_id), request.form.get("kept") != "no"
    close_promise(found, kept=kept, by_id=current_staff().id)
    back = url_for("liaison_day.my_day") if request.form.get("back") == "day" else party_of(found).address
    done = "It is done." if found.for_us else "The promise is kept."
    told = done if kept else "It is no longer needed."
    return commit_and_go(back, told, url_for("issues.reopen_promise", promise_id=found.id))


@bp.post("/relationships/promises/<int:promise_id>/reopen", endpoint="reopen_promise", guard=roles(*PEOPLE))
def reopen_the_promise(promise_id: int) -> Any:
    reopen_promise(queries.promise(promise_id))
    return commit_and_go(url_for("liaison_day.my_day"), "The promise is open again.")
