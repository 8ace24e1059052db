"""The pages of signing in and out, and the first page of each role."""

import json

from flask import make_response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth import drafts, known_browsers, passwords, sessions, throttle
from intake.accounts.auth.forms import SignInForm
from intake.accounts.auth.guards import EVERY_ROLE, roles
from intake.accounts.auth.return_path import safe_path
from intake.accounts.auth.sign_in import page
from intake.accounts.current import Actor, current_staff
from intake.accounts.models import Staff
from intake.accounts.pages.blueprint import bp
from intake.accounts.pages.letting_in import after_first_step, first_page
from intake.accounts.staff import records
from intake.db import db, reading
from intake.web.http.route_guards import public
from intake.web.ui.template_context import tell

WRONG = "That e-mail address and password don't go together. Check both and try again."
SIGNED_OUT = "You were signed out because nobody had used this page for a while."
TOO_OFTEN = "Too many tries in a row. Wait a minute, then try again."


@bp.get("/", guard=roles(*EVERY_ROLE))
def home() -> Response:
    return redirect(first_page(current_staff()), 303)


@bp.get("/sign-in", guard=public("people who aren't signed in are sent here"))
def ask_who() -> Response:
    target = safe_path(request.args.get("next"))
    if current_user.is_authenticated and not request.args.get("again"):
        return redirect(target or first_page(current_staff()), 303)
    email = current_user.email if current_user.is_authenticated else ""
    return page(SignInForm(formdata=None, next=target, email=email), again=bool(email))


@bp.post("/sign-in", endpoint="sign_in")
@public("signing in; wrong passwords are counted per account and per address")
def check_and_sign_in() -> Response:
    form = SignInForm()
    if not form.validate_on_submit():
        return page(form, status=422)
    email = (form.email.data or "").strip().lower()
    with reading():
        staff = records.find_by_email(email)
        # Hashing takes a tenth of a second, during which no transaction may be open. A commit, unlike a rollback,
        # leaves what was read in hand.
        db.session.commit()
    claimed = throttle.claim(_buckets(email, staff))
    if claimed is None:
        form.password.errors = [TOO_OFTEN]
        response = page(form, status=429)
        response.headers["Retry-After"] = str(int(throttle.WINDOW.total_seconds()))
        return response
    right = passwords.is_right(staff, form.password.data or "")
    if staff is None or not right or not staff.active:
        audit_trail.record_refusal(
            "sign_in.refused", actor=Actor("system"), subject_kind="staff", subject_id=staff and staff.id
        )
        form.password.errors = [WRONG]
        return page(form, status=401)
    throttle.forget(claimed)
    return after_first_step(staff, method="password", back=form.next.data or "", draft=form.draft.data or "")


def _buckets(email: str, staff: Staff | None) -> list[str]:
    browser = known_browsers.browser_of(staff.id) if staff is not None else ""
    if browser:
        # Its own count, so that nobody can lock a practice out from outside, or from its own guest network.
        return [throttle.bucket("browser", f"{browser} {email}")]
    return [throttle.bucket("account", email), throttle.address_bucket(request.remote_addr)]


@bp.post("/sign-out", guard=roles(*EVERY_ROLE))
def sign_out() -> Response:
    audit_trail.record("sign_in.ended", **audit_trail.about(current_staff()))
    sessions.end()
    db.session.commit()
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/still-here", guard=roles(*EVERY_ROLE))
def still_here() -> Response:
    """Note activity: the page's script asks this while somebody types, so that no long text is cut off."""
    return make_response("", 204)


@bp.post("/log-off")
@public("ends the caller's own session when nobody has touched the page; keeps what was typed, sealed")
def log_off() -> Response:
    """Sign out when the page says that its time is up; what was typed in its form is kept, sealed."""
    draft = _typed_so_far()
    back = safe_path(request.form.get("page"))
    if current_user.is_authenticated:
        audit_trail.record("sign_in.ran_out", **audit_trail.about(current_staff()))
    sessions.end()
    db.session.commit()
    sealed = drafts.seal(draft) if draft is not None else ""
    if sealed:
        return page(SignInForm(formdata=None, next=back, draft=sealed), because_idle=True)
    tell(SIGNED_OUT, kind="info")
    return redirect(url_for("accounts.ask_who", next=back or None), 303)


def _typed_so_far() -> drafts.Draft | None:
    staff_id = sessions.interrupted_staff_id()
    if staff_id is None:
        return None
    try:
        fields = [(str(name), str(value)) for name, value in json.loads(request.form.get("fields", "[]"))]
    except (ValueError, TypeError):
        return None
    return drafts.worth_keeping(staff_id, path=request.form.get("action", ""), fields=fields)
